#include "CycloramaSubjects.h"

#include "ILiveLinkClient.h"
#include "LiveLinkLensRole.h"
#include "LiveLinkLensTypes.h"

void FCycloramaSubjects::Begin(ILiveLinkClient* InClient, FGuid InSourceGuid)
{
	Client = InClient;
	SourceGuid = InSourceGuid;
}

void FCycloramaSubjects::Push(const FString& Name, const FCycloramaSample& Sample)
{
	FSubject& Subject = Known.FindOrAdd(Name);
	if (!Subject.bPushed)
	{
		Subject.Key = FLiveLinkSubjectKey(SourceGuid, FName(*Name));
	}
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

void FCycloramaSubjects::PushStatic(FSubject& Subject, const FCycloramaLens& Lens)
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

void FCycloramaSubjects::End()
{
	if (Client)
	{
		for (const auto& Entry : Known)
		{
			if (Entry.Value.bPushed)
			{
				Client->RemoveSubject_AnyThread(Entry.Value.Key);
			}
		}
	}
	Known.Empty();
	Client = nullptr;
}
