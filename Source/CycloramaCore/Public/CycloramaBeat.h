// The beat that the engine runs by, in Unreal's own types.
#pragma once

#include "CoreMinimal.h"
#include "Misc/FrameRate.h"

/// Where in a frame of the beat a moment is.
struct FCycloramaBeatPhase
{
	/// Number of the frame that runs.
	int64 Frame = 0;
	/// 0 at its begin, below 1.
	double Phase = 0.0;
	FFrameRate Rate;
	/// The beat comes; else the phase is counted on from where it was last, and the engine runs free.
	bool bLocked = false;
	/// Frames begin with a tracker's samples; else with the house's time.
	bool bFollowsTracker = false;
};

namespace CycloramaBeat
{
	/// Of the beat that the genlock of this process follows, now; false where nobody waits for one. A node of a cluster waits for none.
	CYCLORAMACORE_API bool Now(FCycloramaBeatPhase& OutPhase);
	/// As above, a sentence; empty where nobody waits for one.
	CYCLORAMACORE_API FString Words();
}
