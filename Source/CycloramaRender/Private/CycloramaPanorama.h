// Which presets draw all that is around the camera.
#pragma once

#include "CoreMinimal.h"

class UMovieGraphEvaluatedConfig;
class UMoviePipelinePrimaryConfig;

namespace CycloramaPanorama
{
	bool IsDrawnBy(const UMoviePipelinePrimaryConfig& Preset);
	bool IsDrawnBy(const UMovieGraphEvaluatedConfig& Evaluated);
}
