// A handle of the core as the facade's work. The answers of every domain have their own names in the bridge, so each
// gives them here once.
#pragma once

#include "CycloramaText.h"
#include "CycloramaWork.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/status.h"
#include "Bridge/work.h"
THIRD_PARTY_INCLUDES_END

namespace CycloramaWork
{
	inline ECycloramaWorkState StateOf(cyclorama::Status Status)
	{
		switch (Status)
		{
		case cyclorama::Status::Ok:
			return ECycloramaWorkState::Done;
		case cyclorama::Status::Timeout:
			return ECycloramaWorkState::Running;
		case cyclorama::Status::Partial:
			return ECycloramaWorkState::Partial;
		case cyclorama::Status::Cancelled:
			return ECycloramaWorkState::Cancelled;
		default:
			return ECycloramaWorkState::Failed;
		}
	}

	inline FCycloramaProgress ProgressOf(const cyclorama::WorkSnapshot& Snapshot)
	{
		FCycloramaProgress Progress;
		Progress.Done = static_cast<int64>(Snapshot.done);
		Progress.Total = static_cast<int64>(Snapshot.total);
		Progress.Fraction = Snapshot.fraction;
		Progress.Rate = Snapshot.rate;
		Progress.SecondsLeft = Snapshot.eta_seconds;
		return Progress;
	}

	/// Names is a struct of the bridge's functions for one kind of handle.
	template <typename Handle, typename Names>
	class THandle final : public FCycloramaWork
	{
	public:
		explicit THandle(rust::Box<Handle> In) : Inner(std::move(In)) {}

		FCycloramaProgress Progress() const override
		{
			cyclorama::WorkSnapshot Snapshot{};
			(*Inner.*Names::Poll)(Snapshot);
			return ProgressOf(Snapshot);
		}
		TArray<FString> Items() const override { return CycloramaText::FromCore((*Inner.*Names::Items)()); }
		void Cancel() override { (*Inner.*Names::Cancel)(); }
		ECycloramaWorkState State() const override { return StateOf((*Inner.*Names::State)()); }
		ECycloramaWorkState Wait(uint32 Microseconds) const override { return StateOf((*Inner.*Names::Wait)(Microseconds)); }
		FString Text() const override { return CycloramaText::FromCore((*Inner.*Names::Text)()); }
		TArray<FString> Lines() const override { return CycloramaText::FromCore((*Inner.*Names::Lines)()); }
		int32 ExitCode() const override { return static_cast<int32>(cyclorama::exit_code((*Inner.*Names::State)())); }

	private:
		rust::Box<Handle> Inner;
	};
}
