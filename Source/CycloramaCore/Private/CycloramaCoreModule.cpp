// Start-up, log and shutdown. What is not sure to fit stays off: nothing here may end the editor.
#include "CycloramaCore.h"

#include "CycloramaCluster.h"
#include "CycloramaParts.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaText.h"
#include "CycloramaTracking.h"
#include "CycloramaWork.h"
#include "Interfaces/IPluginManager.h"
#include "Misc/CoreDelegates.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/abi.h"
#include "Bridge/log.h"
#include "Bridge/status.h"
THIRD_PARTY_INCLUDES_END

DEFINE_LOG_CATEGORY(LogCyclorama);
IMPLEMENT_MODULE(FCycloramaCoreModule, CycloramaCore)

namespace
{
	/// Ten times a second, and no more at once than a log can show.
	constexpr float LogSeconds = 0.1f;
	constexpr uint32 LogLines = 256;

	void Say(const cyclorama::LogLine& Line)
	{
		const FString Text = CycloramaText::FromCore(Line.text);
		switch (Line.level)
		{
		case cyclorama::LogLevel::Error:
			UE_LOG(LogCyclorama, Error, TEXT("%s"), *Text);
			break;
		case cyclorama::LogLevel::Warning:
			UE_LOG(LogCyclorama, Warning, TEXT("%s"), *Text);
			break;
		case cyclorama::LogLevel::Info:
			UE_LOG(LogCyclorama, Log, TEXT("%s"), *Text);
			break;
		default:
			UE_LOG(LogCyclorama, Verbose, TEXT("%s"), *Text);
			break;
		}
	}
}

FCycloramaCoreModule* FCycloramaCoreModule::Get()
{
	return FModuleManager::GetModulePtr<FCycloramaCoreModule>(FName(TEXT("CycloramaCore")));
}

bool FCycloramaCoreModule::Usable()
{
	const FCycloramaCoreModule* Core = Get();
	return Core && Core->IsUsable();
}

void FCycloramaCoreModule::StartupModule()
{
	bUsable = cyclorama::abi_hash() == cyclorama::ABI_HASH;
	if (bUsable)
	{
		Follow();
	}
	else
	{
		UE_LOG(LogCyclorama, Error, TEXT("The core was built from another version than this plugin. Cyclorama stays off: run scripts/build_core, build the plugin and start the editor again."));
	}
	// In any case: what was saved with their classes is to load.
	LoadParts();
}

void FCycloramaCoreModule::Follow()
{
	FollowSettings();
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateLambda([this](float) {
		DrainLog();
		return true;
	}), LogSeconds);
	PreExit = FCoreDelegates::OnEnginePreExit.AddRaw(this, &FCycloramaCoreModule::EndSessions);
}

void FCycloramaCoreModule::LoadParts()
{
	const auto Now = [] {
		CycloramaParts::Load(TEXT("CycloramaStage"), TEXT("nDisplay"));
#if WITH_EDITOR
		// Not in a packaged game.
		CycloramaParts::Load(TEXT("CycloramaRender"), TEXT("MovieRenderPipeline"));
#endif
	};
	IPluginManager& Plugins = IPluginManager::Get();
	const ELoadingPhase::Type Last = Plugins.GetLastCompletedLoadingPhase();
	if (Last != ELoadingPhase::None && Last >= ELoadingPhase::Default)
	{
		Now();
		return;
	}
	PhaseEnded = Plugins.OnLoadingPhaseComplete().AddLambda([Now](ELoadingPhase::Type Phase, bool) {
		if (Phase == ELoadingPhase::Default)
		{
			Now();
		}
	});
}

void FCycloramaCoreModule::FollowSettings()
{
	cyclorama::log_start(static_cast<cyclorama::LogLevel>(GetDefault<UCycloramaSettings>()->LogLevel));
}

void FCycloramaCoreModule::PreUnloadCallback()
{
	EndSessions();
}

void FCycloramaCoreModule::ShutdownModule()
{
	IPluginManager::Get().OnLoadingPhaseComplete().Remove(PhaseEnded);
	EndSessions();
	if (bUsable)
	{
		FTSTicker::RemoveTicker(Ticker);
		FCoreDelegates::OnEnginePreExit.Remove(PreExit);
		DrainLog();
	}
	bUsable = false;
}

void FCycloramaCoreModule::DrainLog()
{
	for (const cyclorama::LogLine& Line : cyclorama::log_drain(LogLines))
	{
		Say(Line);
	}
}

void FCycloramaCoreModule::EndSessions()
{
	if (bUsable)
	{
		FCycloramaCluster::End();
		FCycloramaSlate::End();
		FCycloramaTracking::StopAll();
		FCycloramaWork::StopAll();
	}
}

FString FCycloramaCoreModule::LastError()
{
	return CycloramaText::FromCore(cyclorama::last_error());
}

FString FCycloramaCoreModule::Version()
{
	return CycloramaText::FromCore(cyclorama::core_version());
}
