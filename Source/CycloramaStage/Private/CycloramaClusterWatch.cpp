#include "CycloramaClusterWatch.h"

#include "Config/IDisplayClusterConfigManager.h"
#include "CycloramaCore.h"
#include "CycloramaPreflight.h"
#include "DisplayClusterConfigurationTypes.h"
#include "IDisplayCluster.h"

namespace
{
	/// Between two looks, seconds.
	constexpr float LookSeconds = 10.0f;
	const TCHAR* const Category = TEXT("Cyclorama");
	const TCHAR* const Type = TEXT("Version");
	const TCHAR* const VersionName = TEXT("version");

	IDisplayClusterClusterManager* ManagerOfCluster()
	{
		const bool bCluster = IDisplayCluster::IsAvailable() && IDisplayCluster::Get().GetOperationMode() == EDisplayClusterOperationMode::Cluster;
		return bCluster ? IDisplayCluster::Get().GetClusterMgr() : nullptr;
	}
}

FCycloramaClusterWatch::FCycloramaClusterWatch()
{
	Listener = FOnClusterEventJsonListener::CreateRaw(this, &FCycloramaClusterWatch::OnEvent);
}

void FCycloramaClusterWatch::Begin()
{
	IDisplayClusterClusterManager* Manager = ManagerOfCluster();
	if (Manager && !bListens)
	{
		Manager->AddClusterEventJsonListener(Listener);
		bListens = true;
	}
	if (!Ticker.IsValid())
	{
		Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateRaw(this, &FCycloramaClusterWatch::Look), LookSeconds);
	}
	Look(0.0f);
}

void FCycloramaClusterWatch::End()
{
	if (Ticker.IsValid())
	{
		FTSTicker::RemoveTicker(Ticker);
		Ticker.Reset();
	}
	if (bListens && IDisplayCluster::IsAvailable())
	{
		if (IDisplayClusterClusterManager* Manager = IDisplayCluster::Get().GetClusterMgr())
		{
			Manager->RemoveClusterEventJsonListener(Listener);
		}
	}
	bListens = false;
	Facts = FCycloramaClusterFacts();
	Logged.Reset();
}

bool FCycloramaClusterWatch::Look(float)
{
	if (!FCycloramaCoreModule::Usable())
	{
		return true;
	}
	ReadConfiguration();
	Say();
	FCycloramaCluster::Get().SetFacts(Facts);
	LogFindings();
	return true;
}

void FCycloramaClusterWatch::ReadConfiguration()
{
	const IDisplayClusterConfigManager* Config = IDisplayCluster::IsAvailable() ? IDisplayCluster::Get().GetConfigMgr() : nullptr;
	const UDisplayClusterConfigurationData* Data = Config ? Config->GetConfig() : nullptr;
	Facts.Nodes.Reset();
	Facts.SyncPolicy = FString();
	if (Data && Data->Cluster)
	{
		for (const auto& Node : Data->Cluster->Nodes)
		{
			Facts.Nodes.Add(Node.Key);
		}
		Facts.SyncPolicy = Data->Cluster->Sync.RenderSyncPolicy.Type;
	}
}

void FCycloramaClusterWatch::Say()
{
	IDisplayClusterClusterManager* Manager = ManagerOfCluster();
	if (!Manager)
	{
		return;
	}
	FDisplayClusterClusterEventJson Event;
	Event.Category = FString(Category);
	Event.Type = FString(Type);
	// A newer word of one node takes the place of its older, and of no other's.
	Event.Name = Manager->GetNodeId();
	Event.bShouldDiscardOnRepeat = true;
	Event.Parameters.Add(FString(VersionName), FCycloramaCoreModule::Version());
	Facts.Versions.Add(Event.Name, FCycloramaCoreModule::Version());
	Manager->EmitClusterEventJson(Event, false);
}

void FCycloramaClusterWatch::OnEvent(const FDisplayClusterClusterEventJson& Event)
{
	const FString* Version = Event.Parameters.Find(FString(VersionName));
	if (!Version || Event.Category != FString(Category) || Event.Type != FString(Type) || !FCycloramaCoreModule::Get())
	{
		return;
	}
	Facts.Versions.Add(Event.Name, *Version);
	FCycloramaCluster::Get().SetFacts(Facts);
	LogFindings();
}

void FCycloramaClusterWatch::LogFindings()
{
	if (!ManagerOfCluster())
	{
		return;
	}
	TArray<FString> Found;
	for (const FCycloramaFinding& Finding : CycloramaPreflight::CheckCluster())
	{
		if (Finding.Level >= ECycloramaLevel::Warning)
		{
			Found.Add(Finding.Title + FString(TEXT(": ")) + Finding.Words);
		}
	}
	for (const FString& Line : Found)
	{
		if (!Logged.Contains(Line))
		{
			UE_LOG(LogCyclorama, Warning, TEXT("%s"), *Line);
		}
	}
	Logged = MoveTemp(Found);
}
