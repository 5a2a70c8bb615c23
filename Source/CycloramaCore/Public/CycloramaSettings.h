// The settings page of the plugin: what a stage fixes once.
#pragma once

#include "CoreMinimal.h"
#include "Engine/DeveloperSettings.h"
#include "UObject/SoftObjectPath.h"

#include "CycloramaSettings.generated.h"

/** How much of what the core says reaches the output log. */
UENUM()
enum class ECycloramaLogLevel : uint8
{
	Error,
	Warning,
	Info,
	Detail,
};

UCLASS(Config = Game, DefaultConfig, meta = (DisplayName = "Cyclorama"))
class CYCLORAMACORE_API UCycloramaSettings : public UDeveloperSettings
{
	GENERATED_BODY()

public:
	FName GetCategoryName() const override { return FName(TEXT("Plugins")); }
	/// A folder of before it was picked with a button is read too.
	void PostInitProperties() override;

#if WITH_EDITOR
	/// What is read only once otherwise counts at once.
	void PostEditChangeProperty(struct FPropertyChangedEvent& PropertyChangedEvent) override;
#endif

	/** How much Cyclorama writes to the output log. Warnings name lost packets, second senders and damaged data. */
	UPROPERTY(Config, EditAnywhere, Category = "Log", meta = (DisplayName = "Log level"))
	ECycloramaLogLevel LogLevel = ECycloramaLogLevel::Warning;

	/** The tracker that sources, timecode and genlock use when they name none, such as protocol=freed; bind=40000. */
	UPROPERTY(Config, EditAnywhere, Category = "Tracking", meta = (DisplayName = "Usual tracker"))
	FString Connection = FString(TEXT("protocol=freed; bind=40000"));

	/** How long the timecode is counted on when the tracker falls silent, before it is an error, in seconds. */
	UPROPERTY(Config, EditAnywhere, Category = "Tracking", meta = (DisplayName = "Hold timecode", Units = "Seconds", ClampMin = "0", ClampMax = "10"))
	float HoldTimecode = 0.5f;

	/** Frames of the wall per second, which "Lock to the house" gives the engine. */
	UPROPERTY(Config, EditAnywhere, Category = "Genlock", meta = (DisplayName = "Wall rate"))
	FFrameRate WallRate = FFrameRate(24000, 1001);

	/** The longest the engine waits for a beat before it runs free and says so, in frames. */
	UPROPERTY(Config, EditAnywhere, Category = "Genlock", meta = (DisplayName = "Longest wait", ClampMin = "1", ClampMax = "2"))
	float LongestWait = 2.0f;

	/** Other trackers of a cluster, a line each like the usual one. Every node shows them too; subjects of the first of these are called NAME@2, of the next NAME@3. */
	UPROPERTY(Config, EditAnywhere, Category = "Cluster", meta = (DisplayName = "More trackers"))
	TArray<FString> MoreTrackers;

	/** From a frame's begin to its light on the wall, in ms. */
	UPROPERTY(Config, EditAnywhere, Category = "Cluster", meta = (DisplayName = "Wall latency", Units = "Milliseconds", ClampMin = "0", ClampMax = "500"))
	float WallLatency = 0.0f;

	/** How many earlier frames each message of the cluster carries again: so many lost in a row do no harm. */
	UPROPERTY(Config, EditAnywhere, Category = "Cluster", meta = (DisplayName = "Frames repeated", ClampMin = "0", ClampMax = "31"))
	int32 FramesRepeated = 3;

	/** Where takes lie; the command looks there when only a name is given. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Folder of takes"))
	FDirectoryPath TakesFolder;

	/** The slate of takes where neither the tracker nor a person names one. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Slate"))
	FString Slate = FString(TEXT("A001"));

	/** What the crew calls the camera, such as A; every take says so. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Camera"))
	FString Camera;

	/** Whether the slate that the tracker names is used. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Slate of the tracker"))
	bool bSlateOfTracker = true;

	/** How much from before the slate a take keeps, in seconds. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Pre-roll", Units = "Seconds", ClampMin = "0", ClampMax = "30"))
	float PreRoll = 1.0f;

	/** How long the tracker's recording flag must be down before the take ends, in seconds. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Flag settles", Units = "Seconds", ClampMin = "0.02", ClampMax = "10"))
	float Settle = 0.25f;

	/** A take ends when no sample came for so long, in seconds. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Silence ends a take", Units = "Seconds", ClampMin = "0.2", ClampMax = "600"))
	float Silence = 5.0f;

	/** Takes begin and end with Take Recorder, under its slate and take number. */
	UPROPERTY(Config, EditAnywhere, Category = "Takes", meta = (DisplayName = "Follow Take Recorder"))
	bool bFollowTakeRecorder = true;
};
