// Slate and record control, and what happened: for panels and for Take Recorder.
#pragma once

#include "CoreMinimal.h"

/// What a panel shows. The words are the core's.
struct FCycloramaSlateView
{
	/// One plain sentence: what happens now, or why nothing does.
	FString Words;
	FString Slate;
	/// Where the take lies that rolls, or rolled last.
	FString Path;
	/// What became of the last order; empty when it was obeyed.
	FString Refusal;
	uint64 Takes = 0;
	/// 0 for none.
	int32 Take = 0;
	bool bRolling = false;
	/// Takes are recorded when the slate rolls.
	bool bRecording = false;
	/// An order waits for its answer.
	bool bWaiting = false;
};

/// Control of the usual tracker's takes. Game thread only; nothing here waits.
class CYCLORAMACORE_API FCycloramaSlate
{
public:
	virtual ~FCycloramaSlate() = default;

	static FCycloramaSlate& Get();
	/// Lets go of the tracker; the core ends.
	static void End();

	/// Takes of the usual tracker are recorded from now on, as the settings say.
	virtual bool Record() = 0;
	/// Begins a take: of this slate, or the usual one; with this number, or for 0 the next.
	virtual bool Roll(const FString& Slate, int32 Take, const FString& Note) = 0;
	virtual bool Cut() = 0;
	virtual bool Note(const FString& Text) = 0;
	virtual FCycloramaSlateView View() = 0;
	/// The session of the usual tracker, where one is held here; 0 for none.
	virtual uint64 Session() const = 0;
};

/// How bad it is that something happened.
enum class ECycloramaEvent : uint8
{
	Good,
	Warning,
	Problem,
};

/// One thing that happened.
struct FCycloramaEvent
{
	ECycloramaEvent Kind = ECycloramaEvent::Good;
	/// The take, tracker or node it is about; may be empty.
	FString About;
	/// A sentence for people.
	FString Text;
};

namespace CycloramaEvents
{
	/// What happened since it was asked last, oldest first; each once. OutLost is how many nobody asked for in time.
	CYCLORAMACORE_API void Take(TArray<FCycloramaEvent>& OutEvents, uint64& OutLost);
}
