// The facade over the core's beat: fields are copied, nothing is decided.
#include "CycloramaBeat.h"

#include "CycloramaText.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/time.h"
THIRD_PARTY_INCLUDES_END

bool CycloramaBeat::Now(FCycloramaBeatPhase& OutPhase)
{
	cyclorama::BeatPhase Told{};
	if (cyclorama::beat_phase(Told) != cyclorama::Status::Ok)
	{
		return false;
	}
	OutPhase.Frame = Told.frame;
	OutPhase.Phase = Told.phase;
	OutPhase.Rate = FFrameRate(Told.rate_numerator, Told.rate_denominator);
	OutPhase.bLocked = Told.locked != 0;
	OutPhase.bFollowsTracker = Told.follows_tracker != 0;
	return true;
}

FString CycloramaBeat::Words()
{
	return CycloramaText::FromCore(cyclorama::beat_words());
}
