#include "CycloramaCustomTimeStep.h"

#include "CycloramaSettings.h"
#include "CycloramaTracking.h"
#include "HAL/PlatformTime.h"

UCycloramaCustomTimeStep::~UCycloramaCustomTimeStep() = default;

bool UCycloramaCustomTimeStep::Initialize(UEngine*)
{
	Session = FCycloramaTracking::Open(Connection.IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : Connection);
	FString Why;
	if (Session->State(Why) != ECycloramaState::Listening)
	{
		State = ECustomTimeStepSynchronizationState::Error;
		return false;
	}
	Genlock = Session->Genlock(FrameRate, bFollowTracker);
	State = ECustomTimeStepSynchronizationState::Synchronizing;
	return true;
}

void UCycloramaCustomTimeStep::Shutdown(UEngine*)
{
	Genlock.Reset();
	Session.Reset();
	State = ECustomTimeStepSynchronizationState::Closed;
}

bool UCycloramaCustomTimeStep::UpdateTimeStep(UEngine*)
{
	if (!Genlock.IsValid())
	{
		return true;
	}
	const double Before = FPlatformTime::Seconds();
	if (!WaitForSync())
	{
		// The engine runs free, and the state says so, until the beat is back.
		State = ECustomTimeStepSynchronizationState::Error;
		return true;
	}
	State = ECustomTimeStepSynchronizationState::Synchronized;
	UpdateApplicationLastTime();
	UpdateAppTimes(Before, FPlatformTime::Seconds());
	return false;
}

bool UCycloramaCustomTimeStep::WaitForSync()
{
	const double Seconds = GetDefault<UCycloramaSettings>()->LongestWait * FrameRate.AsInterval();
	Syncs = 0;
	return Genlock->WaitTick(static_cast<uint32>(Seconds * 1e6), Syncs);
}
