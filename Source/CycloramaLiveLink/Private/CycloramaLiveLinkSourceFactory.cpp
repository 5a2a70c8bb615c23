#include "CycloramaLiveLinkSourceFactory.h"

#include "CycloramaClusterSource.h"
#include "CycloramaCore.h"
#include "CycloramaLiveLinkSource.h"
#include "CycloramaSettings.h"

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
	// The usual tracker of the settings page, at once: nothing has to be typed again on every machine.
	const FString Connection = GetDefault<UCycloramaSettings>()->Connection;
	OnCreated.ExecuteIfBound(CreateSource(Connection), Connection);
	return nullptr;
}

TSharedPtr<ILiveLinkSource> UCycloramaLiveLinkSourceFactory::CreateSource(const FString& ConnectionString) const
{
	const FCycloramaCoreModule* Core = FCycloramaCoreModule::Get();
	if (!Core || !Core->IsUsable())
	{
		UE_LOG(LogCyclorama, Error, TEXT("No source is made: Cyclorama is off, see the first error above."));
		return nullptr;
	}
	const FString Connection = ConnectionString.IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : ConnectionString;
	if (Connection == FString(TEXT("cluster")))
	{
		return TSharedPtr<ILiveLinkSource>(MakeShared<FCycloramaClusterSource>());
	}
	return TSharedPtr<ILiveLinkSource>(MakeShared<FCycloramaLiveLinkSource>(Connection));
}
