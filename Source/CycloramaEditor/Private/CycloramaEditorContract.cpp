// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaLiveLink. Written
// from the public API reference; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "Engine/Engine.h"
#include "Framework/Docking/TabManager.h"
#include "ILiveLinkClient.h"
#include "Interfaces/IPluginManager.h"
#include "ISettingsModule.h"
#include "LiveLinkSourceSettings.h"
#include "Styling/SlateStyleRegistry.h"
#include "Textures/SlateIcon.h"
#include "ToolMenus.h"

#include <type_traits>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)

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

#undef CYCLORAMA_RELIES_ON
