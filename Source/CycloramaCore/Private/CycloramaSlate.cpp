// The facade over the core's slate: settings in, words out.
#include "CycloramaSlate.h"

#include "CycloramaSettings.h"
#include "CycloramaText.h"
#include "CycloramaTracking.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/events.h"
#include "Bridge/slate.h"
THIRD_PARTY_INCLUDES_END

#include <optional>

namespace
{
	/// Events taken out at once.
	constexpr uint32 MostEvents = 512;

	uint32 Milliseconds(float Seconds)
	{
		return static_cast<uint32>(Seconds * 1000.0f + 0.5f);
	}

	cyclorama::SlateConfig ConfigOf(const UCycloramaSettings& Settings)
	{
		cyclorama::SlateConfig Config;
		Config.folder = CycloramaText::ToCore(Settings.TakesFolder.Path);
		Config.slate = CycloramaText::ToCore(Settings.Slate);
		Config.camera = CycloramaText::ToCore(Settings.Camera);
		Config.slate_of_tracker = Settings.bSlateOfTracker;
		Config.pre_roll_ms = Milliseconds(Settings.PreRoll);
		Config.settle_ms = Milliseconds(Settings.Settle);
		Config.silence_ms = Milliseconds(Settings.Silence);
		return Config;
	}

	class FSlate final : public FCycloramaSlate
	{
	public:
		bool Record() override
		{
			const UCycloramaSettings& Settings = *GetDefault<UCycloramaSettings>();
			// Another line may be that of the same port.
			if (Session() != FCycloramaTracking::NumberOf(Settings.Connection))
			{
				Tracker.Reset();
			}
			Tracker = FCycloramaTracking::Open(Settings.Connection);
			Control.emplace(cyclorama::slate_open(Tracker->Number()));
			return (*Control)->record_takes(ConfigOf(Settings)) == cyclorama::Status::Ok;
		}

		bool Roll(const FString& Slate, int32 Take, const FString& Text) override
		{
			return Held().roll(CycloramaText::ToCore(Slate), static_cast<uint32>(Take < 0 ? 0 : Take), CycloramaText::ToCore(Text)) == cyclorama::Status::Ok;
		}

		bool Cut() override { return Held().cut() == cyclorama::Status::Ok; }

		bool Note(const FString& Text) override { return Held().note(CycloramaText::ToCore(Text)) == cyclorama::Status::Ok; }

		FCycloramaSlateView View() override
		{
			cyclorama::SlateView From;
			Held().slate_view(From);
			FCycloramaSlateView To;
			To.Words = CycloramaText::FromCore(From.words);
			To.Slate = CycloramaText::FromCore(From.slate);
			To.Path = CycloramaText::FromCore(From.path);
			To.Refusal = CycloramaText::FromCore(From.refusal);
			To.Takes = From.takes;
			To.Take = static_cast<int32>(From.take);
			To.bRolling = From.rolling;
			To.bRecording = From.recording;
			To.bWaiting = From.waiting;
			return To;
		}

		uint64 Session() const override { return Tracker.IsValid() ? Tracker->Number() : 0; }

	private:
		/// Control of the usual tracker where somebody records, else of nothing: it refuses and says why.
		cyclorama::Slate& Held()
		{
			if (!Control.has_value())
			{
				Control.emplace(cyclorama::slate_open(Session()));
			}
			return **Control;
		}

		TSharedPtr<FCycloramaTracking> Tracker;
		std::optional<rust::Box<cyclorama::Slate>> Control;
	};

	TUniquePtr<FCycloramaSlate>& OnlySlate()
	{
		static TUniquePtr<FCycloramaSlate> Slate;
		return Slate;
	}

	ECycloramaEvent KindOf(cyclorama::EventKind Kind)
	{
		switch (Kind)
		{
		case cyclorama::EventKind::TakeStarted:
		case cyclorama::EventKind::TakeClosed:
		case cyclorama::EventKind::TrackerBack:
		case cyclorama::EventKind::PrimaryRestarted:
			return ECycloramaEvent::Good;
		case cyclorama::EventKind::TrackerFault:
		case cyclorama::EventKind::NodeMissed:
		case cyclorama::EventKind::NodeWaits:
			return ECycloramaEvent::Warning;
		default:
			return ECycloramaEvent::Problem;
		}
	}
}

FCycloramaSlate& FCycloramaSlate::Get()
{
	if (!OnlySlate().IsValid())
	{
		OnlySlate() = TUniquePtr<FCycloramaSlate>(new FSlate());
	}
	return *OnlySlate();
}

void FCycloramaSlate::End()
{
	OnlySlate().Reset();
}

void CycloramaEvents::Take(TArray<FCycloramaEvent>& OutEvents, uint64& OutLost)
{
	OutEvents.Reset();
	for (const cyclorama::Event& Event : cyclorama::events_drain(MostEvents))
	{
		FCycloramaEvent Told;
		Told.Kind = KindOf(Event.kind);
		Told.About = CycloramaText::FromCore(Event.about);
		Told.Text = CycloramaText::FromCore(Event.text);
		OutEvents.Add(Told);
	}
	OutLost = cyclorama::events_lost();
}
