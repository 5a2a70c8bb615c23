#include "CycloramaCustomTimeStep.h"

#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaSettings.h"
#include "HAL/PlatformTime.h"

UCycloramaCustomTimeStep::~UCycloramaCustomTimeStep() = default;

bool UCycloramaCustomTimeStep::Initialize(UEngine*)
{
	if (!FCycloramaCoreModule::Usable())
	{
		State = ECustomTimeStepSynchronizationState::Error;
		return false;
	}
	State = ECustomTimeStepSynchronizationState::Synchronizing;
	// In a cluster nothing is opened before it is known who reads trackers.
	return FCycloramaCluster::Get().Role() != ECycloramaRole::Alone || Begin();
}

bool UCycloramaCustomTimeStep::Begin()
{
	// Somebody may have chosen another rate meanwhile.
	const bool bAsMade = Made == Rate() && bMadeOfTracker == bFollowTracker;
	if (!Tracker.Hold(Connection) && bAsMade)
	{
		return true;
	}
	Made = Rate();
	bMadeOfTracker = bFollowTracker;
	Genlock.Reset();
	FString Why;
	if (Tracker->State(Why) == ECycloramaState::Failed)
	{
		State = ECustomTimeStepSynchronizationState::Error;
		return false;
	}
	// The house's beat needs no tracker; that of a tracker comes with its samples.
	Genlock = Tracker->Genlock(Made, bFollowTracker);
	return true;
}

FFrameRate UCycloramaCustomTimeStep::Rate() const
{
	return FrameRate.Numerator > 0 ? FrameRate : GetDefault<UCycloramaSettings>()->WallRate;
}

void UCycloramaCustomTimeStep::Shutdown(UEngine*)
{
	Genlock.Reset();
	Tracker.Reset();
	State = ECustomTimeStepSynchronizationState::Closed;
}

bool UCycloramaCustomTimeStep::UpdateTimeStep(UEngine*)
{
	if (State == ECustomTimeStepSynchronizationState::Closed)
	{
		return true;
	}
	if (!FCycloramaCoreModule::Usable())
	{
		State = ECustomTimeStepSynchronizationState::Error;
		return true;
	}
	const ECycloramaRole Role = FCycloramaCluster::Get().Role();
	if (Role == ECycloramaRole::Node)
	{
		Follow();
		return true;
	}
	if (Role != ECycloramaRole::Joining)
	{
		// It may be known only now that this one reads trackers, or another one is named now.
		Begin();
	}
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
	FCycloramaCluster::Get().SetBeat(Frame, Rate());
	UpdateApplicationLastTime();
	UpdateAppTimes(Before, FPlatformTime::Seconds());
	return false;
}

bool UCycloramaCustomTimeStep::WaitForSync()
{
	const double Seconds = GetDefault<UCycloramaSettings>()->LongestWait * Rate().AsInterval();
	Syncs = 0;
	return Genlock->WaitTick(static_cast<uint32>(Seconds * 1e6), Syncs, Frame);
}

void UCycloramaCustomTimeStep::Follow()
{
	Genlock.Reset();
	Tracker.Reset();
	const int64 Last = Frame;
	FFrameRate Rate;
	Syncs = 0;
	FCycloramaCluster::Get().ExpectBeat(bFollowTracker ? Connection : FString());
	if (FCycloramaCluster::Get().Beat(Frame, Rate))
	{
		const bool bCounts = State == ECustomTimeStepSynchronizationState::Synchronized && Frame >= Last;
		Syncs = bCounts ? static_cast<uint32>(Frame - Last) : 1;
		State = ECustomTimeStepSynchronizationState::Synchronized;
	}
	else if (State == ECustomTimeStepSynchronizationState::Synchronized)
	{
		State = ECustomTimeStepSynchronizationState::Error;
	}
}
