#include "CycloramaSettings.h"

#include "CycloramaCore.h"
#include "UObject/UnrealType.h"

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
