// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaLiveLink. Written
// from the public API reference; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "Recorder/TakeRecorderBlueprintLibrary.h"
#include "Recorder/TakeRecorderPanel.h"
#include "TakeMetaData.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)

CYCLORAMA_RELIES_ON(UTakeRecorderBlueprintLibrary::IsRecording, bool (*)());
CYCLORAMA_RELIES_ON(UTakeRecorderBlueprintLibrary::GetTakeRecorderPanel, UTakeRecorderPanel* (*)());
static_assert(std::is_convertible_v<decltype(std::declval<UTakeRecorderPanel&>().GetTakeMetaData()), const UTakeMetaData*>, "this engine has another UTakeRecorderPanel::GetTakeMetaData");
CYCLORAMA_RELIES_ON(UTakeMetaData::GetSlate, const FString& (UTakeMetaData::*)() const);
CYCLORAMA_RELIES_ON(UTakeMetaData::GetTakeNumber, int32 (UTakeMetaData::*)() const);

#undef CYCLORAMA_RELIES_ON
