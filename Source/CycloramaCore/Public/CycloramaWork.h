// Long work of the core: polled, never waited for on the game thread.
#pragma once

#include "CoreMinimal.h"

/// How far it is.
struct CYCLORAMACORE_API FCycloramaProgress
{
	/// As 25 %, about 40 s left; empty while unknown.
	FString Words() const;


	/// Bytes of content, or frames.
	int64 Done = 0;
	/// 0 while unknown.
	int64 Total = 0;
	/// 0 to 1; below 0 while unknown.
	double Fraction = -1.0;
	/// Units per second; below 0 while unknown.
	double Rate = -1.0;
	/// Seconds left; below 0 while unknown.
	double SecondsLeft = -1.0;
};

enum class ECycloramaWorkState : uint8
{
	Running,
	Done,
	/// Ended, but not all of it.
	Partial,
	Cancelled,
	Failed,
};

/// Handle of long work. Thread-safe. Dropped, the work stops at its next safe point.
class CYCLORAMACORE_API FCycloramaWork
{
public:
	virtual ~FCycloramaWork() = default;

	virtual FCycloramaProgress Progress() const = 0;
	/// What it works on now.
	virtual TArray<FString> Items() const = 0;
	/// Asks it to stop. The same work begun again goes on where it was.
	virtual void Cancel() = 0;
	virtual ECycloramaWorkState State() const = 0;
	/// Waits so long at most. Never on the game thread of an editor; commandlets may.
	virtual ECycloramaWorkState Wait(uint32 Microseconds) const = 0;
	/// How it ended, in a sentence.
	virtual FString Text() const = 0;
	/// What belongs to that, line by line.
	virtual TArray<FString> Lines() const = 0;
	/// The exit code for that: 0 done, 8 not all of it, others as in docs/unreal.md.
	virtual int32 ExitCode() const = 0;

	/// Asks all work to stop; does not wait. A farm that works on a job goes on with it.
	static void StopAll();
	/// What is wrong with the words behind a commandlet's name, a sentence each. Words as they were given, as Store=x; Takes are
	/// those that there are: DryRun, Store=, Workers=1..256, Keep=mine|theirs. What is like none of them is the engine's.
	static TArray<FString> WrongWords(const TArray<FString>& Words, const TArray<FString>& Takes);
};
