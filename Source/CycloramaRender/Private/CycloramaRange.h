// A range as a job of Movie Render Queue or of Movie Render Graph.
#pragma once

#include "CycloramaRenderJob.h"

class UMoviePipelineExecutorJob;

namespace CycloramaRange
{
	/// Makes the job draw just this range into its folder. Empty, or why it cannot.
	FString Prepare(UMoviePipelineExecutorJob& Job, const FCycloramaTask& Task);
}
