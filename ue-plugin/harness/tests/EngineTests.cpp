#include "Golden.h"
#include "Stage.h"

#include "CycloramaBeat.h"
#include "CycloramaCustomTimeStep.h"
#include "CycloramaSettings.h"
#include "CycloramaTimecodeProvider.h"
#include "CycloramaTracking.h"
#include "Misc/CoreDelegates.h"
#include "Shim/Engine.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace
{
	std::string F4(std::size_t At)
	{
		const auto All = Harness::Datagrams("mosys_f4/dev_first600.f4")[0];
		const std::size_t Size = All.size() / 600;
		return All.substr(At * Size, Size);
	}
	using ETimecode = ETimecodeProviderSynchronizationState;
	using EStep = ECustomTimeStepSynchronizationState;
}

TEST(the_timecode_is_the_trackers_counted_on_and_an_error_when_it_falls_silent)
{
	FStage Stage(TEXT("protocol=f4; bind=127.0.0.1:0"));
	GetMutableDefault<UCycloramaSettings>()->HoldTimecode = 0.2f;
	auto* Provider = NewObject<UCycloramaTimecodeProvider>();
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Closed);
	Provider->Connection = FString(TEXT("protocol=f4; bind=127.0.0.1:0"));
	EXPECT(Provider->Initialize(nullptr));
	Provider->FetchAndUpdate();
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Synchronizing);
	Stage.Frame(F4(0));
	Provider->FetchAndUpdate();
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Synchronized);
	const int32 First = ((15 * 60 + 3) * 60 + 47) * 25 + 2;
	const auto Held = Provider->GetQualifiedFrameTime();
	EXPECT(Held.Rate == FFrameRate(25, 1));
	EXPECT(Held.Time.GetFrame().Value >= First && Held.Time.GetFrame().Value <= First + 5);
	// A frame of 25 lasts 40 ms: it counts on by itself, then the last value stays and the state does not pretend.
	EXPECT(Harness::Until([&] {
		Provider->FetchAndUpdate();
		return Provider->GetSynchronizationState() == ETimecode::Error;
	}));
	const int32 Last = Provider->GetQualifiedFrameTime().Time.GetFrame().Value;
	EXPECT(Last > First && Last <= First + 6);
	Stage.Frame(F4(1));
	Provider->FetchAndUpdate();
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Synchronized);
	Provider->Shutdown(nullptr);
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Closed);
}

TEST(a_timecode_of_no_tracker_is_an_error_at_once)
{
	FStage Stage(TEXT("protocol=f4; bind=127.0.0.1:0"));
	auto* Provider = NewObject<UCycloramaTimecodeProvider>();
	Provider->Connection = FString(TEXT("protocol=f5"));
	EXPECT(!Provider->Initialize(nullptr));
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Error);
}

TEST(the_house_gives_every_frame_its_begin_and_the_application_its_times)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	Step->Connection = FString(TEXT("protocol=freed; bind=127.0.0.1:0"));
	Step->FrameRate = FFrameRate(120, 1);
	EXPECT(Step->UpdateTimeStep(nullptr));
	EXPECT(Step->Initialize(nullptr));
	EXPECT(Step->GetSynchronizationState() == EStep::Synchronizing);
	EXPECT(!Step->IsLastSyncDataValid());
	uint32 Syncs = 0;
	double First = 0.0;
	for (int Frame = 0; Frame < 24; ++Frame)
	{
		EXPECT(!Step->UpdateTimeStep(nullptr));
		EXPECT(Step->GetSynchronizationState() == EStep::Synchronized && Step->IsLastSyncDataValid());
		EXPECT(Step->GetLastSyncCountDelta() >= 1);
		First = Frame == 0 ? Shim::AppTimes().After : First;
		Syncs += Frame == 0 ? 0 : Step->GetLastSyncCountDelta();
	}
	EXPECT(Shim::AppTimes().Updates == 24);
	// As many beats as the time between them holds, whatever the machine was busy with.
	const double Beats = (Shim::AppTimes().After - First) * 120.0;
	EXPECT_NEAR(Beats, Syncs, 1.5);
	EXPECT(Step->GetSyncRate() == FFrameRate(120, 1));
	Step->Shutdown(nullptr);
	EXPECT(Step->GetSynchronizationState() == EStep::Closed);
}

TEST(the_wall_rate_of_the_settings_is_the_beat_unless_a_genlock_has_one_of_its_own_and_a_change_is_heard)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	auto* Settings = GetMutableDefault<UCycloramaSettings>();
	const FFrameRate Before = Settings->WallRate;
	EXPECT(Before == FFrameRate(24000, 1001));
	Settings->WallRate = FFrameRate(50, 1);
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	EXPECT(Step->Initialize(nullptr));
	EXPECT(!Step->UpdateTimeStep(nullptr) && Step->GetSyncRate() == FFrameRate(50, 1));
	FCycloramaBeatPhase Beat;
	EXPECT(CycloramaBeat::Now(Beat) && Beat.Rate == FFrameRate(50, 1));
	Settings->WallRate = FFrameRate(100, 1);
	EXPECT(!Step->UpdateTimeStep(nullptr) && CycloramaBeat::Now(Beat) && Beat.Rate == FFrameRate(100, 1));
	Step->FrameRate = FFrameRate(200, 1);
	EXPECT(!Step->UpdateTimeStep(nullptr) && CycloramaBeat::Now(Beat) && Beat.Rate == FFrameRate(200, 1));
	Settings->WallRate = Before;
	Step->Shutdown(nullptr);
}

TEST(whoever_asks_is_told_where_in_a_frame_of_the_beat_this_moment_is)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	FCycloramaBeatPhase Beat;
	EXPECT(!CycloramaBeat::Now(Beat) && CycloramaBeat::Words().IsEmpty());
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	Step->Connection = FString(TEXT("protocol=freed; bind=127.0.0.1:0"));
	Step->FrameRate = FFrameRate(24, 1);
	EXPECT(Step->Initialize(nullptr));
	// Nobody has waited for it yet.
	EXPECT(!CycloramaBeat::Now(Beat));
	double Earliest = 1.0;
	// Frames of the house are counted from 1970 on.
	int64 Last = 1000000;
	for (int Frame = 0; Frame < 8; ++Frame)
	{
		EXPECT(!Step->UpdateTimeStep(nullptr));
		EXPECT(CycloramaBeat::Now(Beat));
		EXPECT(Beat.bLocked && !Beat.bFollowsTracker && Beat.Rate == FFrameRate(24, 1));
		EXPECT(Beat.Phase >= 0.0 && Beat.Phase < 1.0 && Beat.Frame >= Last);
		Last = Beat.Frame;
		Earliest = std::min(Earliest, Beat.Phase);
	}
	// The engine goes on as soon as the frame begins, unless the machine is busy with others.
	EXPECT(Earliest < 0.5);
	const double Then = static_cast<double>(Beat.Frame) + Beat.Phase;
	std::this_thread::sleep_for(std::chrono::milliseconds(15));
	EXPECT(CycloramaBeat::Now(Beat));
	EXPECT(static_cast<double>(Beat.Frame) + Beat.Phase - Then > 14.0 * 24.0 / 1000.0);
	EXPECT(CycloramaBeat::Words().Contains(TEXT("locked to the house's beat, 24.000 frames a second")));
	Step->Shutdown(nullptr);
	EXPECT(!CycloramaBeat::Now(Beat) && CycloramaBeat::Words().IsEmpty());
}

TEST(the_beat_of_a_silent_tracker_lets_the_engine_run_free_and_says_so)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	Step->Connection = FString(TEXT("protocol=freed; bind=127.0.0.1:0"));
	Step->bFollowTracker = true;
	EXPECT(Step->Initialize(nullptr));
	const double Before = FPlatformTime::Seconds();
	EXPECT(Step->UpdateTimeStep(nullptr));
	EXPECT(FPlatformTime::Seconds() - Before < 2.0 * 1001.0 / 24000.0 + 0.05);
	EXPECT(Step->GetSynchronizationState() == EStep::Error);
	EXPECT(Shim::AppTimes().Updates == 0);
	FCycloramaBeatPhase Beat;
	EXPECT(CycloramaBeat::Now(Beat) && !Beat.bLocked && Beat.bFollowsTracker);
	EXPECT(CycloramaBeat::Words().Contains(TEXT("the tracker's beat does not come; the engine runs free")));
}

TEST(what_the_core_has_to_say_reaches_the_output_log)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	std::string Bad = Harness::Datagrams("freed/jwetzell_free-d_unit.freed", 29)[0];
	Bad[28] = static_cast<char>(Bad[28] ^ 1);
	Harness::Send(Stage.Port, Bad);
	bool bTold = false;
	EXPECT(Harness::Until([&] {
		for (const auto& Line : Shim::TakeLog())
		{
			bTold |= Line.Category == "LogCyclorama" && Line.Verbosity == ELogVerbosity::Warning && Line.Text.find("damaged") != std::string::npos;
		}
		return bTold;
	}));
	EXPECT(Stage.Client.Frames().empty());
}

TEST(another_log_level_counts_as_soon_as_it_is_chosen)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	UCycloramaSettings& Settings = *GetMutableDefault<UCycloramaSettings>();
	const auto Choose = [&](ECycloramaLogLevel Level) {
		Settings.LogLevel = Level;
		FPropertyChangedEvent Event;
		Settings.PostEditChangeProperty(Event);
	};
	std::string Bad = Harness::Datagrams("freed/jwetzell_free-d_unit.freed", 29)[0];
	Bad[28] = static_cast<char>(Bad[28] ^ 1);
	const auto IsWarned = [&](double Seconds) {
		return Harness::Until([&] {
			Harness::Send(Stage.Port, Bad);
			return Harness::Said("damaged");
		}, Seconds);
	};
	Choose(ECycloramaLogLevel::Error);
	EXPECT(!IsWarned(0.5));
	Choose(ECycloramaLogLevel::Warning);
	EXPECT(IsWarned(5.0));
	// Without a core there is nobody to tell.
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	Choose(ECycloramaLogLevel::Error);
}

TEST(a_core_that_goes_first_ends_its_sources_and_comes_back)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	const auto Packet = Harness::Datagrams("freed/jwetzell_free-d_unit.freed", 29)[0];
	Stage.Frame(Packet);
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == 1);
	EXPECT(FCoreDelegates::OnEnginePreExit.ShimCount() == 1);
	EXPECT(FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore"))));
	EXPECT(FTSTicker::GetCoreTicker().ShimCount() == 0);
	EXPECT(FCoreDelegates::OnEnginePreExit.ShimCount() == 0);
	EXPECT(!Stage.Made->IsSourceStillValid());
	EXPECT(Stage.Made->GetSourceStatus().ToString() == FString(TEXT("Stopped")));
	EXPECT(Stage.Made->RequestSourceShutdown());
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	EXPECT(FCycloramaCoreModule::Get()->IsUsable());
	Stage.Made->ReceiveClient(&Stage.Client, FGuid(1, 2, 3, 4));
	Stage.Port = static_cast<FCycloramaLiveLinkSource*>(Stage.Made.Get())->Port();
	Stage.Frame(Packet);
}

TEST(the_engines_exit_ends_every_session)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	EXPECT(Stage.Made->IsSourceStillValid());
	FCoreDelegates::OnEnginePreExit.Broadcast();
	EXPECT(!Stage.Made->IsSourceStillValid());
}

TEST(the_game_thread_reads_the_newest_pose_without_a_source)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	const auto Session = FCycloramaTracking::Open(FString(TEXT("protocol=freed; bind=127.0.0.1:0")));
	FTransform Newest;
	bool bStale = true;
	EXPECT(!Session->Latest(0, Newest, bStale));
	const auto Frame = Stage.Frame(Harness::Datagrams("freed/jwetzell_free-d_unit.freed", 29)[0]);
	EXPECT(Session->Latest(0, Newest, bStale) && !bStale);
	Golden::Expect(Newest, Frame.Data.Transform, 0.0, 0.0);
	EXPECT(!Session->Latest(1, Newest, bStale));
	EXPECT(Session->SubjectName(0) == FString(TEXT("freed:1")));
}

TEST(a_feed_ends_with_its_session_and_the_next_who_asks_gets_a_new_one)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0"));
	const FString Connection(TEXT("protocol=freed; bind=127.0.0.1:0"));
	const auto Session = FCycloramaTracking::Open(Connection);
	const auto Feed = Session->Feed();
	TArray<FCycloramaSample> Samples;
	EXPECT(Feed->WaitNext(0, Samples) && Samples.IsEmpty());
	Session->Stop();
	EXPECT(!Feed->WaitNext(5000000, Samples));
	const auto Next = FCycloramaTracking::Open(Connection);
	FString Why;
	EXPECT(Next->State(Why) == ECycloramaState::Listening);
	// A session that never listened has nothing to wait for either.
	const auto Never = FCycloramaTracking::Open(FString(TEXT("protocol=f5")));
	EXPECT(!Never->Feed()->WaitNext(5000000, Samples));
}

TEST(text_that_is_not_ascii_crosses_both_ways)
{
	FStage Stage(TEXT("protocol=freed; bind=127.0.0.1:0; lens=/no/B\u00FChne \U0001F3A5.json"));
	// It is heard all the same, and what is missing is said beside the port.
	EXPECT(Stage.Made->GetSourceStatus().ToString().Contains(TEXT("Listening on UDP port ")));
	EXPECT(Stage.Made->GetSourceStatus().ToString().Contains(TEXT("/no/B\u00FChne \U0001F3A5.json")));
}
