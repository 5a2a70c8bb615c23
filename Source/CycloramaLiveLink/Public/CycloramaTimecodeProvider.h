// The tracker's timecode as the engine's. On a node of a cluster it is what the primary says, and no port is opened.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaTracking.h"
#include "Engine/TimecodeProvider.h"

#include "CycloramaTimecodeProvider.generated.h"

UCLASS(Blueprintable, EditInlineNew, meta = (DisplayName = "Cyclorama timecode"))
class CYCLORAMALIVELINK_API UCycloramaTimecodeProvider : public UTimecodeProvider
{
	GENERATED_BODY()

public:
	/// False where it can never say one: the core is off, or the line is wrong. A tracker that is not heard now may come.
	bool Initialize(UEngine* InEngine) override;
	void Shutdown(UEngine* InEngine) override;
	bool FetchTimecode(FQualifiedFrameTime& OutFrameTime) override;
	void FetchAndUpdate() override;
	FQualifiedFrameTime GetQualifiedFrameTime() const override { return Held; }
	ETimecodeProviderSynchronizationState GetSynchronizationState() const override { return State; }

	/** The tracker whose timecode counts, such as protocol=f4; bind=8001. Nothing: the usual tracker of the settings. */
	UPROPERTY(EditAnywhere, Category = "Timecode", meta = (DisplayName = "Tracker"))
	FString Connection;

private:
	/// Holds the tracker that is named now; false where it can never be heard.
	bool Hold();

	FCycloramaHeld Tracker;
	FQualifiedFrameTime Held;
	ETimecodeProviderSynchronizationState State = ETimecodeProviderSynchronizationState::Closed;
};
