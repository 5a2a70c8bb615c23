// What tests of rendering share: what an artist made, and a queue that is sent.
#pragma once

#include "CycloramaCore.h"
#include "CycloramaRenderSettings.h"
#include "CycloramaSubmitExecutor.h"
#include "Files.h"
#include "Misc/EngineVersionComparison.h"
#include "Shim/MovieRender.h"

#include <set>

namespace Rendering
{
	using namespace Files;

	inline void LoadModules()
	{
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaRender")));
		EXPECT(FCycloramaCoreModule::Get()->IsUsable());
	}

	/// What the artist made: a preset of the queue, and a graph.
	inline void MakeAssets()
	{
		auto* Preset = NewObject<UMoviePipelinePrimaryConfig>();
		auto& Output = *Preset->FindSetting<UMoviePipelineOutputSetting>();
		Output.OutputResolution = FIntPoint(32, 18);
		Shim::Assets()[FString(TEXT("/Game/Fine.Fine"))] = Preset;
		auto* Graph = NewObject<UMovieGraphConfig>();
		auto* Global = Graph->ShimChain<UMovieGraphGlobalOutputSettingNode>();
		Global->bOverride_OutputResolution = true;
		Global->OutputResolution = FMovieGraphNamedResolution(FName(TEXT("Small")), FIntPoint(32, 18), FString());
		Graph->ShimChain<UMovieGraphImageSequenceOutputNode_EXR>();
		Shim::Assets()[FString(TEXT("/Game/Graph.Graph"))] = Graph;
		// All that it says is in a graph within.
		auto* Nested = NewObject<UMovieGraphConfig>();
		Nested->ShimChainGraph(Graph);
		Shim::Assets()[FString(TEXT("/Game/Nested.Nested"))] = Nested;
		auto* Empty = NewObject<UMovieGraphConfig>();
		Shim::Assets()[FString(TEXT("/Game/Empty.Empty"))] = Empty;
	}

	/// A range that is to be drawn by this preset.
	inline FCycloramaTask TaskOf(const TCHAR* Preset)
	{
		FCycloramaTask Task;
		Task.DrawnFrom = 10;
		Task.First = 12;
		Task.End = 20;
		Task.Width = 64;
		Task.Height = 36;
		Task.Samples = 12;
		Task.Map = FString(TEXT("/Game/Maps/Stage"));
		Task.Sequence = FString(TEXT("/Game/Shots/A"));
		Task.Preset = FString(Preset);
		Task.Folder = FString(TEXT("/scratch/1"));
		Task.FileName = FString(TEXT("frame.{frame_number}"));
		return Task;
	}

	/// The output settings of a graph, or of the one that it holds.
	inline UMovieGraphGlobalOutputSettingNode& Global(const UMovieGraphConfig& Graph)
	{
		const auto* Within = Cast<UMovieGraphSubgraphNode>(Graph.ShimNodes[0]);
		return *Cast<UMovieGraphGlobalOutputSettingNode>((Within ? *Within->GetSubgraphAsset() : Graph).ShimNodes[0]);
	}

	/// What the engine makes of the job's graph, in a branch; null where nothing there is of that kind.
	template <typename T>
	const T* Found(UMoviePipelineExecutorJob& Job, const TCHAR* Branch)
	{
		return Job.GetGraphPreset()->ShimEvaluated(Job)->GetSettingForBranch<T>(FName(Branch), false, false);
	}

	/// As Found, which must be there.
	template <typename T>
	const T& Evaluated(UMoviePipelineExecutorJob& Job, const TCHAR* Branch = TEXT("Globals"))
	{
		return *Found<T>(Job, Branch);
	}

	/// One end of the range of a graph, or both.
	inline void SetBounds(UMovieGraphGlobalOutputSettingNode& Node, const int32* First, const int32* End)
	{
#if UE_VERSION_OLDER_THAN(5, 6, 0)
		Node.bOverride_CustomPlaybackRangeStartFrame = First != nullptr;
		Node.CustomPlaybackRangeStartFrame = First ? *First : 77;
		Node.bOverride_CustomPlaybackRangeEndFrame = End != nullptr;
		Node.CustomPlaybackRangeEndFrame = End ? *End : 78;
#else
		Node.bOverride_CustomPlaybackRangeStart = true;
		Node.CustomPlaybackRangeStart.Type = First ? EMovieGraphSequenceRangeType::Custom : EMovieGraphSequenceRangeType::SequenceDefault;
		Node.CustomPlaybackRangeStart.Value = First ? *First : 77;
		Node.bOverride_CustomPlaybackRangeEnd = End != nullptr;
		Node.CustomPlaybackRangeEnd.Type = EMovieGraphSequenceRangeType::Custom;
		Node.CustomPlaybackRangeEnd.Value = End ? *End : 78;
#endif
	}

	/// A queue as an artist fills it.
	inline UMoviePipelineQueue* Queue(const std::string& Take, const TCHAR* Preset, int32 First, int32 End)
	{
		auto* Made = NewObject<UMoviePipelineQueue>();
		auto* Job = Made->AllocateNewJob(UMoviePipelineExecutorJob::StaticClass());
		Job->JobName = FString(TEXT("a name of no take"));
		Job->UserData = Wide(Take);
		Job->Map = FSoftObjectPath(FString(TEXT("/Game/Maps/Stage.Stage")));
		Job->SetSequence(FSoftObjectPath(FString(TEXT("/Game/Shots/A.A"))));
		UObject* Asset = Shim::Assets()[FString(Preset)];
		if (auto* Graph = Cast<UMovieGraphConfig>(Asset))
		{
			Job->SetConfiguration(Cast<UMoviePipelinePrimaryConfig>(Shim::Assets()[FString(TEXT("/Game/Fine.Fine"))]));
			Job->SetGraphPreset(Graph);
		}
		else
		{
			Job->SetPresetOrigin(Cast<UMoviePipelinePrimaryConfig>(Asset));
		}
		auto& Output = *Job->GetConfiguration()->FindSetting<UMoviePipelineOutputSetting>();
		if (Job->GetGraphPreset())
		{
			// Left over from the queue; the graph's own size counts.
			Output.OutputResolution = FIntPoint(640, 480);
		}
		Output.bUseCustomPlaybackRange = true;
		Output.CustomStartFrame = First;
		Output.CustomEndFrame = End;
		if (Job->GetGraphPreset() && !Job->GetGraphPreset()->ShimNodes.IsEmpty())
		{
			// As is the queue's range.
			Output.CustomStartFrame = 500;
			Output.CustomEndFrame = 501;
			SetBounds(Global(*Job->GetGraphPreset()), &First, &End);
		}
		return Made;
	}

	/// Submits and turns the engine's loop until it ended: the first job, and who sent it.
	inline std::pair<UMoviePipelineExecutorJob*, UCycloramaSubmitExecutor*> Ended(UMoviePipelineQueue* Jobs, const std::string& Ledger, int32 Samples = 1)
	{
		auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
		Settings->Ledger.Path = Wide(Ledger);
		Settings->Command.FilePath = Wide(CYCLORAMA_COMMAND);
		Settings->WalkIn = 2;
		Settings->Samples = Samples;
		auto* Executor = NewObject<UCycloramaSubmitExecutor>();
		Executor->Execute(Jobs);
		EXPECT(Harness::Until([&] { return Executor->ShimFinished == 1; }, 100.0));
		EXPECT(!Executor->IsRendering());
		return {Jobs->GetJobs()[0], Executor};
	}

	/// As Ended; the first job.
	inline UMoviePipelineExecutorJob& Submitted(UMoviePipelineQueue* Jobs, const std::string& Ledger, int32 Samples = 1)
	{
		return *Ended(Jobs, Ledger, Samples).first;
	}

	inline void Unreal(const FFolder& Folder)
	{
		const std::string Project = Folder / "Stage.uproject";
		std::ofstream(Project) << "{}";
		Shim::SetProject(Project);
	}

	/// The first text behind the name in a JSON file.
	inline std::string Field(const std::string& Json, const std::string& Name)
	{
		const auto At = Json.find("\"" + Name + "\"");
		EXPECT(At != std::string::npos);
		const auto From = Json.find_first_not_of(" :", At + Name.size() + 2);
		return Json.substr(From, Json.find_first_of(",}\n", From) - From);
	}

	/// What a ledger says of its one job: the plan without when it was made, and frame by frame what the pixels are.
	inline std::set<std::string> Said(const std::string& Ledger)
	{
		std::set<std::string> All;
		int Jobs = 0;
		for (const auto& Job : fs::directory_iterator(fs::path(Ledger) / "jobs"))
		{
			++Jobs;
			std::string Plan = Read(Job.path() / "plan.json");
			const std::string Created = Field(Plan, "created");
			All.insert("plan " + Plan.replace(Plan.find(Created), Created.size(), ""));
			for (const auto& Frame : fs::directory_iterator(Job.path() / "frames"))
			{
				const std::string Json = Read(Frame.path());
				All.insert("frame " + Frame.path().filename().string() + " " + Field(Json, "pixels") + " " + Field(Json, "blob"));
			}
		}
		EXPECT(Jobs == 1);
		return All;
	}

	/// The committed frames of all jobs of a ledger, by their files.
	inline std::map<std::string, std::string> Frames(const std::string& Ledger)
	{
		std::map<std::string, std::string> Found;
		std::error_code None;
		for (const auto& Job : fs::directory_iterator(fs::path(Ledger) / "jobs", None))
		{
			for (const auto& Frame : fs::directory_iterator(Job.path() / "frames", None))
			{
				Found[Frame.path().string()] = Read(Frame.path());
			}
		}
		return Found;
	}

	inline void ExpectSameAsCommand(const TCHAR* Asset, const std::string& Preset)
	{
		FFolder Folder;
		LoadModules();
		MakeAssets();
		const std::string File = Take(Folder);
		Unreal(Folder);
		const auto& Job = Submitted(Queue(File, Asset, 3, 15), Folder / "plugin");
		if (!Job.ShimStatus.Contains(TEXT("12 of 12 frames committed")))
		{
			Harness::Fail(__FILE__, __LINE__, Harness::Utf8(Job.ShimStatus));
		}
		EXPECT(Job.ShimProgress == 1.0f);
		// The same through the command: its workers start the same program by a setting.
		const std::string Here = Harness::Utf8(FPlatformProcess::ExecutablePath());
		setenv("CYCLORAMA_RENDER_UNREAL", Here.c_str(), 1);
		setenv("CYCLORAMA_RENDER_UNREAL_PROJECT", (Folder / "Stage.uproject").c_str(), 1);
		Command("render submit " + File + " --host unreal --map /Game/Maps/Stage --sequence /Game/Shots/A --preset " + Preset + " --frames 3-14 --size 32x18 --samples 1 --walk-in 2 --workers 1 --ledger " + (Folder / "command"));
		const auto Plugin = Said(Folder / "plugin");
		EXPECT(Plugin.size() == 13);
		EXPECT(Plugin == Said(Folder / "command"));
	}

	/// The job's status says this; a failure says what it says instead.
	inline void ExpectStatus(const UMoviePipelineExecutorJob& Job, const TCHAR* Words, const int Line)
	{
		if (!Job.ShimStatus.Contains(Words))
		{
			Harness::Fail("the job's status", Line, Harness::Utf8(Job.ShimStatus));
		}
	}
}
