// A stand-in for nDisplay's cluster: one node, whose sync objects the harness carries.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Plugins/DisplayCluster/IDisplayCluster (5.0, 5.3, 5.4)
//   .../API/Plugins/DisplayCluster/Cluster/IDisplayClusterClusterManager: RegisterSyncObject, UnregisterSyncObject (5.5),
//   GetNodeId (5.2), IsPrimary (5.1)
//   .../API/Plugins/DisplayCluster/Cluster/IDisplayClusterClusterSyncObject (5.2, 5.8), IsActive, IsDirty, GetSyncId, ClearDirty
//   .../API/Plugins/DisplayCluster/IDisplayClusterStringSerializabl-, DeserializeFromS- (5.5), SerializeToStrin- (5.2)
//   .../API/Plugins/DisplayCluster/IDisplayClusterSerializable (5.8: SerializeDC)
//   .../API/Plugins/DisplayCluster/Cluster/IDisplayClusterClusterManager/AddClusterEventJ- (5.5), EmitClusterEvent- (5.3, 5.5)
//   .../API/Plugins/DisplayCluster/Cluster/FDisplayClusterClusterEventJson, FDisplayClusterClusterEventBase (5.4, 5.5, newest)
//   .../API/Plugins/DisplayCluster/Config/IDisplayClusterConfigManager/GetConfig (5.1, 5.5)
//   .../API/Plugins/DisplayClusterConfiguration/FDisplayClusterConfigurationClus- (5.2, 5.5), UDisplayClusterConfigurationData (newest)
//   .../API/Plugins/DisplayCluster/IDisplayClusterCallbacks, OnDisplayClusterStartSession (5.4), EndSession (5.3)
#pragma once

#include "Shim/Object.h"

// --- the configuration ----------------------------------------------------------------------------------------------
struct FDisplayClusterConfigurationRenderSyncPolicy
{
	FString Type;
};
struct FDisplayClusterConfigurationClusterSync
{
	FDisplayClusterConfigurationRenderSyncPolicy RenderSyncPolicy;
};
class UDisplayClusterConfigurationClusterNode : public UObject
{
public:
	SHIM_CLASS(UDisplayClusterConfigurationClusterNode)
};
class UDisplayClusterConfigurationCluster : public UObject
{
public:
	SHIM_CLASS(UDisplayClusterConfigurationCluster)
	TMap<FString, TObjectPtr<UDisplayClusterConfigurationClusterNode>> Nodes;
	FDisplayClusterConfigurationClusterSync Sync;
};
class UDisplayClusterConfigurationData : public UObject
{
public:
	SHIM_CLASS(UDisplayClusterConfigurationData)
	TObjectPtr<UDisplayClusterConfigurationCluster> Cluster;
};
class IDisplayClusterConfigManager
{
public:
	virtual ~IDisplayClusterConfigManager() = default;
	virtual UDisplayClusterConfigurationData* GetConfig() const = 0;
};

// --- events -----------------------------------------------------------------------------------------------------------
struct FDisplayClusterClusterEventJson
{
	bool bIsSystemEvent = false;
	bool bShouldDiscardOnRepeat = false;
	FString Name;
	FString Type;
	FString Category;
	TMap<FString, FString> Parameters;
};
using FOnClusterEventJsonListener = TDelegate<void(const FDisplayClusterClusterEventJson&)>;

class IDisplayClusterStringSerializable
{
public:
	virtual ~IDisplayClusterStringSerializable() = default;
	virtual FString SerializeToString() const = 0;
	virtual bool DeserializeFromString(const FString& Ar) = 0;
};
#if SHIM_VERSION >= 50800
class IDisplayClusterSerializable
{
public:
	virtual ~IDisplayClusterSerializable() = default;
	virtual void SerializeDC(FArchive& Ar) = 0;
};
class IDisplayClusterClusterSyncObject : public IDisplayClusterSerializable, public IDisplayClusterStringSerializable
#else
class IDisplayClusterClusterSyncObject : public IDisplayClusterStringSerializable
#endif
{
public:
	virtual bool IsActive() const = 0;
	virtual FString GetSyncId() const = 0;
	virtual bool IsDirty() const = 0;
	virtual void ClearDirty() = 0;
};
enum class EDisplayClusterSyncGroup : uint8 { PreTick, Tick, PostTick };
enum class EDisplayClusterOperationMode : uint8 { Cluster, Editor, Disabled };

class IDisplayClusterClusterManager
{
public:
	virtual ~IDisplayClusterClusterManager() = default;
	virtual bool IsPrimary() const = 0;
	virtual FString GetNodeId() const = 0;
	virtual void RegisterSyncObject(IDisplayClusterClusterSyncObject* SyncObj, EDisplayClusterSyncGroup SyncGroup) = 0;
	virtual void UnregisterSyncObject(IDisplayClusterClusterSyncObject* SyncObj) = 0;
	virtual void AddClusterEventJsonListener(const FOnClusterEventJsonListener& Listener) = 0;
	virtual void RemoveClusterEventJsonListener(const FOnClusterEventJsonListener& Listener) = 0;
	virtual void EmitClusterEventJson(const FDisplayClusterClusterEventJson& Event, bool bPrimaryOnly) = 0;
};
class IDisplayClusterCallbacks
{
public:
	using FDisplayClusterStartSessionEvent = TMulticastDelegate<>;
	using FDisplayClusterEndSessionEvent = TMulticastDelegate<>;
	virtual ~IDisplayClusterCallbacks() = default;
	virtual FDisplayClusterStartSessionEvent& OnDisplayClusterStartSession() = 0;
	virtual FDisplayClusterEndSessionEvent& OnDisplayClusterEndSession() = 0;
};
class IDisplayCluster : public IModuleInterface
{
public:
	static IDisplayCluster& Get();
	static bool IsAvailable();
	virtual EDisplayClusterOperationMode GetOperationMode() const = 0;
	virtual IDisplayClusterClusterManager* GetClusterMgr() const = 0;
	virtual IDisplayClusterConfigManager* GetConfigMgr() const = 0;
	virtual IDisplayClusterCallbacks& GetCallbacks() = 0;
};

namespace Shim
{
	/// One node of a cluster.
	class FCluster : public IDisplayCluster, public IDisplayClusterClusterManager, public IDisplayClusterCallbacks, public IDisplayClusterConfigManager
	{
	public:
		FCluster(const TCHAR* InNode, bool bInPrimary) : Node(InNode), bPrimary(bInPrimary) {}
		EDisplayClusterOperationMode GetOperationMode() const override { return Mode; }
		IDisplayClusterClusterManager* GetClusterMgr() const override { return const_cast<FCluster*>(this); }
		IDisplayClusterCallbacks& GetCallbacks() override { return *this; }
		IDisplayClusterConfigManager* GetConfigMgr() const override { return const_cast<FCluster*>(this); }
		UDisplayClusterConfigurationData* GetConfig() const override { return Config; }
		void AddClusterEventJsonListener(const FOnClusterEventJsonListener& Listener) override;
		void RemoveClusterEventJsonListener(const FOnClusterEventJsonListener& Listener) override;
		/// The primary hands it to every node, the one that spoke too.
		void EmitClusterEventJson(const FDisplayClusterClusterEventJson& Event, bool bPrimaryOnly) override;
		bool IsPrimary() const override { return bPrimary; }
		FString GetNodeId() const override { return Node; }
		void RegisterSyncObject(IDisplayClusterClusterSyncObject* SyncObj, EDisplayClusterSyncGroup SyncGroup) override;
		void UnregisterSyncObject(IDisplayClusterClusterSyncObject* SyncObj) override;
		FDisplayClusterStartSessionEvent& OnDisplayClusterStartSession() override { return Started; }
		FDisplayClusterEndSessionEvent& OnDisplayClusterEndSession() override { return Ended; }

		/// A new world begins without sync objects; then everybody hears of it.
		void LoadMap();
		/// As the primary at the begin of a frame: what the object of this id says; nothing where none is there.
		FString Collect(const TCHAR* SyncId);
		/// As a node: hands it to the object of this id.
		bool Distribute(const TCHAR* SyncId, const FString& Text);
		int32 ObjectCount() const { return static_cast<int32>(Objects.size()); }

		/// nDisplay's configuration, with these nodes and this policy; none before it is called.
		void Configure(const std::vector<const TCHAR*>& Nodes, const TCHAR* Policy);
		/// Another node of the cluster says so.
		void Hear(const FDisplayClusterClusterEventJson& Event) const;
		int32 ListenerCount() const { return static_cast<int32>(Listeners.size()); }
		/// What this node said.
		std::vector<FDisplayClusterClusterEventJson> Emitted;

		EDisplayClusterOperationMode Mode = EDisplayClusterOperationMode::Cluster;

	private:
		FString Node;
		bool bPrimary;
		UDisplayClusterConfigurationData* Config = nullptr;
		std::vector<FOnClusterEventJsonListener> Listeners;
		TMulticastDelegate<> Started;
		TMulticastDelegate<> Ended;
		std::map<IDisplayClusterClusterSyncObject*, EDisplayClusterSyncGroup> Objects;
	};
	/// The node that this process is; none: nDisplay is not there.
	void BeNode(FCluster* Cluster);
}
