// How often a pixel is sampled, in a preset of Movie Render Queue or in a Movie Render Graph.
#pragma once

#include "CoreMinimal.h"

class UMovieGraphConfig;
class UMovieGraphEvaluatedConfig;
class UMoviePipelinePrimaryConfig;

/// The engine multiplies the two.
struct FCycloramaSamples
{
	/// Moments while the shutter is open, from 1 on.
	int32 Temporal = 1;
	/// Places in the pixel at each of them, from 1 on.
	int32 Spatial = 1;

	int32 Total() const { return Temporal * Spatial; }
	/// Just Total in all: as many of these moments stay as divide it, so that motion keeps its blur, and the rest are places.
	FCycloramaSamples ScaledTo(int32 Total) const;
};

namespace CycloramaSamples
{
	/// How many a pixel gets; 0 where the preset leaves it open. Of several layers the finest counts.
	int32 AskedFor(const UMoviePipelinePrimaryConfig& Preset);
	int32 AskedFor(const UMovieGraphEvaluatedConfig& Graph);
	/// A pixel gets so many from now on, at least 1. What says so already stays as the artist made it.
	void Set(UMoviePipelinePrimaryConfig& Preset, int32 Samples);
	/// By nodes behind all others, where Evaluated, which is what comes out of the graph, says another number.
	void Set(UMovieGraphConfig& Graph, const UMovieGraphEvaluatedConfig& Evaluated, int32 Samples);
}
