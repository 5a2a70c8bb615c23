// The tab: how it stands in plain words, the slate, and what is wrong with a button that mends it.
#pragma once

#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "CycloramaPreflight.h"
#include "CycloramaSlate.h"
#include "Widgets/SBoxPanel.h"
#include "Widgets/SCompoundWidget.h"

#include <optional>

class SCycloramaPanel : public SCompoundWidget
{
public:
	SLATE_BEGIN_ARGS(SCycloramaPanel) {}
	SLATE_END_ARGS()

	~SCycloramaPanel();
	void Construct(const FArguments& InArgs);
	/// Makes the sections of other modules anew.
	void ShowSections();

private:
	/// Looks at everything, a few times a second; the widgets show what was seen.
	void Look();
	/// Makes the list of findings anew.
	void ShowFindings();
	TSharedRef<SWidget> Line(const FCycloramaFinding& Finding);
	TSharedRef<SWidget> SlateRow();
	TSharedRef<SWidget> NoteRow();
	/// Says it above what was said before.
	void Tell(const FString& Sentence);

	FCycloramaSlateView View;
	TArray<FCycloramaFinding> Findings;
	FString ClusterWords;
	FString BeatWords;
	/// What happened last, newest first; and why the last button did nothing.
	TArray<FString> Happened;
	/// How many events were lost when that was told last; nothing before the first look.
	std::optional<uint64> LostTold;
	FString Slate;
	TSharedPtr<SVerticalBox> List;
	TSharedPtr<SVerticalBox> Sections;
	FTSTicker::FDelegateHandle Ticker;
};
