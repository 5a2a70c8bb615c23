#include "CycloramaSamples.h"

#include "CycloramaCore.h"
#include "Graph/MovieGraphConfig.h"
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
	void ReadLayer(const T& Node, FFound& Found)
	{
		++Found.Layers;
		if (Node.bOverride_SpatialSampleCount)
		{
			Found.bSaid = true;
			Found.Samples.Spatial = FMath::Max(Found.Samples.Spatial, Node.SpatialSampleCount);
		}
	}

	template <typename T>
	void SetLayer(T& Node, int32 Spatial)
	{
		Node.bOverride_SpatialSampleCount = true;
		Node.SpatialSampleCount = Spatial;
	}

	FFound Read(const UMovieGraphConfig& Graph)
	{
		FFound Found;
		for (const auto& Node : Graph.GetNodes())
		{
			if (const auto* Moments = Cast<UMovieGraphSamplingMethodNode>(Node))
			{
				if (Moments->bOverride_TemporalSampleCount)
				{
					Found.bSaid = true;
					Found.Samples.Temporal = FMath::Max(1, Moments->TemporalSampleCount);
				}
			}
			else if (const auto* Deferred = Cast<UMovieGraphDeferredRenderPassNode>(Node))
			{
				ReadLayer(*Deferred, Found);
			}
			else if (const auto* Traced = Cast<UMovieGraphPathTracerRenderPassNode>(Node))
			{
				ReadLayer(*Traced, Found);
			}
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

int32 CycloramaSamples::AskedFor(const UMovieGraphConfig& Graph)
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

void CycloramaSamples::Set(UMovieGraphConfig& Graph, int32 Samples)
{
	const FFound Had = Read(Graph);
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
	for (const auto& Node : Graph.GetNodes())
	{
		if (auto* Moments = Cast<UMovieGraphSamplingMethodNode>(Node))
		{
			Moments->bOverride_TemporalSampleCount = true;
			Moments->TemporalSampleCount = Made.Temporal;
		}
		else if (auto* Deferred = Cast<UMovieGraphDeferredRenderPassNode>(Node))
		{
			SetLayer(*Deferred, Made.Spatial);
		}
		else if (auto* Traced = Cast<UMovieGraphPathTracerRenderPassNode>(Node))
		{
			SetLayer(*Traced, Made.Spatial);
		}
	}
}
