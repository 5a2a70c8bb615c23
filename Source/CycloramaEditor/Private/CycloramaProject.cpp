#include "CycloramaProject.h"

#include "CycloramaCustomTimeStep.h"
#include "CycloramaLiveLinkSourceFactory.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTimecodeProvider.h"
#include "Editor/EditorPerformanceSettings.h"
#include "Engine/Engine.h"
#include "Features/IModularFeatures.h"
#include "HAL/FileManager.h"
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

	bool KeepFullSpeed()
	{
		UEditorPerformanceSettings* Performance = GetMutableDefault<UEditorPerformanceSettings>();
		Performance->bThrottleCPUWhenNotForeground = false;
		Performance->PostEditChange();
		Performance->SaveConfig();
		return true;
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

bool CycloramaProject::Mend(ECycloramaFix Fix)
{
	switch (Fix)
	{
	case ECycloramaFix::OpenSettings:
		return OpenSettings();
	case ECycloramaFix::MakeTakesFolder:
		return IFileManager::Get().MakeDirectory(*GetDefault<UCycloramaSettings>()->TakesFolder.Path, true);
	case ECycloramaFix::UseTimecode:
		return GEngine && GEngine->SetTimecodeProvider(NewObject<UCycloramaTimecodeProvider>(GEngine));
	case ECycloramaFix::UseGenlock:
		return GEngine && GEngine->SetCustomTimeStep(NewObject<UCycloramaCustomTimeStep>(GEngine));
	case ECycloramaFix::KeepFullSpeed:
		return KeepFullSpeed();
	case ECycloramaFix::AddSource:
		return AddSource();
	case ECycloramaFix::RecordTakes:
		return FCycloramaSlate::Get().Record();
	default:
		return false;
	}
}
