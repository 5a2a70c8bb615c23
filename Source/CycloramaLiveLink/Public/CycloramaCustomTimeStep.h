// The engine's frames on the beat of the house or of a genlocked tracker. A node of a cluster opens no port: nDisplay keeps
// it in step with the primary, whose beat the sync record tells.
#pragma once

#include "CoreMinimal.h"
// The header tool makes a constructor where this is all it sees, so the parts must be whole.
#include "CycloramaTracking.h"
#include "GenlockedCustomTimeStep.h"

#include "CycloramaCustomTimeStep.generated.h"

UCLASS(Blueprintable, EditInlineNew, meta = (DisplayName = "Cyclorama genlock"))
class CYCLORAMALIVELINK_API UCycloramaCustomTimeStep : public UGenlockedCustomTimeStep
{
	GENERATED_BODY()

public:
	~UCycloramaCustomTimeStep() override;

	/// False where it can never give a beat: the core is off, or the line is wrong. A tracker that is not heard now may come.
	bool Initialize(UEngine* InEngine) override;
	void Shutdown(UEngine* InEngine) override;
	bool UpdateTimeStep(UEngine* InEngine) override;
	ECustomTimeStepSynchronizationState GetSynchronizationState() const override { return State; }
	FFrameRate GetFixedFrameRate() const override { return Rate(); }
	uint32 GetLastSyncCountDelta() const override { return Syncs; }
	bool IsLastSyncDataValid() const override { return State == ECustomTimeStepSynchronizationState::Synchronized; }

	/** Frames of the wall per second. 0: the wall rate of the settings. */
	UPROPERTY(EditAnywhere, Category = "Genlock", meta = (DisplayName = "Frame rate"))
	FFrameRate FrameRate = FFrameRate(0, 1);

	/** Frames begin with the tracker's samples, which must be genlocked; else with the house's time (ST 2059). */
	UPROPERTY(EditAnywhere, Category = "Genlock", meta = (DisplayName = "Follow the tracker"))
	bool bFollowTracker = false;

	/** The tracker that gives the beat. Nothing: the usual tracker of the settings. */
	UPROPERTY(EditAnywhere, Category = "Genlock", meta = (DisplayName = "Tracker"))
	FString Connection;

protected:
	bool WaitForSync() override;

private:
	/// The beat of the tracker that is named now; false where it can never be heard.
	bool Begin();
	void Follow();
	FFrameRate Rate() const;

	FCycloramaHeld Tracker;
	TUniquePtr<FCycloramaGenlock> Genlock;
	/// What the beat was made with.
	FFrameRate Made = FFrameRate(0, 1);
	bool bMadeOfTracker = false;
	uint32 Syncs = 0;
	/// The beat that was told last.
	int64 Frame = 0;
	ECustomTimeStepSynchronizationState State = ECustomTimeStepSynchronizationState::Closed;
};
