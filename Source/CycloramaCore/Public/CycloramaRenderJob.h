// Takes rendered on an engine, and the worker's side inside an engine.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaWork.h"
#include "Misc/FrameRate.h"

/// Frames, End not included.
struct FCycloramaSpan
{
	int32 First = 0;
	int32 End = 0;
};

/// What a level sequence says of itself, in frames of its display rate.
struct FCycloramaSequence
{
	/// It was there to be asked.
	bool bKnown = false;
	FFrameRate Rate;
	FCycloramaSpan Plays;
	/// Where it cuts to a camera.
	TArray<FCycloramaSpan> Cuts;
};

/// What a preset says of itself, beside its size, frames and samples.
struct FCycloramaPresetFacts
{
	/// It draws all that is around the camera.
	bool bPanorama = false;
	/// Why the engine could not evaluate it; empty when it could.
	FString Fault;
};

/// What is left empty or 0 is as the settings say.
struct FCycloramaRenderOrder
{
	FString Take;
	FString Map;
	FString Sequence;
	/// What that sequence says; the core compares it with the take.
	FCycloramaSequence Played;
	/// A preset of Movie Render Queue, or a Movie Render Graph.
	FString Preset;
	/// What that preset says; the core refuses what cannot draw a take.
	FCycloramaPresetFacts Facts;
	/// Both included, as 0-47. Empty: what the sequence plays of the take.
	FString Frames;
	FString Host;
	FString Scene;
	/// local, slurm, batch or deadline.
	FString Engine;
	TArray<FString> EngineOptions;
	FString Ledger;
	/// The cyclorama command.
	FString Command;
	FString UnrealProgram;
	FString UnrealProject;
	int32 Workers = 0;
	int32 Width = 0;
	int32 Height = 0;
	int32 Samples = 0;
	/// exr or png. Empty: exr.
	FString FrameFormat;
	/// What each frame's file holds beside the beauty, by name.
	TArray<FString> Passes;
	int32 WalkIn = 0;
	/// Done once its workers were asked for: the job is theirs then.
	bool bDetach = false;
	/// Published version of the project that each machine brings to itself first, STORE or STORE@VERSION. Empty: none.
	FString Project;
	/// Packs of derived data, brought likewise, as ddc=STORE@VERSION.
	TArray<FString> Packs;
	FString KeyFile;
	/// Goes on where a name of a store is older than this machine has seen it, or is gone.
	bool bAcceptRollback = false;
};

struct CYCLORAMACORE_API FCycloramaRenderJob
{
	/// The plan in words; writes nothing.
	static TSharedPtr<FCycloramaWork> Plan(const FCycloramaRenderOrder& Order);
	static TSharedPtr<FCycloramaWork> Submit(const FCycloramaRenderOrder& Order);
	/// Why a preset cannot draw a take, empty when it can. Submit asks it as well.
	static FString Unfit(const FCycloramaPresetFacts& Facts);
	/// The newest job of the ledger when Job is empty.
	static TSharedPtr<FCycloramaWork> Watch(const FString& Ledger, const FString& Job);
	/// Its workers stop after the frame in flight, wherever they run. As above.
	static TSharedPtr<FCycloramaWork> Withdraw(const FString& Ledger, const FString& Job);
};

/// A range of frames to draw, in the frames of the level sequence.
struct FCycloramaTask
{
	uint64 Number = 0;
	/// Where drawing begins; frames before First are walked in and thrown away.
	int32 DrawnFrom = 0;
	int32 First = 0;
	/// The frame after the last.
	int32 End = 0;
	int32 Width = 0;
	int32 Height = 0;
	int32 Samples = 0;
	/// Frames are wanted as PNG files, and not as EXR.
	bool bPng = false;
	FString Map;
	FString Sequence;
	FString Preset;
	FString Folder;
	/// With {frame_number} in it, six digits.
	FString FileName;
};

enum class ECycloramaNext : uint8
{
	Task,
	/// None now.
	Nothing,
	/// The worker wants nothing more, or there is none.
	Over,
};

/// The worker that started this engine. Thread-safe.
class CYCLORAMACORE_API FCycloramaHost
{
public:
	virtual ~FCycloramaHost() = default;
	/// At the address of the command line's -CycloramaWorker=. Never null.
	static TUniquePtr<FCycloramaHost> Connect(const FString& Address, const FString& Software);

	virtual ECycloramaNext Next(FCycloramaTask& OutTask) = 0;
	/// Every frame; true when the range is not wanted any more.
	virtual bool Beat(uint64 Task) = 0;
	/// This file is whole.
	virtual void Wrote(const FString& Path) = 0;
	virtual void Finished(uint64 Task, bool bSuccess, const FString& Why) = 0;
	virtual FString Text() const = 0;
};
