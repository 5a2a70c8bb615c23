// The facade over the core's sync record: text is handed on, nothing is decided.
#include "CycloramaCluster.h"

#include "CycloramaConvert.h"
#include "CycloramaText.h"
#include "HAL/PlatformTime.h"

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
			Node.emplace(cyclorama::sync_node(CycloramaText::ToCore(Name)));
			bShown = false;
		}

		bool Publish(const FString& Connection, double AheadSeconds, uint32 FramesRepeated, FString& OutMessage) override
		{
			const TSharedPtr<FCycloramaTracking> Wanted = FCycloramaTracking::Open(Connection);
			if (!Primary.has_value() || Wanted.Get() != Session.Get())
			{
				// Frames go on being counted where this node stands, also when it only now became the primary.
				Session = Wanted;
				Primary.emplace(cyclorama::sync_primary(Session->Number(), FramesRepeated, bShown ? Shows + 1 : 0));
			}
			rust::String Message;
			if ((*Primary)->publish(static_cast<uint32>(AheadSeconds * 1e6), Message) != cyclorama::Status::Ok)
			{
				return false;
			}
			OutMessage = CycloramaText::FromCore(Message);
			return Hear(Message);
		}

		bool Apply(const FString& Message) override
		{
			// Whoever hears a primary is none, and reads no tracker.
			Primary.reset();
			Session.Reset();
			return Hear(CycloramaText::ToCore(Message));
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
			Made.Confidence = static_cast<float>(Details.confidence);
			CycloramaConvert::CopyLens(Details, Made.Lens);
			return Made;
		}

		bool Hear(const rust::String& Message)
		{
			if (!Node.has_value())
			{
				SetNode(FString());
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

		TSharedPtr<FCycloramaTracking> Session;
		std::optional<rust::Box<cyclorama::SyncPrimary>> Primary;
		std::optional<rust::Box<cyclorama::SyncNode>> Node;
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
