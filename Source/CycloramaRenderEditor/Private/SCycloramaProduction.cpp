#include "SCycloramaProduction.h"

#include "CycloramaAssets.h"
#include "CycloramaRenderSettings.h"
#include "Widgets/Input/SButton.h"
#include "Widgets/Input/SEditableTextBox.h"
#include "Widgets/Text/STextBlock.h"

#define LOCTEXT_NAMESPACE "Cyclorama"

namespace
{
	constexpr float PollSeconds = 0.25f;

	/// Its words, and below what belongs to them.
	TSharedRef<SWidget> WordsOf(const FCycloramaErrand& Errand, const FText& Tip)
	{
		return SNew(SVerticalBox)
			+ SVerticalBox::Slot().AutoHeight()
			[
				SNew(STextBlock).AutoWrapText(true).Text_Lambda([&Errand] { return FText::FromString(Errand.Words()); }).ToolTipText(Tip)
			]
			+ SVerticalBox::Slot().AutoHeight()
			[
				SNew(STextBlock).AutoWrapText(true).Text_Lambda([&Errand] { return FText::FromString(Errand.Lines()); }).ToolTipText(Tip)
			];
	}
}

SCycloramaProduction::~SCycloramaProduction()
{
	FTSTicker::RemoveTicker(Ticker);
}

TSharedRef<SWidget> SCycloramaProduction::Make()
{
	return SNew(SCycloramaProduction);
}

void SCycloramaProduction::Construct(const FArguments&)
{
	ChildSlot
	[
		SNew(SVerticalBox)
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[SNew(STextBlock).Text(LOCTEXT("Content", "Content"))]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[WordsOf(Content.Errand, LOCTEXT("ContentTip", "What is done with the project's content, or came of it last."))]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[ContentRow()]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[SNew(STextBlock).Text(LOCTEXT("Renders", "Renders"))]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[WordsOf(Renders.Errand, LOCTEXT("RendersTip", "How far the newest job of the ledger is, wherever its workers run."))]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[RendersRow()]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[WordsOf(Machine, LOCTEXT("MachineTip", "Whether this machine has what content and renders need."))]
		+ SVerticalBox::Slot().AutoHeight().Padding(4.0f)[MachineRow()]
	];
	// What the last tab began is shown to its end.
	if (!Content.Errand.IsBusy())
	{
		Content.Look();
	}
	if (!Renders.Errand.IsBusy())
	{
		Renders.Look();
	}
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateLambda([this](float) {
		Content.Errand.Poll();
		Renders.Errand.Poll();
		Machine.Poll();
		return true;
	}), PollSeconds);
}

TSharedRef<SWidget> SCycloramaProduction::ContentRow()
{
	return SNew(SHorizontalBox)
		+ SHorizontalBox::Slot().FillWidth(1.0f)
		[
			SNew(SEditableTextBox)
			.HintText(LOCTEXT("MessageHint", "What changed, such as wall moved"))
			.ToolTipText(LOCTEXT("MessageTip", "What others read beside the version that you publish."))
			.OnTextChanged_Lambda([this](const FText& Text) { Message = Text.ToString(); })
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("Publish", "Publish"))
			.ToolTipText(LOCTEXT("PublishTip", "Sends what changed in the project to the content store, for everybody. It stops and names whoever has locked something of it."))
			.IsEnabled_Lambda([this] { return !Content.Errand.IsBusy(); })
			.OnClicked_Lambda([this] {
				Content.Publish(Message);
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("GetNewest", "Get the newest"))
			.ToolTipText(LOCTEXT("GetNewestTip", "Brings what others published. What you changed yourself stays, stops it, and is named. Open what it brought anew."))
			.IsEnabled_Lambda([this] { return !Content.Errand.IsBusy(); })
			.OnClicked_Lambda([this] {
				Content.GetNewest();
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("Compare", "What changed"))
			.ToolTipText(LOCTEXT("CompareTip", "Tells what changed here since the last version, and whether others published meanwhile."))
			.IsEnabled_Lambda([this] { return !Content.Errand.IsBusy(); })
			.OnClicked_Lambda([this] {
				Content.Look();
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("Cancel", "Cancel"))
			.ToolTipText(LOCTEXT("CancelTip", "Stops at the next safe point. What was sent or fetched by then is not sent or fetched again."))
			.IsEnabled_Lambda([this] { return Content.Errand.IsBusy(); })
			.OnClicked_Lambda([this] {
				Content.Errand.Cancel();
				return FReply::Handled();
			})
		];
}

TSharedRef<SWidget> SCycloramaProduction::RendersRow()
{
	return SNew(SHorizontalBox)
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("NewestJob", "Newest job"))
			.ToolTipText(LOCTEXT("NewestJobTip", "Looks for the newest job of the ledger and follows it to its end."))
			.OnClicked_Lambda([this] {
				Renders.Look();
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("EndJob", "End this job"))
			.ToolTipText(LOCTEXT("EndJobTip", "Its workers stop after the frame in flight, wherever they run. What is drawn stays; sending the job again goes on."))
			.IsEnabled_Lambda([this] { return Renders.Errand.IsBusy() && !Renders.Errand.About().IsEmpty(); })
			.OnClicked_Lambda([this] {
				Renders.End();
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("UseOurs", "Let Render (Remote) send to Cyclorama"))
			.ToolTipText(LOCTEXT("UseOursTip", "Makes CycloramaSubmitExecutor the remote executor of Movie Render Queue. Greyed out when it is; Project Settings, Movie Render Pipeline, undoes it."))
			.IsEnabled_Lambda([] { return !CycloramaQueue::IsOurs(); })
			.OnClicked_Lambda([] {
				CycloramaQueue::MakeOurs();
				return FReply::Handled();
			})
		];
}

TSharedRef<SWidget> SCycloramaProduction::MachineRow()
{
	return SNew(SHorizontalBox)
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("CheckMachine", "Check this machine"))
			.ToolTipText(LOCTEXT("CheckMachineTip", "Tells whether the cyclorama command is found, stores can be reached and ports are free, and what to do where not."))
			.IsEnabled_Lambda([this] { return !Machine.IsBusy(); })
			.OnClicked_Lambda([this] {
				Machine.Begin(FString(TEXT("Checking")), FCycloramaAssets::Examine(GetDefault<UCycloramaRenderSettings>()->WholeCommand()));
				return FReply::Handled();
			})
		];
}

#undef LOCTEXT_NAMESPACE
