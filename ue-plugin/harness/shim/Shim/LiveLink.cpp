// Bodies of the Live Link stand-in, and the rules its client enforces.
#include "Shim/LiveLink.h"

namespace
{
	template <typename Base>
	std::unique_ptr<Base> Make(const UScriptStruct* Type);

	template <>
	std::unique_ptr<FLiveLinkBaseStaticData> Make(const UScriptStruct* Type)
	{
		if (Type == FLiveLinkLensStaticData::StaticStruct())
		{
			return std::make_unique<FLiveLinkLensStaticData>();
		}
		check(Type == FLiveLinkCameraStaticData::StaticStruct());
		return std::make_unique<FLiveLinkCameraStaticData>();
	}

	template <>
	std::unique_ptr<FLiveLinkBaseFrameData> Make(const UScriptStruct* Type)
	{
		if (Type == FLiveLinkLensFrameData::StaticStruct())
		{
			return std::make_unique<FLiveLinkLensFrameData>();
		}
		check(Type == FLiveLinkCameraFrameData::StaticStruct());
		return std::make_unique<FLiveLinkCameraFrameData>();
	}
}

template <typename Base>
TShimLiveLinkStruct<Base>::TShimLiveLinkStruct(const UScriptStruct* InType) : Type(InType), Inner(Make<Base>(InType))
{
}

template <typename Base>
bool TShimLiveLinkStruct<Base>::IsParent(const UScriptStruct* Wanted) const
{
	const bool bLens = Type == FLiveLinkLensStaticData::StaticStruct() || Type == FLiveLinkLensFrameData::StaticStruct();
	const bool bCamera = Wanted == FLiveLinkCameraStaticData::StaticStruct() || Wanted == FLiveLinkCameraFrameData::StaticStruct();
	return bLens && bCamera;
}

template class TShimLiveLinkStruct<FLiveLinkBaseStaticData>;
template class TShimLiveLinkStruct<FLiveLinkBaseFrameData>;

void Shim::FClient::PushSubjectStaticData_AnyThread(const FLiveLinkSubjectKey& Key, TSubclassOf<ULiveLinkRole> Role, FLiveLinkStaticDataStruct&& InData)
{
	FLiveLinkStaticDataStruct Data(std::move(InData));
	const std::lock_guard Held(Lock);
	check(!bClosed);
	check(Key.Source.IsValid());
	check(!Key.SubjectName.Name.IsNone());
	// The role and the struct belong together.
	check(Role == ULiveLinkLensRole::StaticClass());
	check(Data.GetStruct() == FLiveLinkLensStaticData::StaticStruct());
	Known[Key] = *Data.Cast<FLiveLinkLensStaticData>();
	++Pushes;
}

void Shim::FClient::PushSubjectFrameData_AnyThread(const FLiveLinkSubjectKey& Key, FLiveLinkFrameDataStruct&& InData)
{
	FLiveLinkFrameDataStruct Data(std::move(InData));
	const std::lock_guard Held(Lock);
	check(!bClosed);
	// Static data comes first.
	check(Known.contains(Key));
	check(Data.GetStruct() == FLiveLinkLensFrameData::StaticStruct());
	const auto& Frame = *Data.Cast<FLiveLinkLensFrameData>();
	check(Frame.Transform.GetRotation().IsNormalized());
	check(Frame.WorldTime.GetSourceTime() > 0.0);
	Heard.push_back({Key.SubjectName.Name, Frame});
	Wake.notify_all();
}

void Shim::FClient::RemoveSubject_AnyThread(const FLiveLinkSubjectKey& Key)
{
	const std::lock_guard Held(Lock);
	check(!bClosed);
	check(Known.contains(Key));
	Known.erase(Key);
	++Gone;
}

void Shim::FClient::Close()
{
	const std::lock_guard Held(Lock);
	bClosed = true;
}

bool Shim::FClient::WaitForFrames(int32 Count, double Seconds)
{
	std::unique_lock Held(Lock);
	return Wake.wait_for(Held, std::chrono::duration<double>(Seconds), [&] { return static_cast<int32>(Heard.size()) >= Count; });
}

std::vector<Shim::FClient::FFrame> Shim::FClient::Frames() const
{
	const std::lock_guard Held(Lock);
	return Heard;
}

std::map<FName, FLiveLinkLensStaticData> Shim::FClient::Statics() const
{
	const std::lock_guard Held(Lock);
	std::map<FName, FLiveLinkLensStaticData> Named;
	for (const auto& [Key, Data] : Known)
	{
		Named[Key.SubjectName.Name] = Data;
	}
	return Named;
}

int32 Shim::FClient::StaticPushes() const
{
	const std::lock_guard Held(Lock);
	return Pushes;
}

int32 Shim::FClient::Removed() const
{
	const std::lock_guard Held(Lock);
	return Gone;
}

FGuid Shim::FClient::AddSource(TSharedPtr<ILiveLinkSource> Source)
{
	check(IsInGameThread() && Source.IsValid());
	const FGuid Guid(9, 9, 9, static_cast<uint32>(Sources.size() + 1));
	Sources[Guid] = Source;
	Settings[Guid] = NewObject<ULiveLinkSourceSettings>();
	Source->InitializeSettings(Settings[Guid]);
	Source->ReceiveClient(this, Guid);
	return Guid;
}

TArray<FGuid> Shim::FClient::GetSources() const
{
	TArray<FGuid> All;
	for (const auto& [Guid, Source] : Sources)
	{
		All.Add(Guid);
	}
	return All;
}

ULiveLinkSourceSettings* Shim::FClient::GetSourceSettings(const FGuid& SourceKey) const
{
	const auto At = Settings.find(SourceKey);
	return At == Settings.end() ? nullptr : At->second;
}

FText Shim::FClient::GetSourceType(FGuid EntryGuid) const
{
	return Sources.at(EntryGuid)->GetSourceType();
}

void Shim::FClient::ShimRemoveSources()
{
	for (const auto& [Guid, Source] : Sources)
	{
		check(Settings.at(Guid)->Factory.Get() && !Settings.at(Guid)->ConnectionString.IsEmpty());
		check(Source->RequestSourceShutdown());
	}
	Sources.clear();
}
