#include "CycloramaCore.h"
#include "CycloramaPanel.h"
#include "Modules/ModuleManager.h"
#include "SCycloramaProduction.h"

class FCycloramaRenderEditorModule : public IModuleInterface
{
public:
	void StartupModule() override
	{
		const FCycloramaCoreModule* Core = FCycloramaCoreModule::Get();
		bStarted = Core && Core->IsUsable();
		if (bStarted)
		{
			FCycloramaPanel::Add(&SCycloramaProduction::Make);
		}
	}

	void ShutdownModule() override
	{
		if (bStarted)
		{
			FCycloramaPanel::Remove(&SCycloramaProduction::Make);
			FCycloramaDesk::End();
		}
		bStarted = false;
	}

private:
	bool bStarted = false;
};

IMPLEMENT_MODULE(FCycloramaRenderEditorModule, CycloramaRenderEditor)
