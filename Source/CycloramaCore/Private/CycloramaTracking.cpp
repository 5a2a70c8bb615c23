// The facade over the core's tracking: fields are copied, nothing is decided.
#include "CycloramaTracking.h"

#include "CycloramaConvert.h"
#include "CycloramaCore.h"
#include "CycloramaSettings.h"
#include "CycloramaText.h"
#include "HAL/PlatformTime.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/settings.h"
#include "Bridge/time.h"
#include "Bridge/tracking.h"
THIRD_PARTY_INCLUDES_END

#include <array>
#include <mutex>

namespace
{
	/// Samples taken out at once.
	constexpr std::size_t Room = 64;

	class FFeed final : public FCycloramaFeed
	{
	public:
		explicit FFeed(rust::Box<cyclorama::Feed> In) : Inner(std::move(In)), Clock(cyclorama::host_clock()) {}

		bool WaitNext(uint32 Microseconds, TArray<FCycloramaSample>& OutSamples) override
		{
			OutSamples.Reset();
			const uint32 Count = Inner->wait_next(Microseconds, rust::Slice<cyclorama::Pose>(Poses.data(), Room), rust::Slice<cyclorama::Details>(Details.data(), Room));
			for (uint32 At = 0; At < Count; ++At)
			{
				OutSamples.Add(Sample(Poses[At], Details[At]));
			}
			return Count > 0 || Inner->feed_state() == cyclorama::Status::Ok;
		}

	private:
		FCycloramaSample Sample(const cyclorama::Pose& Pose, const cyclorama::Details& With)
		{
			FCycloramaSample Made;
			Made.Subject = static_cast<int32>(Pose.subject);
			Made.Transform = CycloramaConvert::TransformOf(Pose);
			Made.Seconds = Clock->seconds_at(FPlatformTime::Seconds(), With.sampled_ns);
			Made.bStale = CycloramaConvert::IsStale(Pose);
			Made.bTimecode = CycloramaConvert::Has(With.known, cyclorama::Known::Timecode);
			if (Made.bTimecode)
			{
				Made.Timecode = CycloramaConvert::TimecodeOf(With.timecode_frame, With.rate_numerator, With.rate_denominator);
			}
			Made.Confidence = static_cast<float>(With.confidence);
			Made.Overscan = static_cast<float>(With.overscan);
			CycloramaConvert::CopyLens(With, Made.Lens);
			return Made;
		}

		rust::Box<cyclorama::Feed> Inner;
		rust::Box<cyclorama::HostClock> Clock;
		std::array<cyclorama::Pose, Room> Poses{};
		std::array<cyclorama::Details, Room> Details{};
	};

	class FGenlock final : public FCycloramaGenlock
	{
	public:
		explicit FGenlock(rust::Box<cyclorama::Genlock> In) : Inner(std::move(In)) {}

		bool WaitTick(uint32 Microseconds, uint32& OutSyncs, int64& OutFrame) override
		{
			cyclorama::Tick Tick{};
			if (Inner->wait_tick(Microseconds, Tick) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutSyncs = static_cast<uint32>(Tick.skipped + 1);
			OutFrame = Tick.frame;
			return true;
		}

	private:
		rust::Box<cyclorama::Genlock> Inner;
	};

	class FSession final : public FCycloramaTracking
	{
	public:
		explicit FSession(rust::Box<cyclorama::Tracking> In) : Inner(std::move(In)) {}

		ECycloramaState State(FString& OutWhy) const override
		{
			OutWhy = CycloramaText::FromCore(Inner->state_text());
			const ECycloramaState First = Answer();
			if (First != ECycloramaState::Failed)
			{
				return First;
			}
			if (Inner->tries_again())
			{
				return ECycloramaState::Waiting;
			}
			// Between the two questions it may have begun to listen.
			return Answer();
		}

		uint16 Port() const override { return Inner->port(); }

		uint64 Number() const override { return Inner->number(); }

		FString SubjectName(int32 Subject) const override
		{
			return CycloramaText::FromCore(Inner->subject_name(static_cast<uint32>(Subject)));
		}

		bool Latest(int32 Subject, FTransform& OutTransform, bool& bOutStale) const override
		{
			cyclorama::Pose Pose{};
			if (Inner->latest(static_cast<uint32>(Subject), Pose) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutTransform = CycloramaConvert::TransformOf(Pose);
			bOutStale = CycloramaConvert::IsStale(Pose);
			return true;
		}

		bool Timecode(double HoldSeconds, FQualifiedFrameTime& OutTime) const override
		{
			cyclorama::Label Label{};
			if (Inner->timecode_now(static_cast<int64>(HoldSeconds * 1e9), Label) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutTime = CycloramaConvert::TimecodeOf(Label.frame, Label.rate_numerator, Label.rate_denominator);
			return true;
		}

		TUniquePtr<FCycloramaFeed> Feed() const override { return TUniquePtr<FCycloramaFeed>(new FFeed(Inner->feed())); }

		TUniquePtr<FCycloramaGenlock> Genlock(const FFrameRate& Rate, bool bFollowTracker) const override
		{
			cyclorama::GenlockOptions Options{};
			Options.rate_numerator = static_cast<uint32>(Rate.Numerator);
			Options.rate_denominator = static_cast<uint32>(Rate.Denominator);
			Options.follow_tracker = bFollowTracker;
			return TUniquePtr<FCycloramaGenlock>(new FGenlock(Inner->genlock(Options)));
		}

		void Stop() override { Inner->stop(); }

	private:
		ECycloramaState Answer() const
		{
			switch (Inner->state())
			{
			case cyclorama::Status::Ok:
				return ECycloramaState::Listening;
			case cyclorama::Status::Cancelled:
				return ECycloramaState::Stopped;
			default:
				return ECycloramaState::Failed;
			}
		}

		rust::Box<cyclorama::Tracking> Inner;
	};

	struct FNamed
	{
		FString Line;
		TWeakPtr<FCycloramaTracking> Session;
	};

	/// Sessions by connection, as long as somebody holds them.
	struct FSessions
	{
		std::mutex Lock;
		TArray<FNamed> Open;

		/// The session of this line; nothing when nobody holds one.
		TSharedPtr<FCycloramaTracking> Find(const FString& Line) const
		{
			for (const FNamed& Known : Open)
			{
				if (CycloramaText::Same(Known.Line, Line))
				{
					return Known.Session.Pin();
				}
			}
			return nullptr;
		}

		void Keep(const FString& Line, const TSharedPtr<FCycloramaTracking>& Session)
		{
			// Lines that nobody holds any more go with it.
			TArray<FNamed> Held;
			for (const FNamed& Known : Open)
			{
				if (!CycloramaText::Same(Known.Line, Line) && Known.Session.Pin().IsValid())
				{
					Held.Add(Known);
				}
			}
			Held.Add(FNamed{Line, Session});
			Open = MoveTemp(Held);
		}
	};

	FSessions& Sessions()
	{
		static FSessions Known;
		return Known;
	}
}

bool FCycloramaLens::KnowsSameAs(const FCycloramaLens& Other) const
{
	return bFocalLength == Other.bFocalLength && bFieldOfView == Other.bFieldOfView && bAspectRatio == Other.bAspectRatio && bAperture == Other.bAperture && bFocusDistance == Other.bFocusDistance && bSensor == Other.bSensor && bModel == Other.bModel && Model == Other.Model && SensorWidth == Other.SensorWidth && SensorHeight == Other.SensorHeight;
}

TSharedPtr<FCycloramaTracking> FCycloramaTracking::Open(const FString& Connection)
{
	FSessions& Known = Sessions();
	const std::lock_guard<std::mutex> Held(Known.Lock);
	TSharedPtr<FCycloramaTracking> Session = Known.Find(Connection);
	FString Why;
	// One that is not heard tries again by itself: a second one would only take its place.
	if (!Session.IsValid() || Session->State(Why) == ECycloramaState::Stopped)
	{
		Session = TSharedPtr<FCycloramaTracking>(MakeShared<FSession>(cyclorama::tracking_open(CycloramaText::ToCore(Connection))));
		Known.Keep(Connection, Session);
	}
	return Session;
}

bool FCycloramaHeld::Hold(const FString& Connection)
{
	const FString& Wanted = Connection.IsEmpty() ? GetDefault<UCycloramaSettings>()->Connection : Connection;
	if (Session.IsValid() && CycloramaText::Same(Line, Wanted))
	{
		return false;
	}
	// First, or another line of the same port would find it in use.
	Session.Reset();
	Line = Wanted;
	Session = FCycloramaTracking::Open(Line);
	return true;
}

void FCycloramaHeld::Reset()
{
	Session.Reset();
}

FString FCycloramaTracking::Check(const FString& Connection)
{
	const bool bSound = cyclorama::connection_check(CycloramaText::ToCore(Connection)) == cyclorama::Status::Ok;
	return bSound ? FString() : FCycloramaCoreModule::LastError();
}

uint64 FCycloramaTracking::NumberOf(const FString& Connection)
{
	FSessions& Known = Sessions();
	const std::lock_guard<std::mutex> Held(Known.Lock);
	const TSharedPtr<FCycloramaTracking> Session = Known.Find(Connection);
	return Session.IsValid() ? Session->Number() : 0;
}

void FCycloramaTracking::StopAll()
{
	FSessions& Known = Sessions();
	const std::lock_guard<std::mutex> Held(Known.Lock);
	for (const FNamed& Entry : Known.Open)
	{
		if (const TSharedPtr<FCycloramaTracking> Session = Entry.Session.Pin())
		{
			Session->Stop();
		}
	}
	Known.Open.Reset();
}
