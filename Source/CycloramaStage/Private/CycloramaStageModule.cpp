// Puts the sync object where nDisplay finds it, again after every map: a new world begins with none.
#include "CoreMinimal.h"
#include "Cluster/IDisplayClusterClusterManager.h"
#include "CycloramaCluster.h"
#include "CycloramaClusterWatch.h"
#include "CycloramaCore.h"
#include "CycloramaSyncObject.h"
#include "IDisplayCluster.h"
#include "IDisplayClusterCallbacks.h"
#include "Modules/ModuleManager.h"
#include "UObject/UObjectGlobals.h"

class FCycloramaStageModule : public IModuleInterface
{
public:
	void StartupModule() override
	{
		MapLoaded = FCoreUObjectDelegates::PostLoadMapWithWorld.AddRaw(this, &FCycloramaStageModule::OnMapLoaded);
		Hook();
		Register();
	}

	void PreUnloadCallback() override { Unregister(); }

	void ShutdownModule() override
	{
		Unregister();
		FCoreUObjectDelegates::PostLoadMapWithWorld.Remove(MapLoaded);
		if (bHooked && IDisplayCluster::IsAvailable())
		{
			IDisplayClusterCallbacks& Callbacks = IDisplayCluster::Get().GetCallbacks();
			Callbacks.OnDisplayClusterStartSession().Remove(SessionStarted);
			Callbacks.OnDisplayClusterEndSession().Remove(SessionEnded);
		}
		bHooked = false;
	}

private:
	void OnMapLoaded(UWorld*)
	{
		// nDisplay may have been loaded after us.
		Hook();
		Register();
	}

	void OnSession() { Register(); }

	void OnSessionEnded() { Unregister(); }

	void Hook()
	{
		if (bHooked || !IDisplayCluster::IsAvailable())
		{
			return;
		}
		IDisplayClusterCallbacks& Callbacks = IDisplayCluster::Get().GetCallbacks();
		SessionStarted = Callbacks.OnDisplayClusterStartSession().AddRaw(this, &FCycloramaStageModule::OnSession);
		SessionEnded = Callbacks.OnDisplayClusterEndSession().AddRaw(this, &FCycloramaStageModule::OnSessionEnded);
		bHooked = true;
	}

	static IDisplayClusterClusterManager* Manager()
	{
		const bool bCluster = IDisplayCluster::IsAvailable() && IDisplayCluster::Get().GetOperationMode() == EDisplayClusterOperationMode::Cluster;
		return bCluster ? IDisplayCluster::Get().GetClusterMgr() : nullptr;
	}

	void Register()
	{
		if (!FCycloramaCoreModule::Usable())
		{
			return;
		}
		if (IDisplayClusterClusterManager* Cluster = Manager())
		{
			if (!bNamed)
			{
				FCycloramaCluster::Get().SetNode(Cluster->GetNodeId());
				bNamed = true;
			}
			// Before anything of the frame moves, so that all of it sees one moment. A map may or may not have thrown it out.
			Cluster->UnregisterSyncObject(&Object);
			Cluster->RegisterSyncObject(&Object, EDisplayClusterSyncGroup::PreTick);
		}
		if (IDisplayCluster::IsAvailable())
		{
			// In the editor too: a configuration may be wrong before it is launched.
			Watch.Begin();
		}
	}

	void Unregister()
	{
		Watch.End();
		if (IDisplayClusterClusterManager* Cluster = Manager())
		{
			Cluster->UnregisterSyncObject(&Object);
		}
		if (bNamed && FCycloramaCoreModule::Get())
		{
			FCycloramaCluster::Get().Leave();
		}
		bNamed = false;
	}

	FCycloramaSyncObject Object;
	FCycloramaClusterWatch Watch;
	FDelegateHandle MapLoaded;
	FDelegateHandle SessionStarted;
	FDelegateHandle SessionEnded;
	bool bHooked = false;
	bool bNamed = false;
};

IMPLEMENT_MODULE(FCycloramaStageModule, CycloramaStage)
