#include "CycloramaLiveLinkSource.h"

#include "ILiveLinkClient.h"
#include "LiveLinkLensRole.h"
#include "LiveLinkLensTypes.h"

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
	Client = InClient;
	SourceGuid = InSourceGuid;
	Session = FCycloramaTracking::Open(Connection);
	// From here on every sample counts, whenever the thread begins.
	Feed = Session->Feed();
	bStopping = false;
	Thread = TUniquePtr<FRunnableThread>(FRunnableThread::Create(this, TEXT("Cyclorama Live Link"), 0, TPri_AboveNormal));
}

bool FCycloramaLiveLinkSource::IsSourceStillValid() const
{
	FString Why;
	return Session.IsValid() && Session->State(Why) == ECycloramaState::Listening;
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
		return FText::FromString(FString(TEXT("Listening on UDP port ")) + FString::FromInt(Session->Port()));
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
			Push(Sample);
		}
	}
	return 0;
}

void FCycloramaLiveLinkSource::Push(const FCycloramaSample& Sample)
{
	FSubject& Subject = SubjectOf(Sample);
	const FCycloramaLens& Lens = Sample.Lens;
	// Static data empties Live Link's buffer, so it goes out only when it says something new.
	if (!Subject.bPushed || !Subject.Known.KnowsSameAs(Lens))
	{
		PushStatic(Subject, Lens);
	}
	FLiveLinkFrameDataStruct Data(FLiveLinkLensFrameData::StaticStruct());
	FLiveLinkLensFrameData& Frame = *Data.Cast<FLiveLinkLensFrameData>();
	// In the engine's own clock: there is no offset to be guessed.
	Frame.WorldTime = FLiveLinkWorldTime(Sample.Seconds, 0.0);
	if (Sample.bTimecode)
	{
		Frame.MetaData.SceneTime = Sample.Timecode;
	}
	if (Sample.bStale)
	{
		Frame.MetaData.StringMetaData.Add(FName(TEXT("CycloramaStale")), FString(TEXT("1")));
	}
	Frame.Transform = Sample.Transform;
	Frame.FieldOfView = Lens.FieldOfView;
	Frame.AspectRatio = Lens.AspectRatio;
	Frame.FocalLength = Lens.FocalLength;
	Frame.Aperture = Lens.Aperture;
	Frame.FocusDistance = Lens.FocusDistance;
	if (Lens.bModel)
	{
		Frame.DistortionParameters = Lens.Distortion;
		Frame.FxFy = Lens.FxFy;
		Frame.PrincipalPoint = Lens.PrincipalPoint;
	}
	Client->PushSubjectFrameData_AnyThread(Subject.Key, MoveTemp(Data));
}

FCycloramaLiveLinkSource::FSubject& FCycloramaLiveLinkSource::SubjectOf(const FCycloramaSample& Sample)
{
	FSubject& Subject = Subjects.FindOrAdd(Sample.Subject);
	if (!Subject.bPushed)
	{
		Subject.Key = FLiveLinkSubjectKey(SourceGuid, FName(*Session->SubjectName(Sample.Subject)));
	}
	return Subject;
}

void FCycloramaLiveLinkSource::PushStatic(FSubject& Subject, const FCycloramaLens& Lens)
{
	FLiveLinkStaticDataStruct Data(FLiveLinkLensStaticData::StaticStruct());
	FLiveLinkLensStaticData& Static = *Data.Cast<FLiveLinkLensStaticData>();
	Static.bIsFieldOfViewSupported = Lens.bFieldOfView;
	Static.bIsAspectRatioSupported = Lens.bAspectRatio;
	Static.bIsFocalLengthSupported = Lens.bFocalLength;
	Static.bIsApertureSupported = Lens.bAperture;
	Static.bIsFocusDistanceSupported = Lens.bFocusDistance;
	Static.bIsDepthOfFieldSupported = Lens.bAperture && Lens.bFocusDistance;
	if (Lens.bSensor)
	{
		Static.FilmBackWidth = Lens.SensorWidth;
		Static.FilmBackHeight = Lens.SensorHeight;
	}
	Static.LensModel = Lens.Model;
	Client->PushSubjectStaticData_AnyThread(Subject.Key, ULiveLinkLensRole::StaticClass(), MoveTemp(Data));
	Subject.Known = Lens;
	Subject.bPushed = true;
}

void FCycloramaLiveLinkSource::End()
{
	bStopping = true;
	if (Thread.IsValid())
	{
		Thread->Kill(true);
		Thread.Reset();
	}
	if (Client)
	{
		for (const auto& Entry : Subjects)
		{
			if (Entry.Value.bPushed)
			{
				Client->RemoveSubject_AnyThread(Entry.Value.Key);
			}
		}
	}
	Subjects.Empty();
	Client = nullptr;
	Feed.Reset();
	Session.Reset();
}
