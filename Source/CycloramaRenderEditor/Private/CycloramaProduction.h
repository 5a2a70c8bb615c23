// What the tab tells of content and renders, and what its buttons do. Game thread; waits for nothing.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaWork.h"

/// One thing at a time: work that is followed, and the words for it.
class FCycloramaErrand
{
public:
	/// Begins; what ran before is dropped. Doing is shown until there is more to say.
	void Begin(const FString& Doing, const TSharedPtr<FCycloramaWork>& In);
	/// Instead of beginning.
	void Refuse(const FString& Why);
	/// Looks how far it is.
	void Poll();
	void Cancel();
	bool IsBusy() const { return Work.IsValid(); }
	const FString& Words() const { return Said; }
	/// What belongs to that, so many lines at most, and how many more there are.
	const FString& Lines() const { return Listed; }
	/// What it works on, by name; empty when nothing is known.
	const FString& About() const { return Named; }

private:
	TSharedPtr<FCycloramaWork> Work;
	FString Verb;
	FString Said;
	FString Listed;
	FString Named;
};

/// The project's content, in its store.
class FCycloramaContent
{
public:
	/// What changed here, and whether others published.
	void Look();
	void Publish(const FString& Message);
	void GetNewest();

	FCycloramaErrand Errand;
};

/// The newest job of the ledger.
class FCycloramaRenders
{
public:
	/// Follows it until it ended.
	void Look();
	/// Its workers stop after the frame in flight, wherever they run.
	void End();

	FCycloramaErrand Errand;
};

/// What is under way, as long as the module lives: a tab that is closed ends nothing, and the next one shows how it went.
struct FCycloramaDesk
{
	static TSharedPtr<FCycloramaDesk> Get();
	/// Lets it go, and with it what is under way, which stops at its next safe point.
	static void End();

	FCycloramaContent Content;
	FCycloramaRenders Renders;
	/// Whether this machine has what it takes.
	FCycloramaErrand Machine;
};

namespace CycloramaQueue
{
	/// Whether Render (Remote) of Movie Render Queue is ours.
	bool IsOurs();
	void MakeOurs();
}
