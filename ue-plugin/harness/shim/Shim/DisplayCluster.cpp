// Bodies of the nDisplay stand-in, and the rules it enforces.
#include "Shim/DisplayCluster.h"

namespace
{
	Shim::FCluster* Here = nullptr;
}

void Shim::BeNode(FCluster* Cluster)
{
	Here = Cluster;
}

bool IDisplayCluster::IsAvailable()
{
	return Here != nullptr;
}

IDisplayCluster& IDisplayCluster::Get()
{
	check(Here != nullptr);
	return *Here;
}

void Shim::FCluster::RegisterSyncObject(IDisplayClusterClusterSyncObject* SyncObj, EDisplayClusterSyncGroup SyncGroup)
{
	check(IsInGameThread());
	check(SyncObj != nullptr && !SyncObj->GetSyncId().IsEmpty());
	// Registered twice it would be carried twice.
	check(!Objects.contains(SyncObj));
	check(SyncGroup == EDisplayClusterSyncGroup::PreTick);
	Objects[SyncObj] = SyncGroup;
}

void Shim::FCluster::UnregisterSyncObject(IDisplayClusterClusterSyncObject* SyncObj)
{
	Objects.erase(SyncObj);
}

void Shim::FCluster::Configure(const std::vector<const TCHAR*>& Nodes, const TCHAR* Policy)
{
	Config = NewObject<UDisplayClusterConfigurationData>();
	Config->Cluster = NewObject<UDisplayClusterConfigurationCluster>();
	Config->Cluster->Sync.RenderSyncPolicy.Type = FString(Policy);
	for (const TCHAR* Name : Nodes)
	{
		Config->Cluster->Nodes.Add(FString(Name), NewObject<UDisplayClusterConfigurationClusterNode>());
	}
}

void Shim::FCluster::AddClusterEventJsonListener(const FOnClusterEventJsonListener& Listener)
{
	check(IsInGameThread() && Listener.IsBound());
	// Twice, it would hear everything twice.
	check(Listeners.empty());
	Listeners.push_back(Listener);
}

void Shim::FCluster::RemoveClusterEventJsonListener(const FOnClusterEventJsonListener&)
{
	Listeners.clear();
}

void Shim::FCluster::EmitClusterEventJson(const FDisplayClusterClusterEventJson& Event, bool bPrimaryOnly)
{
	check(IsInGameThread() && !Event.bIsSystemEvent && !Event.Name.IsEmpty());
	if (bPrimaryOnly && !bPrimary)
	{
		return;
	}
	Emitted.push_back(Event);
	Hear(Event);
}

void Shim::FCluster::Hear(const FDisplayClusterClusterEventJson& Event) const
{
	for (const auto& Listener : Listeners)
	{
		Listener.ExecuteIfBound(Event);
	}
}

void Shim::FCluster::LoadMap()
{
	Objects.clear();
	FCoreUObjectDelegates::PostLoadMapWithWorld.Broadcast(nullptr);
}

FString Shim::FCluster::Collect(const TCHAR* SyncId)
{
	check(bPrimary);
	++GFrameCounter;
	for (auto& [Object, Group] : Objects)
	{
		if (Object->GetSyncId() == FString(SyncId) && Object->IsActive() && Object->IsDirty())
		{
			FString Text = Object->SerializeToString();
			// Asked again in the same frame it says the same.
			check(Object->SerializeToString() == Text);
#if SHIM_VERSION >= 50800
			FArchive Written(false);
			Object->SerializeDC(Written);
			check(Written.Text == Text);
#endif
			Object->ClearDirty();
			for (const TCHAR* Letter = *Text; *Letter; ++Letter)
			{
				check(*Letter > u' ' && *Letter < 0x7F);
			}
			return Text;
		}
	}
	return FString();
}

bool Shim::FCluster::Distribute(const TCHAR* SyncId, const FString& Text)
{
	check(!bPrimary);
	++GFrameCounter;
	for (auto& [Object, Group] : Objects)
	{
		if (Object->GetSyncId() == FString(SyncId) && Object->IsActive())
		{
#if SHIM_VERSION >= 50800
			FArchive Read(true);
			Read.Text = Text;
			Object->SerializeDC(Read);
			return true;
#else
			return Object->DeserializeFromString(Text);
#endif
		}
	}
	return false;
}
