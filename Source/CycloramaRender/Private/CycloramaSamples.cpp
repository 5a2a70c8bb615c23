#include "CycloramaSamples.h"

#include "CycloramaCore.h"
#include "CycloramaGraph.h"
#include "Graph/Nodes/MovieGraphDeferredPassNode.h"
#include "Graph/Nodes/MovieGraphPathTracerPassNode.h"
#include "Graph/Nodes/MovieGraphSamplingMethodNode.h"
#include "MoviePipelineAntiAliasingSetting.h"
#include "MoviePipelinePrimaryConfig.h"

namespace
{
	/// What a graph says, and how much of it: layers may differ.
	struct FFound
	{
		FCycloramaSamples Samples;
		bool bSaid = false;
		/// Nodes that draw and take a number of places.
		int32 Layers = 0;
	};

	template <typename T>
	void ReadLayer(const UMovieGraphEvaluatedConfig& Graph, const FName& Branch, FFound& Found)
	{
		const auto* Node = CycloramaGraph::Find<T>(Graph, Branch);
		if (!Node)
		{
			return;
		}
		++Found.Layers;
		if (Node->bOverride_SpatialSampleCount)
		{
			Found.bSaid = true;
			Found.Samples.Spatial = FMath::Max(Found.Samples.Spatial, Node->SpatialSampleCount);
		}
	}

	template <typename T>
	void SetLayer(UMovieGraphConfig& Graph, const UMovieGraphEvaluatedConfig& Evaluated, const FName& Branch, int32 Spatial)
	{
		auto* Node = CycloramaGraph::Find<T>(Evaluated, Branch) ? CycloramaGraph::Last<T>(Graph, Branch) : nullptr;
		if (Node)
		{
			Node->bOverride_SpatialSampleCount = true;
			Node->SpatialSampleCount = Spatial;
		}
	}

	FFound Read(const UMovieGraphEvaluatedConfig& Graph)
	{
		FFound Found;
		if (const auto* Moments = CycloramaGraph::FindGlobal<UMovieGraphSamplingMethodNode>(Graph))
		{
			if (Moments->bOverride_TemporalSampleCount)
			{
				Found.bSaid = true;
				Found.Samples.Temporal = FMath::Max(1, Moments->TemporalSampleCount);
			}
		}
		for (const FName& Branch : Graph.GetBranchNames())
		{
			ReadLayer<UMovieGraphDeferredRenderPassNode>(Graph, Branch, Found);
			ReadLayer<UMovieGraphPathTracerRenderPassNode>(Graph, Branch, Found);
		}
		return Found;
	}

	void Tell(int32 Was, int32 Is)
	{
		UE_LOG(LogCyclorama, Display, TEXT("%s"), *(FString(TEXT("The job asks for ")) + FString::FromInt(Is) + FString(TEXT(" samples a pixel, its preset for ")) + FString::FromInt(Was) + FString(TEXT(": drawn as the job asks"))));
	}
}

FCycloramaSamples FCycloramaSamples::ScaledTo(int32 Wanted) const
{
	FCycloramaSamples Made;
	Made.Temporal = FMath::GreatestCommonDivisor(Temporal, Wanted);
	Made.Spatial = Wanted / Made.Temporal;
	return Made;
}

int32 CycloramaSamples::AskedFor(const UMoviePipelinePrimaryConfig& Preset)
{
	const auto* Setting = Preset.FindSetting<UMoviePipelineAntiAliasingSetting>();
	return Setting ? Setting->TemporalSampleCount * Setting->SpatialSampleCount : 0;
}

int32 CycloramaSamples::AskedFor(const UMovieGraphEvaluatedConfig& Graph)
{
	const FFound Found = Read(Graph);
	return Found.bSaid ? Found.Samples.Total() : 0;
}

void CycloramaSamples::Set(UMoviePipelinePrimaryConfig& Preset, int32 Samples)
{
	auto* Setting = Cast<UMoviePipelineAntiAliasingSetting>(Preset.FindOrAddSettingByClass(UMoviePipelineAntiAliasingSetting::StaticClass()));
	if (!Setting)
	{
		return;
	}
	const FCycloramaSamples Had{Setting->TemporalSampleCount, Setting->SpatialSampleCount};
	if (Had.Total() != Samples)
	{
		Tell(Had.Total(), Samples);
		const FCycloramaSamples Made = Had.ScaledTo(Samples);
		Setting->TemporalSampleCount = Made.Temporal;
		Setting->SpatialSampleCount = Made.Spatial;
	}
}

void CycloramaSamples::Set(UMovieGraphConfig& Graph, const UMovieGraphEvaluatedConfig& Evaluated, int32 Samples)
{
	const FFound Had = Read(Evaluated);
	if (Had.Samples.Total() == Samples)
	{
		return;
	}
	if (Had.Layers == 0)
	{
		UE_LOG(LogCyclorama, Warning, TEXT("The graph has no Deferred and no Path Traced node that takes the job's samples: it is drawn with its own"));
		return;
	}
	Tell(Had.Samples.Total(), Samples);
	const FCycloramaSamples Made = Had.Samples.ScaledTo(Samples);
	if (Made.Temporal != Had.Samples.Temporal)
	{
		if (auto* Moments = CycloramaGraph::Last<UMovieGraphSamplingMethodNode>(Graph, UMovieGraphNode::GlobalsPinName))
		{
			Moments->bOverride_TemporalSampleCount = true;
			Moments->TemporalSampleCount = Made.Temporal;
		}
	}
	for (const FName& Branch : Evaluated.GetBranchNames())
	{
		SetLayer<UMovieGraphDeferredRenderPassNode>(Graph, Evaluated, Branch, Made.Spatial);
		SetLayer<UMovieGraphPathTracerRenderPassNode>(Graph, Evaluated, Branch, Made.Spatial);
	}
}
