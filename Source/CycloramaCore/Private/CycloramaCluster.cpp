// The facade over the core's sync record: text is handed on, nothing is decided.
#include "CycloramaCluster.h"

#include "CycloramaConvert.h"
#include "CycloramaCore.h"
#include "CycloramaText.h"
#include "HAL/PlatformTime.h"
#include "Misc/CommandLine.h"
#include "Misc/Parse.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/sync.h"
THIRD_PARTY_INCLUDES_END

#include <optional>

namespace
{
	class FCluster final : public FCycloramaCluster
	{
	public:
		void SetNode(const FString& Name) override
		{
			Begin(Name);
			Is = ECycloramaRole::Joining;
		}

		void Leave() override
		{
			Close();
			Is = ECycloramaRole::Alone;
		}

		ECycloramaRole Role() const override
		{
			// nDisplay says so on the command line, before it has begun and before anybody could ask it.
			return Is == ECycloramaRole::Alone && bLaunchedAsNode ? ECycloramaRole::Joining : Is;
		}

		void SetBeat(int64 At, const FFrameRate& Rate) override
		{
			Began = cyclorama::SyncBeat{At, static_cast<uint32>(Rate.Numerator), static_cast<uint32>(Rate.Denominator)};
		}

		bool Publish(const TArray<FString>& Connections, double AheadSeconds, double HoldSeconds, uint32 FramesRepeated, FString& OutMessage) override
		{
			Is = ECycloramaRole::Primary;
			Open(Connections, FramesRepeated);
			(*Primary)->set_beat(Began);
			// A beat is that of one frame.
			Began = cyclorama::SyncBeat{};
			rust::String Message;
			if ((*Primary)->publish(static_cast<uint32>(AheadSeconds * 1e6), static_cast<int64>(HoldSeconds * 1e9), Message) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutMessage = CycloramaText::FromCore(Message);
			return Hear(Message);
		}

		bool Apply(const FString& Message) override
		{
			// Whoever hears a primary is none, and reads no tracker.
			Is = ECycloramaRole::Node;
			Close();
			return Hear(CycloramaText::ToCore(Message));
		}

		bool Timecode(const FString& Connection, double HoldSeconds, FQualifiedFrameTime& OutTime) const override
		{
			cyclorama::Label Label{};
			if (!bShown || FPlatformTime::Seconds() - Learnt > HoldSeconds || (*Node)->shown_timecode(CycloramaText::ToCore(Connection), Label) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutTime = CycloramaConvert::TimecodeOf(Label.frame, Label.rate_numerator, Label.rate_denominator);
			return true;
		}

		void ExpectBeat(const FString& Connection) const override
		{
			if (bShown)
			{
				(*Node)->expect_beat(CycloramaText::ToCore(Connection));
			}
		}

		bool Beat(int64& OutFrame, FFrameRate& OutRate) const override
		{
			cyclorama::SyncBeat Shown{};
			if (!bShown || (*Node)->shown_beat(Shown) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutFrame = Shown.frame;
			OutRate = FFrameRate(Shown.rate_numerator, Shown.rate_denominator);
			return true;
		}

		bool Frame(uint64& OutFrame) const override
		{
			OutFrame = Shows;
			return bShown;
		}

		FString HashOf(uint64 Of) const override
		{
			return Node.has_value() ? CycloramaText::FromCore((*Node)->hash_of(Of)) : FString();
		}

		void Shown(TArray<FString>& OutNames, TArray<FCycloramaSample>& OutSamples) const override
		{
			OutNames.Reset();
			OutSamples.Reset();
			const uint32 Count = Node.has_value() ? (*Node)->shown_count() : 0;
			for (uint32 At = 0; At < Count; ++At)
			{
				cyclorama::Pose Pose{};
				cyclorama::Details Details{};
				if ((*Node)->shown(At, Pose, Details) == cyclorama::Status::Ok)
				{
					OutNames.Add(CycloramaText::FromCore((*Node)->shown_name(At)));
					OutSamples.Add(Sample(At, Pose, Details));
				}
			}
		}

		void SetFacts(const FCycloramaClusterFacts& Facts) override { Told = Facts; }

		const FCycloramaClusterFacts& Facts() const override { return Told; }

		FString Waits() const override
		{
			return Node.has_value() ? CycloramaText::FromCore((*Node)->sync_waits()) : FString();
		}

		FString Words() const override
		{
			return Node.has_value() ? CycloramaText::FromCore((*Node)->sync_words()) : FString(TEXT("This machine is in no cluster"));
		}

	private:
		FCycloramaSample Sample(uint32 At, const cyclorama::Pose& Pose, const cyclorama::Details& Details) const
		{
			FCycloramaSample Made;
			Made.Subject = static_cast<int32>(At);
			Made.Transform = CycloramaConvert::TransformOf(Pose);
			Made.bStale = CycloramaConvert::IsStale(Pose);
			// The primary's clock is not ours.
			Made.Seconds = Learnt;
			Made.bTimecode = CycloramaConvert::Has(Details.known, cyclorama::Known::Timecode);
			if (Made.bTimecode)
			{
				Made.Timecode = CycloramaConvert::TimecodeOf(Details.timecode_frame, Details.rate_numerator, Details.rate_denominator);
			}
			Made.Confidence = static_cast<float>(Details.confidence);
			CycloramaConvert::CopyLens(Details, Made.Lens);
			return Made;
		}

		void Begin(const FString& Name)
		{
			Node.emplace(cyclorama::sync_node(CycloramaText::ToCore(Name)));
			bShown = false;
		}

		/// Publishes these trackers, if it does not already. One that is not heard has its place all the same: its session
		/// tries again by itself, and its subjects come with its first samples.
		void Open(const TArray<FString>& Connections, uint32 FramesRepeated)
		{
			TArray<FString> Wanted;
			for (const FString& Line : Connections)
			{
				if (!Line.IsEmpty() && CycloramaText::Place(Wanted, Line) < 0)
				{
					Wanted.Add(Line);
				}
			}
			if (Primary.has_value() && AreLines(Wanted))
			{
				return;
			}
			// Frames go on being counted where this node stands, also when it only now became the primary.
			Primary.emplace(cyclorama::sync_primary(FramesRepeated, bShown ? Shows + 1 : 0));
			// Those that are named again are not closed in between; the others let their ports go first, which another line may want.
			TArray<TSharedPtr<FCycloramaTracking>> Kept;
			for (int32 At = 0; At < Sessions.Num(); ++At)
			{
				if (CycloramaText::Place(Wanted, Lines[At]) >= 0)
				{
					Kept.Add(Sessions[At]);
				}
			}
			Sessions = MoveTemp(Kept);
			TArray<TSharedPtr<FCycloramaTracking>> Opened;
			for (const FString& Line : Wanted)
			{
				const TSharedPtr<FCycloramaTracking> Session = FCycloramaTracking::Open(Line);
				Opened.Add(Session);
				if ((*Primary)->add_tracker(Session->Number(), CycloramaText::ToCore(Line)) != cyclorama::Status::Ok)
				{
					UE_LOG(LogCyclorama, Error, TEXT("The cluster does not show a tracker: %s"), *FCycloramaCoreModule::LastError());
				}
			}
			Sessions = MoveTemp(Opened);
			Lines = MoveTemp(Wanted);
		}

		/// Whether these are what is published, in this order.
		bool AreLines(const TArray<FString>& Wanted) const
		{
			bool bSame = Wanted.Num() == Lines.Num();
			for (int32 At = 0; bSame && At < Lines.Num(); ++At)
			{
				bSame = CycloramaText::Same(Wanted[At], Lines[At]);
			}
			return bSame;
		}

		/// Ends what only a primary has.
		void Close()
		{
			Primary.reset();
			Sessions.Reset();
			Lines.Reset();
		}

		bool Hear(const rust::String& Message)
		{
			if (!Node.has_value())
			{
				Begin(FString());
			}
			cyclorama::SyncHeard Heard{};
			if ((*Node)->apply(rust::Str(Message), Heard) != cyclorama::Status::Ok)
			{
				return false;
			}
			if (Heard.fresh > 0)
			{
				Shows = Heard.tick;
				bShown = true;
				Learnt = FPlatformTime::Seconds();
			}
			return true;
		}

		static bool IsLaunchedAsNode()
		{
			FString Id;
			return FParse::Value(FCommandLine::Get(), TEXT("-dc_node="), Id);
		}

		const bool bLaunchedAsNode = IsLaunchedAsNode();
		ECycloramaRole Is = ECycloramaRole::Alone;
		/// What is published, and what keeps it open.
		TArray<FString> Lines;
		TArray<TSharedPtr<FCycloramaTracking>> Sessions;
		cyclorama::SyncBeat Began{};
		std::optional<rust::Box<cyclorama::SyncPrimary>> Primary;
		std::optional<rust::Box<cyclorama::SyncNode>> Node;
		FCycloramaClusterFacts Told;
		uint64 Shows = 0;
		bool bShown = false;
		double Learnt = 0.0;
	};

	TUniquePtr<FCycloramaCluster>& Only()
	{
		static TUniquePtr<FCycloramaCluster> Cluster;
		return Cluster;
	}
}

FCycloramaCluster& FCycloramaCluster::Get()
{
	if (!Only().IsValid())
	{
		Only() = TUniquePtr<FCycloramaCluster>(new FCluster());
	}
	return *Only();
}

void FCycloramaCluster::End()
{
	Only().Reset();
}
