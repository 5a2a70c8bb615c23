#include "Golden.h"
#include "Stage.h"

namespace
{
	std::vector<std::string> FreeD()
	{
		return Harness::Datagrams("freed/derived_from_mosys_f4_first600.freed", 29);
	}
}

TEST(a_freed_packet_on_a_udp_port_becomes_a_frame_in_centimetres_and_unreals_hand)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	const double Before = FPlatformTime::Seconds();
	// Made by hand by others: 131 m away in each direction; pan 180, tilt 90 and roll -180 degrees look straight up.
	const auto Packet = Harness::Datagrams("freed/jwetzell_free-d_unit.freed", 29)[0];
	const auto Frame = Stage.Frame(Packet);
	const double After = FPlatformTime::Seconds();
	Golden::Expect(Frame.Data.Transform, FTransform(Golden::FromRotator(90, 0, 0), FVector(13107.0, 13106.9, 13107.1)), 1e-9, 1e-9);
	Golden::Expect(Frame.Data.Transform, Golden::FromFreeD(Packet), 1e-9, 1e-9);
	EXPECT(Harness::Utf8(Frame.Subject.ToString()) == "freed:1");
	// The engine's own clock, and nothing for it to guess.
	EXPECT(Frame.Data.WorldTime.GetOffset() == 0.0);
	EXPECT(Frame.Data.WorldTime.GetSourceTime() >= Before - 0.001 && Frame.Data.WorldTime.GetSourceTime() <= After);
}

TEST(a_source_with_and_without_data_is_down_in_fifty_milliseconds_and_silent_after)
{
	for (const bool bData : {false, true})
	{
		double Best = 1e9;
		// Of some tries the best one counts: this machine may be busy with others.
		for (int Try = 0; Try < 5; ++Try)
		{
			FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
			if (bData)
			{
				Stage.Frame(FreeD()[0]);
			}
			const double Before = FPlatformTime::Seconds();
			EXPECT(Stage.Made->RequestSourceShutdown());
			Best = std::min(Best, FPlatformTime::Seconds() - Before);
			EXPECT(Stage.Client.Removed() == (bData ? 1 : 0));
			Stage.Client.Close();
			Harness::Send(Stage.Port, FreeD()[1]);
			EXPECT(Stage.Made->RequestSourceShutdown());
			EXPECT(!Stage.Made->IsSourceStillValid());
			Stage.Made.Reset();
		}
		std::printf("down in %.1f ms %s data\n", Best * 1e3, bData ? "with" : "without");
		EXPECT(Best < 0.05);
	}
}

TEST(a_connection_that_cannot_be_says_why_in_the_list_of_sources)
{
	FStage Stage(TEXT("protocol=freee"));
	EXPECT(!Stage.Made->IsSourceStillValid());
	EXPECT(Stage.Made->GetSourceStatus().ToString().Contains(TEXT("`freee` is not a tracking protocol")));
	EXPECT(Stage.Port == 0);
	EXPECT(Stage.Made->GetSourceMachineName().ToString() == FString(TEXT("protocol=freee")));
}

TEST(without_a_usable_core_no_source_is_made)
{
	EXPECT(!NewObject<UCycloramaLiveLinkSourceFactory>()->CreateSource(FString(TEXT("protocol=freed"))).IsValid());
	const auto Lines = Shim::TakeLog();
	EXPECT(Lines.size() == 1 && Lines[0].Verbosity == ELogVerbosity::Error);
}

TEST(the_menus_panel_makes_nothing_until_a_button_says_which_tracker)
{
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	std::vector<std::string> With;
	const auto* Factory = NewObject<UCycloramaLiveLinkSourceFactory>();
	const TSharedPtr<SWidget> Panel = Factory->BuildCreationPanel(ULiveLinkSourceFactory::FOnLiveLinkSourceCreated::CreateLambda([&](TSharedPtr<ILiveLinkSource> Source, FString Connection) {
		EXPECT(Source.IsValid());
		With.push_back(Harness::Utf8(Connection));
	}));
	EXPECT(Panel.IsValid() && With.empty());
	EXPECT(Shim::Texts(*Panel).find("protocol=freed; bind=40000") != std::string::npos && Shim::WithoutTip(*Panel) == 0);
	// The usual tracker without a word; a second one; a node's; and an emptied box is the usual one again.
	EXPECT(Shim::Press(*Panel, TEXT("Add")));
	SWidget* Box = Shim::Find(*Panel, [](const SWidget& Widget) { return static_cast<bool>(Widget.ShimChanged); });
	// A slip of the pen is told while it is typed; a sound line, and a node's, are not.
	Box->ShimChanged(FText::FromString(FString(TEXT("protocol=freee"))));
	EXPECT(Shim::Texts(*Panel).find("`freee` is not a tracking protocol") != std::string::npos);
	Box->ShimChanged(FText::FromString(FString(TEXT("cluster"))));
	EXPECT(Shim::Texts(*Panel).find("failed to") == std::string::npos);
	Box->ShimChanged(FText::FromString(FString(TEXT("protocol=f4; bind=127.0.0.1:0"))));
	EXPECT(Shim::Texts(*Panel).find("failed to") == std::string::npos);
	EXPECT(Shim::Press(*Panel, TEXT("Add")) && Shim::Press(*Panel, TEXT("Cluster")));
	Box->ShimChanged(FText());
	EXPECT(Shim::Press(*Panel, TEXT("Add")));
	EXPECT((With == std::vector<std::string>{"protocol=freed; bind=40000", "protocol=f4; bind=127.0.0.1:0", "cluster", "protocol=freed; bind=40000"}));
	EXPECT(Factory->GetMenuType() == ULiveLinkSourceFactory::EMenuType::SubPanel);
	EXPECT(!Factory->GetSourceTooltip().IsEmpty());
}

TEST(two_who_ask_for_one_connection_share_its_port)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	Shim::FClient Other;
	auto Second = NewObject<UCycloramaLiveLinkSourceFactory>()->CreateSource(FString(TEXT("protocol=freed; bind=127.0.0.1:0")));
	Second->ReceiveClient(&Other, FGuid(5, 6, 7, 8));
	EXPECT(static_cast<FCycloramaLiveLinkSource*>(Second.Get())->Port() == Stage.Port);
	Stage.Frame(FreeD()[0]);
	EXPECT(Other.WaitForFrames(1, 5.0));
	EXPECT(Second->RequestSourceShutdown());
	Other.Close();
	// The other one goes on.
	EXPECT(Stage.Made->IsSourceStillValid());
	Stage.Frame(FreeD()[1]);
}

TEST(sources_made_and_dropped_leave_no_thread_and_no_file_behind)
{
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	std::pair<int, int> First;
	for (int Cycle = 0; Cycle < Harness::Cycles(); ++Cycle)
	{
		Shim::FClient Client;
		FCycloramaLiveLinkSource Source(FString(TEXT("protocol=freed; bind=127.0.0.1:0")));
		Source.ReceiveClient(&Client, FGuid(1, 2, 3, 4));
		EXPECT(Source.IsSourceStillValid());
		EXPECT(Source.RequestSourceShutdown());
		Client.Close();
		if (Cycle == 0)
		{
			First = Harness::Owned();
		}
	}
	EXPECT(Harness::Owned() == First);
}
