#include "CoreMinimal.h"
#include "Modules/ModuleManager.h"

// Sources hold their sessions, and the core ends those before it goes: there is nothing to start or stop here.
class FCycloramaLiveLinkModule : public IModuleInterface
{
};

IMPLEMENT_MODULE(FCycloramaLiveLinkModule, CycloramaLiveLink)
