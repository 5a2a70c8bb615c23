// Bodies of the stand-in for time.
#include "Shim/Engine.h"

Shim::FAppTimes& Shim::AppTimes()
{
	static FAppTimes Times;
	return Times;
}

void UEngineCustomTimeStep::UpdateApplicationLastTime()
{
	++Shim::AppTimes().LastTimes;
}

void UGenlockedCustomTimeStep::UpdateAppTimes(const double& TimeBeforeSync, const double& TimeAfterSync) const
{
	auto& Times = Shim::AppTimes();
	check(TimeAfterSync >= TimeBeforeSync);
	// The last time is copied before the wait, once a frame.
	check(Times.LastTimes == Times.Updates + 1);
	++Times.Updates;
	Times.Before = TimeBeforeSync;
	Times.After = TimeAfterSync;
}

bool UEngine::SetTimecodeProvider(UTimecodeProvider* In)
{
	if (Provider)
	{
		Provider->Shutdown(this);
	}
	Provider = In;
	return !In || In->Initialize(this);
}

bool UEngine::SetCustomTimeStep(UEngineCustomTimeStep* In)
{
	if (Step)
	{
		Step->Shutdown(this);
	}
	Step = In;
	return !In || In->Initialize(this);
}
