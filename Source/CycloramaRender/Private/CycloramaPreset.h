// What a preset of Movie Render Queue, or a Movie Render Graph, asks for.
#pragma once

#include "CycloramaRenderJob.h"

class UMovieGraphConfig;
class UMoviePipelineExecutorJob;
class UMoviePipelinePrimaryConfig;
class UObject;

namespace CycloramaPreset
{
	/// Size, frames, samples and facts, as far as it says them. What the sequence plays stands in the order already.
	void Read(const UMoviePipelinePrimaryConfig& Preset, FCycloramaRenderOrder& Order);
	/// As the engine evaluates it for this job, subgraphs included.
	void Read(UMovieGraphConfig& Graph, UMoviePipelineExecutorJob& Job, FCycloramaRenderOrder& Order);
	/// Of whichever it is; nothing of anything else.
	void Read(UObject* Asset, FCycloramaRenderOrder& Order);
}
