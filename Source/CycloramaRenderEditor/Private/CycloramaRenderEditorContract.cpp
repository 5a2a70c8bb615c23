// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaRender. Written from
// the public API reference; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "FileHelpers.h"
#include "MovieRenderPipelineSettings.h"
#include "UObject/Package.h"

#include <type_traits>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)

CYCLORAMA_RELIES_ON(UMovieRenderPipelineProjectSettings::DefaultRemoteExecutor, FSoftClassPath UMovieRenderPipelineProjectSettings::*);
CYCLORAMA_RELIES_ON(UEditorLoadingAndSavingUtils::GetDirtyContentPackages, void (*)(TArray<UPackage*>&));
CYCLORAMA_RELIES_ON(UEditorLoadingAndSavingUtils::GetDirtyMapPackages, void (*)(TArray<UPackage*>&));

#undef CYCLORAMA_RELIES_ON
