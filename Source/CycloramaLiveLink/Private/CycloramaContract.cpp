// Every signature of the engine that this module relies upon. If your engine differs, this file fails first, with a
// line that names what is different. Written from notes on the public API reference of 5.4 and
// 5.5; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "Engine/TimecodeProvider.h"
#include "GenlockedCustomTimeStep.h"
#include "HAL/Runnable.h"
#include "HAL/RunnableThread.h"
#include "ILiveLinkClient.h"
#include "ILiveLinkSource.h"
#include "LiveLinkLensRole.h"
#include "LiveLinkLensTypes.h"
#include "LiveLinkSourceFactory.h"
#include "Roles/LiveLinkCameraTypes.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)
#define CYCLORAMA_GIVES(Type, ...) static_assert(std::is_same_v<decltype(__VA_ARGS__), Type>, "this engine has another " #__VA_ARGS__)

CYCLORAMA_RELIES_ON(ILiveLinkClient::PushSubjectStaticData_AnyThread, void (ILiveLinkClient::*)(const FLiveLinkSubjectKey&, TSubclassOf<ULiveLinkRole>, FLiveLinkStaticDataStruct&&));
CYCLORAMA_RELIES_ON(ILiveLinkClient::PushSubjectFrameData_AnyThread, void (ILiveLinkClient::*)(const FLiveLinkSubjectKey&, FLiveLinkFrameDataStruct&&));
CYCLORAMA_RELIES_ON(ILiveLinkClient::RemoveSubject_AnyThread, void (ILiveLinkClient::*)(const FLiveLinkSubjectKey&));
CYCLORAMA_RELIES_ON(ILiveLinkSource::ReceiveClient, void (ILiveLinkSource::*)(ILiveLinkClient*, FGuid));
CYCLORAMA_RELIES_ON(ILiveLinkSource::IsSourceStillValid, bool (ILiveLinkSource::*)() const);
CYCLORAMA_RELIES_ON(ILiveLinkSource::RequestSourceShutdown, bool (ILiveLinkSource::*)());
CYCLORAMA_RELIES_ON(ILiveLinkSource::GetSourceStatus, FText (ILiveLinkSource::*)() const);
CYCLORAMA_RELIES_ON(ULiveLinkSourceFactory::CreateSource, TSharedPtr<ILiveLinkSource> (ULiveLinkSourceFactory::*)(const FString&) const);
CYCLORAMA_RELIES_ON(UTimecodeProvider::FetchTimecode, bool (UTimecodeProvider::*)(FQualifiedFrameTime&));
CYCLORAMA_RELIES_ON(UTimecodeProvider::FetchAndUpdate, void (UTimecodeProvider::*)());
CYCLORAMA_RELIES_ON(UTimecodeProvider::GetQualifiedFrameTime, FQualifiedFrameTime (UTimecodeProvider::*)() const);
CYCLORAMA_RELIES_ON(UEngineCustomTimeStep::UpdateTimeStep, bool (UEngineCustomTimeStep::*)(UEngine*));
CYCLORAMA_RELIES_ON(UGenlockedCustomTimeStep::GetLastSyncCountDelta, uint32 (UGenlockedCustomTimeStep::*)() const);
CYCLORAMA_RELIES_ON(FRunnable::Run, uint32 (FRunnable::*)());
CYCLORAMA_RELIES_ON(FLiveLinkLensFrameData::FxFy, FVector2D FLiveLinkLensFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkLensFrameData::DistortionParameters, TArray<float> FLiveLinkLensFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkLensFrameData::PrincipalPoint, FVector2D FLiveLinkLensFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkLensStaticData::LensModel, FName FLiveLinkLensStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkBaseFrameData::WorldTime, FLiveLinkWorldTime FLiveLinkBaseFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkBaseFrameData::MetaData, FLiveLinkMetaData FLiveLinkBaseFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkMetaData::SceneTime, FQualifiedFrameTime FLiveLinkMetaData::*);
CYCLORAMA_RELIES_ON(FLiveLinkMetaData::StringMetaData, TMap<FName, FString> FLiveLinkMetaData::*);
CYCLORAMA_RELIES_ON(FLiveLinkTransformFrameData::Transform, FTransform FLiveLinkTransformFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraFrameData::FieldOfView, float FLiveLinkCameraFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraFrameData::AspectRatio, float FLiveLinkCameraFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraFrameData::FocalLength, float FLiveLinkCameraFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraFrameData::Aperture, float FLiveLinkCameraFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraFrameData::FocusDistance, float FLiveLinkCameraFrameData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::FilmBackWidth, float FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::FilmBackHeight, float FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::bIsFieldOfViewSupported, bool FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::bIsAspectRatioSupported, bool FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::bIsFocalLengthSupported, bool FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::bIsApertureSupported, bool FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::bIsFocusDistanceSupported, bool FLiveLinkCameraStaticData::*);
CYCLORAMA_RELIES_ON(FLiveLinkCameraStaticData::bIsDepthOfFieldSupported, bool FLiveLinkCameraStaticData::*);
CYCLORAMA_GIVES(FLiveLinkLensFrameData*, std::declval<FLiveLinkFrameDataStruct&>().Cast<FLiveLinkLensFrameData>());
CYCLORAMA_GIVES(bool, std::declval<FRunnableThread&>().Kill(true));
CYCLORAMA_GIVES(bool, std::declval<const ULiveLinkSourceFactory::FOnLiveLinkSourceCreated&>().ExecuteIfBound(std::declval<TSharedPtr<ILiveLinkSource>>(), std::declval<FString>()));
static_assert(std::is_same_v<decltype(FRunnableThread::Create(nullptr, TEXT(""), 0, TPri_AboveNormal)), FRunnableThread*>, "this engine has another FRunnableThread::Create");
static_assert(std::is_constructible_v<FLiveLinkWorldTime, double, double>, "this engine has another FLiveLinkWorldTime");
static_assert(std::is_base_of_v<FLiveLinkCameraStaticData, FLiveLinkLensStaticData>, "this engine's lens role does not extend the camera's");

/// What only a derived class may name. Never made.
struct FCycloramaTimeStepContract : UGenlockedCustomTimeStep
{
	static void Holds()
	{
		CYCLORAMA_RELIES_ON(FCycloramaTimeStepContract::UpdateAppTimes, void (UGenlockedCustomTimeStep::*)(const double&, const double&) const);
		CYCLORAMA_RELIES_ON(FCycloramaTimeStepContract::WaitForSync, bool (UGenlockedCustomTimeStep::*)());
		CYCLORAMA_GIVES(void, UpdateApplicationLastTime());
	}
};

#undef CYCLORAMA_RELIES_ON
#undef CYCLORAMA_GIVES
