// The tab's section of content and renders.
#pragma once

#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "CycloramaProduction.h"
#include "Widgets/SBoxPanel.h"
#include "Widgets/SCompoundWidget.h"

class SCycloramaProduction : public SCompoundWidget
{
public:
	SLATE_BEGIN_ARGS(SCycloramaProduction) {}
	SLATE_END_ARGS()

	~SCycloramaProduction();
	void Construct(const FArguments& InArgs);
	static TSharedRef<SWidget> Make();

private:
	TSharedRef<SWidget> ContentRow();
	TSharedRef<SWidget> RendersRow();
	TSharedRef<SWidget> MachineRow();

	FCycloramaContent Content;
	FCycloramaRenders Renders;
	/// Whether this machine has what it takes.
	FCycloramaErrand Machine;
	FString Message;
	FTSTicker::FDelegateHandle Ticker;
};
