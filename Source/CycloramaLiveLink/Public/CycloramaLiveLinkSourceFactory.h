// Makes sources: from Live Link's menu, and without any window from presets and nDisplay launches.
#pragma once

#include "CoreMinimal.h"
#include "LiveLinkSourceFactory.h"

#include "CycloramaLiveLinkSourceFactory.generated.h"

UCLASS()
class CYCLORAMALIVELINK_API UCycloramaLiveLinkSourceFactory : public ULiveLinkSourceFactory
{
	GENERATED_BODY()

public:
	FText GetSourceDisplayName() const override;
	FText GetSourceTooltip() const override;
	EMenuType GetMenuType() const override { return EMenuType::SubPanel; }
	TSharedPtr<SWidget> BuildCreationPanel(FOnLiveLinkSourceCreated OnCreated) const override;
	TSharedPtr<ILiveLinkSource> CreateSource(const FString& ConnectionString) const override;
};
