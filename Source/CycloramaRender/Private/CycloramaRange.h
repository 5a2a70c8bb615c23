// A range as a job of Movie Render Queue or of Movie Render Graph.
#pragma once

#include "CycloramaRenderJob.h"
#include "UObject/SoftObjectPath.h"

class UMoviePipelineExecutorJob;

namespace CycloramaRange
{
	/// The asset in a package: it has the package's own last name.
	FSoftObjectPath AssetIn(const FString& Package);
	/// Makes the job draw just this range into its folder. Empty, or why it cannot.
	FString Prepare(UMoviePipelineExecutorJob& Job, const FCycloramaTask& Task);
}
