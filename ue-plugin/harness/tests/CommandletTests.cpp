// The commandlets: their words, their exit codes, and an engine that is asked to end.
#include "Content.h"
#include "CycloramaRenderSettings.h"

using namespace Content;

TEST(commandlets_say_what_is_missing_and_give_the_commands_exit_codes)
{
	FProject Project;
	EXPECT(Run<UCycloramaPublishCommandlet>("") == 2);
	EXPECT(Told("-Store= is missing") == 1);
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words()) == 3);
	EXPECT(Run<UCycloramaRenderCommandlet>("-Map=/Game/Maps/Stage") == 2);
	EXPECT(Run<UCycloramaRenderCommandlet>("-Take=nowhere -Plan") == 3);
	EXPECT(Told("nowhere") >= 1);
}

TEST(what_somebody_else_has_locked_is_named_and_stops_a_publish_that_shall_stop)
{
	FProject Project;
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore")) == 0);
	Command("assets locks " + Project.Store.string() + " --person eve take Content/Rock.uasset --note shading");
	Write(Project.Folder / "Content/Rock.uasset", "changed");
	Shim::TakeLog();
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-RefuseLocked")) == 4);
	bool bNamed = false;
	for (const auto& Line : Shim::TakeLog())
	{
		bNamed |= Line.Text.find("`Content/Rock.uasset` is locked by eve at ") != std::string::npos && Line.Text.find("(shading); talk to them") != std::string::npos;
		EXPECT(Line.Text.find("published") == std::string::npos);
	}
	EXPECT(bNamed);
	// Nothing was sent: the same again, without the word, sends it and names the owner all the same.
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words()) == 0);
	int Said = 0;
	for (const auto& Line : Shim::TakeLog())
	{
		Said += Line.Text.find("is locked by eve at ") != std::string::npos;
		EXPECT(Line.Text.find("nothing changed") == std::string::npos);
	}
	EXPECT(Said == 1);
	// Who has the lock is in nobody's way.
	Write(Project.Folder / "Content/Rock.uasset", "changed again");
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-RefuseLocked -Author=eve")) == 0);
	EXPECT(Told("is locked by") == 0);
	EXPECT(Printed("assets log " + Project.Store.string()).find("eve") != std::string::npos);
}

TEST(a_version_is_made_just_this_folder_where_that_is_said)
{
	FProject Project;
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore")) == 0);
	// Others went on meanwhile, and the folder knows nothing of it.
	const fs::path Other = Project.Top / "other";
	Write(Other / "Stage.uproject", "{}");
	Write(Other / "Content/Rock.uasset", "theirs");
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Keep=mine -Folder=" + Other.string())) == 0);
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Replace -Folder=" + Other.string())) == 0);
	const fs::path Fresh = Project.Top / "fresh";
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Folder=" + Fresh.string())) == 0);
	EXPECT(Read(Fresh / "Content/Rock.uasset") == "theirs" && !fs::exists(Fresh / "Content/Maps/Stage.umap"));
}

TEST(words_that_cannot_be_are_told_and_nothing_is_done)
{
	FProject Project;
	const auto Refused = [&](int32 Code, const char* Sentence) {
		EXPECT(Code == 2);
		EXPECT(Told(Sentence) == 1);
		EXPECT(!fs::exists(Project.Store) && !fs::exists(Project.Top / "else"));
	};
	Refused(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore -DryRn")), "-DryRn is no word of this: -DryRun is");
	Refused(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore -Keep=mne")), "-Keep= is mine or theirs, not `mne`");
	Refused(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore -DryRun=yes")), "-DryRun stands alone");
	Refused(Run<UCycloramaHydrateCommandlet>(Project.Words("-Floder=" + (Project.Top / "else").string())), "-Floder is no word of this: -Folder= is");
	Refused(Run<UCycloramaHydrateCommandlet>(Project.Words("-Map")), "-Map= needs a value");
	Refused(Run<UCycloramaRenderCommandlet>("-Take=a -Workers=x"), "-Workers= is a number from 1 to 256, not `x`");
	Refused(Run<UCycloramaRenderCommandlet>("-Take=a -WalkIn=-1"), "-WalkIn= is a number from 0 to 1000");
	Refused(Run<UCycloramaRenderCommandlet>("-Take=a -Format=jpg"), "-Format= is exr or png, not `jpg`");
	Refused(Run<UCycloramaRenderCommandlet>("-Take=a -Pan"), "-Pan is no word of this: -Plan is");
	Refused(Run<UCycloramaDoctorCommandlet>("-Stroe=" + Project.Store.string()), "-Stroe is no word of this: -Store= is");
	// What the engine itself is started with is the engine's.
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore -run=CycloramaPublish -unattended -nullrhi -stdout -AbsLog=x.log")) == 0);
}

TEST(a_word_that_the_engine_does_not_take_apart_is_read_all_the_same)
{
	FProject Project;
	const auto Log = [&] { return Printed("assets log " + Project.Store.string()); };
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore -Message=fps=24")) == 0);
	EXPECT(Log().find("fps=24") != std::string::npos);
	Write(Project.Folder / "Content/Rock.uasset", "changed");
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Message=\"wall=moved by=two\"")) == 0);
	EXPECT(Log().find("wall=moved by=two") != std::string::npos && Log().find('"') == std::string::npos);
	// An empty one is not as good as none: what the settings say is not what was asked for.
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->Store.Path = Wide(Project.Store.string());
	Settings->Ledger.Path = Wide((Project.Top / "ledger").string());
	EXPECT(Run<UCycloramaPublishCommandlet>("-Store=") == 2);
	EXPECT(Told("-Store= is missing") == 1);
	for (const char* Word : {"-Watch=", "-Cancel="})
	{
		EXPECT(Run<UCycloramaRenderCommandlet>(Word) == 2);
		EXPECT(Told(std::string(Word) + " needs a value right behind the =") == 1);
	}
	EXPECT(Run<UCycloramaHydrateCommandlet>("-Map=") == 2);
	EXPECT(Told("-Map= needs a value right behind the =") == 1);
}

TEST(the_doctor_examines_the_machine_the_folder_and_the_map)
{
	FProject Project;
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore")) == 0);
	Write(Project.Folder / "Content/New.uasset", "new");
	Shim::TakeLog();
	const int32 Code = Run<UCycloramaDoctorCommandlet>(Project.Words("-Map=/Game/Maps/Stage -Command=" CYCLORAMA_COMMAND));
	EXPECT(Code == 0 || Code == 8);
	bool bMachine = false;
	bool bFolder = false;
	bool bMap = false;
	for (const auto& Line : Shim::TakeLog())
	{
		bMachine |= Line.Text.find("ok: worker") != std::string::npos;
		bFolder |= Line.Text.find("1 change here") != std::string::npos;
		bMap |= Line.Text.find("2 packages, 3 files; all of it is here") != std::string::npos;
	}
	EXPECT(bMachine && bFolder && bMap);
}

TEST(an_engine_that_is_asked_to_end_cancels_what_a_commandlet_waits_for)
{
	FProject Project;
	const FFolder Folder;
	const std::string Ledger = "-Ledger=" + Folder / "ledger";
	const std::string Words = "-Take=" + Take(Folder) + " -Map=/Game/Maps/Stage -Sequence=/Game/Shots/A -Preset=/Game/Fine -Frames=0-3 " + Ledger;
	// Its workers cannot be started: the job stands in its ledger, and nobody works on it.
	EXPECT(Run<UCycloramaRenderCommandlet>(Words + " -Command=/no/such/cyclorama") == 1);
	Shim::TakeLog();
	// Somebody waits for a word of how far it is, and has enough then.
	std::thread Waits([] {
		bool bSaid = false;
		while (!bSaid)
		{
			bSaid = Harness::Said("0 %");
		}
		Shim::bExitRequested = true;
	});
	EXPECT(Run<UCycloramaRenderCommandlet>(Ledger + " -Watch") == 7);
	Waits.join();
	Shim::bExitRequested = false;
	EXPECT(Told("stopped watching") == 1);
	EXPECT(Run<UCycloramaRenderCommandlet>(Ledger + " -Cancel=nowhere") == 3);
	EXPECT(Run<UCycloramaRenderCommandlet>(Ledger + " -Cancel") == 0);
	EXPECT(Told("0 of 4 frames committed, cancelled") == 1);
	// Not all of it was drawn, and nobody will.
	EXPECT(Run<UCycloramaRenderCommandlet>(Ledger + " -Watch") == 8);
	GetMutableDefault<UCycloramaRenderSettings>()->Ledger.Path = FString();
	EXPECT(Run<UCycloramaRenderCommandlet>("-Watch") == 2);
	EXPECT(Told("-Ledger= is missing") == 1);
}

TEST(what_a_frames_file_is_and_holds_is_ordered_by_words_or_settings_as_by_the_command)
{
	const FProject Project;
	const FFolder Folder;
	const std::string File = Take(Folder);
	const auto Planned = [&](const std::string& More) {
		Shim::TakeLog();
		EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + File + " -Map=/Game/M -Sequence=/Game/S -Preset=/Game/P -Frames=0-3 -Plan " + More) == 0);
		std::string All;
		for (const auto& Line : Shim::TakeLog())
		{
			All += Line.Text + "\n";
		}
		return All;
	};
	const auto Said = [](const std::string& All, const char* Words) { return All.find(Words) != std::string::npos; };
	EXPECT(Said(Planned(""), "as OpenEXR in lin_rec709_scene") && Said(Planned(""), "passes: beauty (R, G, B), all"));
	EXPECT(Said(Planned("-Format=png"), "as PNG in srgb_rec709_scene"));
	// Layers may be written as the preset does.
	EXPECT(Said(Planned("-Passes=WorldDepth+Mist"), "mist (mist.*, as its host means it), worlddepth (worlddepth.*"));
	const std::string Same = "render plan " + File + " --host unreal --map /Game/M --sequence /Game/S --preset /Game/P --frames 0-3 --walk-in 32 --passes beauty,worlddepth";
	const std::string Command = Printed(Same);
	EXPECT(Said(Planned("-Passes=WorldDepth"), Command.substr(Command.find("digest of all of this")).c_str()));
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->Passes.Add(FString(TEXT("WorldDepth")));
	EXPECT(Said(Planned(""), "worlddepth (worlddepth.*") && !Said(Planned("-Passes="), "worlddepth"));
	// A PNG has no place for them.
	EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + File + " -Map=/Game/M -Sequence=/Game/S -Preset=/Game/P -Format=png -Plan") == 2);
	EXPECT(Told("the pass worlddepth needs EXR frames") == 1);
	Settings->Passes = TArray<FString>();
	Settings->FrameFormat = FString(TEXT("tiff"));
	EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + File + " -Map=/Game/M -Sequence=/Game/S -Preset=/Game/P -Plan") == 2);
	EXPECT(Told("`tiff` is no format of frames: wanted is exr or png") == 1);
}

TEST(a_job_names_the_published_version_of_the_project_as_the_command_does)
{
	FProject Project;
	const FFolder Folder;
	for (const char* File : {"Maps/Stage.umap", "Rock.uasset", "Tree.uasset"})
	{
		Write(Project.Folder / "Content" / File, Read(fs::path(TEST_DATA) / "unreal" / fs::path(File).filename()));
	}
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore")) == 0);
	const std::string File = Take(Folder);
	const auto Planned = [&](const std::string& More) {
		Shim::TakeLog();
		EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + File + " -Map=/Game/Maps/Stage -Sequence=/Game/Rock -Preset=/Game/Tree -Frames=0-3 -Plan " + More) == 0);
		std::string Job;
		for (const auto& Line : Shim::TakeLog())
		{
			Job = Line.Text.rfind("job ", 0) == 0 ? Line.Text.substr(4) : Job;
		}
		EXPECT(!Job.empty());
		return Job;
	};
	const std::string Content = "-Content=" + Project.Store.string();
	const std::string First = Planned(Content);
	EXPECT(First != Planned("") && First == Planned(Content + "@main"));
	const std::string Same = "render plan " + File + " --host unreal --map /Game/Maps/Stage --sequence /Game/Rock --preset /Game/Tree --frames 0-3 --walk-in 32 --json --project " + Project.Store.string();
	EXPECT(Printed(Same).find(First) != std::string::npos);
	// Another version is another job; the settings may say that every job has one.
	Write(Project.Folder / "Content/Rock.ubulk", "changed");
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words()) == 0);
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->Store.Path = Wide(Project.Store.string());
	Settings->bSendProject = true;
	const std::string Second = Planned("");
	EXPECT(Second != First && Second == Planned(Content) && Printed(Same).find(Second) != std::string::npos);
	// Without a store it cannot go along, and that is told; who says that there is none means it.
	Settings->Store.Path = FString();
	EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + File + " -Frames=0-3 -Host=builtin -Plan") == 2);
	EXPECT(Told("Send the project along is on, and -Content= is missing") == 1);
	EXPECT(Planned("-Content=") == Planned("-Content="));
	Settings->Store.Path = Wide(Project.Store.string());
	// Packs go along, and what is none is told.
	Settings->Packs.Add(Wide("ddc=" + Project.Store.string()));
	EXPECT(Planned("") != Second);
	Settings->Packs.Add(FString(TEXT("nameless")));
	EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + File + " -Frames=0-3 -Host=builtin -Plan") == 2);
	EXPECT(Told("`nameless` is no pack") == 1);
}
