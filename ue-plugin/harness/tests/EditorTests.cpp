// The editor's tab, its buttons, menus, pre-flight and Take Recorder's hand, pressed as an artist presses them.
#include "Harness.h"

#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaLiveLinkSourceFactory.h"
#include "CycloramaPreflight.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTracking.h"
#include "Shim/Editor.h"
#include "Shim/Engine.h"
#include "Shim/LiveLink.h"
#include "Shim/Slate.h"

#include <filesystem>
#include <fstream>

namespace
{
	const TCHAR* const Tracker = TEXT("protocol=freed; bind=127.0.0.1:0");

	/// An editor with the plugin, Live Link and an empty folder for takes.
	struct FEditor
	{
		FEditor()
		{
			std::string Name = std::filesystem::temp_directory_path() / "cyclorama-harness-XXXXXX";
			EXPECT(mkdtemp(Name.data()) != nullptr);
			Folder = Name;
			GEngine = &Engine;
			IModularFeatures::Get().ShimSet(ILiveLinkClient::ModularFeatureName, static_cast<ILiveLinkClient*>(&Client));
			UCycloramaSettings* Settings = GetMutableDefault<UCycloramaSettings>();
			Settings->Connection = FString(Tracker);
			Settings->TakesFolder.Path = FString(UTF8_TO_TCHAR((Folder + "/takes").c_str()));
			Settings->Slate = FString(TEXT("A101"));
			for (const TCHAR* Module : {TEXT("CycloramaCore"), TEXT("CycloramaLiveLink"), TEXT("CycloramaEditor"), TEXT("CycloramaTakes")})
			{
				FModuleManager::Get().LoadModule(FName(Module));
			}
		}
		~FEditor()
		{
			FGlobalTabmanager::Get()->ShimOpen.Reset();
			Client.ShimRemoveSources();
			Engine.SetTimecodeProvider(nullptr);
			Engine.SetCustomTimeStep(nullptr);
			for (const TCHAR* Module : {TEXT("CycloramaTakes"), TEXT("CycloramaEditor"), TEXT("CycloramaLiveLink"), TEXT("CycloramaCore")})
			{
				FModuleManager::Get().UnloadModule(FName(Module));
			}
			GEngine = nullptr;
			std::filesystem::remove_all(Folder);
		}
		SWidget& Panel()
		{
			const auto Tab = FGlobalTabmanager::Get()->TryInvokeTab(FTabId(FName(TEXT("Cyclorama"))));
			EXPECT(Tab.IsValid());
			return *Tab.Get();
		}
		/// Turns the engine's loop until the panel says so.
		bool Says(const char* Text)
		{
			return Harness::Until([&] { return Shim::Texts(Panel()).find(Text) != std::string::npos; });
		}
		std::string Takes() const { return Folder + "/takes"; }

		std::string Folder;
		UEngine Engine;
		Shim::FClient Client;
	};

	std::string Packet(std::size_t At)
	{
		return Harness::Datagrams("freed/derived_from_mosys_f4_first600.freed", 29)[At];
	}

	uint16 TrackerPort()
	{
		return FCycloramaTracking::Open(FString(Tracker))->Port();
	}
}

TEST(a_take_is_recorded_with_the_buttons_and_the_words_say_what_happens)
{
	FEditor Editor;
	EXPECT(Editor.Says("no tracker is listened to"));
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Roll")) && !Shim::Press(Editor.Panel(), TEXT("Cut")));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Record takes")));
	EXPECT(Editor.Says("Ready. Nothing was recorded yet"));
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Record takes")));
	SWidget* Slate = Shim::Find(Editor.Panel(), [](const SWidget& Widget) { return static_cast<bool>(Widget.ShimChanged); });
	Slate->ShimChanged(FText::FromString(FString(TEXT("B7"))));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Roll")));
	EXPECT(Editor.Says("RECORDING B7 take 1"));
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Roll")));
	for (std::size_t At = 0; At < 5; ++At)
	{
		Harness::Send(TrackerPort(), Packet(At));
	}
	SWidget* Note = Shim::Find(Editor.Panel(), [](const SWidget& Widget) { return static_cast<bool>(Widget.ShimCommitted); });
	EXPECT(Note->ShimEnabled());
	Note->ShimCommitted(FText::FromString(FString(TEXT("never"))), ETextCommit::OnUserMovedFocus);
	Note->ShimCommitted(FText::FromString(FString(TEXT("boom in shot"))), ETextCommit::OnEnter);
	EXPECT(Harness::Until([&] { return std::filesystem::exists(Editor.Takes() + "/B7_t001.notes.jsonl") && Shim::Press(Editor.Panel(), TEXT("Cut")); }));
	EXPECT(Editor.Says("Ready. The last one was B7 take 1"));
	EXPECT(std::filesystem::file_size(Editor.Takes() + "/B7_t001.take") > 0);
	std::ifstream Notes(Editor.Takes() + "/B7_t001.notes.jsonl");
	std::string Line;
	std::getline(Notes, Line);
	EXPECT(Line.find("boom in shot") != std::string::npos && !std::getline(Notes, Line));
	EXPECT(Editor.Says("B7 take 1 is closed"));
}

TEST(a_take_keeps_what_came_before_it)
{
	FEditor Editor;
	GetMutableDefault<UCycloramaSettings>()->PreRoll = 10.0f;
	EXPECT(FCycloramaSlate::Get().Record());
	const auto Take = [&](uint64 Number) {
		EXPECT(FCycloramaSlate::Get().Roll(FString(TEXT("P")), 0, FString()));
		EXPECT(Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }));
		EXPECT(FCycloramaSlate::Get().Cut());
		EXPECT(Harness::Until([&] { return FCycloramaSlate::Get().View().Takes == Number; }));
		return std::filesystem::file_size(Editor.Takes() + "/P_t00" + std::to_string(Number) + ".take");
	};
	const auto Empty = Take(1);
	for (std::size_t At = 0; At < 100; ++At)
	{
		Harness::Send(TrackerPort(), Packet(At));
	}
	std::this_thread::sleep_for(std::chrono::milliseconds(100));
	Harness::Send(TrackerPort(), Packet(100));
	std::this_thread::sleep_for(std::chrono::milliseconds(50));
	EXPECT(Take(2) > Empty + 500);
}

TEST(take_recorder_begins_and_ends_ours_under_its_slate_and_number)
{
	FEditor Editor;
	UTakeRecorderPanel Recorder;
	Recorder.ShimMeta.ShimSlate = FString(TEXT("S42"));
	Recorder.ShimMeta.ShimTake = 5;
	UTakeRecorderBlueprintLibrary::ShimPanel = &Recorder;
	UTakeRecorderBlueprintLibrary::bShimRecording = true;
	EXPECT(Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }));
	const auto View = FCycloramaSlate::Get().View();
	EXPECT(View.Slate == FString(TEXT("S42")) && View.Take == 5);
	EXPECT(View.Path.Contains(TEXT("S42_t005.take")));
	// And goes on until Take Recorder ends.
	EXPECT(!Harness::Until([] { return !FCycloramaSlate::Get().View().bRolling; }, 0.2));
	UTakeRecorderBlueprintLibrary::bShimRecording = false;
	EXPECT(Harness::Until([] { return FCycloramaSlate::Get().View().Takes == 1; }));
	// Switched off, it leaves the slate alone; and a cut that nobody began changes nothing.
	GetMutableDefault<UCycloramaSettings>()->bFollowTakeRecorder = false;
	Recorder.ShimMeta.ShimTake = 6;
	UTakeRecorderBlueprintLibrary::bShimRecording = true;
	EXPECT(!Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }, 0.2));
	GetMutableDefault<UCycloramaSettings>()->bFollowTakeRecorder = true;
	EXPECT(!Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }, 0.2));
	UTakeRecorderBlueprintLibrary::bShimRecording = false;
	FTSTicker::GetCoreTicker().ShimTick(0.1f);
	EXPECT(FCycloramaSlate::Get().View().Takes == 1);
}

TEST(without_the_takes_module_the_editor_works_and_nobody_looks_at_take_recorder)
{
	FEditor Editor;
	const int32 Before = FTSTicker::GetCoreTicker().ShimCount();
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaTakes")));
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == Before - 1);
	UTakeRecorderBlueprintLibrary::bShimRecording = true;
	EXPECT(!Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }, 0.2));
	UTakeRecorderBlueprintLibrary::bShimRecording = false;
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Record takes")));
	EXPECT(Editor.Says("Ready. Nothing was recorded yet"));
}

TEST(without_a_folder_take_recorder_is_told_and_nothing_breaks)
{
	FEditor Editor;
	GetMutableDefault<UCycloramaSettings>()->TakesFolder.Path = FString();
	UTakeRecorderBlueprintLibrary::ShimPanel = nullptr;
	UTakeRecorderBlueprintLibrary::bShimRecording = true;
	FTSTicker::GetCoreTicker().ShimTick(0.1f);
	EXPECT(!FCycloramaSlate::Get().View().bRolling);
	EXPECT(Editor.Says("takes are not recorded"));
	UTakeRecorderBlueprintLibrary::bShimRecording = false;
	FTSTicker::GetCoreTicker().ShimTick(0.1f);
}

TEST(every_fix_button_mends_what_its_line_says)
{
	FEditor Editor;
	EXPECT(Editor.Says("PROBLEM  Tracker: nobody listens to the usual tracker yet"));
	EXPECT(Editor.Says("PROBLEM  Live Link"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Add it to Live Link")));
	EXPECT(Editor.Says("OK  Live Link: 1 source(s) of Cyclorama"));
	EXPECT(Editor.Says("PROBLEM  Tracker: nothing arrives"));
	Harness::Send(TrackerPort(), Packet(0));
	EXPECT(Editor.Says("samples a second of freed:"));
	EXPECT(Editor.Says("is not there"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Make the folder")));
	EXPECT(Editor.Says(("OK  Folder of takes: " + Editor.Takes()).c_str()));
	EXPECT(std::filesystem::is_directory(Editor.Takes()));
	EXPECT(Editor.Says("WARNING  Timecode"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Use the tracker's")));
	EXPECT(Editor.Says("OK  Timecode: the tracker's"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Lock to the house")));
	EXPECT(Editor.Says("OK  Genlock: the house's beat"));
	// And while the engine's loop waits for it, where in a frame it is.
	EXPECT(Harness::Until([&] {
		Editor.Engine.GetCustomTimeStep()->UpdateTimeStep(&Editor.Engine);
		return Shim::Texts(Editor.Panel()).find("Genlock: locked to the house's beat, 23.976 frames a second; now ") != std::string::npos;
	}));
	EXPECT(Editor.Engine.GetCustomTimeStep() != nullptr && Editor.Engine.GetTimecodeProvider() != nullptr);
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Keep full speed")));
	EXPECT(Editor.Says("OK  Editor speed"));
	const auto* Performance = GetDefault<UEditorPerformanceSettings>();
	EXPECT(Performance->ShimTold == 1 && Performance->ShimSaved == 1);
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Switch it on")));
	EXPECT(Editor.Says("OK  Recording: on"));
	EXPECT(!Shim::Press(Editor.Panel(), TEXT("Switch it on")));
}

TEST(what_a_button_could_not_do_is_said_where_it_was_pressed)
{
	FEditor Editor;
	std::ofstream(Editor.Folder + "/disk") << "no folder";
	GetMutableDefault<UCycloramaSettings>()->TakesFolder.Path = FString(UTF8_TO_TCHAR((Editor.Folder + "/disk/takes").c_str()));
	EXPECT(Editor.Says("is not there"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Make the folder")));
	EXPECT(Shim::Texts(Editor.Panel()).find("The folder of takes is being made") != std::string::npos);
	EXPECT(Editor.Says("disk/takes is not there, and could not be made: "));
	// The button stays, for when the disk is there.
	std::filesystem::remove(Editor.Folder + "/disk");
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Make the folder")));
	EXPECT(Editor.Says("OK  Folder of takes"));
}

TEST(what_the_button_adds_can_be_made_again_from_a_preset)
{
	FEditor Editor;
	EXPECT(Editor.Says("PROBLEM  Live Link"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Add it to Live Link")));
	const auto Sources = Editor.Client.GetSources();
	EXPECT(Sources.Num() == 1);
	const ULiveLinkSourceSettings* Settings = Editor.Client.GetSourceSettings(Sources[0]);
	EXPECT(Settings->Factory == UCycloramaLiveLinkSourceFactory::StaticClass());
	EXPECT(Settings->ConnectionString == FString(Tracker));
	const auto Again = GetDefault<UCycloramaLiveLinkSourceFactory>()->CreateSource(Settings->ConnectionString);
	EXPECT(Again.IsValid() && Again->GetSourceMachineName().ToString() == FString(Tracker));
}

TEST(what_happened_before_the_last_thing_is_read_too_but_not_all_of_it)
{
	FEditor Editor;
	EXPECT(Editor.Says("PROBLEM  Live Link"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Add it to Live Link")));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Record takes")));
	for (int Take = 1; Take <= 6; ++Take)
	{
		EXPECT(Harness::Until([&] { return Shim::Press(Editor.Panel(), TEXT("Roll")); }));
		EXPECT(Harness::Until([&] { return Shim::Press(Editor.Panel(), TEXT("Cut")); }));
		EXPECT(Editor.Says(("A101 take " + std::to_string(Take) + " is closed").c_str()));
		// The button's word stands below that of the first take, and has gone after the sixth.
		EXPECT(Take > 1 || Editor.Says("Done"));
	}
	const std::string Texts = Shim::Texts(Editor.Panel());
	EXPECT(Texts.find("A101 take 5 is closed") != std::string::npos && Texts.find("\nDone") == std::string::npos);
	EXPECT(Texts.find("A101 take 6 is closed") < Texts.find("A101 take 5 is closed"));
}

TEST(what_nobody_looked_at_in_time_is_told_once_above_what_came_through)
{
	const auto Damage = [] {
		for (int Record = 0; Record < 600; ++Record)
		{
			EXPECT(!FCycloramaCluster::Get().Apply(FString(TEXT("damaged"))));
		}
	};
	const auto Told = [](const std::string& Texts) {
		int Count = 0;
		for (auto At = Texts.find("nobody looked at in time"); At != std::string::npos; At = Texts.find("nobody looked at in time", At + 1))
		{
			++Count;
		}
		return Count;
	};
	FEditor Editor;
	// Before the tab is open it is nobody's news.
	Damage();
	EXPECT(Editor.Says("no tracker is listened to") && Told(Shim::Texts(Editor.Panel())) == 0);
	Damage();
	EXPECT(Editor.Says("things happened that nobody looked at in time"));
	EXPECT(!Harness::Until([&] { return Told(Shim::Texts(Editor.Panel())) != 1; }, 0.5));
	FCycloramaCluster::End();
}

TEST(a_connection_that_cannot_be_opens_the_settings_page)
{
	FEditor Editor;
	GetMutableDefault<UCycloramaSettings>()->Connection = FString(TEXT("protocol=freee"));
	EXPECT(Editor.Says("PROBLEM  Tracker: the usual tracker cannot be used"));
	EXPECT(Shim::Press(Editor.Panel(), TEXT("Open settings")));
	EXPECT(Shim::PagesOpened().size() == 1 && Shim::PagesOpened()[0] == "Project/Plugins/CycloramaSettings");
	EXPECT(Editor.Says("Done"));
}

TEST(every_button_box_menu_and_property_has_words_for_an_artist)
{
	FEditor Editor;
	EXPECT(Shim::WithoutTip(Editor.Panel()) == 0);
	EXPECT(UToolMenus::Get()->ShimCount() == 2);
	FGlobalTabmanager::Get()->ShimOpen.Reset();
	EXPECT(UToolMenus::Get()->ShimPressAll() == 2);
	EXPECT(FGlobalTabmanager::Get()->ShimOpen.IsValid());
	const auto Rows = CycloramaPreflight::Settings();
	EXPECT(Rows.Num() >= 18);
	for (const FCycloramaSettingRow& Row : Rows)
	{
		EXPECT(Row.Sentence.Len() > 20 && !Row.Shown.IsEmpty());
		EXPECT((Row.bLimited || Row.Unit.IsEmpty()) && (!Row.bLimited || Row.Least < Row.Most));
	}
}

TEST(every_entry_in_the_editor_has_the_plugins_icon)
{
	FEditor Editor;
	EXPECT(UToolMenus::Get()->ShimIcons() == 2 && FGlobalTabmanager::Get()->ShimIcons() == 1);
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaEditor")));
	EXPECT(FSlateStyleRegistry::ShimCount() == 0);
	// Where nobody knows the plugin's folder, entries are there without one.
	IPluginManager::Get().bShimKnows = false;
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaEditor")));
	EXPECT(UToolMenus::Get()->ShimCount() == 2 && UToolMenus::Get()->ShimIcons() == 0);
	IPluginManager::Get().bShimKnows = true;
}

TEST(the_editor_module_comes_and_goes_and_leaves_nothing_behind)
{
	FEditor Editor;
	// Who looks at Take Recorder, too.
	const int32 Core = 2;
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == Core);
	Editor.Panel();
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == Core + 1);
	FGlobalTabmanager::Get()->ShimOpen.Reset();
	for (int Reload = 0; Reload < 3; ++Reload)
	{
		FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaEditor")));
		EXPECT(FTSTicker::GetCoreTicker().ShimCount() == Core);
		EXPECT(UToolMenus::Get()->ShimCount() == 0 && FGlobalTabmanager::Get()->ShimCount() == 0 && FSlateStyleRegistry::ShimCount() == 0);
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaEditor")));
		EXPECT(UToolMenus::Get()->ShimCount() == 2 && FGlobalTabmanager::Get()->ShimCount() == 1);
	}
	// The core goes first: the panel stays readable until its module goes too.
	Editor.Panel();
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	FTSTicker::GetCoreTicker().ShimTick(0.1f);
	EXPECT(!Shim::Texts(Editor.Panel()).empty());
}

TEST(without_a_usable_core_the_editor_shows_nothing)
{
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaEditor")));
	EXPECT(UToolMenus::Get()->ShimCount() == 0 && FGlobalTabmanager::Get()->ShimCount() == 0);
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaEditor")));
}

TEST(slates_opened_and_ended_leave_no_thread_and_no_file_behind)
{
	FEditor Editor;
	std::pair<int, int> First;
	for (int Cycle = 0; Cycle < Harness::Cycles(); ++Cycle)
	{
		EXPECT(FCycloramaSlate::Get().Record());
		EXPECT(FCycloramaSlate::Get().Roll(FString(TEXT("C")), 0, FString()));
		FCycloramaSlate::End();
		FCycloramaTracking::StopAll();
		if (Cycle == 0)
		{
			First = Harness::Owned();
		}
	}
	EXPECT(Harness::Owned() == First);
}
