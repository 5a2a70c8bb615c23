// Every signature of the engine that this module relies upon. If your engine differs, this file fails first, with a
// line that names what is different. Written from the public API reference; ue-plugin/harness/symbols.toml says which
// pages were seen, of which versions.
#include "CoreMinimal.h"
#include "AssetRegistry/IAssetRegistry.h"
#include "Commandlets/Commandlet.h"
#include "CoreGlobals.h"
#include "Graph/MovieGraphConfig.h"
#include "Graph/MovieGraphEdge.h"
#include "Graph/MovieGraphPin.h"
#include "Graph/MovieGraphTraversalContext.h"
#include "Graph/Nodes/MovieGraphDeferredPassNode.h"
#include "Graph/Nodes/MovieGraphFileOutputNode.h"
#include "Graph/Nodes/MovieGraphGlobalOutputSettingNode.h"
#include "Graph/Nodes/MovieGraphPathTracerPassNode.h"
#include "Graph/Nodes/MovieGraphSamplingMethodNode.h"
#include "HAL/PlatformProcess.h"
#include "LevelSequence.h"
#include "Misc/AssetRegistryInterface.h"
#include "Misc/Paths.h"
#include "MoviePipelineAntiAliasingSetting.h"
#include "MoviePipelineExecutor.h"
#include "MoviePipelineInProcessExecutor.h"
#include "MoviePipelineOutputSetting.h"
#include "MoviePipelinePrimaryConfig.h"
#include "MoviePipelineQueue.h"
#include "MovieRenderPipelineDataTypes.h"
#include "MovieScene.h"
#include "MovieSceneSection.h"
#include "MovieSceneTrack.h"
#include "UObject/SoftObjectPath.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)
#define CYCLORAMA_GIVES(Type, ...) static_assert(std::is_same_v<decltype(__VA_ARGS__), Type>, "this engine has another " #__VA_ARGS__)

CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::Execute_Implementation, void (UMoviePipelineExecutorBase::*)(UMoviePipelineQueue*));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::IsRendering_Implementation, bool (UMoviePipelineExecutorBase::*)() const);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::CancelAllJobs_Implementation, void (UMoviePipelineExecutorBase::*)());
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::CancelCurrentJob_Implementation, void (UMoviePipelineExecutorBase::*)());
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::SetMoviePipelineClass, void (UMoviePipelineExecutorBase::*)(UClass*));
CYCLORAMA_RELIES_ON(UMoviePipelineInProcessExecutor::bUseCurrentLevel, bool UMoviePipelineInProcessExecutor::*);
CYCLORAMA_RELIES_ON(UMoviePipelineInProcessExecutor::OnIndividualJobFinished, FMoviePipelineWorkFinishedNative& (UMoviePipelineInProcessExecutor::*)());
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::JobName, FString UMoviePipelineExecutorJob::*);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::UserData, FString UMoviePipelineExecutorJob::*);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::Map, FSoftObjectPath UMoviePipelineExecutorJob::*);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::IsEnabled, bool (UMoviePipelineExecutorJob::*)() const);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::IsConsumed, bool (UMoviePipelineExecutorJob::*)() const);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::SetConsumed, void (UMoviePipelineExecutorJob::*)(const bool));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::ShotInfo, TArray<TObjectPtr<UMoviePipelineExecutorShot>> UMoviePipelineExecutorJob::*);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorShot::bEnabled, bool UMoviePipelineExecutorShot::*);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::Execute, void (UMoviePipelineExecutorBase::*)(UMoviePipelineQueue*));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::CancelAllJobs, void (UMoviePipelineExecutorBase::*)());
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::Sequence, FSoftObjectPath UMoviePipelineExecutorJob::*);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::SetSequence, void (UMoviePipelineExecutorJob::*)(FSoftObjectPath));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::SetStatusMessage, void (UMoviePipelineExecutorJob::*)(const FString&));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::SetStatusProgress, void (UMoviePipelineExecutorJob::*)(const float));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::SetConfiguration, void (UMoviePipelineExecutorJob::*)(UMoviePipelinePrimaryConfig*));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::GetPresetOrigin, UMoviePipelinePrimaryConfig* (UMoviePipelineExecutorJob::*)() const);
CYCLORAMA_GIVES(void, std::declval<UMoviePipelineExecutorJob&>().SetGraphPreset(std::declval<UMovieGraphConfig*>()));
CYCLORAMA_RELIES_ON(UMoviePipelineQueue::AllocateNewJob, UMoviePipelineExecutorJob* (UMoviePipelineQueue::*)(TSubclassOf<UMoviePipelineExecutorJob>));
CYCLORAMA_RELIES_ON(UMoviePipelineQueue::GetJobs, TArray<UMoviePipelineExecutorJob*> (UMoviePipelineQueue::*)() const);
static_assert(std::is_convertible_v<decltype(std::declval<const UMoviePipelinePrimaryConfig&>().FindSettingByClass(std::declval<UClass*>())), const UObject*>, "this engine has another FindSettingByClass");
static_assert(std::is_convertible_v<decltype(std::declval<UMoviePipelinePrimaryConfig&>().FindOrAddSettingByClass(std::declval<UClass*>())), UObject*>, "this engine has another FindOrAddSettingByClass");
CYCLORAMA_GIVES(UMoviePipelineOutputSetting*, std::declval<const UMoviePipelinePrimaryConfig&>().FindSetting<UMoviePipelineOutputSetting>());
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::GetConfiguration, UMoviePipelinePrimaryConfig* (UMoviePipelineExecutorJob::*)() const);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorJob::GetGraphPreset, UMovieGraphConfig* (UMoviePipelineExecutorJob::*)() const);
CYCLORAMA_RELIES_ON(UMoviePipelineOutputSetting::OutputDirectory, FDirectoryPath UMoviePipelineOutputSetting::*);
CYCLORAMA_RELIES_ON(UMoviePipelineOutputSetting::FileNameFormat, FString UMoviePipelineOutputSetting::*);
CYCLORAMA_RELIES_ON(UMoviePipelineOutputSetting::OutputResolution, FIntPoint UMoviePipelineOutputSetting::*);
CYCLORAMA_RELIES_ON(UMoviePipelineOutputSetting::CustomStartFrame, int32 UMoviePipelineOutputSetting::*);
CYCLORAMA_RELIES_ON(UMoviePipelineOutputSetting::CustomEndFrame, int32 UMoviePipelineOutputSetting::*);
CYCLORAMA_RELIES_ON(UMoviePipelineOutputSetting::ZeroPadFrameNumbers, int32 UMoviePipelineOutputSetting::*);
CYCLORAMA_RELIES_ON(UMovieGraphGlobalOutputSettingNode::OutputResolution, FMovieGraphNamedResolution UMovieGraphGlobalOutputSettingNode::*);
CYCLORAMA_RELIES_ON(UMovieGraphConfig::GetOutputNode, UMovieGraphNode* (UMovieGraphConfig::*)() const);
CYCLORAMA_RELIES_ON(UMovieGraphConfig::CreateNodeByClass, UMovieGraphNode* (UMovieGraphConfig::*)(TSubclassOf<UMovieGraphNode>));
CYCLORAMA_RELIES_ON(UMovieGraphConfig::AddLabeledEdge, bool (UMovieGraphConfig::*)(UMovieGraphNode*, const FName&, UMovieGraphNode*, const FName&));
CYCLORAMA_RELIES_ON(UMovieGraphConfig::RemoveInboundEdges, bool (UMovieGraphConfig::*)(UMovieGraphNode*, const FName&));
CYCLORAMA_GIVES(UMovieGraphPin*, std::declval<const UMovieGraphNode&>().GetInputPin(std::declval<const FName&>()));
static_assert(std::is_convertible_v<decltype(std::declval<const UMovieGraphEvaluatedConfig&>().GetBranchNames()), TArray<FName>>, "this engine has another UMovieGraphEvaluatedConfig::GetBranchNames");
CYCLORAMA_GIVES(UMovieGraphSettingNode*, std::declval<const UMovieGraphEvaluatedConfig&>().GetSettingForBranch(std::declval<UClass*>(), std::declval<FName>(), false, false));
CYCLORAMA_GIVES(TArray<UMovieGraphFileOutputNode*>, std::declval<const UMovieGraphEvaluatedConfig&>().GetSettingsForBranch<UMovieGraphFileOutputNode>(std::declval<FName>(), false, false));
CYCLORAMA_RELIES_ON(UMovieGraphPin::Properties, FMovieGraphPinProperties UMovieGraphPin::*);
CYCLORAMA_RELIES_ON(FMovieGraphPinProperties::Label, FName FMovieGraphPinProperties::*);
CYCLORAMA_RELIES_ON(UMovieGraphEdge::InputPin, TObjectPtr<UMovieGraphPin> UMovieGraphEdge::*);
CYCLORAMA_RELIES_ON(UMovieGraphEdge::OutputPin, TObjectPtr<UMovieGraphPin> UMovieGraphEdge::*);
CYCLORAMA_RELIES_ON(UMovieGraphPin::Edges, TArray<TObjectPtr<UMovieGraphEdge>> UMovieGraphPin::*);
CYCLORAMA_RELIES_ON(UMovieGraphPin::Node, TObjectPtr<UMovieGraphNode> UMovieGraphPin::*);
CYCLORAMA_RELIES_ON(FMovieGraphTraversalContext::Job, TObjectPtr<UMoviePipelineExecutorJob> FMovieGraphTraversalContext::*);
CYCLORAMA_RELIES_ON(FMovieGraphTraversalContext::RootGraph, TObjectPtr<UMovieGraphConfig> FMovieGraphTraversalContext::*);
CYCLORAMA_RELIES_ON(UMoviePipelineAntiAliasingSetting::SpatialSampleCount, int32 UMoviePipelineAntiAliasingSetting::*);
CYCLORAMA_RELIES_ON(UMoviePipelineAntiAliasingSetting::TemporalSampleCount, int32 UMoviePipelineAntiAliasingSetting::*);
CYCLORAMA_RELIES_ON(UMovieGraphSamplingMethodNode::TemporalSampleCount, int32 UMovieGraphSamplingMethodNode::*);
CYCLORAMA_RELIES_ON(UMovieGraphDeferredRenderPassNode::SpatialSampleCount, int32 UMovieGraphDeferredRenderPassNode::*);
CYCLORAMA_RELIES_ON(UMovieGraphPathTracerRenderPassNode::SpatialSampleCount, int32 UMovieGraphPathTracerRenderPassNode::*);
CYCLORAMA_RELIES_ON(FMovieGraphNamedResolution::Resolution, FIntPoint FMovieGraphNamedResolution::*);
CYCLORAMA_RELIES_ON(FMoviePipelineOutputData::bSuccess, bool FMoviePipelineOutputData::*);
CYCLORAMA_RELIES_ON(FMoviePipelineOutputData::ShotData, TArray<FMoviePipelineShotOutputData> FMoviePipelineOutputData::*);
CYCLORAMA_RELIES_ON(FMoviePipelineOutputData::GraphData, TArray<FMovieGraphRenderOutputData> FMoviePipelineOutputData::*);
CYCLORAMA_RELIES_ON(ULevelSequence::GetMovieScene, UMovieScene* (ULevelSequence::*)() const);
CYCLORAMA_RELIES_ON(UMovieScene::GetPlaybackRange, TRange<FFrameNumber> (UMovieScene::*)() const);
CYCLORAMA_RELIES_ON(UMovieScene::GetDisplayRate, FFrameRate (UMovieScene::*)() const);
CYCLORAMA_RELIES_ON(UMovieScene::GetTickResolution, FFrameRate (UMovieScene::*)() const);
CYCLORAMA_RELIES_ON(UMovieScene::GetCameraCutTrack, UMovieSceneTrack* (UMovieScene::*)() const);
CYCLORAMA_RELIES_ON(UMovieSceneTrack::GetAllSections, const TArray<UMovieSceneSection*>& (UMovieSceneTrack::*)() const);
CYCLORAMA_RELIES_ON(UMovieSceneSection::GetInclusiveStartFrame, FFrameNumber (UMovieSceneSection::*)() const);
CYCLORAMA_RELIES_ON(UMovieSceneSection::GetExclusiveEndFrame, FFrameNumber (UMovieSceneSection::*)() const);
CYCLORAMA_RELIES_ON(UMovieSceneSection::IsActive, bool (UMovieSceneSection::*)() const);
CYCLORAMA_RELIES_ON(UMovieSceneSection::HasStartFrame, bool (UMovieSceneSection::*)() const);
CYCLORAMA_RELIES_ON(UMovieSceneSection::HasEndFrame, bool (UMovieSceneSection::*)() const);
CYCLORAMA_RELIES_ON(FFrameTime::RoundToFrame, FFrameNumber (FFrameTime::*)() const);
CYCLORAMA_RELIES_ON(FFrameNumber::Value, int32 FFrameNumber::*);
CYCLORAMA_RELIES_ON(FFrameRate::TransformTime, FFrameTime (*)(FFrameTime, FFrameRate, FFrameRate));
CYCLORAMA_RELIES_ON(UCommandlet::Main, int32 (UCommandlet::*)(const FString&));
CYCLORAMA_RELIES_ON(IAssetRegistry::SearchAllAssets, void (IAssetRegistry::*)(bool));
CYCLORAMA_GIVES(bool, std::declval<const IAssetRegistry&>().GetDependencies(std::declval<FName>(), std::declval<TArray<FName>&>(), UE::AssetRegistry::EDependencyCategory::Package, std::declval<const UE::AssetRegistry::FDependencyQuery&>()));
CYCLORAMA_GIVES(void, UCommandlet::ParseCommandLine(TEXT(""), std::declval<TArray<FString>&>(), std::declval<TArray<FString>&>(), std::declval<TMap<FString, FString>&>()));
CYCLORAMA_GIVES(bool, IsEngineExitRequested());
CYCLORAMA_GIVES(const TCHAR*, FPlatformProcess::ExecutablePath());
CYCLORAMA_GIVES(FString, FPaths::ConvertRelativePathToFull(std::declval<const FString&>()));
CYCLORAMA_GIVES(UObject*, std::declval<const FSoftObjectPath&>().TryLoad());
CYCLORAMA_GIVES(FString, std::declval<const FSoftObjectPath&>().GetLongPackageName());
CYCLORAMA_RELIES_ON(FSoftClassPath::ResolveClass, UClass* (FSoftClassPath::*)() const);
CYCLORAMA_RELIES_ON(FFilePath::FilePath, FString FFilePath::*);
static_assert(std::is_base_of_v<UMoviePipelineExecutorBase, UMoviePipelineInProcessExecutor>, "this engine's in-process executor is another");
static_assert(std::is_base_of_v<UMovieGraphSettingNode, UMovieGraphGlobalOutputSettingNode>, "this engine's graph has other setting nodes");
static_assert(std::is_base_of_v<UMovieGraphSettingNode, UMovieGraphFileOutputNode>, "this engine's graph has other output nodes");

/// What only a derived class may name. Never made.
struct FCycloramaExecutorContract : UMoviePipelineExecutorBase
{
	static void Holds()
	{
		CYCLORAMA_RELIES_ON(FCycloramaExecutorContract::OnExecutorFinishedImpl, void (UMoviePipelineExecutorBase::*)());
		// The type of the pipeline, which none of ours has, is the engine's affair.
		CYCLORAMA_GIVES(void, std::declval<FCycloramaExecutorContract&>().OnExecutorErroredImpl(nullptr, true, std::declval<FText>()));
	}
};

#undef CYCLORAMA_RELIES_ON
#undef CYCLORAMA_GIVES
