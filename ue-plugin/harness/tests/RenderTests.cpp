#include "Child.h"
#include "CycloramaRange.h"
#include "CycloramaSamples.h"
#include "CycloramaSequences.h"
#include "CycloramaWorkerExecutor.h"
#include "Golden.h"
#include "Rendering.h"
#include "Shim/Sequence.h"

using namespace Rendering;

namespace
{
	/// The level sequence of the shots, which plays these frames and cuts to its camera in all of them.
	UMovieScene& MakeSequence(FFrameRate Rate, int32 First, int32 End)
	{
		auto* Scene = NewObject<UMovieScene>();
		const auto Ticks = [&](int32 Frame) { return FFrameNumber(static_cast<int32>(static_cast<int64>(Frame) * 24000 * Rate.Denominator / Rate.Numerator)); };
		Scene->ShimDisplay = Rate;
		Scene->ShimPlays = TRange<FFrameNumber>(Ticks(First), Ticks(End));
		auto* Cut = NewObject<UMovieSceneSection>();
		Cut->ShimStart = Ticks(First);
		Cut->ShimEnd = Ticks(End);
		Scene->ShimCuts = NewObject<UMovieSceneTrack>();
		Scene->ShimCuts->ShimSections.Add(Cut);
		auto* Sequence = NewObject<ULevelSequence>();
		Sequence->ShimScene = Scene;
		Shim::Assets()[FString(TEXT("/Game/Shots/A.A"))] = Sequence;
		return *Scene;
	}

	/// Our script for the editor makes the level sequence of the take, in a stand-in for the editor's Python.
	void Bring(const std::string& Take, const std::string& Keys)
	{
		const std::string Root = std::string(TEST_DATA) + "/../..";
		const std::string Line = "PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=" + Root + "/Content/Python python3 " + Root + "/ue-plugin/harness/python/unreal.py " CYCLORAMA_COMMAND " " + Take + " /Game/Shots/A " + Keys;
		EXPECT(std::system(Line.c_str()) == 0);
	}

	/// The level sequence as the script keyed it.
	Shim::FSequence Keyed(const std::string& Keys)
	{
		std::ifstream In(Keys);
		std::string First;
		std::getline(In, First);
		EXPECT(First == "0 600 25 1 36.0 20.25");
		Shim::FSequence Made;
		int32 Frame = 0;
		double X = 0, Y = 0, Z = 0, Roll = 0, Pitch = 0, Yaw = 0, Focal = 0;
		while (In >> Frame >> X >> Y >> Z >> Roll >> Pitch >> Yaw >> Focal)
		{
			Made[Frame] = FTransform(Golden::FromRotator(Pitch, Yaw, Roll), FVector(X, Y, Z));
			EXPECT(Focal > 20.0 && Focal < 40.0);
		}
		return Made;
	}

}

int Harness::AsUnreal(const std::vector<std::string>& Arguments)
{
	// As the worker starts it: the project, the map, then words.
	EXPECT(Arguments.size() > 6 && Arguments[1].find("Stage.uproject") != std::string::npos && Arguments[2] == "/Game/Maps/Stage");
	std::string Line;
	std::string Executor;
	for (const std::string& Argument : Arguments)
	{
		Line += Argument + " ";
		const std::string Name = "-MoviePipelineLocalExecutorClass=/Script/CycloramaRender.";
		if (Argument.rfind(Name, 0) == 0)
		{
			Executor = Argument.substr(Name.size());
		}
	}
	EXPECT(Executor == "CycloramaWorkerExecutor");
	// An engine's log goes to its standard output; the worker must not mind.
	std::printf("LogInit: Display: a stand-in for an engine\n");
	std::fflush(stdout);
	Shim::SetCommandLine(Line);
	LoadModules();
	MakeAssets();
	const fs::path Project = fs::path(Arguments[1]).parent_path();
	if (fs::exists(Project / "keys.txt"))
	{
		Shim::Sequences()[FString(TEXT("/Game/Shots/A.A"))] = Keyed(Project / "keys.txt");
		Shim::Drawing().Told = Project / "drawn.txt";
	}
	auto* Worker = NewObject<UCycloramaWorkerExecutor>();
	Worker->Execute(nullptr);
	return Harness::Until([&] { return Worker->ShimFinished == 1; }, 100.0) ? 0 : 1;
}

TEST(a_range_becomes_a_job_of_queue_or_graph_and_the_preset_stays_as_the_artist_left_it)
{
	MakeAssets();
	FCycloramaTask Task = TaskOf(TEXT("/Game/Fine"));
	auto* Job = NewObject<UMoviePipelineExecutorJob>();
	EXPECT(CycloramaRange::Prepare(*Job, Task).IsEmpty());
	EXPECT(Job->Map.ToString() == FString(TEXT("/Game/Maps/Stage.Stage")) && Job->Sequence.ToString() == FString(TEXT("/Game/Shots/A.A")));
	const auto& Output = *Job->GetConfiguration()->FindSetting<UMoviePipelineOutputSetting>();
	EXPECT(Output.CustomStartFrame == 10 && Output.CustomEndFrame == 20 && Output.bUseCustomPlaybackRange);
	EXPECT(Output.OutputResolution.X == 64 && Output.OutputResolution.Y == 36 && !Output.bAutoVersion);
	EXPECT(Output.OutputDirectory.Path == Task.Folder && Output.FileNameFormat == Task.FileName);
	const auto* Preset = Cast<UMoviePipelinePrimaryConfig>(Shim::Assets()[FString(TEXT("/Game/Fine.Fine"))]);
	EXPECT(!Preset->FindSetting<UMoviePipelineOutputSetting>()->bUseCustomPlaybackRange);

	Task.Preset = FString(TEXT("/Game/Graph"));
	Job = NewObject<UMoviePipelineExecutorJob>();
	EXPECT(CycloramaRange::Prepare(*Job, Task).IsEmpty());
	const auto* Made = &Evaluated<UMovieGraphGlobalOutputSettingNode>(*Job);
#if UE_VERSION_OLDER_THAN(5, 6, 0)
	EXPECT(Made->CustomPlaybackRangeStartFrame == 10 && Made->bOverride_CustomPlaybackRangeStartFrame);
	EXPECT(Made->CustomPlaybackRangeEndFrame == 20 && Made->bOverride_CustomPlaybackRangeEndFrame);
#else
	EXPECT(Made->CustomPlaybackRangeStart.Value == 10 && Made->bOverride_CustomPlaybackRangeStart);
	EXPECT(Made->CustomPlaybackRangeEnd.Value == 20 && Made->bOverride_CustomPlaybackRangeEnd);
#endif
	EXPECT(Made->OutputDirectory.Path == Task.Folder && Made->bOverride_OutputDirectory);
	EXPECT(Made->OutputResolution.Resolution.X == 64 && Made->OutputResolution.Resolution.Y == 36 && Made->bOverride_OutputResolution);
	auto* Graph = Cast<UMovieGraphConfig>(Shim::Assets()[FString(TEXT("/Game/Graph.Graph"))]);
	EXPECT(!Global(*Graph).bOverride_OutputDirectory && Graph->ShimNodes.Num() == 2);

	Task.Preset = FString(TEXT("/Game/Nothing"));
	EXPECT(CycloramaRange::Prepare(*Job, Task).Contains(TEXT("/Game/Nothing")));
	Task.Preset = FString(TEXT("/Game/Empty"));
	EXPECT(!CycloramaRange::Prepare(*Job, Task).IsEmpty());
}

TEST(a_range_is_drawn_with_the_samples_of_its_job_and_keeps_the_shutter_where_it_can)
{
	MakeAssets();
	auto* Preset = Cast<UMoviePipelinePrimaryConfig>(Shim::Assets()[FString(TEXT("/Game/Fine.Fine"))]);
	EXPECT(CycloramaSamples::AskedFor(*Preset) == 0);
	auto& Fine = *Cast<UMoviePipelineAntiAliasingSetting>(Preset->FindOrAddSettingByClass(UMoviePipelineAntiAliasingSetting::StaticClass()));
	Fine.TemporalSampleCount = 8;
	Fine.SpatialSampleCount = 3;
	EXPECT(CycloramaSamples::AskedFor(*Preset) == 24);
	FCycloramaTask Task = TaskOf(TEXT("/Game/Fine"));
	const auto Drawn = [&Task](int32 Samples) {
		Task.Samples = Samples;
		auto* Job = NewObject<UMoviePipelineExecutorJob>();
		EXPECT(CycloramaRange::Prepare(*Job, Task).IsEmpty());
		const auto& Made = *Job->GetConfiguration()->FindSetting<UMoviePipelineAntiAliasingSetting>();
		return std::pair(Made.TemporalSampleCount, Made.SpatialSampleCount);
	};
	EXPECT(Drawn(24) == std::pair(8, 3));
	EXPECT(Drawn(64) == std::pair(8, 8) && Drawn(4) == std::pair(4, 1) && Drawn(12) == std::pair(4, 3) && Drawn(7) == std::pair(1, 7));
	EXPECT(Fine.TemporalSampleCount == 8 && Fine.SpatialSampleCount == 3);
}

TEST(a_queue_rendered_through_the_plugin_gives_the_same_ledger_as_the_command_line)
{
	ExpectSameAsCommand(TEXT("/Game/Fine.Fine"), "/Game/Fine");
}

TEST(every_frame_is_drawn_from_where_the_takes_camera_stood)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	const std::string File = Take(Folder);
	Bring(File, Folder / "keys.txt");
	Unreal(Folder);
	const auto& Job = Submitted(Queue(File, TEXT("/Game/Fine.Fine"), 3, 15), Folder / "ledger", 6);
	ExpectStatus(Job, TEXT("12 of 12 frames committed"), __LINE__);
	// Frame by frame what the maker's own program reads out of the packets, with the two that were walked in.
	const auto Rows = Golden::F4();
	std::ifstream Drawn(Folder / "drawn.txt");
	std::set<std::size_t> Frames;
	std::size_t Frame = 0;
	int32 Moments = 0;
	int32 Places = 0;
	FVector At;
	FQuat Turn;
	while (Drawn >> Frame >> Moments >> Places >> At.X >> At.Y >> At.Z >> Turn.X >> Turn.Y >> Turn.Z >> Turn.W)
	{
		Golden::Expect(FTransform(Turn, At), Golden::FromF4(Rows[Frame]), 1e-9, 1e-9);
		// The queue asks for none, the settings for six.
		EXPECT(Moments == 1 && Places == 6);
		Frames.insert(Frame);
	}
	EXPECT(Frames.size() == 14 && *Frames.begin() == 1 && *Frames.rbegin() == 14);
}

/// Argument: the folder with take and project. Sends its queue and turns the engine's loop until it is killed.
PROCESS(editor_that_renders)
{
	LoadModules();
	MakeAssets();
	Shim::SetProject(Argument + "/Stage.uproject");
	std::puts("begun");
	std::fflush(stdout);
	Submitted(Queue(Argument + "/a.take", TEXT("/Game/Fine.Fine"), 0, 60), Argument + "/ledger");
	return 0;
}

TEST(an_editor_killed_while_its_job_renders_loses_no_frame_and_the_same_job_goes_on)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	const std::string File = Take(Folder);
	Unreal(Folder);
	{
		FChild Editor("editor_that_renders", Folder.Path.string());
		EXPECT(Editor.Line(60.0) == "begun");
		EXPECT(Harness::Until([&] { return Frames(Folder / "ledger").size() >= 3; }, 90.0));
		Editor.Kill();
	}
	const auto Before = Frames(Folder / "ledger");
	const auto& Job = Submitted(Queue(File, TEXT("/Game/Fine.Fine"), 0, 60), Folder / "ledger");
	EXPECT(Job.ShimStatus.Contains(TEXT("60 of 60 frames committed")));
	const auto After = Frames(Folder / "ledger");
	EXPECT(After.size() == 60);
	for (const auto& [Name, Record] : Before)
	{
		EXPECT(After.at(Name) == Record);
	}
	Command("render verify --ledger " + (Folder / "ledger"));
}

TEST(a_job_of_the_queue_becomes_an_order)
{
	LoadModules();
	MakeAssets();
	Shim::SetProject("/p/Stage.uproject");
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->Engine = FString(TEXT("slurm"));
	Settings->EngineOptions.Add(FString(TEXT("--partition=gpu")));
	auto* Jobs = Queue("shot-12", TEXT("/Game/Fine.Fine"), -2, 48);
	FCycloramaRenderOrder Order = UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]);
	EXPECT(Order.Take == FString(TEXT("shot-12")));
	EXPECT(Order.Map == FString(TEXT("/Game/Maps/Stage")) && Order.Sequence == FString(TEXT("/Game/Shots/A")) && Order.Preset == FString(TEXT("/Game/Fine")));
	// Their end is not drawn, ours is.
	EXPECT(Order.Frames == FString(TEXT("-2-47")));
	EXPECT(Order.Width == 32 && Order.Height == 18);
	EXPECT(Order.Engine == FString(TEXT("slurm")) && Order.EngineOptions.Num() == 1);
	// The project goes along where that is said.
	Settings->Store.Path = FString(TEXT("s3://studio/wall"));
	EXPECT(Order.Project.IsEmpty());
	Settings->bSendProject = true;
	EXPECT(UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]).Project == Settings->Store.Path);
	Settings->bSendProject = false;
	// What a frame's file is and holds is as the settings say: EXR of the picture alone, unless they say more.
	EXPECT(Order.FrameFormat == FString(TEXT("exr")) && Order.Passes.IsEmpty());
	Settings->FrameFormat = FString(TEXT("png"));
	Settings->Passes.Add(FString(TEXT("WorldDepth")));
	const FCycloramaRenderOrder Deep = UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]);
	EXPECT(Deep.FrameFormat == FString(TEXT("png")) && Deep.Passes.Num() == 1 && Deep.Passes[0] == FString(TEXT("WorldDepth")));
	// A name alone is for the system's path; what the picker gives is said in full.
	EXPECT(Order.Command == FString(TEXT("cyclorama")) && Order.KeyFile.IsEmpty());
	Settings->Command.FilePath = FString(TEXT("tools/cyclorama"));
	Settings->KeyFile.FilePath = FString(TEXT("/keys/wall"));
	const FCycloramaRenderOrder Picked = UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]);
	EXPECT(Picked.Command == FPaths::ConvertRelativePathToFull(Settings->Command.FilePath) && Picked.Command != Settings->Command.FilePath);
	EXPECT(Picked.KeyFile == FString(TEXT("/keys/wall")));
	// A home folder is that of whoever runs the command.
	Settings->KeyFile.FilePath = FString(TEXT("~/keys/wall"));
	EXPECT(UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]).KeyFile == FString(TEXT("~/keys/wall")));
	// A farm needs nobody who waits; workers of this machine do.
	EXPECT(Order.bDetach);
	Settings->bWaitForFarm = true;
	EXPECT(!UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]).bDetach);
	Settings->bWaitForFarm = false;
	Settings->Engine = FString(TEXT("local"));
	EXPECT(!UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]).bDetach);
	EXPECT(Order.UnrealProject == FString(TEXT("/p/Stage.uproject")) && !Order.UnrealProgram.IsEmpty());
	// The settings' samples, where the preset leaves it open.
	Settings->Samples = 5;
	EXPECT(UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]).Samples == 5);
	auto& Fine = *Cast<UMoviePipelineAntiAliasingSetting>(Jobs->GetJobs()[0]->GetConfiguration()->FindOrAddSettingByClass(UMoviePipelineAntiAliasingSetting::StaticClass()));
	Fine.TemporalSampleCount = 4;
	Fine.SpatialSampleCount = 2;
	EXPECT(UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]).Samples == 8);
	Jobs->GetJobs()[0]->UserData = FString();
	Jobs->GetJobs()[0]->GetConfiguration()->FindSetting<UMoviePipelineOutputSetting>()->bUseCustomPlaybackRange = false;
	Order = UCycloramaSubmitExecutor::OrderOf(*Jobs->GetJobs()[0]);
	EXPECT(Order.Take == FString(TEXT("a name of no take")) && Order.Frames.IsEmpty());
}

TEST(a_graph_is_ordered_with_its_own_frames_and_not_the_queues)
{
	LoadModules();
	MakeAssets();
	auto* Jobs = Queue("shot-12", TEXT("/Game/Graph.Graph"), 3, 15);
	auto& Job = *Jobs->GetJobs()[0];
	auto& Global = Rendering::Global(*Job.GetGraphPreset());
	EXPECT(UCycloramaSubmitExecutor::OrderOf(Job).Frames == FString(TEXT("3-14")));
	const int32 Frame = 20;
	SetBounds(Global, nullptr, nullptr);
	EXPECT(UCycloramaSubmitExecutor::OrderOf(Job).Frames.IsEmpty());
	// One end alone, and nobody to ask for the other: all of the take, and it says so.
	SetBounds(Global, &Frame, nullptr);
	EXPECT(UCycloramaSubmitExecutor::OrderOf(Job).Frames.IsEmpty());
	EXPECT(Harness::Said("one end of its frames"));
	MakeSequence(FFrameRate(25, 1), 10, 40);
	EXPECT(UCycloramaSubmitExecutor::OrderOf(Job).Frames == FString(TEXT("20-39")));
	SetBounds(Global, nullptr, &Frame);
	EXPECT(UCycloramaSubmitExecutor::OrderOf(Job).Frames == FString(TEXT("10-19")));
}

TEST(a_level_sequence_is_read_in_its_own_frames)
{
	auto& Scene = MakeSequence(FFrameRate(30000, 1001), -6, 594);
	auto& Cuts = Scene.ShimCuts->ShimSections;
	auto* Off = NewObject<UMovieSceneSection>();
	Off->bShimActive = false;
	Cuts.Add(Off);
	auto* Unbound = NewObject<UMovieSceneSection>();
	Unbound->bShimStart = false;
	Cuts.Add(Unbound);
	const FCycloramaSequence Read = CycloramaSequences::Read(Shim::Assets()[FString(TEXT("/Game/Shots/A.A"))]);
	EXPECT(Read.bKnown && Read.Rate == FFrameRate(30000, 1001));
	EXPECT(Read.Plays.First == -6 && Read.Plays.End == 594);
	EXPECT(Read.Cuts.Num() == 2 && Read.Cuts[0].First == -6 && Read.Cuts[0].End == 594);
	EXPECT(Read.Cuts[1].First < -1000000 && Read.Cuts[1].End == 0);
	EXPECT(!CycloramaSequences::Read(NewObject<UMovieGraphConfig>()).bKnown && !CycloramaSequences::Read(nullptr).bKnown);
}

TEST(a_level_sequence_that_differs_from_the_take_is_said_to_while_the_job_runs)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	const std::string File = Take(Folder);
	Unreal(Folder);
	// The take has 25 frames a second, and more of them; without frames of its own the job draws what the sequence plays.
	MakeSequence(FFrameRate(24, 1), 5, 9);
	auto* Jobs = Queue(File, TEXT("/Game/Fine.Fine"), 0, 1);
	Jobs->GetJobs()[0]->GetConfiguration()->FindSetting<UMoviePipelineOutputSetting>()->bUseCustomPlaybackRange = false;
	const auto& Job = Submitted(Jobs, Folder / "ledger");
	EXPECT(Job.ShimStatus.Contains(TEXT("4 of 4 frames committed")));
	EXPECT(Job.ShimSaid.Contains(TEXT("24 frames a second and the take 25")));
	const auto Log = Shim::TakeLog();
	const auto Said = [&Log](const char* Text) {
		return std::count_if(Log.begin(), Log.end(), [Text](const auto& Line) { return Line.Verbosity == ELogVerbosity::Warning && Line.Text.find(Text) != std::string::npos; });
	};
	EXPECT(Said("24 frames a second and the take 25") == 1 && Said("plays frames 5-8, the take's camera has 0-599") == 1);
}

TEST(a_job_that_cannot_be_says_why_where_the_artist_looks)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	auto* Jobs = Queue("no-such-take", TEXT("/Game/Fine.Fine"), 0, 4);
	auto* Next = Jobs->AllocateNewJob(UMoviePipelineExecutorJob::StaticClass());
	Next->JobName = FString(TEXT("nor-this"));
	const auto& Job = Submitted(Jobs, Folder / "ledger");
	EXPECT(Job.ShimStatus.Contains(TEXT("no-such-take")) && Job.ShimProgress == 0.0f);
	// The one after it is tried all the same.
	EXPECT(Next->ShimStatus.Contains(TEXT("nor-this")));
	auto* Executor = NewObject<UCycloramaSubmitExecutor>();
	Executor->Execute(NewObject<UMoviePipelineQueue>());
	EXPECT(Executor->ShimFinished == 1 && !Executor->ShimSucceeded());
}

TEST(a_project_that_shall_go_along_and_has_no_store_is_told_before_anything_is_submitted)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->bSendProject = true;
	const std::string Ledger = Folder / "ledger";
	const auto [Job, Executor] = Ended(Queue(Take(Folder), TEXT("/Game/Fine.Fine"), 0, 4), Ledger);
	ExpectStatus(*Job, TEXT("no content store is chosen"), __LINE__);
	EXPECT(!Job->IsConsumed() && !Executor->ShimSucceeded() && !fs::exists(Ledger));
}

TEST(of_a_queue_only_what_it_wants_is_sent_and_what_fails_is_told_as_the_queue_tells_errors)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	Unreal(Folder);
	auto* Jobs = Queue(Take(Folder), TEXT("/Game/Fine.Fine"), 0, 2);
	const auto Add = [&](const TCHAR* Name, const TCHAR* TakeOf) {
		auto* Job = Jobs->AllocateNewJob(UMoviePipelineExecutorJob::StaticClass());
		Job->JobName = FString(Name);
		Job->UserData = FString(TakeOf);
		return Job;
	};
	auto* Off = Add(TEXT("switched off"), TEXT("nowhere"));
	Off->bShimEnabled = false;
	auto* Sent = Add(TEXT("sent before"), TEXT("nowhere"));
	Sent->SetConsumed(true);
	Sent->ShimStatus = FString(TEXT("what it came to"));
	auto* Failing = Add(TEXT("failing"), TEXT("no-such-take"));
	auto* Half = Add(TEXT("half"), TEXT("nowhere"));
	Half->ShotInfo.Add(NewObject<UMoviePipelineExecutorShot>());
	Half->ShotInfo.Add(NewObject<UMoviePipelineExecutorShot>());
	Half->ShotInfo[1]->bEnabled = false;
	auto* Last = Add(TEXT("whole"), TEXT("nor-this-take"));
	Last->ShotInfo.Add(NewObject<UMoviePipelineExecutorShot>());

	const auto [Good, Executor] = Ended(Jobs, Folder / "ledger");
	EXPECT(Good->ShimStatus.Contains(TEXT("2 of 2 frames committed")) && Good->IsConsumed());
	EXPECT(Off->ShimConsumed == 0 && Off->ShimStatus.Contains(TEXT("switched off")));
	EXPECT(Sent->ShimConsumed == 1 && Sent->IsConsumed() && Sent->ShimStatus == FString(TEXT("what it came to")));
	// What failed may be changed and sent again.
	EXPECT(Failing->ShimConsumed == 1 && !Failing->IsConsumed());
	EXPECT(Half->ShimConsumed == 0 && Half->ShimStatus.Contains(TEXT("1 of 2 shots are switched off")));
	EXPECT(Last->ShimConsumed == 1 && !Last->IsConsumed());
	const auto& Errors = Executor->ShimErrors;
	EXPECT(Errors.Num() == 3 && !Executor->ShimSucceeded());
	EXPECT(Errors[0].Contains(TEXT("failing: ")) && Errors[0].Contains(TEXT("no-such-take")));
	EXPECT(Errors[1].Contains(TEXT("half: ")) && Errors[1].Contains(TEXT("custom playback range")));
	EXPECT(Errors[2].Contains(TEXT("nor-this-take")));
	// All that could be sent was: the same queue again sends what failed, and nothing else.
	const auto Again = Ended(Jobs, Folder / "ledger").second;
	EXPECT(Again->ShimErrors.Num() == 3 && Good->ShimConsumed == 1 && Failing->ShimConsumed == 2);
}

TEST(a_queue_in_which_all_is_well_ends_as_a_success)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	Unreal(Folder);
	auto* Jobs = Queue(Take(Folder), TEXT("/Game/Fine.Fine"), 0, 1);
	const auto First = Ended(Jobs, Folder / "ledger").second;
	EXPECT(First->ShimSucceeded() && First->ShimErrors.IsEmpty());
	// Nothing is left to send, and that is no error.
	const auto Second = Ended(Jobs, Folder / "ledger").second;
	EXPECT(Second->ShimSucceeded() && Second->ShimErrors.IsEmpty() && Jobs->GetJobs()[0]->ShimConsumed == 1);
}

TEST(what_is_cancelled_stops_and_the_rest_of_the_queue_is_left)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	auto* Jobs = Queue(Take(Folder), TEXT("/Game/Fine.Fine"), 0, 600);
	Jobs->AllocateNewJob(UMoviePipelineExecutorJob::StaticClass());
	Unreal(Folder);
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->Ledger.Path = Wide(Folder / "ledger");
	Settings->Command.FilePath = Wide(CYCLORAMA_COMMAND);
	auto* Executor = NewObject<UCycloramaSubmitExecutor>();
	Executor->Execute(Jobs);
	EXPECT(Executor->IsRendering());
	Executor->CancelAllJobs();
	EXPECT(Harness::Until([&] { return Executor->ShimFinished == 1; }, 60.0));
	EXPECT(Jobs->GetJobs()[0]->ShimStatus.Contains(TEXT("cancelled")) && !Jobs->GetJobs()[0]->IsConsumed());
	EXPECT(Jobs->GetJobs()[1]->ShimStatus.IsEmpty() && Executor->ShimErrors.IsEmpty());
}

TEST(an_engine_that_fails_and_presets_that_cannot_be_give_frames_up_with_their_reason)
{
	FFolder Folder;
	LoadModules();
	MakeAssets();
	Unreal(Folder);
	// A graph without output settings has no frames of its own, and this one writes nothing.
	MakeSequence(FFrameRate(25, 1), 0, 1);
	const auto& Job = Submitted(Queue(Take(Folder), TEXT("/Game/Empty.Empty"), 0, 1), Folder / "ledger");
	EXPECT(Job.ShimStatus.Contains(TEXT("0 of 1 frames committed, 1 given up")));
	EXPECT(Harness::Said("needs an output node that writes files"));
}

TEST(a_range_that_is_wanted_as_pngs_has_the_queue_write_them_and_the_preset_stays_as_it_was)
{
	MakeAssets();
	FCycloramaTask Task = TaskOf(TEXT("/Game/Fine"));
	Task.bPng = true;
	auto* Job = NewObject<UMoviePipelineExecutorJob>();
	// An engine without the class says so, and draws nothing in vain.
	EXPECT(CycloramaRange::Prepare(*Job, Task).Contains(TEXT("writes no PNG files")));
	UClass* Png = UMoviePipelineImageSequenceOutput_PNG::StaticClass();
	Shim::Classes()[FString(TEXT("/Script/MovieRenderPipelineRenderPasses.MoviePipelineImageSequenceOutput_PNG"))] = Png;
	Job = NewObject<UMoviePipelineExecutorJob>();
	EXPECT(CycloramaRange::Prepare(*Job, Task).IsEmpty());
	EXPECT(Job->GetConfiguration()->FindSettingByClass(Png) != nullptr);
	const auto* Preset = Cast<UMoviePipelinePrimaryConfig>(Shim::Assets()[FString(TEXT("/Game/Fine.Fine"))]);
	EXPECT(Preset->FindSettingByClass(Png) == nullptr);
	// Where EXR is wanted nothing is added.
	Task.bPng = false;
	Job = NewObject<UMoviePipelineExecutorJob>();
	EXPECT(CycloramaRange::Prepare(*Job, Task).IsEmpty());
	EXPECT(Job->GetConfiguration()->FindSettingByClass(Png) == nullptr);
}

TEST(an_executor_that_no_worker_started_ends_at_once)
{
	LoadModules();
	Shim::SetCommandLine("UnrealEditor -CycloramaWorker=127.0.0.1:9");
	auto* Worker = NewObject<UCycloramaWorkerExecutor>();
	Worker->Execute(nullptr);
	EXPECT(Harness::Until([&] { return Worker->ShimFinished == 1; }));
	EXPECT(!Worker->IsRendering());
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == 1);
}
