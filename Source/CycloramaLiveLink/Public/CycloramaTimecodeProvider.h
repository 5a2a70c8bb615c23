// The tracker's timecode as the engine's. On a node of a cluster it is what the primary says, and no port is opened.
#pragma once

#include "CoreMinimal.h"
#include "Engine/TimecodeProvider.h"

#include "CycloramaTimecodeProvider.generated.h"

class FCycloramaTracking;

UCLASS(Blueprintable, EditInlineNew, meta = (DisplayName = "Cyclorama timecode"))
class CYCLORAMALIVELINK_API UCycloramaTimecodeProvider : public UTimecodeProvider
{
	GENERATED_BODY()

public:
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
	bool Open();

	TSharedPtr<FCycloramaTracking> Session;
	FQualifiedFrameTime Held;
	ETimecodeProviderSynchronizationState State = ETimecodeProviderSynchronizationState::Closed;
};
