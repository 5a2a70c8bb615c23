#include "CycloramaTimecodeProvider.h"

#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaSettings.h"

bool UCycloramaTimecodeProvider::Initialize(UEngine*)
{
	if (!FCycloramaCoreModule::Usable())
	{
		State = ETimecodeProviderSynchronizationState::Error;
		return false;
	}
	State = ETimecodeProviderSynchronizationState::Synchronizing;
	return FCycloramaCluster::Get().Role() != ECycloramaRole::Alone || Hold();
}

bool UCycloramaTimecodeProvider::Hold()
{
	if (!Tracker.Hold(Connection))
	{
		return true;
	}
	FString Why;
	const ECycloramaState Stands = Tracker->State(Why);
	if (Stands != ECycloramaState::Listening)
	{
		State = ETimecodeProviderSynchronizationState::Error;
	}
	return Stands != ECycloramaState::Failed;
}

void UCycloramaTimecodeProvider::Shutdown(UEngine*)
{
	Tracker.Reset();
	State = ETimecodeProviderSynchronizationState::Closed;
}

bool UCycloramaTimecodeProvider::FetchTimecode(FQualifiedFrameTime& OutFrameTime)
{
	if (State == ETimecodeProviderSynchronizationState::Closed || !FCycloramaCoreModule::Usable())
	{
		return false;
	}
	const double HoldSeconds = GetDefault<UCycloramaSettings>()->HoldTimecode;
	const FCycloramaCluster& Cluster = FCycloramaCluster::Get();
	if (Cluster.Role() != ECycloramaRole::Alone)
	{
		// The primary too: all nodes have one label on one frame.
		Tracker.Reset();
		return Cluster.Timecode(Connection, HoldSeconds, OutFrameTime);
	}
	// The cluster has gone, this was never in one, or another tracker is named now.
	return Hold() && Tracker->Timecode(HoldSeconds, OutFrameTime);
}

void UCycloramaTimecodeProvider::FetchAndUpdate()
{
	if (FetchTimecode(Held))
	{
		State = ETimecodeProviderSynchronizationState::Synchronized;
	}
	else if (State == ETimecodeProviderSynchronizationState::Synchronized)
	{
		// The last value stays, and the state does not pretend.
		State = ETimecodeProviderSynchronizationState::Error;
	}
}
