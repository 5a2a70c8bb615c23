#include "Content.h"
#include "CycloramaAssets.h"
#include "CycloramaRegistry.h"

using namespace Content;

TEST(a_project_is_published_and_brought_elsewhere_by_commandlets)
{
	FProject Project;
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Map=/Game/Maps/Stage -Message=moved")) == 3);
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Map=/Game/Maps/Stage -Message=moved -MakeStore")) == 0);
	EXPECT(Told("published 4 files") == 1);
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words()) == 0);
	EXPECT(Told("nothing changed") == 1);
	const fs::path Elsewhere = Project.Top / "elsewhere";
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Folder=" + Elsewhere.string())) == 0);
	for (const char* File : {"Content/Maps/Stage.umap", "Content/Rock.uasset", "Content/Rock.ubulk"})
	{
		EXPECT(Read(Elsewhere / File) == Read(Project.Folder / File));
	}
	// What somebody changed by hand stays, and is named.
	Write(Elsewhere / "Content/Rock.uasset", "mine");
	Shim::TakeLog();
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Folder=" + Elsewhere.string())) == 4);
	EXPECT(Told("Content/Rock.uasset was changed here") == 1);
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Keep=mine -Folder=" + Elsewhere.string())) == 0);
	EXPECT(Read(Elsewhere / "Content/Rock.uasset") == "mine");
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Keep=theirs -Folder=" + Elsewhere.string())) == 0);
	EXPECT(Read(Elsewhere / "Content/Rock.uasset") == std::string(400, 'r'));
	// Only a part of it.
	const fs::path Part = Project.Top / "part";
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Only=Content/Maps/** -Folder=" + Part.string())) == 0);
	EXPECT(fs::exists(Part / "Content/Maps/Stage.umap") && !fs::exists(Part / "Content/Rock.uasset"));
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-DryRun -Folder=" + (Project.Top / "dry").string())) == 0);
	EXPECT(!fs::exists(Project.Top / "dry/Content"));
}

TEST(a_map_that_misses_something_is_not_published_and_what_is_missing_is_named)
{
	FProject Project;
	Shim::Registry().Known["/Game/Rock"] = {{"/Game/Gone"}, {}};
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Map=/Game/Maps/Stage -MakeStore")) == 8);
	EXPECT(Told("/Game/Gone is missing, needed by /Game/Rock") == 1);
	EXPECT(!fs::exists(Project.Store));
	// A package that the registry does not know is not passed over in silence.
	Shim::Registry().Known.erase("/Game/Rock");
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Map=/Game/Maps/Stage -MakeStore")) == 8);
	EXPECT(Told("does not know it") == 1);
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Map=/Game/Nowhere -MakeStore")) == 3);
}

TEST(the_registry_is_asked_about_each_package_once_and_files_that_belong_to_it_come_along)
{
	FProject Project;
	TArray<FString> Maps;
	Maps.Add(FString(TEXT("/Game/Maps/Stage")));
	const auto Closure = FCycloramaClosure::Start(Wide(Project.Folder.string()), Maps);
	EXPECT(Closure->State() == ECycloramaWorkState::Running);
	FCycloramaRegistry::Answer(*Closure);
	EXPECT(Closure->State() == ECycloramaWorkState::Done);
	// Two packages, hard and soft.
	EXPECT(Shim::Registry().Asked == 4 && Shim::Registry().AskedSoft == 2);
	const auto Files = Closure->Files();
	EXPECT(Files.Num() == 3 && Files[2] == FString(TEXT("Content/Rock.ubulk")));
	EXPECT(Closure->Missing().IsEmpty() && Closure->Text().Contains(TEXT("2 packages, 3 files")));
}

TEST(a_publish_is_polled_and_ends_whether_anybody_waits_or_not)
{
	FProject Project;
	FCycloramaPublish What;
	What.Folder = Wide(Project.Folder.string());
	What.Store = Wide(Project.Store.string());
	What.bMakeStore = true;
	const auto Work = FCycloramaAssets::Publish(What);
	EXPECT(Harness::Until([&] { return Work->State() != ECycloramaWorkState::Running; }, 30.0));
	EXPECT(Work->State() == ECycloramaWorkState::Done && Work->ExitCode() == 0);
	const FCycloramaProgress Progress = Work->Progress();
	EXPECT(Progress.Total > 0 && Progress.Done == Progress.Total && Progress.Fraction == 1.0);
	EXPECT(!Work->Text().IsEmpty());
}

TEST(work_begun_and_dropped_leaves_no_thread_and_no_file_behind)
{
	FProject Project;
	FCycloramaPublish What;
	What.Folder = Wide(Project.Folder.string());
	What.Store = Wide(Project.Store.string());
	What.bMakeStore = true;
	EXPECT(FCycloramaAssets::Publish(What)->Wait(30000000) == ECycloramaWorkState::Done);
	std::pair<int, int> First;
	for (int Cycle = 0; Cycle < Harness::Cycles(); ++Cycle)
	{
		const auto Work = FCycloramaAssets::Publish(What);
		EXPECT(Work->Wait(30000000) == ECycloramaWorkState::Done);
		FCycloramaAssets::Publish(FCycloramaPublish())->Wait(30000000);
		if (Cycle == 5)
		{
			First = Harness::Owned();
		}
	}
	// Threads of the pool that reads files come and go within what it had.
	EXPECT(Harness::Owned().second <= First.second && Harness::Owned().first <= First.first + 16);
}

TEST(the_engines_exit_asks_everything_to_stop_and_does_not_wait)
{
	FProject Project;
	FCycloramaPublish What;
	What.Folder = Wide(Project.Folder.string());
	What.Store = Wide(Project.Store.string());
	What.bMakeStore = true;
	int Stopped = 0;
	double Best = 1e9;
	// Of some tries one is stopped in the middle: this machine may be busy with others.
	for (int Try = 0; Try < 20 && Stopped == 0; ++Try)
	{
		Write(Project.Folder / "Content/Rock.ubulk", std::string(1000000, static_cast<char>('a' + Try)));
		const auto Work = FCycloramaAssets::Publish(What);
		const double Before = FPlatformTime::Seconds();
		FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
		Best = std::min(Best, FPlatformTime::Seconds() - Before);
		const auto Ended = Work->Wait(30000000);
		EXPECT(Ended == ECycloramaWorkState::Cancelled || Ended == ECycloramaWorkState::Done);
		Stopped += Ended == ECycloramaWorkState::Cancelled;
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	}
	EXPECT(Stopped == 1 && Best < 0.05);
	// Begun again, it goes on.
	EXPECT(FCycloramaAssets::Publish(What)->Wait(30000000) == ECycloramaWorkState::Done);
}
