#include "CycloramaProject.h"

#include "CycloramaCustomTimeStep.h"
#include "CycloramaLiveLinkSourceFactory.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTimecodeProvider.h"
#include "Editor/EditorPerformanceSettings.h"
#include "Engine/Engine.h"
#include "Features/IModularFeatures.h"
#include "ILiveLinkClient.h"
#include "ISettingsModule.h"
#include "LiveLinkSourceSettings.h"
#include "Modules/ModuleManager.h"

namespace
{
	ILiveLinkClient* LiveLink()
	{
		IModularFeatures& Features = IModularFeatures::Get();
		return Features.IsModularFeatureAvailable(ILiveLinkClient::ModularFeatureName) ? &Features.GetModularFeature<ILiveLinkClient>(ILiveLinkClient::ModularFeatureName) : nullptr;
	}

	bool AddSource()
	{
		ILiveLinkClient* Client = LiveLink();
		const FString& Connection = GetDefault<UCycloramaSettings>()->Connection;
		const TSharedPtr<ILiveLinkSource> Source = Client ? GetDefault<UCycloramaLiveLinkSourceFactory>()->CreateSource(Connection) : nullptr;
		const FGuid Added = Source.IsValid() ? Client->AddSource(Source) : FGuid();
		if (!Added.IsValid())
		{
			return false;
		}
		// Live Link's menu sets these by itself; a preset needs both to make the source again.
		if (ULiveLinkSourceSettings* Settings = Client->GetSourceSettings(Added))
		{
			Settings->ConnectionString = Connection;
			Settings->Factory = UCycloramaLiveLinkSourceFactory::StaticClass();
		}
		return true;
	}

	bool OpenSettings()
	{
		ISettingsModule* Settings = FModuleManager::LoadModulePtr<ISettingsModule>(FName(TEXT("Settings")));
		if (Settings)
		{
			Settings->ShowViewer(FName(TEXT("Project")), FName(TEXT("Plugins")), FName(TEXT("CycloramaSettings")));
		}
		return Settings != nullptr;
	}

	/// Nothing where it was done.
	FString Unless(bool bDone, const TCHAR* Why)
	{
		return bDone ? FString() : FString(Why);
	}

	void KeepFullSpeed()
	{
		UEditorPerformanceSettings* Performance = GetMutableDefault<UEditorPerformanceSettings>();
		Performance->bThrottleCPUWhenNotForeground = false;
		Performance->PostEditChange();
		Performance->SaveConfig();
	}
}

FCycloramaFacts CycloramaProject::Facts()
{
	FCycloramaFacts Facts;
	if (const UTimecodeProvider* Provider = GEngine ? GEngine->GetTimecodeProvider() : nullptr)
	{
		Facts.TimecodeProvider = Provider->GetClass()->GetName();
	}
	if (const UEngineCustomTimeStep* Step = GEngine ? GEngine->GetCustomTimeStep() : nullptr)
	{
		Facts.CustomTimeStep = Step->GetClass()->GetName();
	}
	if (const ILiveLinkClient* Client = LiveLink())
	{
		for (const FGuid& Source : Client->GetSources())
		{
			Facts.Sources += Client->GetSourceType(Source).ToString().Contains(TEXT("Cyclorama")) ? 1 : 0;
		}
	}
	Facts.bSlowsInBackground = GetDefault<UEditorPerformanceSettings>()->bThrottleCPUWhenNotForeground;
	Facts.bTakeRecorder = FModuleManager::Get().IsModuleLoaded(FName(TEXT("TakeRecorder")));
	return Facts;
}

FString CycloramaProject::Mend(ECycloramaFix Fix)
{
	switch (Fix)
	{
	case ECycloramaFix::OpenSettings:
		return Unless(OpenSettings(), TEXT("This editor has no settings window"));
	case ECycloramaFix::MakeTakesFolder:
		return FString(CycloramaPreflight::MakeTakesFolder() ? TEXT("The folder of takes is being made; its line says how that goes") : TEXT("No folder of takes is chosen"));
	case ECycloramaFix::UseTimecode:
		return Unless(GEngine && GEngine->SetTimecodeProvider(NewObject<UCycloramaTimecodeProvider>(GEngine)), TEXT("The engine did not take the timecode: the output log says what is wrong with the tracker"));
	case ECycloramaFix::UseGenlock:
		return Unless(GEngine && GEngine->SetCustomTimeStep(NewObject<UCycloramaCustomTimeStep>(GEngine)), TEXT("The engine did not take the genlock: the output log says what is wrong with the tracker"));
	case ECycloramaFix::KeepFullSpeed:
		KeepFullSpeed();
		return FString();
	case ECycloramaFix::AddSource:
		return Unless(AddSource(), TEXT("Live Link took no source: is the plugin Live Link enabled?"));
	case ECycloramaFix::RecordTakes:
		return Unless(FCycloramaSlate::Get().Record(), TEXT("Takes are not recorded: the first line of this tab says why"));
	default:
		return FString(TEXT("There is nothing to mend"));
	}
}
