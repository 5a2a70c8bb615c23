// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaLiveLink. Written
// from the public API reference; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "Editor/EditorPerformanceSettings.h"
#include "Engine/Engine.h"
#include "Features/IModularFeatures.h"
#include "Framework/Docking/TabManager.h"
#include "ILiveLinkClient.h"
#include "Interfaces/IPluginManager.h"
#include "ISettingsModule.h"
#include "LiveLinkSourceSettings.h"
#include "Modules/ModuleManager.h"
#include "Styling/SlateStyleRegistry.h"
#include "Textures/SlateIcon.h"
#include "ToolMenus.h"
#include "Widgets/Docking/SDockTab.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)
#define CYCLORAMA_GIVES(Type, ...) static_assert(std::is_same_v<decltype(__VA_ARGS__), Type>, "this engine has another " #__VA_ARGS__)

CYCLORAMA_RELIES_ON(ISettingsModule::ShowViewer, void (ISettingsModule::*)(const FName&, const FName&, const FName&));
CYCLORAMA_RELIES_ON(UEngine::SetTimecodeProvider, bool (UEngine::*)(UTimecodeProvider*));
CYCLORAMA_RELIES_ON(UEngine::SetCustomTimeStep, bool (UEngine::*)(UEngineCustomTimeStep*));
CYCLORAMA_RELIES_ON(ILiveLinkClient::AddSource, FGuid (ILiveLinkClient::*)(TSharedPtr<ILiveLinkSource>));
CYCLORAMA_RELIES_ON(ILiveLinkClient::GetSourceSettings, ULiveLinkSourceSettings* (ILiveLinkClient::*)(const FGuid&) const);
CYCLORAMA_RELIES_ON(ULiveLinkSourceSettings::ConnectionString, FString ULiveLinkSourceSettings::*);
CYCLORAMA_RELIES_ON(ULiveLinkSourceSettings::Factory, TSubclassOf<ULiveLinkSourceFactory> ULiveLinkSourceSettings::*);
CYCLORAMA_RELIES_ON(ILiveLinkClient::GetSourceType, FText (ILiveLinkClient::*)(FGuid) const);
CYCLORAMA_RELIES_ON(IPlugin::GetBaseDir, FString (IPlugin::*)() const);
static_assert(std::is_constructible_v<FSlateIcon, FName, FName, FName>, "this engine has another FSlateIcon");
CYCLORAMA_RELIES_ON(FTabSpawnerEntry::SetIcon, FTabSpawnerEntry& (FTabSpawnerEntry::*)(const FSlateIcon&));
CYCLORAMA_RELIES_ON(UEngine::GetTimecodeProvider, UTimecodeProvider* (UEngine::*)() const);
CYCLORAMA_RELIES_ON(UEngine::GetCustomTimeStep, UEngineCustomTimeStep* (UEngine::*)() const);
CYCLORAMA_RELIES_ON(ILiveLinkClient::GetSources, TArray<FGuid> (ILiveLinkClient::*)() const);
static_assert(std::is_integral_v<decltype(UEditorPerformanceSettings::bThrottleCPUWhenNotForeground)>, "this engine has another UEditorPerformanceSettings::bThrottleCPUWhenNotForeground");
// As they are called: these have overloads, or parameters that are left out.
CYCLORAMA_GIVES(TSharedPtr<IPlugin>, std::declval<IPluginManager&>().FindPlugin(TEXT("Cyclorama")));
CYCLORAMA_GIVES(bool, std::declval<FModuleManager&>().IsModuleLoaded(std::declval<FName>()));
CYCLORAMA_GIVES(bool, std::declval<IModularFeatures&>().IsModularFeatureAvailable(std::declval<FName>()));
CYCLORAMA_GIVES(ILiveLinkClient&, std::declval<IModularFeatures&>().GetModularFeature<ILiveLinkClient>(std::declval<FName>()));
CYCLORAMA_GIVES(FTabSpawnerEntry&, std::declval<FGlobalTabmanager&>().RegisterNomadTabSpawner(std::declval<FName>(), std::declval<const FOnSpawnTab&>()));
CYCLORAMA_GIVES(TSharedPtr<SDockTab>, std::declval<FGlobalTabmanager&>().TryInvokeTab(std::declval<const FTabId&>()));
CYCLORAMA_GIVES(FTabSpawnerEntry&, std::declval<FTabSpawnerEntry&>().SetDisplayName(std::declval<const FText&>()));
CYCLORAMA_GIVES(FTabSpawnerEntry&, std::declval<FTabSpawnerEntry&>().SetTooltipText(std::declval<const FText&>()));
CYCLORAMA_GIVES(FTabSpawnerEntry&, std::declval<FTabSpawnerEntry&>().SetMenuType(ETabSpawnerMenuType::Hidden));
CYCLORAMA_GIVES(FToolMenuSection&, UToolMenus::Get()->ExtendMenu(std::declval<FName>())->FindOrAddSection(std::declval<FName>()));
CYCLORAMA_GIVES(FToolMenuEntry&, std::declval<FToolMenuSection&>().AddEntry(std::declval<const FToolMenuEntry&>()));
CYCLORAMA_GIVES(FToolMenuEntry&, std::declval<FToolMenuSection&>().AddMenuEntry(std::declval<FName>(), std::declval<const FText&>(), std::declval<const FText&>(), std::declval<const FSlateIcon&>(), std::declval<const FUIAction&>()));

#undef CYCLORAMA_RELIES_ON
#undef CYCLORAMA_GIVES
