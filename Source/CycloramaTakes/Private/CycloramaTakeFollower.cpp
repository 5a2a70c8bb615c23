#include "CycloramaTakeFollower.h"

#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "Recorder/TakeRecorderBlueprintLibrary.h"
#include "Recorder/TakeRecorderPanel.h"
#include "TakeMetaData.h"

void FCycloramaTakeFollower::Look()
{
	const bool bRecords = UTakeRecorderBlueprintLibrary::IsRecording();
	const bool bBegins = bRecords && !bRecorded;
	const bool bEnds = !bRecords && bRecorded;
	bRecorded = bRecords;
	if (!GetDefault<UCycloramaSettings>()->bFollowTakeRecorder || !(bBegins || bEnds))
	{
		return;
	}
	FCycloramaSlate& Slate = FCycloramaSlate::Get();
	if (bEnds)
	{
		Slate.Cut();
		return;
	}
	FString Name;
	int32 Number = 0;
	UTakeRecorderPanel* Panel = UTakeRecorderBlueprintLibrary::GetTakeRecorderPanel();
	if (const UTakeMetaData* Meta = Panel ? Panel->GetTakeMetaData() : nullptr)
	{
		Name = Meta->GetSlate();
		Number = Meta->GetTakeNumber();
	}
	if (!Slate.View().bRecording)
	{
		// Whoever presses Take Recorder's button wants a take; without a folder this is refused, and the panel says why.
		Slate.Record();
	}
	Slate.Roll(Name, Number, FString());
}
