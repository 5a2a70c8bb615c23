// Every signature of the engine that this module relies upon; see CycloramaContract.cpp of CycloramaLiveLink. Written
// from the public API reference; ue-plugin/harness/symbols.toml says which pages were opened.
#include "CoreMinimal.h"
#include "Cluster/DisplayClusterClusterEvent.h"
#include "Cluster/IDisplayClusterClusterManager.h"
#include "Cluster/IDisplayClusterClusterSyncObject.h"
#include "Config/IDisplayClusterConfigManager.h"
#include "DisplayClusterConfigurationTypes.h"
#include "IDisplayCluster.h"
#include "IDisplayClusterCallbacks.h"

#include <type_traits>
#include <utility>

#define CYCLORAMA_RELIES_ON(Member, ...) static_assert(std::is_same_v<decltype(&Member), __VA_ARGS__>, "this engine has another " #Member)
#define CYCLORAMA_GIVES(Type, ...) static_assert(std::is_same_v<decltype(__VA_ARGS__), Type>, "this engine has another " #__VA_ARGS__)

CYCLORAMA_RELIES_ON(IDisplayClusterClusterSyncObject::IsActive, bool (IDisplayClusterClusterSyncObject::*)() const);
CYCLORAMA_RELIES_ON(IDisplayClusterClusterSyncObject::GetSyncId, FString (IDisplayClusterClusterSyncObject::*)() const);
CYCLORAMA_RELIES_ON(IDisplayClusterClusterSyncObject::IsDirty, bool (IDisplayClusterClusterSyncObject::*)() const);
CYCLORAMA_RELIES_ON(IDisplayClusterClusterSyncObject::ClearDirty, void (IDisplayClusterClusterSyncObject::*)());
CYCLORAMA_RELIES_ON(IDisplayClusterStringSerializable::SerializeToString, FString (IDisplayClusterStringSerializable::*)() const);
CYCLORAMA_RELIES_ON(IDisplayClusterStringSerializable::DeserializeFromString, bool (IDisplayClusterStringSerializable::*)(const FString&));
CYCLORAMA_RELIES_ON(IDisplayClusterClusterManager::RegisterSyncObject, void (IDisplayClusterClusterManager::*)(IDisplayClusterClusterSyncObject*, EDisplayClusterSyncGroup));
CYCLORAMA_RELIES_ON(IDisplayClusterClusterManager::UnregisterSyncObject, void (IDisplayClusterClusterManager::*)(IDisplayClusterClusterSyncObject*));
CYCLORAMA_RELIES_ON(IDisplayClusterClusterManager::GetNodeId, FString (IDisplayClusterClusterManager::*)() const);
CYCLORAMA_RELIES_ON(IDisplayCluster::GetOperationMode, EDisplayClusterOperationMode (IDisplayCluster::*)() const);
CYCLORAMA_RELIES_ON(IDisplayCluster::GetClusterMgr, IDisplayClusterClusterManager* (IDisplayCluster::*)() const);
CYCLORAMA_RELIES_ON(IDisplayCluster::GetCallbacks, IDisplayClusterCallbacks& (IDisplayCluster::*)());
CYCLORAMA_RELIES_ON(IDisplayCluster::GetConfigMgr, IDisplayClusterConfigManager* (IDisplayCluster::*)() const);
CYCLORAMA_RELIES_ON(IDisplayClusterConfigManager::GetConfig, UDisplayClusterConfigurationData* (IDisplayClusterConfigManager::*)() const);
CYCLORAMA_RELIES_ON(UDisplayClusterConfigurationCluster::Sync, FDisplayClusterConfigurationClusterSync UDisplayClusterConfigurationCluster::*);
CYCLORAMA_RELIES_ON(FDisplayClusterConfigurationClusterSync::RenderSyncPolicy, FDisplayClusterConfigurationRenderSyncPolicy FDisplayClusterConfigurationClusterSync::*);
CYCLORAMA_RELIES_ON(UDisplayClusterConfigurationData::Cluster, TObjectPtr<UDisplayClusterConfigurationCluster> UDisplayClusterConfigurationData::*);
CYCLORAMA_RELIES_ON(FDisplayClusterConfigurationRenderSyncPolicy::Type, FString FDisplayClusterConfigurationRenderSyncPolicy::*);
// Some of these are of a struct that it derives from.
CYCLORAMA_GIVES(FString, std::declval<FDisplayClusterClusterEventJson&>().Name);
CYCLORAMA_GIVES(FString, std::declval<FDisplayClusterClusterEventJson&>().Type);
CYCLORAMA_GIVES(FString, std::declval<FDisplayClusterClusterEventJson&>().Category);
CYCLORAMA_GIVES(bool, std::declval<FDisplayClusterClusterEventJson&>().bShouldDiscardOnRepeat);
CYCLORAMA_RELIES_ON(FDisplayClusterClusterEventJson::Parameters, TMap<FString, FString> FDisplayClusterClusterEventJson::*);
CYCLORAMA_RELIES_ON(IDisplayClusterClusterManager::AddClusterEventJsonListener, void (IDisplayClusterClusterManager::*)(const FOnClusterEventJsonListener&));
CYCLORAMA_RELIES_ON(IDisplayClusterClusterManager::RemoveClusterEventJsonListener, void (IDisplayClusterClusterManager::*)(const FOnClusterEventJsonListener&));
CYCLORAMA_RELIES_ON(IDisplayClusterClusterManager::EmitClusterEventJson, void (IDisplayClusterClusterManager::*)(const FDisplayClusterClusterEventJson&, bool));

#undef CYCLORAMA_RELIES_ON
#undef CYCLORAMA_GIVES
