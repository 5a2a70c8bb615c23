#include "CycloramaSettings.h"

#include "CycloramaConfig.h"
#include "CycloramaCore.h"
#include "UObject/UnrealType.h"

void UCycloramaSettings::PostInitProperties()
{
	Super::PostInitProperties();
	CycloramaConfig::ReadPlain(TEXT("/Script/CycloramaCore.CycloramaSettings"), TEXT("TakesFolder"), TakesFolder.Path);
}

#if WITH_EDITOR
void UCycloramaSettings::PostEditChangeProperty(FPropertyChangedEvent& PropertyChangedEvent)
{
	Super::PostEditChangeProperty(PropertyChangedEvent);
	if (FCycloramaCoreModule::Usable())
	{
		FCycloramaCoreModule::FollowSettings();
	}
}
#endif
