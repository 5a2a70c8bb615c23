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

TEST(every_freed_packet_of_a_real_motion_arrives_to_the_last_digit_of_the_wire)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0; vendor=sony; outliers=keep"));
	const auto Packets = FreeD();
	EXPECT(Packets.size() == 600);
	for (std::size_t At = 0; At < 60; ++At)
	{
		Golden::Expect(Stage.Frame(Packets[At]).Data.Transform, Golden::FromFreeD(Packets[At]), 1e-9, 1e-9);
	}
	// What is known of the lens never changed, so Live Link's buffer was emptied once.
	EXPECT(Stage.Client.StaticPushes() == 1);
}

TEST(f4_arrives_as_the_makers_own_reading_of_it)
{
	FStage Stage(TEXT("protocol=f4; bind=127.0.0.1:0; outliers=keep"));
	const auto Rows = Golden::F4();
	const auto All = Harness::Datagrams("mosys_f4/dev_first600.f4")[0];
	const std::size_t Size = All.size() / 600;
	for (std::size_t At = 0; At < 25; ++At)
	{
		const auto Frame = Stage.Frame(All.substr(At * Size, Size));
		Golden::Expect(Frame.Data.Transform, Golden::FromF4(Rows[At]), 6e-4, 2e-5);
		// 15:03:47:02 at 25, and on from there.
		EXPECT(Frame.Data.MetaData.SceneTime.Time.GetFrame().Value == ((15 * 60 + 3) * 60 + 47) * 25 + 2 + static_cast<int32>(At));
		EXPECT(Frame.Data.MetaData.SceneTime.Rate == FFrameRate(25, 1));
		EXPECT_NEAR(Frame.Data.FocusDistance, 100.0 / std::strtod(Rows[At][9].c_str(), nullptr), 0.05);
	}
	const auto Static = Stage.Client.Statics().begin()->second;
	EXPECT(Static.bIsFocalLengthSupported && Static.bIsFieldOfViewSupported && Static.bIsFocusDistanceSupported);
	EXPECT(!Static.bIsApertureSupported && !Static.bIsDepthOfFieldSupported);
	EXPECT_NEAR(Static.FilmBackWidth, 36.0, 1e-5);
	EXPECT(Static.LensModel == FName(TEXT("Spherical")));
	const auto Frame = Stage.Client.Frames()[0].Data;
	EXPECT(Frame.DistortionParameters.Num() == 5);
	EXPECT_NEAR(Frame.DistortionParameters[0], 0.15680991, 1e-6);
	EXPECT_NEAR(Frame.FxFy.X, Frame.FocalLength / 36.0, 1e-6);
	EXPECT_NEAR(Frame.FieldOfView, 2 * std::atan(18.0 / Frame.FocalLength) * 180 / std::acos(-1.0), 1e-4);
}

TEST(opentrackio_arrives_as_its_document_says)
{
	FStage Stage(TEXT("protocol=opentrackio; bind=127.0.0.1:0"));
	const auto Frame = Stage.Frame(Harness::Datagrams("opentrackio/complete_dynamic.json.otrk")[0]);
	// A dolly, a crane on it and a camera on that, each at 1, 2, 3 m and turned by 180, 90, 45 degrees; the crane's scale
	// of 1, 2, 3 stretches where the camera is on it.
	const auto Step = Golden::FromStage(1, 2, 3, 180, 90, 45);
	const auto Camera = Golden::FromStage(1, 4, 9, 180, 90, 45);
	Golden::Expect(Frame.Data.Transform, Golden::Chain(Step, Golden::Chain(Step, Camera)), 1e-6, 1e-9);
	EXPECT_NEAR(Frame.Data.FocalLength, 24.305, 1e-4);
	EXPECT_NEAR(Frame.Data.Aperture, 4.0, 1e-6);
	EXPECT_NEAR(Frame.Data.FocusDistance, 1000.0, 1e-3);
	EXPECT(Frame.Data.MetaData.SceneTime.Rate == FFrameRate(24000, 1001));
	const auto Static = Stage.Client.Statics().begin()->second;
	EXPECT(Static.bIsApertureSupported && Static.bIsFocusDistanceSupported && Static.bIsDepthOfFieldSupported);
}

TEST(posistagenet_arrives_as_its_document_says)
{
	FStage Stage(TEXT("protocol=psn; bind=127.0.0.1:0"));
	const auto Frame = Stage.Frame(Harness::Datagrams("psn/vyv_1trackers_data_0.psn")[0]);
	// Tracker at 1, 2, 3 (x right, y up, z forward), turned about up by a quarter.
	const FVector At = Frame.Data.Transform.GetTranslation();
	EXPECT_NEAR(At.X, 300.0, 1e-6);
	EXPECT_NEAR(At.Y, 100.0, 1e-6);
	EXPECT_NEAR(At.Z, 200.0, 1e-6);
	Golden::Expect(Frame.Data.Transform, FTransform(Golden::FromRotator(0, 90, 0), At), 1e-6, 1e-6);
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
	Box->ShimChanged(FText::FromString(FString(TEXT("protocol=f4; bind=127.0.0.1:0"))));
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
	for (int Cycle = 0; Cycle < CYCLES; ++Cycle)
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
