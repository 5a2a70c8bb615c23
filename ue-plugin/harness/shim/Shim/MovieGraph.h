// A stand-in for Movie Render Graph: nodes, pins and edges, subgraphs, and what comes out when a graph is evaluated.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/mrg-overrides-and-variables-in-unreal-engine (evaluation goes from
//   the outputs back; a node nearer to them is heard first, over those of a subgraph too)
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Plugins/MovieRenderPipelineCore/UMovieGraphConfig (5.4, newest):
//   CreateFlattenedGraph (5.3, 5.5, newest), CreateNodeByClass (5.5, newest), AddLabeledEdge (5.3, 5.4, 5.7), RemoveInboundEdges (5.3,
//   5.4), GetOutputNode (5.4), CopyOverriddenPr-, InitializeFlatte- (5.3, 5.4, 5.5)
//   .../UMovieGraphEvaluatedConfig (5.1, 5.4, 5.6, newest), GetSettingForBra-, GetSettingsForBr- (newest)
//   .../UMovieGraphNode/GetInputPin, GlobalsPinName (5.5), UMovieGraphPin (5.2, 5.5, newest), UMovieGraphEdge (newest)
//   .../UMovieGraphSettingNode/GetNodeInstanceName (5.5, newest: nodes of one class are one, but for kinds that are not used here)
//   .../UMovieGraphSubgraphNode (5.2, 5.4, newest), FMovieGraphTraversalContext (5.3, 5.7, newest)
//   .../UMovieGraphSamplingMethodNode (5.5, newest), Graph/Nodes/UMovieGraphGloba-_1 (5.4), FMovieGraphSequencePlaybackRange- (5.7)
//   .../API/Plugins/MovieRenderPipelineRenderPasses/Graph/Nodes/UMovieGraphDefer- (5.4, 5.8), UMovieGraphPathT-/SpatialSampleCou- (5.5)
//   .../API/Plugins/MovieRenderPipelineRenderPasses/UMovieGraphDeferredPanoramicNode (5.6, 5.8, newest)
#pragma once

#include "Shim/Program.h"

class UMovieGraphConfig;
class UMovieGraphNode;
class UMovieGraphPin;
class UMoviePipelineExecutorJob;

enum class EMovieGraphSequenceRangeType : uint8 { SequenceDefault, Custom };
struct FMovieGraphSequencePlaybackRangeBound
{
	EMovieGraphSequenceRangeType Type = EMovieGraphSequenceRangeType::SequenceDefault;
	int32 Value = 0;
};
struct FMovieGraphPinProperties
{
	FName Label;
};
class UMovieGraphEdge : public UObject
{
public:
	SHIM_CLASS(UMovieGraphEdge)
	TObjectPtr<UMovieGraphPin> InputPin;
	TObjectPtr<UMovieGraphPin> OutputPin;
};
class UMovieGraphPin : public UObject
{
public:
	SHIM_CLASS(UMovieGraphPin)
	TArray<TObjectPtr<UMovieGraphEdge>> Edges;
	TObjectPtr<UMovieGraphNode> Node;
	FMovieGraphPinProperties Properties;
	/// The pin on the other side of its edge, or nothing.
	UMovieGraphPin* ShimOther() const;
};

// --- nodes ----------------------------------------------------------------------------------------------------------------
/// A class with a default constructor that can be made by its class, and knows what it comes from.
#define SHIM_NODE(Class, From) \
	static UClass* StaticClass() { return Shim::MadeBy<Class>(Shim::ClassOf<Class>(#Class), From::StaticClass()); }
/// What a node nearer to the outputs does not say itself is taken from this one.
#define SHIM_TAKE(Property) \
	if (From.bOverride_##Property && !bOverride_##Property) \
	{ \
		bOverride_##Property = true; \
		Property = From.Property; \
	}
namespace Shim
{
	inline UClass* From(UClass* Class, UClass* Parent)
	{
		Class->ShimFrom = Parent;
		return Class;
	}
	template <typename T>
	UClass* MadeBy(UClass* Class, UClass* Parent)
	{
		Class->ShimMake = [] { return static_cast<UObject*>(NewObject<T>()); };
		return From(Class, Parent);
	}
}

class UMovieGraphNode : public UObject
{
public:
	SHIM_CLASS(UMovieGraphNode)
	inline static const FName GlobalsPinName{TEXT("Globals")};
	UMovieGraphPin* GetInputPin(const FName& InPinLabel) const { return ShimPin(ShimInputs, InPinLabel); }
	UMovieGraphPin* GetOutputPin(const FName& InPinLabel) const { return ShimPin(ShimOutputs, InPinLabel); }
	/// A pin on the left or on the right.
	void ShimAddPin(TArray<TObjectPtr<UMovieGraphPin>>& Side, const FName& Label);
	/// As the class makes them: one on either side, without a name.
	virtual void ShimAddPins();
	/// The engine copies a node by its properties.
	virtual void ShimCopyFrom(const UMovieGraphNode&) {}
	TArray<TObjectPtr<UMovieGraphPin>> ShimInputs;
	TArray<TObjectPtr<UMovieGraphPin>> ShimOutputs;

private:
	static UMovieGraphPin* ShimPin(const TArray<TObjectPtr<UMovieGraphPin>>& Side, const FName& Label);
};
/// The left end of a graph, or its right one: a pin for every branch.
class UMovieGraphEndNode : public UMovieGraphNode
{
public:
	SHIM_NODE(UMovieGraphEndNode, UMovieGraphNode)
	void ShimAddPins() override {}
};
class UMovieGraphSettingNode : public UMovieGraphNode
{
public:
	SHIM_CLASS(UMovieGraphSettingNode)
	virtual void ShimTake(const UMovieGraphSettingNode&) {}
	void ShimCopyFrom(const UMovieGraphNode& From) override { ShimTake(static_cast<const UMovieGraphSettingNode&>(From)); }
};
/// What a node with these properties does when others of its class are met.
#define SHIM_TAKES(Class, ...) \
	void ShimTake(const UMovieGraphSettingNode& Other) override \
	{ \
		const auto& From = static_cast<const Class&>(Other); \
		__VA_ARGS__ \
	}
struct FMovieGraphNamedResolution
{
	FMovieGraphNamedResolution() = default;
	FMovieGraphNamedResolution(const FName& InResolutionProfileName, const FIntPoint InResolution, const FString& InDescription)
		: ProfileName(InResolutionProfileName), Resolution(InResolution), Description(InDescription) {}
	inline static const FName CustomEntryName{TEXT("Custom")};
	inline static const FIntPoint DefaultResolution{1920, 1080};
	FName ProfileName;
	FIntPoint Resolution{1920, 1080};
	FString Description;
};
class UMovieGraphGlobalOutputSettingNode : public UMovieGraphSettingNode
{
public:
	SHIM_NODE(UMovieGraphGlobalOutputSettingNode, UMovieGraphSettingNode)
	uint8 bOverride_OutputDirectory : 1 = 0;
	uint8 bOverride_bOverwriteExistingOutput : 1 = 0;
	uint8 bOverride_ZeroPadFrameNumbers : 1 = 0;
	uint8 bOverride_FrameNumberOffset : 1 = 0;
	uint8 bOverride_HandleFrameCount : 1 = 0;
	uint8 bOverride_OutputResolution : 1 = 0;
	FMovieGraphNamedResolution OutputResolution;
	FDirectoryPath OutputDirectory;
	bool bOverwriteExistingOutput = false;
	int32 ZeroPadFrameNumbers = 4;
	int32 FrameNumberOffset = 0;
	int32 HandleFrameCount = 0;
#if UE_VERSION_OLDER_THAN(5, 6, 0)
	uint8 bOverride_CustomPlaybackRangeStartFrame : 1 = 0;
	uint8 bOverride_CustomPlaybackRangeEndFrame : 1 = 0;
	int32 CustomPlaybackRangeStartFrame = 0;
	int32 CustomPlaybackRangeEndFrame = 0;
#define SHIM_TAKE_RANGE SHIM_TAKE(CustomPlaybackRangeStartFrame) SHIM_TAKE(CustomPlaybackRangeEndFrame)
#else
	uint8 bOverride_CustomPlaybackRangeStart : 1 = 0;
	uint8 bOverride_CustomPlaybackRangeEnd : 1 = 0;
	FMovieGraphSequencePlaybackRangeBound CustomPlaybackRangeStart;
	FMovieGraphSequencePlaybackRangeBound CustomPlaybackRangeEnd;
#define SHIM_TAKE_RANGE SHIM_TAKE(CustomPlaybackRangeStart) SHIM_TAKE(CustomPlaybackRangeEnd)
#endif
	SHIM_TAKES(UMovieGraphGlobalOutputSettingNode, SHIM_TAKE(OutputDirectory) SHIM_TAKE(bOverwriteExistingOutput) SHIM_TAKE(ZeroPadFrameNumbers) SHIM_TAKE(FrameNumberOffset) SHIM_TAKE(HandleFrameCount) SHIM_TAKE(OutputResolution) SHIM_TAKE_RANGE)
};
/// Abstract: nodes are of a kind of file.
class UMovieGraphFileOutputNode : public UMovieGraphSettingNode
{
public:
	static UClass* StaticClass() { return Shim::From(Shim::ClassOf<UMovieGraphFileOutputNode>("UMovieGraphFileOutputNode"), UMovieGraphSettingNode::StaticClass()); }
	uint8 bOverride_FileNameFormat : 1 = 0;
	FString FileNameFormat;
	SHIM_TAKES(UMovieGraphFileOutputNode, SHIM_TAKE(FileNameFormat))
};
class UMovieGraphImageSequenceOutputNode_EXR : public UMovieGraphFileOutputNode
{
public:
	SHIM_NODE(UMovieGraphImageSequenceOutputNode_EXR, UMovieGraphFileOutputNode)
};
class UMovieGraphSamplingMethodNode : public UMovieGraphSettingNode
{
public:
	SHIM_NODE(UMovieGraphSamplingMethodNode, UMovieGraphSettingNode)
	uint8 bOverride_TemporalSampleCount : 1 = 0;
	int32 TemporalSampleCount = 1;
	SHIM_TAKES(UMovieGraphSamplingMethodNode, SHIM_TAKE(TemporalSampleCount))
};
class UMovieGraphDeferredRenderPassNode : public UMovieGraphSettingNode
{
public:
	SHIM_NODE(UMovieGraphDeferredRenderPassNode, UMovieGraphSettingNode)
	uint8 bOverride_SpatialSampleCount : 1 = 0;
	int32 SpatialSampleCount = 1;
	SHIM_TAKES(UMovieGraphDeferredRenderPassNode, SHIM_TAKE(SpatialSampleCount))
};
class UMovieGraphPathTracerRenderPassNode : public UMovieGraphSettingNode
{
public:
	SHIM_NODE(UMovieGraphPathTracerRenderPassNode, UMovieGraphSettingNode)
	uint8 bOverride_SpatialSampleCount : 1 = 0;
	int32 SpatialSampleCount = 1;
	SHIM_TAKES(UMovieGraphPathTracerRenderPassNode, SHIM_TAKE(SpatialSampleCount))
};
class UMovieGraphDeferredPanoramicNode : public UMovieGraphSettingNode
{
public:
	SHIM_NODE(UMovieGraphDeferredPanoramicNode, UMovieGraphSettingNode)
};
/// The engine keeps the path of the asset; here it is always in memory.
class UMovieGraphSubgraphNode : public UMovieGraphNode
{
public:
	SHIM_NODE(UMovieGraphSubgraphNode, UMovieGraphNode)
	UMovieGraphConfig* GetSubgraphAsset() const { return ShimAsset; }
	/// Its pins are the branches of that graph.
	void ShimSetAsset(UMovieGraphConfig* In);
	void ShimAddPins() override {}
	void ShimCopyFrom(const UMovieGraphNode& From) override { ShimSetAsset(static_cast<const UMovieGraphSubgraphNode&>(From).ShimAsset); }

private:
	UMovieGraphConfig* ShimAsset = nullptr;
};

// --- graphs ---------------------------------------------------------------------------------------------------------------
struct FMovieGraphTraversalContext
{
	TObjectPtr<UMoviePipelineExecutorJob> Job;
	TObjectPtr<UMovieGraphConfig> RootGraph;
};
class UMovieGraphEvaluatedConfig : public UObject
{
public:
	SHIM_CLASS(UMovieGraphEvaluatedConfig)
	const TArray<FName> GetBranchNames() const;
	TArray<UMovieGraphSettingNode*> GetSettingsForBranch(UClass* InClass, const FName InBranchName, bool bIncludeCDOs, bool bExactMatch) const;
	UMovieGraphSettingNode* GetSettingForBranch(UClass* InClass, const FName InBranchName, bool bIncludeCDOs, bool bExactMatch) const;
	template <typename T>
	TArray<T*> GetSettingsForBranch(const FName InBranchName, bool bIncludeCDOs, bool bExactMatch) const
	{
		TArray<T*> Found;
		for (UMovieGraphSettingNode* Node : GetSettingsForBranch(T::StaticClass(), InBranchName, bIncludeCDOs, bExactMatch))
		{
			Found.Add(static_cast<T*>(Node));
		}
		return Found;
	}
	template <typename T>
	T* GetSettingForBranch(const FName InBranchName, bool bIncludeCDOs, bool bExactMatch) const
	{
		return static_cast<T*>(GetSettingForBranch(T::StaticClass(), InBranchName, bIncludeCDOs, bExactMatch));
	}
	/// By branch, and there nearest to the outputs first.
	TMap<FName, TArray<UMovieGraphSettingNode*>> ShimBranches;
};
class UMovieGraphConfig : public UObject
{
public:
	SHIM_CLASS(UMovieGraphConfig)
	UMovieGraphConfig();
	UMovieGraphNode* GetOutputNode() const { return ShimOutput; }
	UMovieGraphNode* CreateNodeByClass(const TSubclassOf<UMovieGraphNode> InClass);
	bool AddLabeledEdge(UMovieGraphNode* FromNode, const FName& FromPinLabel, UMovieGraphNode* ToNode, const FName& ToPinLabel);
	bool RemoveInboundEdges(UMovieGraphNode* InNode, const FName& InPinName);
#if UE_VERSION_OLDER_THAN(5, 5, 0)
	UMovieGraphEvaluatedConfig* CreateFlattenedGraph(const FMovieGraphTraversalContext& InContext)
	{
		FString Unsaid;
		return ShimFlattened(InContext, Unsaid);
	}
#else
	UMovieGraphEvaluatedConfig* CreateFlattenedGraph(const FMovieGraphTraversalContext& InContext, FString& OutError) { return ShimFlattened(InContext, OutError); }
#endif
	/// A branch beside Globals, which every graph has.
	void ShimAddBranch(const FName& Branch);
	/// A node at the right end of a branch, as an artist draws it.
	template <typename T>
	T* ShimChain(const FName& Branch = UMovieGraphNode::GlobalsPinName)
	{
		auto* Made = static_cast<T*>(CreateNodeByClass(T::StaticClass()));
		ShimConnect(*Made, FName(), FName(), Branch);
		return Made;
	}
	/// All of another graph there: its branches of these names.
	UMovieGraphSubgraphNode* ShimChainGraph(UMovieGraphConfig* Asset, std::initializer_list<FName> Branches = {UMovieGraphNode::GlobalsPinName});
	UMovieGraphConfig* ShimCopy(UObject* Outer) const;
	/// What comes out of it, whichever way this engine has to ask.
	UMovieGraphEvaluatedConfig* ShimEvaluated(UMoviePipelineExecutorJob& Job)
	{
		FString Unsaid;
		return ShimFlattened({&Job, this}, Unsaid);
	}
	TArray<TObjectPtr<UMovieGraphNode>> ShimNodes;
	TArray<FName> ShimBranches;

private:
	UMovieGraphEvaluatedConfig* ShimFlattened(const FMovieGraphTraversalContext& Context, FString& OutError);
	void ShimConnect(UMovieGraphNode& Node, const FName& In, const FName& Out, const FName& Branch);
	UMovieGraphNode* ShimInput = nullptr;
	UMovieGraphNode* ShimOutput = nullptr;
	friend struct FShimWalk;
};
/// The engine copies the nodes with their graph, and not the graphs that its subgraph nodes name.
template <>
UMovieGraphConfig* DuplicateObject(const UMovieGraphConfig* Source, UObject* Outer);
