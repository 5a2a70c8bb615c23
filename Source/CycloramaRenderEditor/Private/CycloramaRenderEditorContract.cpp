// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaRender. Written from
// the public API reference; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "FileHelpers.h"
#include "MovieRenderPipelineSettings.h"
#include "UObject/Package.h"
#include "UObject/SoftObjectPath.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)
#define CYCLORAMA_GIVES(Type, ...) static_assert(std::is_same_v<decltype(__VA_ARGS__), Type>, "this engine has another " #__VA_ARGS__)

CYCLORAMA_RELIES_ON(UMovieRenderPipelineProjectSettings::DefaultRemoteExecutor, FSoftClassPath UMovieRenderPipelineProjectSettings::*);
CYCLORAMA_RELIES_ON(UEditorLoadingAndSavingUtils::GetDirtyContentPackages, void (*)(TArray<UPackage*>&));
CYCLORAMA_RELIES_ON(UEditorLoadingAndSavingUtils::GetDirtyMapPackages, void (*)(TArray<UPackage*>&));
CYCLORAMA_GIVES(bool, std::declval<UMovieRenderPipelineProjectSettings&>().TryUpdateDefaultConfigFile());
CYCLORAMA_GIVES(FString, std::declval<const UPackage&>().GetName());
CYCLORAMA_GIVES(FString, std::declval<const FSoftClassPath&>().ToString());

#undef CYCLORAMA_RELIES_ON
#undef CYCLORAMA_GIVES
