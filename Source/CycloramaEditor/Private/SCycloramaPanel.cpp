#include "SCycloramaPanel.h"

#include "CycloramaBeat.h"
#include "CycloramaCluster.h"
#include "CycloramaProject.h"
#include "CycloramaSections.h"
#include "Widgets/Input/SButton.h"
#include "Widgets/Input/SEditableTextBox.h"
#include "Widgets/Layout/SScrollBox.h"
#include "Widgets/Text/STextBlock.h"

#define LOCTEXT_NAMESPACE "Cyclorama"

namespace
{
	constexpr float LookSeconds = 0.25f;
	/// How much of what happened is shown.
	constexpr int32 MostHappened = 5;

	/// In front of a line, so that nobody has to tell colours apart.
	FString Mark(ECycloramaLevel Level)
	{
		switch (Level)
		{
		case ECycloramaLevel::Problem:
			return FString(TEXT("PROBLEM  "));
		case ECycloramaLevel::Warning:
			return FString(TEXT("WARNING  "));
		case ECycloramaLevel::Note:
			return FString(TEXT("Note  "));
		default:
			return FString(TEXT("OK  "));
		}
	}

	FString Joined(const TArray<FString>& Lines)
	{
		FString All;
		for (const FString& Line : Lines)
		{
			All += All.IsEmpty() ? Line : FString(TEXT("\n")) + Line;
		}
		return All;
	}

	bool Same(const TArray<FCycloramaFinding>& A, const TArray<FCycloramaFinding>& B)
	{
		bool bSame = A.Num() == B.Num();
		for (int32 At = 0; bSame && At < A.Num(); ++At)
		{
			bSame = A[At].Level == B[At].Level && A[At].Fix == B[At].Fix && A[At].Words == B[At].Words;
		}
		return bSame;
	}
}

SCycloramaPanel::~SCycloramaPanel()
{
	if (CycloramaSections::Open() == this)
	{
		CycloramaSections::Open() = nullptr;
	}
	FTSTicker::RemoveTicker(Ticker);
}

void SCycloramaPanel::Construct(const FArguments&)
{
	ChildSlot
	[
		SNew(SScrollBox)
		+ SScrollBox::Slot()
		[
			SNew(SVerticalBox)
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)
			[
				SNew(STextBlock)
				.AutoWrapText(true)
				.Text_Lambda([this] { return FText::FromString(View.Words); })
				.ToolTipText(LOCTEXT("WordsTip", "What the recording of takes does right now."))
			]
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)[SlateRow()]
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)[NoteRow()]
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)
			[
				SNew(STextBlock)
				.AutoWrapText(true)
				.Text_Lambda([this] { return FText::FromString(View.Refusal.IsEmpty() ? Joined(Happened) : View.Refusal); })
				.ToolTipText(LOCTEXT("HappenedTip", "What happened last, the newest first, or why the last button did nothing."))
			]
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)
			[
				SNew(STextBlock)
				.AutoWrapText(true)
				.Text_Lambda([this] { return FText::FromString(ClusterWords); })
				.ToolTipText(LOCTEXT("ClusterTip", "What this machine shows as a node of the LED wall. All nodes show the same moment."))
			]
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)
			[
				SNew(STextBlock)
				.AutoWrapText(true)
				.Text_Lambda([this] { return FText::FromString(BeatWords); })
				.ToolTipText(LOCTEXT("BeatTip", "Which beat the engine's frames follow, and how far into a frame of it this moment is."))
			]
			+ SVerticalBox::Slot().AutoHeight().Padding(8.0f)[SAssignNew(List, SVerticalBox)]
			+ SVerticalBox::Slot().AutoHeight()[SAssignNew(Sections, SVerticalBox)]
		]
	];
	CycloramaSections::Open() = this;
	ShowSections();
	Look();
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateLambda([this](float) {
		Look();
		return true;
	}), LookSeconds);
}

TSharedRef<SWidget> SCycloramaPanel::SlateRow()
{
	return SNew(SHorizontalBox)
		+ SHorizontalBox::Slot().FillWidth(1.0f)
		[
			SNew(SEditableTextBox)
			.HintText(LOCTEXT("SlateHint", "Slate, such as A101"))
			.ToolTipText(LOCTEXT("SlateTip", "The slate of the next take. Empty: the one of the settings, or of the tracker."))
			.OnTextChanged_Lambda([this](const FText& Text) { Slate = Text.ToString(); })
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("Record", "Record takes"))
			.ToolTipText(LOCTEXT("RecordTip", "Gets ready to record: from now on takes begin and end by the buttons, by Take Recorder, or by the tracker's own recording flag."))
			.IsEnabled_Lambda([this] { return !View.bRecording; })
			.OnClicked_Lambda([this] {
				FCycloramaSlate::Get().Record();
				Look();
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("Roll", "Roll"))
			.ToolTipText(LOCTEXT("RollTip", "Begins the next take now. What came in the moments before is kept too."))
			.IsEnabled_Lambda([this] { return View.bRecording && !View.bRolling && !View.bWaiting; })
			.OnClicked_Lambda([this] {
				FCycloramaSlate::Get().Roll(Slate, 0, FString());
				Look();
				return FReply::Handled();
			})
		]
		+ SHorizontalBox::Slot().AutoWidth()
		[
			SNew(SButton)
			.Text(LOCTEXT("Cut", "Cut"))
			.ToolTipText(LOCTEXT("CutTip", "Ends the take and closes its file."))
			.IsEnabled_Lambda([this] { return View.bRolling && !View.bWaiting; })
			.OnClicked_Lambda([this] {
				FCycloramaSlate::Get().Cut();
				Look();
				return FReply::Handled();
			})
		];
}

TSharedRef<SWidget> SCycloramaPanel::NoteRow()
{
	return SNew(SEditableTextBox)
		.HintText(LOCTEXT("NoteHint", "Note about the take, such as boom in shot"))
		.ToolTipText(LOCTEXT("NoteTip", "Enter keeps the note beside the take that rolls, or rolled last. The take itself is never changed."))
		.IsEnabled_Lambda([this] { return View.Take > 0; })
		.OnTextCommitted_Lambda([this](const FText& Text, ETextCommit::Type How) {
			if (How == ETextCommit::OnEnter)
			{
				FCycloramaSlate::Get().Note(Text.ToString());
				Look();
			}
		});
}

TSharedRef<SWidget> SCycloramaPanel::Line(const FCycloramaFinding& Finding)
{
	const ECycloramaFix Fix = Finding.Fix;
	const bool bButton = Fix != ECycloramaFix::Nothing;
	const TSharedRef<SHorizontalBox> Row = SNew(SHorizontalBox)
		+ SHorizontalBox::Slot().FillWidth(1.0f)
		[
			SNew(STextBlock)
			.AutoWrapText(true)
			.Text(FText::FromString(Mark(Finding.Level) + Finding.Title + FString(TEXT(": ")) + Finding.Words))
		];
	if (bButton)
	{
		Row->AddSlot().AutoWidth()
		[
			SNew(SButton)
			.Text(FText::FromString(Finding.Button))
			.ToolTipText(LOCTEXT("FixTip", "Mends what the line says, on this machine. Undo it in the settings."))
			.OnClicked_Lambda([this, Fix] {
				const FString Why = CycloramaProject::Mend(Fix);
				Tell(Why.IsEmpty() ? FString(TEXT("Done")) : Why);
				Look();
				return FReply::Handled();
			})
		];
	}
	return Row;
}

void SCycloramaPanel::Look()
{
	View = FCycloramaSlate::Get().View();
	ClusterWords = FCycloramaCluster::Get().Words();
	BeatWords = CycloramaBeat::Words();
	TArray<FCycloramaEvent> Events;
	uint64 Lost = 0;
	CycloramaEvents::Take(Events, Lost);
	for (const FCycloramaEvent& Event : Events)
	{
		Tell(Event.Text);
	}
	// Above what came through, which would push it out. What was lost before this tab was opened is nobody's news.
	const uint64 Before = LostTold.value_or(Lost);
	LostTold = Lost;
	if (Lost > Before)
	{
		Tell(FString::FromInt(static_cast<int32>(Lost - Before)) + FString(TEXT(" things happened that nobody looked at in time; the output log has those that went wrong")));
	}
	TArray<FCycloramaFinding> Fresh = CycloramaPreflight::Check(CycloramaProject::Facts());
	// A list that did not change keeps its buttons under the mouse.
	if (!Same(Fresh, Findings))
	{
		Findings = MoveTemp(Fresh);
		ShowFindings();
	}
}

void SCycloramaPanel::Tell(const FString& Sentence)
{
	TArray<FString> Told;
	Told.Add(Sentence);
	for (int32 At = 0; At < Happened.Num() && Told.Num() < MostHappened; ++At)
	{
		Told.Add(Happened[At]);
	}
	Happened = Told;
}

void SCycloramaPanel::ShowSections()
{
	Sections->ClearChildren();
	for (const FCycloramaPanel::FMake Make : CycloramaSections::All())
	{
		Sections->AddSlot().AutoHeight().Padding(8.0f)[Make()];
	}
}

void SCycloramaPanel::ShowFindings()
{
	List->ClearChildren();
	for (const FCycloramaFinding& Finding : Findings)
	{
		List->AddSlot().AutoHeight().Padding(2.0f)[Line(Finding)];
	}
}

#undef LOCTEXT_NAMESPACE
