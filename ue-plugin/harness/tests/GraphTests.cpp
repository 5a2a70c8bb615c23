#include "CycloramaPreset.h"
#include "CycloramaRange.h"
#include "Rendering.h"

using namespace Rendering;

namespace
{
	/// A branch beside Globals.
	constexpr const TCHAR* Layers = TEXT("beauty");

	UMovieGraphConfig& Asset(const TCHAR* Path) { return *Cast<UMovieGraphConfig>(Shim::Assets()[FString(Path)]); }

	FCycloramaRenderOrder Read(UMovieGraphConfig& Graph)
	{
		FCycloramaRenderOrder Order;
		CycloramaPreset::Read(&Graph, Order);
		return Order;
	}

	int32 AskedFor(UMovieGraphConfig& Graph) { return Read(Graph).Samples; }

	/// The engine's plugin of further passes, and an engine whose graphs can draw panoramas.
	void LoadPanoramas()
	{
		Shim::Classes()[FString(TEXT("/Script/MoviePipelineMaskRenderPass.MoviePipelinePanoramicPass"))] = UMoviePipelinePanoramicPass::StaticClass();
		Shim::Classes()[FString(TEXT("/Script/MovieRenderPipelineRenderPasses.MovieGraphDeferredPanoramicNode"))] = UMovieGraphDeferredPanoramicNode::StaticClass();
	}
}

TEST(the_layers_of_a_graph_get_the_samples_of_the_job)
{
	MakeAssets();
	auto* Graph = Cast<UMovieGraphConfig>(Shim::Assets()[FString(TEXT("/Game/Graph.Graph"))]);
	FCycloramaTask Task = TaskOf(TEXT("/Game/Graph"));
	const auto Prepared = [&Task] {
		auto* Job = NewObject<UMoviePipelineExecutorJob>();
		EXPECT(CycloramaRange::Prepare(*Job, Task).IsEmpty());
		return Job;
	};
	// Nothing in it draws by samples: it says so.
	Prepared();
	EXPECT(Harness::Said("no Deferred and no Path Traced node"));
	Graph->ShimAddBranch(FName(Layers));
	auto* Moments = Graph->ShimChain<UMovieGraphSamplingMethodNode>();
	auto* Beauty = Graph->ShimChain<UMovieGraphDeferredRenderPassNode>(FName(Layers));
	auto* Traced = Graph->ShimChain<UMovieGraphPathTracerRenderPassNode>(FName(Layers));
	// What is not overridden does not count.
	Moments->TemporalSampleCount = 5;
	EXPECT(AskedFor(*Graph) == 0);
	Moments->TemporalSampleCount = 4;
	Moments->bOverride_TemporalSampleCount = true;
	Beauty->SpatialSampleCount = 2;
	Beauty->bOverride_SpatialSampleCount = true;
	EXPECT(AskedFor(*Graph) == 8);
	auto* Job = Prepared();
	EXPECT(Evaluated<UMovieGraphSamplingMethodNode>(*Job).TemporalSampleCount == 4);
	EXPECT(Evaluated<UMovieGraphDeferredRenderPassNode>(*Job, Layers).SpatialSampleCount == 3);
	const auto& Layer = Evaluated<UMovieGraphPathTracerRenderPassNode>(*Job, Layers);
	EXPECT(Layer.SpatialSampleCount == 3 && Layer.bOverride_SpatialSampleCount);
	EXPECT(Harness::Said("12 samples a pixel, its preset for 8"));
	// Another number of moments, where the graph's own do not divide it.
	Task.Samples = 6;
	EXPECT(Evaluated<UMovieGraphSamplingMethodNode>(*Prepared()).TemporalSampleCount == 2);
	// Layers that differ stay as they are where the finest has what is asked for.
	Task.Samples = 8;
	EXPECT(!Evaluated<UMovieGraphPathTracerRenderPassNode>(*Prepared(), Layers).bOverride_SpatialSampleCount);
	EXPECT(Moments->TemporalSampleCount == 4 && Beauty->SpatialSampleCount == 2 && !Traced->bOverride_SpatialSampleCount);
}

TEST(a_movie_render_graph_rendered_through_the_plugin_gives_the_same_ledger_as_the_command_line)
{
	ExpectSameAsCommand(TEXT("/Game/Graph.Graph"), "/Game/Graph");
}

TEST(a_graph_whose_settings_lie_in_a_subgraph_gives_the_same_ledger_as_the_command_line)
{
	ExpectSameAsCommand(TEXT("/Game/Nested.Nested"), "/Game/Nested");
}

TEST(what_a_graph_says_in_its_subgraphs_is_ordered)
{
	MakeAssets();
	auto& Inner = Asset(TEXT("/Game/Graph.Graph"));
	auto& Nested = Asset(TEXT("/Game/Nested.Nested"));
	const int32 First = 3;
	const int32 End = 15;
	SetBounds(Global(Inner), &First, &End);
	Inner.ShimAddBranch(FName(Layers));
	auto* Layer = Inner.ShimChain<UMovieGraphDeferredRenderPassNode>(FName(Layers));
	Layer->bOverride_SpatialSampleCount = true;
	Layer->SpatialSampleCount = 5;
	// Another that stands ahead of the subgraph, from where the engine goes back to the beginning, counts for what is not said in it.
	auto* Graph = NewObject<UMovieGraphConfig>();
	Graph->ShimAddBranch(FName(Layers));
	auto* Ahead = Graph->ShimChain<UMovieGraphGlobalOutputSettingNode>();
	Ahead->bOverride_OutputResolution = true;
	Ahead->OutputResolution.Resolution = FIntPoint(7, 7);
	auto* Moments = Graph->ShimChain<UMovieGraphSamplingMethodNode>();
	Moments->bOverride_TemporalSampleCount = true;
	Moments->TemporalSampleCount = 2;
	Graph->ShimChainGraph(&Inner, {UMovieGraphNode::GlobalsPinName, FName(Layers)});
	FCycloramaRenderOrder Order = Read(*Graph);
	EXPECT(Order.Width == 32 && Order.Height == 18 && Order.Frames == FString(TEXT("3-14")) && Order.Samples == 10);
	// One nearer to the outputs is heard first.
	auto* Behind = Graph->ShimChain<UMovieGraphGlobalOutputSettingNode>();
	Behind->bOverride_OutputResolution = true;
	Behind->OutputResolution.Resolution = FIntPoint(64, 36);
	Order = Read(*Graph);
	EXPECT(Order.Width == 64 && Order.Height == 36 && Order.Frames == FString(TEXT("3-14")));
	// What stands in the graph and leads nowhere does not.
	static_cast<UMovieGraphGlobalOutputSettingNode*>(Nested.CreateNodeByClass(UMovieGraphGlobalOutputSettingNode::StaticClass()))->bOverride_OutputResolution = true;
	EXPECT(Read(Nested).Width == 32);
}

TEST(a_range_is_drawn_as_its_job_asks_whatever_a_subgraph_says_and_that_stays_as_it_is)
{
	MakeAssets();
	auto& Inner = Asset(TEXT("/Game/Graph.Graph"));
	Inner.ShimAddBranch(FName(Layers));
	auto* Layer = Inner.ShimChain<UMovieGraphDeferredRenderPassNode>(FName(Layers));
	auto* Outer = NewObject<UMovieGraphConfig>();
	Outer->ShimAddBranch(FName(Layers));
	Outer->ShimChainGraph(&Inner, {UMovieGraphNode::GlobalsPinName, FName(Layers)});
	Shim::Assets()[FString(TEXT("/Game/Outer.Outer"))] = Outer;
	auto* Job = NewObject<UMoviePipelineExecutorJob>();
	EXPECT(CycloramaRange::Prepare(*Job, TaskOf(TEXT("/Game/Outer"))).IsEmpty());
	const auto& Made = Evaluated<UMovieGraphGlobalOutputSettingNode>(*Job);
	EXPECT(Made.OutputResolution.Resolution.X == 64 && Made.OutputDirectory.Path == FString(TEXT("/scratch/1")));
	EXPECT(Evaluated<UMovieGraphFileOutputNode>(*Job).FileNameFormat == FString(TEXT("frame.{frame_number}")));
	EXPECT(Evaluated<UMovieGraphFileOutputNode>(*Job, Layers).FileNameFormat == FString(TEXT("frame.{frame_number}")));
	EXPECT(Evaluated<UMovieGraphDeferredRenderPassNode>(*Job, Layers).SpatialSampleCount == 12);
	EXPECT(!Found<UMovieGraphPathTracerRenderPassNode>(*Job, Layers));
	EXPECT(!Global(Inner).bOverride_OutputDirectory && !Layer->bOverride_SpatialSampleCount && Inner.ShimNodes.Num() == 3);
	EXPECT(Outer->ShimNodes.Num() == 1);
}

TEST(a_panorama_is_refused_before_anything_is_submitted)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	const std::string File = Take(Folder);
	auto* Preset = Cast<UMoviePipelinePrimaryConfig>(Shim::Assets()[FString(TEXT("/Game/Fine.Fine"))]);
	Preset->ShimMore.Add(NewObject<UMoviePipelinePanoramicPass>());
	auto& Inner = Asset(TEXT("/Game/Graph.Graph"));
	Inner.ShimAddBranch(FName(Layers));
	Inner.ShimChain<UMovieGraphDeferredPanoramicNode>(FName(Layers));
	auto* Outer = NewObject<UMovieGraphConfig>();
	Outer->ShimAddBranch(FName(Layers));
	Outer->ShimChainGraph(&Inner, {UMovieGraphNode::GlobalsPinName, FName(Layers)});
	Shim::Assets()[FString(TEXT("/Game/Outer.Outer"))] = Outer;
	// Without the engine's plugin there is no such pass.
	EXPECT(CycloramaRange::Prepare(*NewObject<UMoviePipelineExecutorJob>(), TaskOf(TEXT("/Game/Fine"))).IsEmpty());
	LoadPanoramas();
	for (const auto& [Path, Whole] : {std::pair(TEXT("/Game/Fine"), TEXT("/Game/Fine.Fine")), std::pair(TEXT("/Game/Outer"), TEXT("/Game/Outer.Outer"))})
	{
		const auto& Job = Submitted(Queue(File, Whole, 0, 4), Folder / "ledger");
		EXPECT(Job.ShimStatus.Contains(TEXT("draws a panorama")) && Job.ShimStatus.Contains(TEXT("Take the panoramic pass out")));
		// A job that a command line made is refused by the worker, in the same words.
		EXPECT(CycloramaRange::Prepare(*NewObject<UMoviePipelineExecutorJob>(), TaskOf(Path)).Contains(TEXT("draws a panorama")));
	}
	EXPECT(!fs::exists(Folder / "ledger"));
}

TEST(a_graph_that_holds_itself_is_refused_with_the_engines_reason)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	auto& Graph = Asset(TEXT("/Game/Graph.Graph"));
	Graph.ShimChainGraph(&Graph);
	const auto& Job = Submitted(Queue(Take(Folder), TEXT("/Game/Graph.Graph"), 0, 4), Folder / "ledger");
	EXPECT(Job.ShimStatus.Contains(TEXT("cannot evaluate the preset")));
#if !UE_VERSION_OLDER_THAN(5, 5, 0)
	EXPECT(Job.ShimStatus.Contains(TEXT("a graph holds itself")));
#endif
	EXPECT(CycloramaRange::Prepare(*NewObject<UMoviePipelineExecutorJob>(), TaskOf(TEXT("/Game/Graph"))).Contains(TEXT("cannot evaluate")));
}
