// Trackers, in Unreal's own types: a session listens on a port and is shared by all who ask for the same connection.
#pragma once

#include "CoreMinimal.h"
#include "Misc/QualifiedFrameTime.h"

/// What is known of the lens. Fields that the tracker does not say keep the flag `false` and the value 0.
struct FCycloramaLens
{
	bool bFocalLength = false;
	bool bFieldOfView = false;
	bool bAspectRatio = false;
	bool bAperture = false;
	bool bFocusDistance = false;
	bool bSensor = false;
	bool bModel = false;
	/// Millimetres.
	float FocalLength = 0.0f;
	/// Horizontal, degrees.
	float FieldOfView = 0.0f;
	float AspectRatio = 0.0f;
	/// f-number.
	float Aperture = 0.0f;
	/// Centimetres.
	float FocusDistance = 0.0f;
	/// Millimetres.
	float SensorWidth = 0.0f;
	/// Millimetres.
	float SensorHeight = 0.0f;
	/// Name of the distortion model, as the lens role wants it.
	FName Model;
	TArray<float> Distortion;
	FVector2D FxFy;
	FVector2D PrincipalPoint;

	/// Whether the same fields are known of both.
	bool KnowsSameAs(const FCycloramaLens& Other) const;
};

/// One sample of one subject.
struct FCycloramaSample
{
	int32 Subject = 0;
	/// Centimetres, Unreal's axes.
	FTransform Transform;
	/// When it was taken, in the seconds of FPlatformTime.
	double Seconds = 0.0;
	/// Held, not to be trusted.
	bool bStale = false;
	bool bTimecode = false;
	FQualifiedFrameTime Timecode;
	/// 0 to 1.
	float Confidence = 0.0f;
	/// How much larger the picture should be drawn.
	float Overscan = 1.0f;
	FCycloramaLens Lens;
};

/// How a session stands.
enum class ECycloramaState : uint8
{
	Listening,
	/// It is not heard now, and tries again by itself, such as while another program has the port.
	Waiting,
	Stopped,
	/// It can never be: its line is wrong.
	Failed,
};

/// Samples, each once, for a thread that may wait. One thread owns it.
class CYCLORAMACORE_API FCycloramaFeed
{
public:
	virtual ~FCycloramaFeed() = default;
	/// Waits so long for samples that were not given yet; false when there will be no more.
	virtual bool WaitNext(uint32 Microseconds, TArray<FCycloramaSample>& OutSamples) = 0;
};

/// The beat of an engine. One thread owns it.
class CYCLORAMACORE_API FCycloramaGenlock
{
public:
	virtual ~FCycloramaGenlock() = default;
	/// Waits for the next frame; false when it does not come in time. OutSyncs is how many began since the last, OutFrame
	/// its number.
	virtual bool WaitTick(uint32 Microseconds, uint32& OutSyncs, int64& OutFrame) = 0;
};

/// A session. Thread-safe.
class CYCLORAMACORE_API FCycloramaTracking
{
public:
	virtual ~FCycloramaTracking() = default;

	/// The session of this connection text (see docs/unreal.md), begun if nobody has it yet, or it was stopped. Never null.
	static TSharedPtr<FCycloramaTracking> Open(const FString& Connection);
	/// Why this connection text can never be heard, a sentence; empty where it could. Opens nothing.
	static FString Check(const FString& Connection);
	/// The number of the running session of this connection text, 0 where nobody has one. Begins nothing.
	static uint64 NumberOf(const FString& Connection);
	/// Ends all sessions that somebody still holds.
	static void StopAll();

	/// OutWhy is why it is not heard; while it is, what its lens file waits for, empty for nothing.
	virtual ECycloramaState State(FString& OutWhy) const = 0;
	virtual uint16 Port() const = 0;
	/// Its number, by which slate and cluster find it.
	virtual uint64 Number() const = 0;
	virtual FString SubjectName(int32 Subject) const = 0;
	/// The newest sample of a subject. Takes no lock: for the game and render threads.
	virtual bool Latest(int32 Subject, FTransform& OutTransform, bool& bOutStale) const = 0;
	/// The timecode of now, counted on from the last label for HoldSeconds at most.
	virtual bool Timecode(double HoldSeconds, FQualifiedFrameTime& OutTime) const = 0;
	virtual TUniquePtr<FCycloramaFeed> Feed() const = 0;
	virtual TUniquePtr<FCycloramaGenlock> Genlock(const FFrameRate& Rate, bool bFollowTracker) const = 0;
	virtual void Stop() = 0;
};

/// The session of a line that somebody may change at any time. Game thread.
class CYCLORAMACORE_API FCycloramaHeld
{
public:
	/// Holds the session of this line (no line: of the usual tracker of the settings). True when that is another one than
	/// the last time.
	bool Hold(const FString& Connection);
	/// Lets it go.
	void Reset();
	bool IsValid() const { return Session.IsValid(); }
	FCycloramaTracking* operator->() const { return Session.Get(); }

private:
	FString Line;
	TSharedPtr<FCycloramaTracking> Session;
};
