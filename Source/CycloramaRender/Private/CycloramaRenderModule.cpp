#include "CoreMinimal.h"
#include "Modules/ModuleManager.h"

// Executors and commandlets are made by the engine when somebody asks for them: there is nothing to start or stop here.
class FCycloramaRenderModule : public IModuleInterface
{
};

IMPLEMENT_MODULE(FCycloramaRenderModule, CycloramaRender)
