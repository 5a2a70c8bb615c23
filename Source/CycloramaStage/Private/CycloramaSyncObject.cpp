#include "CycloramaSyncObject.h"

#include "CoreGlobals.h"
#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaSettings.h"

bool FCycloramaSyncObject::IsActive() const
{
	return FCycloramaCoreModule::Usable();
}

FString FCycloramaSyncObject::SerializeToString() const
{
	if (!bAsked || Frame != GFrameCounter)
	{
		bAsked = true;
		Frame = GFrameCounter;
		const UCycloramaSettings& Settings = *GetDefault<UCycloramaSettings>();
		TArray<FString> Trackers;
		Trackers.Add(Settings.Connection);
		for (const FString& Line : Settings.MoreTrackers)
		{
			Trackers.Add(Line);
		}
		if (!FCycloramaCluster::Get().Publish(Trackers, Settings.WallLatency * 1e-3, Settings.HoldTimecode, static_cast<uint32>(Settings.FramesRepeated), Message))
		{
			// Nothing is said rather than the last frame again.
			Message = FString();
		}
	}
	return Message;
}

bool FCycloramaSyncObject::DeserializeFromString(const FString& Text)
{
	// The primary had nothing to say.
	return Text.IsEmpty() || FCycloramaCluster::Get().Apply(Text);
}

#if !UE_VERSION_OLDER_THAN(5, 8, 0)
void FCycloramaSyncObject::SerializeDC(FArchive& Ar)
{
	FString Text = Ar.IsLoading() ? FString() : SerializeToString();
	Ar << Text;
	if (Ar.IsLoading())
	{
		DeserializeFromString(Text);
	}
}
#endif
