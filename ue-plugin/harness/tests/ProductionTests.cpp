// Content and renders in the editor's tab, pressed as an artist presses them.
#include "Content.h"
#include "CycloramaRenderSettings.h"
#include "Shim/RenderEditor.h"
#include "Shim/Slate.h"

using namespace Content;

namespace
{
	/// An editor with a project that was published once, and the tab.
	struct FProduction
	{
		FProduction()
		{
			EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-MakeStore")) == 0);
			auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
			Settings->Store.Path = Wide(Project.Store.string());
			Settings->Command.FilePath = Wide(CYCLORAMA_COMMAND);
			for (const TCHAR* Module : {TEXT("CycloramaEditor"), TEXT("CycloramaRenderEditor")})
			{
				FModuleManager::Get().LoadModule(FName(Module));
			}
		}
		~FProduction()
		{
			FGlobalTabmanager::Get()->ShimOpen.Reset();
			for (const TCHAR* Module : {TEXT("CycloramaRenderEditor"), TEXT("CycloramaEditor")})
			{
				FModuleManager::Get().UnloadModule(FName(Module));
			}
		}
		SWidget& Panel()
		{
			const auto Tab = FGlobalTabmanager::Get()->TryInvokeTab(FTabId(FName(TEXT("Cyclorama"))));
			EXPECT(Tab.IsValid());
			return *Tab.Get();
		}
		/// Turns the engine's loop until the tab says so.
		void Says(const char* Text)
		{
			if (!Harness::Until([&] { return Shim::Texts(Panel()).find(Text) != std::string::npos; }, 30.0))
			{
				Harness::Fail(__FILE__, __LINE__, std::string("not said: ") + Text + "\n" + Shim::Texts(Panel()));
			}
		}
		/// A button that is not greyed out.
		void Press(const TCHAR* Text)
		{
			EXPECT(Harness::Until([&] { return Shim::Press(Panel(), Text); }, 30.0));
		}
		void Write(const char* Message)
		{
			SWidget* Box = Shim::Find(Panel(), [](const SWidget& Widget) { return Widget.ShimChanged && Widget.ShimHint.ToString().Contains(TEXT("wall moved")); });
			Box->ShimChanged(FText::FromString(Wide(Message)));
		}

		FProject Project;
	};

	UPackage* Unsaved(const TCHAR* Name)
	{
		auto* Package = NewObject<UPackage>();
		Package->ShimName = FString(Name);
		return Package;
	}
}

TEST(an_artist_publishes_and_gets_the_newest_with_the_buttons)
{
	FProduction Editor;
	const FProject& Project = Editor.Project;
	Editor.Says("nothing changed here; nobody published meanwhile");
	Files::Write(Project.Folder / "Content/Rock.uasset", "changed");
	Editor.Press(TEXT("What changed"));
	Editor.Says("1 change here; nobody published meanwhile");
	Editor.Says("Content/Rock.uasset was changed");
	Editor.Write("the rock is smaller");
	// Only what is saved is a file: who forgot is told of what.
	UEditorLoadingAndSavingUtils::ShimContent.Add(Unsaved(TEXT("/Game/Rock")));
	UEditorLoadingAndSavingUtils::ShimMaps.Add(Unsaved(TEXT("/Temp/Untitled_1")));
	UEditorLoadingAndSavingUtils::ShimMaps.Add(Unsaved(TEXT("/Game/Maps/Stage")));
	Editor.Press(TEXT("Publish"));
	Editor.Says("Save first: /Game/Rock, /Game/Maps/Stage");
	Editor.Press(TEXT("Get the newest"));
	Editor.Says("Save first: /Game/Rock, /Game/Maps/Stage");
	UEditorLoadingAndSavingUtils::ShimContent.Reset();
	UEditorLoadingAndSavingUtils::ShimMaps.Reset();
	// A map that never had a name is in nobody's way.
	UEditorLoadingAndSavingUtils::ShimMaps.Add(Unsaved(TEXT("/Temp/Untitled_1")));
	Editor.Press(TEXT("Publish"));
	Editor.Says("published 4 files");
	EXPECT(Printed("assets log " + Project.Store.string()).find("the rock is smaller") != std::string::npos);
	// Somebody else goes on.
	const fs::path Elsewhere = Project.Top / "elsewhere";
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Folder=" + Elsewhere.string())) == 0);
	Files::Write(Elsewhere / "Content/Rock.uasset", "theirs");
	EXPECT(Run<UCycloramaPublishCommandlet>(Project.Words("-Folder=" + Elsewhere.string())) == 0);
	Editor.Press(TEXT("What changed"));
	Editor.Says("others published meanwhile");
	Editor.Press(TEXT("Get the newest"));
	Editor.Says("wrote 1 file");
	EXPECT(Read(Project.Folder / "Content/Rock.uasset") == "theirs");
	// And has locked what is changed here next.
	Command("assets locks " + Project.Store.string() + " --person eve take Content/Rock.uasset");
	Files::Write(Project.Folder / "Content/Rock.uasset", "mine");
	Editor.Press(TEXT("Publish"));
	Editor.Says("`Content/Rock.uasset` is locked by eve");
	EXPECT(Run<UCycloramaHydrateCommandlet>(Project.Words("-Folder=" + (Project.Top / "third").string())) == 0);
	EXPECT(Read(Project.Top / "third/Content/Rock.uasset") == "theirs");
}

TEST(a_publish_is_cancelled_with_the_button_and_the_next_one_goes_on)
{
	FProduction Editor;
	Editor.Says("nothing changed here");
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Cancel")));
	Files::Write(Editor.Project.Folder / "Content/Rock.ubulk", std::string(30000000, 'c'));
	Editor.Press(TEXT("Publish"));
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Publish")) && !Shim::Press(Editor.Panel(), TEXT("Get the newest")));
	Editor.Press(TEXT("Cancel"));
	Editor.Says("cancelled");
	Editor.Press(TEXT("Publish"));
	Editor.Says("published 4 files");
}

TEST(a_publish_goes_on_when_the_tab_is_closed_and_the_next_one_shows_how_it_went)
{
	FProduction Editor;
	Editor.Says("nothing changed here");
	Files::Write(Editor.Project.Folder / "Content/Rock.ubulk", std::string(30000000, 'c'));
	Editor.Press(TEXT("Publish"));
	FGlobalTabmanager::Get()->ShimOpen.Reset();
	Editor.Says("published 4 files");
}

TEST(without_a_store_or_a_ledger_the_tab_says_where_they_are_chosen)
{
	FProduction Editor;
	auto* Settings = GetMutableDefault<UCycloramaRenderSettings>();
	Settings->Store.Path = FString();
	Settings->Ledger.Path = FString();
	Editor.Says("Choose a content store in Project Settings");
	Editor.Says("With a ledger in Project Settings");
	Editor.Press(TEXT("Publish"));
	Editor.Says("Choose a content store in Project Settings");
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("End this job")));
	EXPECT(Shim::WithoutTip(Editor.Panel()) == 0);
}

TEST(the_newest_job_is_followed_and_ended_with_the_buttons)
{
	const FFolder Folder;
	FProduction Editor;
	Editor.Panel();
	const std::string Ledger = Folder / "ledger";
	EXPECT(Run<UCycloramaRenderCommandlet>("-Take=" + Take(Folder) + " -Map=/Game/Maps/Stage -Sequence=/Game/Shots/A -Preset=/Game/Fine -Frames=0-3 -Ledger=" + Ledger + " -Command=/no/such/cyclorama") == 1);
	GetMutableDefault<UCycloramaRenderSettings>()->Ledger.Path = Wide(Ledger);
	std::string Job;
	for (const auto& Known : fs::directory_iterator(fs::path(Ledger) / "jobs"))
	{
		Job = Known.path().filename().string();
	}
	Editor.Press(TEXT("Newest job"));
	Editor.Says(("Job " + Job + ": 0 %").c_str());
	Editor.Press(TEXT("End this job"));
	Editor.Says(("job " + Job + ": 0 of 4 frames committed, cancelled").c_str());
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("End this job")));
}

TEST(render_remote_becomes_ours_with_a_button_that_is_grey_then)
{
	FProduction Editor;
	const auto* Queue = GetDefault<UMovieRenderPipelineProjectSettings>();
	Editor.Press(TEXT("Let Render (Remote) send to Cyclorama"));
	EXPECT(Queue->DefaultRemoteExecutor.ToString() == FString(TEXT("/Script/CycloramaRender.CycloramaSubmitExecutor")) && Queue->ShimSaved == 1);
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Let Render (Remote) send to Cyclorama")));
}

TEST(a_remote_executor_that_cannot_be_kept_is_told)
{
	FProduction Editor;
	GetMutableDefault<UMovieRenderPipelineProjectSettings>()->bShimWritable = false;
	Editor.Press(TEXT("Let Render (Remote) send to Cyclorama"));
	EXPECT(Told("DefaultEditor.ini cannot be written") == 1);
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Let Render (Remote) send to Cyclorama")));
}

TEST(the_tab_checks_the_machine_when_it_is_asked)
{
	FProduction Editor;
	EXPECT(Shim::Texts(Editor.Panel()).find("worker") == std::string::npos);
	GetMutableDefault<UCycloramaRenderSettings>()->Command.FilePath = FString(TEXT("/no/such/cyclorama"));
	Editor.Press(TEXT("Check this machine"));
	Editor.Says("/no/such/cyclorama");
}

TEST(the_section_goes_with_its_module_though_the_tab_is_open)
{
	FProduction Editor;
	Editor.Says("nothing changed here");
	const int32 With = FTSTicker::GetCoreTicker().ShimCount();
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaRenderEditor")));
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == With - 1);
	EXPECT(Shim::Texts(Editor.Panel()).find("nothing changed here") == std::string::npos && !Shim::Press(Editor.Panel(), TEXT("Publish")));
	EXPECT(Shim::Texts(Editor.Panel()).find("Record takes") != std::string::npos);
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaRenderEditor")));
	Editor.Says("nothing changed here");
}

TEST(a_tab_whose_module_ends_first_lets_go_of_what_others_put_into_it)
{
	FProduction Editor;
	Editor.Says("nothing changed here");
	const auto Tab = FGlobalTabmanager::Get()->ShimOpen;
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaEditor")));
	EXPECT(Shim::Texts(*Tab.Get()).find("nothing changed here") == std::string::npos);
	// Whose section it was ends later, as the engine does with what was loaded meanwhile.
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaRenderEditor")));
	EXPECT(!Shim::Texts(*Tab.Get()).empty());
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaEditor")));
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaRenderEditor")));
	Editor.Says("nothing changed here");
}
