#include "CycloramaClusterSource.h"

#include "CycloramaCluster.h"

FCycloramaClusterSource::~FCycloramaClusterSource()
{
	Subjects.End();
}

void FCycloramaClusterSource::ReceiveClient(ILiveLinkClient* InClient, FGuid InSourceGuid)
{
	Subjects.End();
	Subjects.Begin(InClient, InSourceGuid);
	bAttached = true;
	bPushed = false;
}

void FCycloramaClusterSource::Update()
{
	uint64 Frame = 0;
	const FCycloramaCluster& Cluster = FCycloramaCluster::Get();
	// Each frame once: Live Link must not take a repeated one for a new sample.
	if (!bAttached || !Cluster.Frame(Frame) || (bPushed && Frame == Pushed))
	{
		return;
	}
	TArray<FString> Names;
	TArray<FCycloramaSample> Samples;
	Cluster.Shown(Names, Samples);
	for (int32 At = 0; At < Samples.Num(); ++At)
	{
		Subjects.Push(Names[At], Samples[At]);
	}
	Pushed = Frame;
	bPushed = true;
}

bool FCycloramaClusterSource::RequestSourceShutdown()
{
	Subjects.End();
	bAttached = false;
	return true;
}

FText FCycloramaClusterSource::GetSourceType() const
{
	return NSLOCTEXT("Cyclorama", "ClusterSourceType", "Cyclorama cluster");
}

FText FCycloramaClusterSource::GetSourceMachineName() const
{
	return NSLOCTEXT("Cyclorama", "ClusterSourceMachine", "The primary node");
}

FText FCycloramaClusterSource::GetSourceStatus() const
{
	return FText::FromString(FCycloramaCluster::Get().Words());
}
