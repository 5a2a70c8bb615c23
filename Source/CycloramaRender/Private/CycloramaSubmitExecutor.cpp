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
	/// The engine that is this machine, which an order without one means too.
	const TCHAR* const Here = TEXT("local");

	FString PackageOf(const FSoftObjectPath& Path)
	{
		return Path.GetLongPackageName();
	}

	/// Why the queue wants no pictures of a job; empty when it does.
	FString LeftOut(const UMoviePipelineExecutorJob& Job)
	{
		if (!Job.IsEnabled())
		{
			return FString(TEXT("Left out: it is switched off in the queue"));
		}
		return Job.IsConsumed() ? FString(TEXT("Left out: it was sent already; reset its status to send it again")) : FString();
	}

	/// Why no job can be sent as the settings are; empty when they can.
	FString Unsendable()
	{
		const UCycloramaRenderSettings& Settings = *GetDefault<UCycloramaRenderSettings>();
		return Settings.bSendProject && Settings.Store.Path.IsEmpty() ? FString(TEXT("Send the project along is on, and no content store is chosen: choose it in Project Settings, Plugins, Cyclorama Render, or switch that off")) : FString();
	}

	/// Why a job cannot be sent as the queue has it; empty when it can. The engine finds a shot's frames only while it renders.
	FString Unorderable(const UMoviePipelineExecutorJob& Job)
	{
		int32 Off = 0;
		for (const UMoviePipelineExecutorShot* Shot : Job.ShotInfo)
		{
			Off += Shot && !Shot->bEnabled ? 1 : 0;
		}
		if (Off == 0)
		{
			return FString();
		}
		return FString::FromInt(Off) + FString(TEXT(" of ")) + FString::FromInt(Job.ShotInfo.Num()) + FString(TEXT(" shots are switched off, and what is sent is one range of frames: switch them on, and choose the frames by the custom playback range"));
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
	Order.Ledger = Settings->Ledger.Path;
	Order.Command = Settings->WholeCommand();
	// Workers on this machine end with the editor: somebody has to be here.
	Order.bDetach = Order.Engine != FString(Here) && !Order.Engine.IsEmpty() && !Settings->bWaitForFarm;
	Order.Project = Settings->bSendProject ? Settings->Store.Path : FString();
	Order.KeyFile = Settings->WholeKeyFile();
	Order.Packs = Settings->Packs;
	Order.FrameFormat = Settings->FrameFormat;
	Order.Passes = Settings->Passes;
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
		Err(FString(TEXT("Cyclorama has nothing to render, or its core cannot be used.")));
		OnExecutorFinishedImpl();
		return;
	}
	Queue = InPipelineQueue;
	// Whoever edits the queue meanwhile moves no work to another job.
	Jobs.Reset();
	for (UMoviePipelineExecutorJob* Job : Queue->GetJobs())
	{
		Jobs.Add(Job);
	}
	Current = -1;
	bCancelled = false;
	if (!Begin())
	{
		OnExecutorFinishedImpl();
		return;
	}
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateUObject(this, &UCycloramaSubmitExecutor::Tick), AskEvery);
}

bool UCycloramaSubmitExecutor::Begin()
{
	while (++Current < Jobs.Num())
	{
		if (!Queue->GetJobs().Contains(Jobs[Current]))
		{
			continue;
		}
		UMoviePipelineExecutorJob& Job = *Jobs[Current];
		const FString Why = LeftOut(Job);
		FString Fault = Why.IsEmpty() ? Unsendable() : FString();
		if (Why.IsEmpty() && Fault.IsEmpty())
		{
			Fault = Unorderable(Job);
		}
		if (Why.IsEmpty() && Fault.IsEmpty())
		{
			Job.SetStatusMessage(FString(TEXT("Planning")));
			// Neither edited nor sent a second time while it is under way.
			Job.SetConsumed(true);
			Heard = 0;
			Work = FCycloramaRenderJob::Submit(OrderOf(Job));
			return true;
		}
		if (!Fault.IsEmpty())
		{
			Job.SetStatusMessage(Fault);
			Err(Job.JobName + FString(TEXT(": ")) + Fault);
			continue;
		}
		// What a job was sent for stays to be read beside it.
		if (!Job.IsConsumed())
		{
			Job.SetStatusMessage(Why);
		}
		UE_LOG(LogCyclorama, Display, TEXT("%s"), *(Job.JobName + FString(TEXT(": ")) + Why));
	}
	return false;
}

bool UCycloramaSubmitExecutor::Tick(float)
{
	// Asked once: work that ends between two looks would end untold.
	const ECycloramaWorkState State = Work->State();
	Tell(*Jobs[Current], State);
	if (State == ECycloramaWorkState::Running)
	{
		return true;
	}
	if (!bCancelled && Begin())
	{
		return true;
	}
	Work.Reset();
	OnExecutorFinishedImpl();
	return false;
}

void UCycloramaSubmitExecutor::Err(const FString& Why)
{
	UE_LOG(LogCyclorama, Error, TEXT("%s"), *Why);
	// There is no pipeline here: the rendering is elsewhere. Fatal, or the queue's end would be told as a success.
	OnExecutorErroredImpl(nullptr, true, FText::FromString(Why));
}

void UCycloramaSubmitExecutor::Tell(UMoviePipelineExecutorJob& Job, const ECycloramaWorkState State)
{
	// What differs between sequence and take is known long before the end.
	const TArray<FString> Lines = Work->Lines();
	for (; Heard < Lines.Num(); ++Heard)
	{
		UE_LOG(LogCyclorama, Warning, TEXT("%s"), *Lines[Heard]);
	}
	if (State == ECycloramaWorkState::Running)
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
	if (State == ECycloramaWorkState::Done)
	{
		Job.SetStatusProgress(1.0f);
		UE_LOG(LogCyclorama, Display, TEXT("%s"), *Work->Text());
		return;
	}
	// It may be changed and sent again.
	Job.SetConsumed(false);
	if (State == ECycloramaWorkState::Cancelled)
	{
		UE_LOG(LogCyclorama, Warning, TEXT("%s"), *Work->Text());
		return;
	}
	Err(Job.JobName + FString(TEXT(": ")) + Work->Text());
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
