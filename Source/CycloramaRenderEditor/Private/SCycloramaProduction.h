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

	/// Held as long as something here shows it.
	const TSharedPtr<FCycloramaDesk> Desk = FCycloramaDesk::Get();
	FCycloramaContent& Content = Desk->Content;
	FCycloramaRenders& Renders = Desk->Renders;
	FCycloramaErrand& Machine = Desk->Machine;
	FString Message;
	FTSTicker::FDelegateHandle Ticker;
};
