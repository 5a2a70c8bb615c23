// One job after the other: what it asks for becomes an order, and the core does the rest.
#include "CycloramaSubmitExecutor.h"

#include "CycloramaCore.h"
#include "CycloramaRenderSettings.h"
#include "CycloramaSamples.h"
#include "Graph/MovieGraphConfig.h"
#include "Graph/Nodes/MovieGraphGlobalOutputSettingNode.h"
#include "HAL/PlatformProcess.h"
#include "Misc/Paths.h"
#include "MoviePipelineOutputSetting.h"
#include "MoviePipelinePrimaryConfig.h"

namespace
{
	/// How often the core is asked, seconds.
	constexpr float AskEvery = 0.25f;

	FString PackageOf(const FSoftObjectPath& Path)
	{
		return Path.GetLongPackageName();
	}

	/// Frames as the order has them, both included; the output setting's end is not.
	FString FramesOf(const UMoviePipelineOutputSetting& Output)
	{
		if (!Output.bUseCustomPlaybackRange)
		{
			return FString();
		}
		return FString::FromInt(Output.CustomStartFrame) + FString(TEXT("-")) + FString::FromInt(Output.CustomEndFrame - 1);
	}

	/// The size that a graph asks for; the engine's own default where it asks for none.
	FIntPoint SizeOf(const UMovieGraphConfig& Graph)
	{
		for (const auto& Node : Graph.GetNodes())
		{
			const auto* Global = Cast<UMovieGraphGlobalOutputSettingNode>(Node);
			if (Global && Global->bOverride_OutputResolution)
			{
				return Global->OutputResolution.Resolution;
			}
		}
		return FMovieGraphNamedResolution::DefaultResolution;
	}
}

FCycloramaRenderOrder UCycloramaSubmitExecutor::OrderOf(const UMoviePipelineExecutorJob& Job)
{
	const UCycloramaRenderSettings* Settings = GetDefault<UCycloramaRenderSettings>();
	FCycloramaRenderOrder Order;
	Order.Take = Job.UserData.IsEmpty() ? Job.JobName : Job.UserData;
	Order.Map = PackageOf(Job.Map);
	Order.Sequence = PackageOf(Job.Sequence);
	if (const UMovieGraphConfig* Graph = Job.GetGraphPreset())
	{
		Order.Preset = FSoftObjectPath(Graph).GetLongPackageName();
	}
	else if (const UMoviePipelinePrimaryConfig* Preset = Job.GetPresetOrigin())
	{
		Order.Preset = FSoftObjectPath(Preset).GetLongPackageName();
	}
	if (const UMoviePipelinePrimaryConfig* Config = Job.GetConfiguration())
	{
		if (const auto* Output = Config->FindSetting<UMoviePipelineOutputSetting>())
		{
			Order.Width = Output->OutputResolution.X;
			Order.Height = Output->OutputResolution.Y;
			Order.Frames = FramesOf(*Output);
		}
		Order.Samples = CycloramaSamples::AskedFor(*Config);
	}
	// A job with a graph has settings of the queue as well, which the engine takes no notice of.
	if (const UMovieGraphConfig* Graph = Job.GetGraphPreset())
	{
		const FIntPoint Size = SizeOf(*Graph);
		Order.Width = Size.X;
		Order.Height = Size.Y;
		Order.Samples = CycloramaSamples::AskedFor(*Graph);
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

void UCycloramaSubmitExecutor::Tell(UMoviePipelineExecutorJob& Job) const
{
	if (Work->State() == ECycloramaWorkState::Running)
	{
		const FCycloramaProgress Progress = Work->Progress();
		if (Progress.Fraction >= 0.0)
		{
			Job.SetStatusProgress(static_cast<float>(Progress.Fraction));
			Job.SetStatusMessage(FString::FromInt(static_cast<int32>(Progress.Done)) + FString(TEXT(" of ")) + FString::FromInt(static_cast<int32>(Progress.Total)) + FString(TEXT(" frames are checked and safe")));
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
	for (const FString& Line : Work->Lines())
	{
		UE_LOG(LogCyclorama, Warning, TEXT("%s"), *Line);
	}
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
