#include "CycloramaCustomTimeStep.h"

#include "CycloramaCluster.h"
#include "CycloramaSettings.h"
#include "CycloramaTracking.h"
#include "HAL/PlatformTime.h"

UCycloramaCustomTimeStep::~UCycloramaCustomTimeStep() = default;

bool UCycloramaCustomTimeStep::Initialize(UEngine*)
{
	State = ECustomTimeStepSynchronizationState::Synchronizing;
	// In a cluster nothing is opened before it is known who reads trackers.
	return FCycloramaCluster::Get().Role() != ECycloramaRole::Alone || Begin();
}

bool UCycloramaCustomTimeStep::Begin()
{
	Session = FCycloramaTracking::Open(Connection.IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : Connection);
	FString Why;
	if (Session->State(Why) != ECycloramaState::Listening)
	{
		State = ECustomTimeStepSynchronizationState::Error;
		return false;
	}
	Genlock = Session->Genlock(FrameRate, bFollowTracker);
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
	const ECycloramaRole Role = FCycloramaCluster::Get().Role();
	const bool bBegun = State != ECustomTimeStepSynchronizationState::Closed;
	if (bBegun && Role == ECycloramaRole::Node)
	{
		Follow();
		return true;
	}
	if (bBegun && Role != ECycloramaRole::Joining && !Session.IsValid())
	{
		// It is known only now that this one reads trackers.
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
	FCycloramaCluster::Get().SetBeat(Frame, FrameRate);
	UpdateApplicationLastTime();
	UpdateAppTimes(Before, FPlatformTime::Seconds());
	return false;
}

bool UCycloramaCustomTimeStep::WaitForSync()
{
	const double Seconds = GetDefault<UCycloramaSettings>()->LongestWait * FrameRate.AsInterval();
	Syncs = 0;
	return Genlock->WaitTick(static_cast<uint32>(Seconds * 1e6), Syncs, Frame);
}

void UCycloramaCustomTimeStep::Follow()
{
	Genlock.Reset();
	Session.Reset();
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
