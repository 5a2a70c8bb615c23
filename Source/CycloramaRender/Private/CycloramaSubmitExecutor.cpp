// One job after the other: what it asks for becomes an order, and the core does the rest.
#include "CycloramaSubmitExecutor.h"

#include "CycloramaCore.h"
#include "CycloramaPreset.h"
#include "CycloramaRenderSettings.h"
#include "CycloramaSequences.h"
#include "Graph/MovieGraphConfig.h"
#include "HAL/PlatformProcess.h"
#include "Misc/Paths.h"
#include "MoviePipelinePrimaryConfig.h"

namespace
{
	/// How often the core is asked, seconds.
	constexpr float AskEvery = 0.25f;

	FString PackageOf(const FSoftObjectPath& Path)
	{
		return Path.GetLongPackageName();
	}
}

FCycloramaRenderOrder UCycloramaSubmitExecutor::OrderOf(UMoviePipelineExecutorJob& Job)
{
	const UCycloramaRenderSettings* Settings = GetDefault<UCycloramaRenderSettings>();
	FCycloramaRenderOrder Order;
	Order.Take = Job.UserData.IsEmpty() ? Job.JobName : Job.UserData;
	Order.Map = PackageOf(Job.Map);
	Order.Sequence = PackageOf(Job.Sequence);
	Order.Played = CycloramaSequences::Read(Job.Sequence.TryLoad());
	// A job with a graph has settings of the queue as well, which the engine takes no notice of.
	if (UMovieGraphConfig* Graph = Job.GetGraphPreset())
	{
		Order.Preset = FSoftObjectPath(Graph).GetLongPackageName();
		CycloramaPreset::Read(*Graph, Job, Order);
	}
	else
	{
		if (const UMoviePipelinePrimaryConfig* Preset = Job.GetPresetOrigin())
		{
			Order.Preset = FSoftObjectPath(Preset).GetLongPackageName();
		}
		if (const UMoviePipelinePrimaryConfig* Config = Job.GetConfiguration())
		{
			CycloramaPreset::Read(*Config, Order);
		}
	}
	if (Order.Samples == 0)
	{
		Order.Samples = Settings->Samples;
	}
	Order.Engine = Settings->Engine;
	Order.EngineOptions = Settings->EngineOptions;
	Order.Ledger = Settings->Ledger;
	Order.Command = Settings->Command;
	Order.Workers = Settings->Workers;
	Order.WalkIn = Settings->WalkIn;
	// Workers on this machine start the program that runs here, with this project.
	Order.UnrealProgram = FPlatformProcess::ExecutablePath();
	Order.UnrealProject = FPaths::ConvertRelativePathToFull(FPaths::GetProjectFilePath());
	return Order;
}

void UCycloramaSubmitExecutor::Execute_Implementation(UMoviePipelineQueue* InPipelineQueue)
{
	const FCycloramaCoreModule* Core = FCycloramaCoreModule::Get();
	if (!InPipelineQueue || InPipelineQueue->GetJobs().IsEmpty() || !Core || !Core->IsUsable())
	{
		UE_LOG(LogCyclorama, Error, TEXT("Cyclorama has nothing to render, or its core cannot be used."));
		OnExecutorFinishedImpl();
		return;
	}
	Queue = InPipelineQueue;
	Current = 0;
	bCancelled = false;
	Begin();
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateUObject(this, &UCycloramaSubmitExecutor::Tick), AskEvery);
}

void UCycloramaSubmitExecutor::Begin()
{
	UMoviePipelineExecutorJob& Job = *Queue->GetJobs()[Current];
	Job.SetStatusMessage(FString(TEXT("Planning")));
	Heard = 0;
	Work = FCycloramaRenderJob::Submit(OrderOf(Job));
}

bool UCycloramaSubmitExecutor::Tick(float)
{
	Tell(*Queue->GetJobs()[Current]);
	if (Work->State() == ECycloramaWorkState::Running)
	{
		return true;
	}
	++Current;
	if (!bCancelled && Current < Queue->GetJobs().Num())
	{
		Begin();
		return true;
	}
	Work.Reset();
	OnExecutorFinishedImpl();
	return false;
}

void UCycloramaSubmitExecutor::Tell(UMoviePipelineExecutorJob& Job)
{
	// What differs between sequence and take is known long before the end.
	const TArray<FString> Lines = Work->Lines();
	for (; Heard < Lines.Num(); ++Heard)
	{
		UE_LOG(LogCyclorama, Warning, TEXT("%s"), *Lines[Heard]);
	}
	if (Work->State() == ECycloramaWorkState::Running)
	{
		const FCycloramaProgress Progress = Work->Progress();
		if (Progress.Fraction >= 0.0)
		{
			Job.SetStatusProgress(static_cast<float>(Progress.Fraction));
			const FString Frames = FString::FromInt(static_cast<int32>(Progress.Done)) + FString(TEXT(" of ")) + FString::FromInt(static_cast<int32>(Progress.Total)) + FString(TEXT(" frames are checked and safe"));
			Job.SetStatusMessage(Lines.IsEmpty() ? Frames : Frames + FString(TEXT("; ")) + Lines[0]);
		}
		return;
	}
	Job.SetStatusMessage(Work->Text());
	if (Work->State() == ECycloramaWorkState::Done)
	{
		Job.SetStatusProgress(1.0f);
		UE_LOG(LogCyclorama, Display, TEXT("%s"), *Work->Text());
		return;
	}
	UE_LOG(LogCyclorama, Error, TEXT("%s"), *Work->Text());
}

void UCycloramaSubmitExecutor::CancelCurrentJob_Implementation()
{
	if (Work.IsValid())
	{
		Work->Cancel();
	}
}

void UCycloramaSubmitExecutor::CancelAllJobs_Implementation()
{
	bCancelled = true;
	CancelCurrentJob_Implementation();
}
