#include "CycloramaLiveLinkSourceFactory.h"

#include "CycloramaClusterSource.h"
#include "CycloramaCore.h"
#include "CycloramaLiveLinkSource.h"
#include "CycloramaSettings.h"
#include "CycloramaTracking.h"
#include "Widgets/Input/SButton.h"
#include "Widgets/Input/SEditableTextBox.h"
#include "Widgets/SBoxPanel.h"
#include "Widgets/Text/STextBlock.h"

namespace
{
	/// What names the source of a node of the wall.
	const TCHAR* const ClusterLine = TEXT("cluster");

	/// What is wrong with a line while it is typed; nothing where it could be heard, or another box says so.
	FString WrongWith(const FString& Line)
	{
		const bool bJudged = FCycloramaCoreModule::Usable() && !Line.IsEmpty() && Line != FString(ClusterLine);
		return bJudged ? FCycloramaTracking::Check(Line) : FString();
	}

	/// Makes the source and tells Live Link; nothing is told when none could be made.
	FReply Add(const ULiveLinkSourceFactory::FOnLiveLinkSourceCreated& OnCreated, const FString& Connection)
	{
		const TSharedPtr<ILiveLinkSource> Source = GetDefault<UCycloramaLiveLinkSourceFactory>()->CreateSource(Connection);
		if (Source.IsValid())
		{
			OnCreated.ExecuteIfBound(Source, Connection);
		}
		return FReply::Handled();
	}
}

FText UCycloramaLiveLinkSourceFactory::GetSourceDisplayName() const
{
	return NSLOCTEXT("Cyclorama", "FactoryName", "Cyclorama tracker");
}

FText UCycloramaLiveLinkSourceFactory::GetSourceTooltip() const
{
	return NSLOCTEXT("Cyclorama", "FactoryTip", "Receives a camera tracker by Mo-Sys F4, FreeD, OpenTrackIO or PosiStageNet");
}

TSharedPtr<SWidget> UCycloramaLiveLinkSourceFactory::BuildCreationPanel(FOnLiveLinkSourceCreated OnCreated) const
{
	// It begins with the usual tracker of the settings page: nothing has to be typed again on every machine.
	const FString Usual = GetDefault<UCycloramaSettings>()->Connection;
	const TSharedPtr<FString> Line = MakeShared<FString>(Usual);
	const TSharedRef<SWidget> Row = SNew(SHorizontalBox)
		+ SHorizontalBox::Slot().FillWidth(1.0f)
		[
			SNew(SEditableTextBox)
			.Text(FText::FromString(Usual))
			.HintText(NSLOCTEXT("Cyclorama", "ConnectionHint", "Connection, such as protocol=freed; bind=40000"))
			.ToolTipText(NSLOCTEXT("Cyclorama", "ConnectionTip", "Which tracker: its protocol, port and whatever else it needs, with semicolons between. Empty: the usual tracker of the settings."))
			.OnTextChanged_Lambda([Line](const FText& Text) { *Line = Text.ToString(); })
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(NSLOCTEXT("Cyclorama", "AddTracker", "Add"))
			.ToolTipText(NSLOCTEXT("Cyclorama", "AddTrackerTip", "Adds the tracker of this line to Live Link. Add several with a line each."))
			.OnClicked_Lambda([Line, OnCreated] {
				return Add(OnCreated, Line->IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : *Line);
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(NSLOCTEXT("Cyclorama", "AddCluster", "Cluster"))
			.ToolTipText(NSLOCTEXT("Cyclorama", "AddClusterTip", "Adds what the primary of the nDisplay cluster says, in place of a tracker. For the preset that all nodes load."))
			.OnClicked_Lambda([OnCreated] { return Add(OnCreated, FString(ClusterLine)); })
		];
	return SNew(SVerticalBox)
		+ SVerticalBox::Slot().AutoHeight()[Row]
		+ SVerticalBox::Slot().AutoHeight()
		[
			SNew(STextBlock)
			.AutoWrapText(true)
			.Text_Lambda([Line] { return FText::FromString(WrongWith(*Line)); })
			.ToolTipText(NSLOCTEXT("Cyclorama", "WrongTip", "What is wrong with the line. Nothing stands here while it is sound."))
		];
}

TSharedPtr<ILiveLinkSource> UCycloramaLiveLinkSourceFactory::CreateSource(const FString& ConnectionString) const
{
	if (!FCycloramaCoreModule::Usable())
	{
		UE_LOG(LogCyclorama, Error, TEXT("No source is made: Cyclorama is off, see the first error above."));
		return nullptr;
	}
	const FString Connection = ConnectionString.IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : ConnectionString;
	if (Connection == FString(ClusterLine))
	{
		return TSharedPtr<ILiveLinkSource>(MakeShared<FCycloramaClusterSource>());
	}
	return TSharedPtr<ILiveLinkSource>(MakeShared<FCycloramaLiveLinkSource>(Connection));
}
