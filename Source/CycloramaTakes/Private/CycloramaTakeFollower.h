// Takes with Take Recorder: ours begins and ends with its recording, under its slate and number.
#pragma once

#include "CoreMinimal.h"

/// Game thread only. Looked at ten times a second: Take Recorder counts in for longer than that, and the pre-roll of a take
/// holds what came before.
class FCycloramaTakeFollower
{
public:
	void Look();

private:
	bool bRecorded = false;
};
