// Every signature of the engine that this module relies upon. If your engine differs, this file fails first, with a
// line that names what is different. Written from the public API reference; ue-plugin/harness/symbols.toml says which
// pages were seen, of which versions.
#include "CoreMinimal.h"
#include "AssetRegistry/IAssetRegistry.h"
#include "Commandlets/Commandlet.h"
#include "Graph/MovieGraphConfig.h"
#include "Graph/MovieGraphEdge.h"
#include "Graph/MovieGraphPin.h"
#include "Graph/MovieGraphTraversalContext.h"
#include "Graph/Nodes/MovieGraphDeferredPassNode.h"
#include "Graph/Nodes/MovieGraphFileOutputNode.h"
#include "Graph/Nodes/MovieGraphGlobalOutputSettingNode.h"
#include "Graph/Nodes/MovieGraphPathTracerPassNode.h"
#include "Graph/Nodes/MovieGraphSamplingMethodNode.h"
#include "LevelSequence.h"
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

#include <type_traits>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)

CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::Execute_Implementation, void (UMoviePipelineExecutorBase::*)(UMoviePipelineQueue*));
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::IsRendering_Implementation, bool (UMoviePipelineExecutorBase::*)() const);
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::CancelAllJobs_Implementation, void (UMoviePipelineExecutorBase::*)());
CYCLORAMA_RELIES_ON(UMoviePipelineExecutorBase::CancelCurrentJob_Implementation, void (UMoviePipelineExecutorBase::*)());
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
CYCLORAMA_RELIES_ON(FFrameRate::TransformTime, FFrameTime (*)(FFrameTime, FFrameRate, FFrameRate));
CYCLORAMA_RELIES_ON(UCommandlet::Main, int32 (UCommandlet::*)(const FString&));
CYCLORAMA_RELIES_ON(IAssetRegistry::SearchAllAssets, void (IAssetRegistry::*)(bool));
static_assert(std::is_base_of_v<UMoviePipelineExecutorBase, UMoviePipelineInProcessExecutor>, "this engine's in-process executor is another");
static_assert(std::is_base_of_v<UMovieGraphSettingNode, UMovieGraphGlobalOutputSettingNode>, "this engine's graph has other setting nodes");
static_assert(std::is_base_of_v<UMovieGraphSettingNode, UMovieGraphFileOutputNode>, "this engine's graph has other output nodes");

#undef CYCLORAMA_RELIES_ON
