// What nDisplay's configuration says of the cluster, and what its nodes say of themselves; pre-flight judges both.
#pragma once

#include "CoreMinimal.h"
#include "Cluster/DisplayClusterClusterEvent.h"
#include "Cluster/IDisplayClusterClusterManager.h"
#include "Containers/Ticker.h"
#include "CycloramaCluster.h"

/// Game thread only.
class FCycloramaClusterWatch
{
public:
	FCycloramaClusterWatch();
	/// Reads the configuration, says this node's version, and logs what pre-flight finds wrong with the cluster. Again
	/// every few seconds: a node may come late.
	void Begin();
	void End();

private:
	bool Look(float DeltaTime);
	/// Rates, names and policies of the configuration; nothing while there is none.
	void ReadConfiguration();
	void Say();
	void OnEvent(const FDisplayClusterClusterEventJson& Event);
	/// Each finding once until it is another.
	void LogFindings();

	FCycloramaClusterFacts Facts;
	FOnClusterEventJsonListener Listener;
	FTSTicker::FDelegateHandle Ticker;
	TArray<FString> Logged;
	bool bListens = false;
};
