// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaLiveLink. What has overloads, or
// parameters that may be left out, is asserted as it is called.
#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "CoreGlobals.h"
#include "Engine/DeveloperSettings.h"
#include "HAL/PlatformTime.h"
#include "Interfaces/IPluginManager.h"
#include "Misc/ConfigCacheIni.h"
#include "Misc/FrameRate.h"
#include "Misc/QualifiedFrameTime.h"
#include "Modules/ModuleManager.h"
#include "UObject/SoftObjectPath.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)
#define CYCLORAMA_GIVES(Type, ...) static_assert(std::is_same_v<decltype(__VA_ARGS__), Type>, "this engine has another " #__VA_ARGS__)

CYCLORAMA_GIVES(double, FPlatformTime::Seconds());
CYCLORAMA_GIVES(IModuleInterface*, FModuleManager::GetModulePtr<IModuleInterface>(std::declval<const FName&>()));
CYCLORAMA_GIVES(IModuleInterface*, std::declval<FModuleManager&>().LoadModule(std::declval<const FName&>()));
CYCLORAMA_GIVES(TSharedPtr<IPlugin>, std::declval<IPluginManager&>().FindEnabledPlugin(TEXT("nDisplay")));
CYCLORAMA_GIVES(ELoadingPhase::Type, std::declval<IPluginManager&>().GetLastCompletedLoadingPhase());
CYCLORAMA_GIVES(IPluginManager::FLoadingModulesForPhaseEvent&, std::declval<IPluginManager&>().OnLoadingPhaseComplete());
CYCLORAMA_GIVES(FTSTicker&, FTSTicker::GetCoreTicker());
CYCLORAMA_GIVES(FTSTicker::FDelegateHandle, std::declval<FTSTicker&>().AddTicker(std::declval<const FTickerDelegate&>(), 0.1f));
CYCLORAMA_GIVES(void, FTSTicker::RemoveTicker(std::declval<FTSTicker::FDelegateHandle>()));
CYCLORAMA_GIVES(FName, std::declval<const UDeveloperSettings&>().GetCategoryName());
CYCLORAMA_GIVES(bool, std::declval<FConfigCacheIni&>().GetString(TEXT("Section"), TEXT("Key"), std::declval<FString&>(), std::declval<const FString&>()));
CYCLORAMA_RELIES_ON(UObject::PostInitProperties, void (UObject::*)());
static_assert(std::is_convertible_v<decltype(GConfig), const FConfigCacheIni*>, "this engine has another GConfig");
static_assert(std::is_convertible_v<decltype(GGameIni), FString>, "this engine has another GGameIni");
CYCLORAMA_GIVES(bool, std::declval<const FString&>().Equals(std::declval<const FString&>(), ESearchCase::CaseSensitive));
CYCLORAMA_GIVES(double, std::declval<const FFrameRate&>().AsInterval());
CYCLORAMA_RELIES_ON(FFrameRate::Numerator, int32 FFrameRate::*);
CYCLORAMA_RELIES_ON(FFrameRate::Denominator, int32 FFrameRate::*);
CYCLORAMA_RELIES_ON(FDirectoryPath::Path, FString FDirectoryPath::*);
static_assert(std::is_constructible_v<FFrameRate, uint32, uint32>, "this engine has another FFrameRate");
static_assert(std::is_constructible_v<FQualifiedFrameTime, FFrameTime, FFrameRate>, "this engine has another FQualifiedFrameTime");
static_assert(std::is_constructible_v<FQuat, double, double, double, double>, "this engine has another FQuat");
static_assert(std::is_constructible_v<FVector, double, double, double>, "this engine has another FVector");
static_assert(std::is_constructible_v<FTransform, FQuat, FVector>, "this engine has another FTransform");

#undef CYCLORAMA_RELIES_ON
#undef CYCLORAMA_GIVES
