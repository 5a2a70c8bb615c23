#include "CycloramaPreset.h"

#include "CycloramaCore.h"
#include "CycloramaGraph.h"
#include "CycloramaPanorama.h"
#include "CycloramaSamples.h"
#include "Graph/Nodes/MovieGraphGlobalOutputSettingNode.h"
#include "Misc/EngineVersionComparison.h"
#include "MoviePipelineOutputSetting.h"
#include "MoviePipelinePrimaryConfig.h"

namespace
{
	/// Frames as the order has them, both included; the engine's end is not.
	FString Written(int32 First, int32 End)
	{
		return FString::FromInt(First) + FString(TEXT("-")) + FString::FromInt(End - 1);
	}

	/// One end of a graph's range, where the graph has its own.
	struct FBound
	{
		bool bOwn = false;
		int32 Frame = 0;

		int32 Or(int32 Played) const { return bOwn ? Frame : Played; }
	};

#if UE_VERSION_OLDER_THAN(5, 6, 0)
	FBound StartOf(const UMovieGraphGlobalOutputSettingNode& Node)
	{
		return {Node.bOverride_CustomPlaybackRangeStartFrame != 0, Node.CustomPlaybackRangeStartFrame};
	}

	FBound EndOf(const UMovieGraphGlobalOutputSettingNode& Node)
	{
		return {Node.bOverride_CustomPlaybackRangeEndFrame != 0, Node.CustomPlaybackRangeEndFrame};
	}
#else
	FBound BoundOf(bool bOverride, const FMovieGraphSequencePlaybackRangeBound& Bound)
	{
		return {bOverride && Bound.Type == EMovieGraphSequenceRangeType::Custom, Bound.Value};
	}

	FBound StartOf(const UMovieGraphGlobalOutputSettingNode& Node)
	{
		return BoundOf(Node.bOverride_CustomPlaybackRangeStart != 0, Node.CustomPlaybackRangeStart);
	}

	FBound EndOf(const UMovieGraphGlobalOutputSettingNode& Node)
	{
		return BoundOf(Node.bOverride_CustomPlaybackRangeEnd != 0, Node.CustomPlaybackRangeEnd);
	}
#endif

	FString FramesOf(const UMovieGraphGlobalOutputSettingNode& Node, const FCycloramaSequence& Played)
	{
		const FBound Start = StartOf(Node);
		const FBound End = EndOf(Node);
		if (!Start.bOwn && !End.bOwn)
		{
			return FString();
		}
		if (!Played.bKnown && !(Start.bOwn && End.bOwn))
		{
			UE_LOG(LogCyclorama, Warning, TEXT("The graph says one end of its frames and the level sequence cannot be asked for the other: all of the take is ordered"));
			return FString();
		}
		return Written(Start.Or(Played.Plays.First), End.Or(Played.Plays.End));
	}
}

void CycloramaPreset::Read(const UMoviePipelinePrimaryConfig& Preset, FCycloramaRenderOrder& Order)
{
	if (const auto* Output = Preset.FindSetting<UMoviePipelineOutputSetting>())
	{
		Order.Width = Output->OutputResolution.X;
		Order.Height = Output->OutputResolution.Y;
		Order.Frames = Output->bUseCustomPlaybackRange ? Written(Output->CustomStartFrame, Output->CustomEndFrame) : FString();
	}
	Order.Samples = CycloramaSamples::AskedFor(Preset);
	Order.Facts.bPanorama = CycloramaPanorama::IsDrawnBy(Preset);
}

void CycloramaPreset::Read(UMovieGraphConfig& Graph, UMoviePipelineExecutorJob& Job, FCycloramaRenderOrder& Order)
{
	const auto* Evaluated = CycloramaGraph::Evaluate(Graph, Job, Order.Facts.Fault);
	if (!Evaluated)
	{
		return;
	}
	// The engine's own, where the graph asks for none.
	FIntPoint Size = FMovieGraphNamedResolution::DefaultResolution;
	if (const auto* Global = CycloramaGraph::FindGlobal<UMovieGraphGlobalOutputSettingNode>(*Evaluated))
	{
		Size = Global->bOverride_OutputResolution ? Global->OutputResolution.Resolution : Size;
		Order.Frames = FramesOf(*Global, Order.Played);
	}
	Order.Width = Size.X;
	Order.Height = Size.Y;
	Order.Samples = CycloramaSamples::AskedFor(*Evaluated);
	Order.Facts.bPanorama = CycloramaPanorama::IsDrawnBy(*Evaluated);
}

void CycloramaPreset::Read(UObject* Asset, FCycloramaRenderOrder& Order)
{
	if (auto* Graph = Cast<UMovieGraphConfig>(Asset))
	{
		// No job of a queue asks: variables have what the graph itself gives them.
		Read(*Graph, *NewObject<UMoviePipelineExecutorJob>(), Order);
	}
	else if (const auto* Preset = Cast<UMoviePipelinePrimaryConfig>(Asset))
	{
		Read(*Preset, Order);
	}
}
