#include "CycloramaParts.h"

#include "CycloramaCore.h"
#include "Interfaces/IPluginManager.h"
#include "Modules/ModuleManager.h"

void CycloramaParts::Load(const TCHAR* Module, const TCHAR* Plugin)
{
	if (IPluginManager::Get().FindEnabledPlugin(Plugin).IsValid() && !FModuleManager::Get().LoadModule(FName(Module)))
	{
		UE_LOG(LogCyclorama, Error, TEXT("%s could not be loaded: what it does stays off, all else works."), Module);
	}
}
