#include "CycloramaTimecodeProvider.h"

#include "CycloramaCluster.h"
#include "CycloramaSettings.h"
#include "CycloramaTracking.h"

bool UCycloramaTimecodeProvider::Initialize(UEngine*)
{
	if (FCycloramaCluster::Get().Role() != ECycloramaRole::Alone)
	{
		State = ETimecodeProviderSynchronizationState::Synchronizing;
		return true;
	}
	return Open();
}

bool UCycloramaTimecodeProvider::Open()
{
	Session = FCycloramaTracking::Open(Connection.IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : Connection);
	FString Why;
	const bool bListening = Session->State(Why) == ECycloramaState::Listening;
	State = bListening ? ETimecodeProviderSynchronizationState::Synchronizing : ETimecodeProviderSynchronizationState::Error;
	return bListening;
}

void UCycloramaTimecodeProvider::Shutdown(UEngine*)
{
	Session.Reset();
	State = ETimecodeProviderSynchronizationState::Closed;
}

bool UCycloramaTimecodeProvider::FetchTimecode(FQualifiedFrameTime& OutFrameTime)
{
	const double Hold = GetDefault<UCycloramaSettings>()->HoldTimecode;
	const FCycloramaCluster& Cluster = FCycloramaCluster::Get();
	if (Cluster.Role() != ECycloramaRole::Alone)
	{
		// The primary too: all nodes have one label on one frame.
		Session.Reset();
		return Cluster.Timecode(Connection, Hold, OutFrameTime);
	}
	// The cluster has gone, or this was never in one.
	const bool bOpen = Session.IsValid() || (State != ETimecodeProviderSynchronizationState::Closed && Open());
	return bOpen && Session->Timecode(Hold, OutFrameTime);
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
