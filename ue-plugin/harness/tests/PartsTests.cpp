// Modules that link a plugin which may be off: there with it, and away without it.
#include "CycloramaCore.h"
#include "Harness.h"
#include "Interfaces/IPluginManager.h"
#include "Modules/ModuleManager.h"

namespace
{
	const TCHAR* const Parts[] = {TEXT("CycloramaStage"), TEXT("CycloramaTakes"), TEXT("CycloramaRender"), TEXT("CycloramaRenderEditor")};

	bool IsThere(const TCHAR* Module) { return FModuleManager::Get().IsModuleLoaded(FName(Module)); }
	void Load(const TCHAR* Module) { FModuleManager::Get().LoadModule(FName(Module)); }
	void Enable(const TCHAR* Plugin) { IPluginManager::Get().ShimEnabled.Add(FString(Plugin)); }
	void End(ELoadingPhase::Type Phase) { IPluginManager::Get().ShimEnd(Phase); }

	/// As the engine begins: what it loads by itself, phase after phase.
	void Begin()
	{
		Load(TEXT("CycloramaCore"));
		Load(TEXT("CycloramaLiveLink"));
		End(ELoadingPhase::PreDefault);
		for (const TCHAR* Part : Parts)
		{
			EXPECT(!IsThere(Part));
		}
		End(ELoadingPhase::Default);
		End(ELoadingPhase::PostDefault);
		Load(TEXT("CycloramaEditor"));
		End(ELoadingPhase::PostEngineInit);
	}
}

TEST(without_the_optional_plugins_their_modules_stay_away)
{
	Begin();
	for (const TCHAR* Part : Parts)
	{
		EXPECT(!IsThere(Part));
	}
	EXPECT(IsThere(TEXT("CycloramaCore")) && IsThere(TEXT("CycloramaEditor")));
}

TEST(each_optional_plugin_brings_its_own_modules_and_no_others)
{
	Enable(TEXT("MovieRenderPipeline"));
	Begin();
	EXPECT(IsThere(TEXT("CycloramaRender")) && IsThere(TEXT("CycloramaRenderEditor")));
	EXPECT(!IsThere(TEXT("CycloramaStage")) && !IsThere(TEXT("CycloramaTakes")));
}

TEST(take_recorder_and_ndisplay_bring_theirs)
{
	Enable(TEXT("nDisplay"));
	Enable(TEXT("Takes"));
	Begin();
	EXPECT(IsThere(TEXT("CycloramaStage")) && IsThere(TEXT("CycloramaTakes")));
	EXPECT(!IsThere(TEXT("CycloramaRender")) && !IsThere(TEXT("CycloramaRenderEditor")));
}

TEST(a_core_that_is_loaded_late_brings_them_at_once)
{
	Enable(TEXT("nDisplay"));
	End(ELoadingPhase::Default);
	End(ELoadingPhase::PostEngineInit);
	Load(TEXT("CycloramaCore"));
	EXPECT(IsThere(TEXT("CycloramaStage")));
}

TEST(a_core_that_is_gone_brings_nothing)
{
	Enable(TEXT("nDisplay"));
	Load(TEXT("CycloramaCore"));
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	End(ELoadingPhase::Default);
	EXPECT(!IsThere(TEXT("CycloramaStage")));
}
