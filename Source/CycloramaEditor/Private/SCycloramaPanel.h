// The tab: how it stands in plain words, the slate, and what is wrong with a button that mends it.
#pragma once

#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "CycloramaPreflight.h"
#include "CycloramaSlate.h"
#include "Widgets/SBoxPanel.h"
#include "Widgets/SCompoundWidget.h"

class SCycloramaPanel : public SCompoundWidget
{
public:
	SLATE_BEGIN_ARGS(SCycloramaPanel) {}
	SLATE_END_ARGS()

	~SCycloramaPanel();
	void Construct(const FArguments& InArgs);

private:
	/// Looks at everything, a few times a second; the widgets show what was seen.
	void Look();
	/// Makes the list of findings anew.
	void ShowFindings();
	TSharedRef<SWidget> Line(const FCycloramaFinding& Finding);
	TSharedRef<SWidget> SlateRow();
	TSharedRef<SWidget> NoteRow();

	FCycloramaSlateView View;
	TArray<FCycloramaFinding> Findings;
	FString ClusterWords;
	FString Happened;
	FString Slate;
	FString Note;
	TSharedPtr<SVerticalBox> List;
	FTSTicker::FDelegateHandle Ticker;
};
