// The engine's side of the host protocol: take a range, have the engine draw it, tell what it wrote.
#include "CycloramaWorkerExecutor.h"

#include "CycloramaCore.h"
#include "CycloramaRange.h"
#include "Misc/CommandLine.h"
#include "Misc/EngineVersion.h"
#include "Misc/Parse.h"
#include "MoviePipeline.h"

void UCycloramaWorkerExecutor::Execute_Implementation(UMoviePipelineQueue*)
{
	FString Address;
	FParse::Value(FCommandLine::Get(), TEXT("-CycloramaWorker="), Address);
	if (!FCycloramaCoreModule::Usable())
	{
		UE_LOG(LogCyclorama, Error, TEXT("The core cannot be used: nothing is drawn."));
		OnExecutorFinishedImpl();
		return;
	}
	Host = FCycloramaHost::Connect(Address, FString(TEXT("Unreal ")) + FEngineVersion::Current().ToString());
	// Every frame of the engine: a worker that hears nothing ends it.
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateUObject(this, &UCycloramaWorkerExecutor::Tick));
}

bool UCycloramaWorkerExecutor::Tick(float)
{
	if (bDrawing)
	{
		if (Host->Beat(Task.Number) && !bStopping)
		{
			bStopping = true;
			Inner->CancelAllJobs();
		}
		return true;
	}
	switch (Host->Next(Task))
	{
	case ECycloramaNext::Task:
	{
		const FString Why = Draw();
		if (!Why.IsEmpty())
		{
			Host->Finished(Task.Number, false, Why);
		}
		return true;
	}
	case ECycloramaNext::Nothing:
		return true;
	default:
		// It goes with this answer: to remove a ticker from within is to wait for oneself.
		Ticker.Reset();
		End();
		return false;
	}
}

FString UCycloramaWorkerExecutor::Draw()
{
	Range = NewObject<UMoviePipelineQueue>(this);
	UMoviePipelineExecutorJob* Job = Range->AllocateNewJob(UMoviePipelineExecutorJob::StaticClass());
	const FString Why = CycloramaRange::Prepare(*Job, Task);
	if (!Why.IsEmpty())
	{
		return Why;
	}
	Inner = NewObject<UMoviePipelineInProcessExecutor>(this);
	// Whoever starts an executor says what it makes for a job: it has nothing of its own.
	Inner->SetMoviePipelineClass(UMoviePipeline::StaticClass());
	// The map of the command line is open already.
	Inner->bUseCurrentLevel = true;
	Inner->OnIndividualJobFinished().AddUObject(this, &UCycloramaWorkerExecutor::OnWorkFinished);
	Inner->OnExecutorFinished().AddUObject(this, &UCycloramaWorkerExecutor::OnRangeFinished);
	bDrawing = true;
	bStopping = false;
	bGood = true;
	Inner->Execute(Range);
	return FString();
}

void UCycloramaWorkerExecutor::OnWorkFinished(FMoviePipelineOutputData Output)
{
	if (!Host.IsValid())
	{
		// It was cancelled, and the engine ends what it had begun.
		return;
	}
	bGood = bGood && Output.bSuccess;
	for (const auto& Shot : Output.ShotData)
	{
		for (const auto& Pass : Shot.RenderPassData)
		{
			for (const FString& Path : Pass.Value.FilePaths)
			{
				Host->Wrote(Path);
			}
		}
	}
	for (const auto& Shot : Output.GraphData)
	{
		for (const auto& Layer : Shot.RenderLayerData)
		{
			for (const FString& Path : Layer.Value.FilePaths)
			{
				Host->Wrote(Path);
			}
		}
	}
}

void UCycloramaWorkerExecutor::OnRangeFinished(UMoviePipelineExecutorBase*, bool bSuccess)
{
	bDrawing = false;
	if (!Host.IsValid())
	{
		return;
	}
	Host->Finished(Task.Number, bSuccess && bGood, FString(TEXT("Movie Render Queue failed; the engine's log has the reason")));
}

void UCycloramaWorkerExecutor::CancelAllJobs_Implementation()
{
	if (bDrawing)
	{
		Inner->CancelAllJobs();
	}
	End();
}

void UCycloramaWorkerExecutor::End()
{
	if (!Host.IsValid())
	{
		return;
	}
	UE_LOG(LogCyclorama, Display, TEXT("%s"), *Host->Text());
	FTSTicker::RemoveTicker(Ticker);
	Host.Reset();
	OnExecutorFinishedImpl();
}
