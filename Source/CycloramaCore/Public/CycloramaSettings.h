// The settings page of the plugin: what a stage fixes once.
#pragma once

#include "CoreMinimal.h"
#include "Engine/DeveloperSettings.h"

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

	/** How much Cyclorama writes to the output log. Warnings name lost packets, second senders and damaged data. */
	UPROPERTY(Config, EditAnywhere, Category = "Log", meta = (DisplayName = "Log level"))
	ECycloramaLogLevel LogLevel = ECycloramaLogLevel::Warning;

	/** The tracker that sources, timecode and genlock use when they name none, such as protocol=freed; bind=40000. */
	UPROPERTY(Config, EditAnywhere, Category = "Tracking", meta = (DisplayName = "Usual tracker"))
	FString Connection = FString(TEXT("protocol=freed; bind=40000"));

	/** How long the timecode is counted on when the tracker falls silent, before it is an error, in seconds. */
	UPROPERTY(Config, EditAnywhere, Category = "Tracking", meta = (DisplayName = "Hold timecode", Units = "Seconds", ClampMin = "0", ClampMax = "10"))
	float HoldTimecode = 0.5f;

	/** The longest the engine waits for a beat before it runs free and says so, in frames. */
	UPROPERTY(Config, EditAnywhere, Category = "Genlock", meta = (DisplayName = "Longest wait", ClampMin = "1", ClampMax = "2"))
	float LongestWait = 2.0f;
};
