#include "CycloramaLiveLinkSource.h"

namespace
{
	/// A shutdown waits no longer than this for the thread, in microseconds.
	constexpr uint32 WaitSlice = 20000;
}

FCycloramaLiveLinkSource::FCycloramaLiveLinkSource(const FString& InConnection) : Connection(InConnection)
{
}

FCycloramaLiveLinkSource::~FCycloramaLiveLinkSource()
{
	End();
}

void FCycloramaLiveLinkSource::ReceiveClient(ILiveLinkClient* InClient, FGuid InSourceGuid)
{
	End();
	Subjects.Begin(InClient, InSourceGuid);
	Session = FCycloramaTracking::Open(Connection);
	// From here on every sample counts, whenever the thread begins.
	Feed = Session->Feed();
	bStopping = false;
	Thread = TUniquePtr<FRunnableThread>(FRunnableThread::Create(this, TEXT("Cyclorama Live Link"), 0, TPri_AboveNormal));
}

bool FCycloramaLiveLinkSource::IsSourceStillValid() const
{
	FString Why;
	const ECycloramaState State = Session.IsValid() ? Session->State(Why) : ECycloramaState::Stopped;
	// One that waits for its port goes on by itself.
	return State == ECycloramaState::Listening || State == ECycloramaState::Waiting;
}

bool FCycloramaLiveLinkSource::RequestSourceShutdown()
{
	End();
	return true;
}

FText FCycloramaLiveLinkSource::GetSourceType() const
{
	return NSLOCTEXT("Cyclorama", "SourceType", "Cyclorama tracker");
}

FText FCycloramaLiveLinkSource::GetSourceMachineName() const
{
	return FText::FromString(Connection);
}

FText FCycloramaLiveLinkSource::GetSourceStatus() const
{
	FString Why;
	if (!Session.IsValid())
	{
		return NSLOCTEXT("Cyclorama", "NotStarted", "Not started");
	}
	switch (Session->State(Why))
	{
	case ECycloramaState::Listening:
		// What its lens file waits for, if anything.
		return FText::FromString(FString(TEXT("Listening on UDP port ")) + FString::FromInt(Session->Port()) + (Why.IsEmpty() ? FString() : FString(TEXT("; ")) + Why));
	case ECycloramaState::Stopped:
		return NSLOCTEXT("Cyclorama", "Stopped", "Stopped");
	default:
		return FText::FromString(Why);
	}
}

uint16 FCycloramaLiveLinkSource::Port() const
{
	return Session.IsValid() ? Session->Port() : 0;
}

uint32 FCycloramaLiveLinkSource::Run()
{
	TArray<FCycloramaSample> Samples;
	while (!bStopping && Feed->WaitNext(WaitSlice, Samples))
	{
		for (const FCycloramaSample& Sample : Samples)
		{
			Subjects.Push(NameOf(Sample.Subject), Sample);
		}
	}
	return 0;
}

const FString& FCycloramaLiveLinkSource::NameOf(int32 Subject)
{
	FString& Name = Names.FindOrAdd(Subject);
	if (Name.IsEmpty())
	{
		Name = Session->SubjectName(Subject);
	}
	return Name;
}

void FCycloramaLiveLinkSource::End()
{
	bStopping = true;
	if (Thread.IsValid())
	{
		Thread->Kill(true);
		Thread.Reset();
	}
	Subjects.End();
	Names.Empty();
	Feed.Reset();
	Session.Reset();
}
