// The facade over the core's tracking: fields are copied, nothing is decided.
#include "CycloramaTracking.h"

#include "CycloramaCore.h"
#include "CycloramaText.h"
#include "HAL/PlatformTime.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/time.h"
#include "Bridge/tracking.h"
THIRD_PARTY_INCLUDES_END

#include <array>
#include <mutex>

namespace
{
	/// Samples taken out at once.
	constexpr std::size_t Room = 64;

	bool Has(uint32 Set, cyclorama::Known Known)
	{
		return (Set & static_cast<uint32>(Known)) != 0;
	}

	FTransform TransformOf(const cyclorama::Pose& Pose)
	{
		return FTransform(FQuat(Pose.qx, Pose.qy, Pose.qz, Pose.qw), FVector(Pose.x, Pose.y, Pose.z));
	}

	bool IsStale(const cyclorama::Pose& Pose)
	{
		return (Pose.flags & static_cast<uint32>(cyclorama::PoseFlag::Stale)) != 0;
	}

	FName ModelOf(cyclorama::LensKind Kind)
	{
		switch (Kind)
		{
		case cyclorama::LensKind::BrownConradyUndistortedToDistorted:
			return FName(TEXT("Brown-Conrady U-D"));
		case cyclorama::LensKind::BrownConradyDistortedToUndistorted:
			return FName(TEXT("Brown-Conrady D-U"));
		default:
			return FName(TEXT("Spherical"));
		}
	}

	FQualifiedFrameTime TimecodeOf(int64 Frame, uint32 Numerator, uint32 Denominator)
	{
		return FQualifiedFrameTime(FFrameTime(FFrameNumber(static_cast<int32>(Frame))), FFrameRate(Numerator, Denominator));
	}

	void CopyLens(const cyclorama::Details& From, FCycloramaLens& To)
	{
		To.bFocalLength = Has(From.known, cyclorama::Known::FocalLength);
		To.bFieldOfView = Has(From.known, cyclorama::Known::FieldOfView);
		To.bAspectRatio = Has(From.known, cyclorama::Known::AspectRatio);
		To.bAperture = Has(From.known, cyclorama::Known::Aperture);
		To.bFocusDistance = Has(From.known, cyclorama::Known::FocusDistance);
		To.bSensor = Has(From.known, cyclorama::Known::Sensor);
		To.bModel = Has(From.known, cyclorama::Known::LensModel);
		To.FocalLength = static_cast<float>(From.focal_length_mm);
		To.FieldOfView = static_cast<float>(From.field_of_view_deg);
		To.AspectRatio = static_cast<float>(From.aspect_ratio);
		To.Aperture = static_cast<float>(From.aperture);
		To.FocusDistance = static_cast<float>(From.focus_distance_cm);
		To.SensorWidth = static_cast<float>(From.sensor_width_mm);
		To.SensorHeight = static_cast<float>(From.sensor_height_mm);
		To.Model = ModelOf(From.lens);
		To.FxFy = FVector2D(From.fx, From.fy);
		To.PrincipalPoint = FVector2D(From.cx, From.cy);
		To.Distortion.Reset();
		for (uint32 At = 0; At < From.distortion_count && At < From.distortion.size(); ++At)
		{
			To.Distortion.Add(static_cast<float>(From.distortion[At]));
		}
	}

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
			Made.Transform = TransformOf(Pose);
			Made.Seconds = Clock->seconds_at(FPlatformTime::Seconds(), With.sampled_ns);
			Made.bStale = IsStale(Pose);
			Made.bTimecode = Has(With.known, cyclorama::Known::Timecode);
			if (Made.bTimecode)
			{
				Made.Timecode = TimecodeOf(With.timecode_frame, With.rate_numerator, With.rate_denominator);
			}
			Made.Confidence = static_cast<float>(With.confidence);
			Made.Overscan = static_cast<float>(With.overscan);
			CopyLens(With, Made.Lens);
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

		bool WaitTick(uint32 Microseconds, uint32& OutSyncs) override
		{
			cyclorama::Tick Tick{};
			if (Inner->wait_tick(Microseconds, Tick) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutSyncs = static_cast<uint32>(Tick.skipped + 1);
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

		uint16 Port() const override { return Inner->port(); }

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
			OutTransform = TransformOf(Pose);
			bOutStale = IsStale(Pose);
			return true;
		}

		bool Timecode(double HoldSeconds, FQualifiedFrameTime& OutTime) const override
		{
			cyclorama::Label Label{};
			if (Inner->timecode_now(static_cast<int64>(HoldSeconds * 1e9), Label) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutTime = TimecodeOf(Label.frame, Label.rate_numerator, Label.rate_denominator);
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
		rust::Box<cyclorama::Tracking> Inner;
	};

	/// Sessions by connection, as long as somebody holds them.
	struct FSessions
	{
		std::mutex Lock;
		TMap<FString, TWeakPtr<FCycloramaTracking>> Open;
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
	TWeakPtr<FCycloramaTracking>& Place = Known.Open.FindOrAdd(Connection);
	TSharedPtr<FCycloramaTracking> Session = Place.Pin();
	FString Why;
	if (!Session.IsValid() || Session->State(Why) != ECycloramaState::Listening)
	{
		Session = TSharedPtr<FCycloramaTracking>(MakeShared<FSession>(cyclorama::tracking_open(CycloramaText::ToCore(Connection))));
		Place = Session;
	}
	return Session;
}

void FCycloramaTracking::StopAll()
{
	FSessions& Known = Sessions();
	const std::lock_guard<std::mutex> Held(Known.Lock);
	for (auto& Entry : Known.Open)
	{
		if (const TSharedPtr<FCycloramaTracking> Session = Entry.Value.Pin())
		{
			Session->Stop();
		}
	}
	Known.Open.Empty();
}
