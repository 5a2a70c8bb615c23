// What crosses the bridge in the engine's own types.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaTracking.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/tracking.h"
THIRD_PARTY_INCLUDES_END

namespace CycloramaConvert
{
	bool Has(uint32 Set, cyclorama::Known Known);
	FTransform TransformOf(const cyclorama::Pose& Pose);
	bool IsStale(const cyclorama::Pose& Pose);
	FQualifiedFrameTime TimecodeOf(int64 Frame, uint32 Numerator, uint32 Denominator);
	void CopyLens(const cyclorama::Details& From, FCycloramaLens& To);
}
