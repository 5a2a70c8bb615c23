#include "CycloramaTimecodeProvider.h"

#include "CycloramaSettings.h"
#include "CycloramaTracking.h"

bool UCycloramaTimecodeProvider::Initialize(UEngine*)
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
	return Session.IsValid() && Session->Timecode(GetDefault<UCycloramaSettings>()->HoldTimecode, OutFrameTime);
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
