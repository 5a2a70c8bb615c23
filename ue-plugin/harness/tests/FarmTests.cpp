// Jobs on a farm, and an editor that ends while the farm draws. The farm is Slurm's three commands, in a few lines of shell.
#include "CycloramaCommandlets.h"
#include "Rendering.h"

#include <sys/stat.h>

using namespace Rendering;

namespace
{
	/// A farm of this machine, a project, and a queue's worth of settings.
	struct FFarm
	{
		FFarm()
		{
			// Absolute, whatever the process was started with.
			Make("sbatch", "cat >\"$here/script\"; : >\"$here/pids\"\n"
				"for word; do case \"$word\" in --array=0-*) last=\"${word#--array=0-}\";; esac; done\n"
				"for slot in $(seq 0 \"$last\"); do\n"
				"    SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=\"$slot\" sh \"$here/script\" </dev/null >>\"$here/log\" 2>&1 & echo $! >>\"$here/pids\"\n"
				"done\necho 7");
			Make("squeue", "while read -r pid; do if kill -0 \"$pid\" 2>/dev/null; then echo 'RUNNING|None'; fi; done <\"$here/pids\"");
			Make("scancel", "echo \"$@\" >>\"$here/cancelled\"; kill $(cat \"$here/pids\") 2>/dev/null || true");
			setenv("PATH", ((Folder / "bin") + ":" + getenv("PATH")).c_str(), 1);
			setenv("CYCLORAMA_RENDER_UNREAL", Harness::Utf8(FPlatformProcess::ExecutablePath()).c_str(), 1);
			setenv("CYCLORAMA_RENDER_UNREAL_PROJECT", (Folder / "Stage.uproject").c_str(), 1);
			LoadModules();
			MakeAssets();
			Unreal(Folder);
			auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
			Settings->Engine = FString(TEXT("slurm"));
			Settings->Ledger.Path = Wide(Ledger);
			Settings->Command.FilePath = Wide(CYCLORAMA_COMMAND);
		}
		bool IsCancelled() const { return fs::exists(Folder.Path / "bin/cancelled"); }
		/// Turns the engine's loop until so many frames are in the ledger.
		bool Draws(std::size_t Count) const
		{
			return Harness::Until([&] { return Frames(Ledger).size() >= Count; }, 90.0);
		}
		/// A queue of one job, of so many frames.
		UMoviePipelineQueue* Jobs(int32 Count) const { return Queue(Take(Folder), TEXT("/Game/Fine.Fine"), 0, Count); }

		FFolder Folder;
		std::string Ledger = Folder / "ledger";

	private:
		void Make(const char* Name, const std::string& Lines) const
		{
			const fs::path File = Folder.Path / "bin" / Name;
			Write(File, "#!/bin/sh\nhere=\"$(dirname \"$0\")\"\n" + Lines + "\n");
			EXPECT(chmod(File.c_str(), 0755) == 0);
		}
	};
}

TEST(a_job_on_a_farm_is_the_farms_once_it_is_sent_and_the_editor_may_end)
{
	const FFarm Farm;
	auto* Jobs = Farm.Jobs(6);
	const auto [Job, Executor] = Ended(Jobs, Farm.Ledger);
	ExpectStatus(*Job, TEXT("it is job 7 of slurm"), __LINE__);
	EXPECT(Job->IsConsumed() && Executor->ShimSucceeded());
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	EXPECT(Farm.Draws(6) && !Farm.IsCancelled());
	Command("render verify --ledger " + Farm.Ledger);
	// Of what is drawn nobody is asked to draw anything.
	LoadModules();
	fs::remove(Farm.Folder.Path / "bin/script");
	Job->SetConsumed(false);
	EXPECT(Submitted(Jobs, Farm.Ledger).ShimStatus.Contains(TEXT("6 of 6 frames committed")));
	EXPECT(!fs::exists(Farm.Folder.Path / "bin/script"));
}

TEST(what_workers_of_a_farm_write_goes_beside_the_ledger_not_where_the_editor_works)
{
	const FFarm Farm;
	const fs::path Here = fs::current_path() / "cyclorama-logs";
	const bool bThere = fs::exists(Here);
	const auto [Job, Executor] = Ended(Farm.Jobs(2), Farm.Ledger);
	EXPECT(Executor->ShimSucceeded() && Farm.Draws(2));
	EXPECT(fs::is_directory(Farm.Ledger + "-logs") && fs::exists(Here) == bThere);
}

TEST(a_job_that_a_farm_draws_is_not_sent_to_it_twice)
{
	const FFarm Farm;
	auto* Jobs = Farm.Jobs(600);
	ExpectStatus(*Ended(Jobs, Farm.Ledger).first, TEXT("it is job 7 of slurm"), __LINE__);
	EXPECT(Farm.Draws(1));
	fs::remove(Farm.Folder.Path / "bin/script");
	Jobs->GetJobs()[0]->SetConsumed(false);
	ExpectStatus(Submitted(Jobs, Farm.Ledger), TEXT("is drawn already"), __LINE__);
	EXPECT(!fs::exists(Farm.Folder.Path / "bin/script") && !Farm.IsCancelled());
	EXPECT(NewObject<UCycloramaRenderCommandlet>()->Main(FString(TEXT("-Cancel"))) == 0);
}

TEST(an_editor_that_ends_while_it_waits_for_a_farm_leaves_the_farm_alone)
{
	const FFarm Farm;
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->bWaitForFarm = true;
	Settings->WalkIn = 2;
	Settings->Samples = 1;
	auto* Jobs = Farm.Jobs(30);
	auto* Executor = NewObject<UCycloramaSubmitExecutor>();
	Executor->Execute(Jobs);
	EXPECT(Farm.Draws(1));
	EXPECT(Executor->IsRendering());
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	EXPECT(Harness::Until([&] { return Executor->ShimFinished == 1; }, 30.0));
	ExpectStatus(*Jobs->GetJobs()[0], TEXT("slurm goes on with it"), __LINE__);
	EXPECT(Farm.Draws(30) && !Farm.IsCancelled());
}

TEST(who_waits_for_a_farm_and_cancels_ends_its_slots)
{
	const FFarm Farm;
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->bWaitForFarm = true;
	auto* Jobs = Farm.Jobs(600);
	auto* Executor = NewObject<UCycloramaSubmitExecutor>();
	Executor->Execute(Jobs);
	EXPECT(Farm.Draws(1));
	Executor->CancelAllJobs();
	EXPECT(Harness::Until([&] { return Executor->ShimFinished == 1; }, 60.0));
	ExpectStatus(*Jobs->GetJobs()[0], TEXT("cancelled: committed frames are safe"), __LINE__);
	EXPECT(Farm.IsCancelled());
}

TEST(a_commandlet_may_leave_a_job_to_its_farm_and_take_it_back_later)
{
	const FFarm Farm;
	const auto Run = [](const std::string& Words) { return NewObject<UCycloramaRenderCommandlet>()->Main(Wide(Words)); };
	EXPECT(Run("-Take=" + Take(Farm.Folder) + " -Map=/Game/Maps/Stage -Sequence=/Game/Shots/A -Preset=/Game/Fine -Frames=0-299 -Detach") == 0);
	EXPECT(Harness::Said("it is job 7 of slurm"));
	EXPECT(Farm.Draws(1));
	EXPECT(Run("-Cancel") == 0);
	EXPECT(Run("-Watch") == 8 && Harness::Said(", cancelled"));
	EXPECT(!Farm.IsCancelled());
}
