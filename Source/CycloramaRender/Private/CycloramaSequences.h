// A level sequence, asked for its rate, its range and its camera cuts.
#pragma once

#include "CycloramaRenderJob.h"

class UObject;

namespace CycloramaSequences
{
	/// Nothing is known of what is no level sequence.
	FCycloramaSequence Read(UObject* Asset);
}
