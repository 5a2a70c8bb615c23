// Trackers whose port another program has for a while: nobody else is held up, and they come by themselves.
#include "Child.h"
#include "Golden.h"

#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaCustomTimeStep.h"
#include "CycloramaLiveLinkSource.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTimecodeProvider.h"
#include "Shim/Engine.h"
#include "Shim/LiveLink.h"

#include <algorithm>
#include <memory>

namespace
{
	using ETimecode = ETimecodeProviderSynchronizationState;
	using EStep = ECustomTimeStepSynchronizationState;

	/// The core, and a port that another program has until it is let go.
	struct FBusy
	{
		explicit FBusy(const std::string& Protocol) : Port(Holder->Port())
		{
			FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
			Line = FString(UTF8_TO_TCHAR(("protocol=" + Protocol + "; outliers=keep; bind=127.0.0.1:" + std::to_string(Port)).c_str()));
		}
		void LetGo() { Holder.reset(); }

		std::unique_ptr<FSocket> Holder = std::make_unique<FSocket>();
		uint16 Port;
		FString Line;
	};

	std::string FreeD(std::size_t At)
	{
		return Harness::Datagrams("freed/derived_from_mosys_f4_first600.freed", 29)[At];
	}

	std::string F4(std::size_t At)
	{
		const auto All = Harness::Datagrams("mosys_f4/dev_first600.f4")[0];
		const std::size_t Size = All.size() / 600;
		return All.substr(At * Size, Size);
	}

	/// Lines of the log with this text since it was looked at last.
	int Told(const char* Text)
	{
		FCycloramaCoreModule::Get()->DrainLog();
		const auto Lines = Shim::TakeLog();
		return static_cast<int>(std::count_if(Lines.begin(), Lines.end(), [Text](const auto& Line) { return Line.Text.find(Text) != std::string::npos; }));
	}

	bool Shows(const TCHAR* Name)
	{
		TArray<FString> Names;
		TArray<FCycloramaSample> Samples;
		FCycloramaCluster::Get().Shown(Names, Samples);
		return Names.Contains(FString(Name));
	}
}

TEST(a_tracker_that_is_not_heard_costs_no_other_camera_a_frame_and_comes_by_itself)
{
	FBusy Busy("f4");
	const FString Good(TEXT("protocol=freed; outliers=keep; bind=127.0.0.1:0"));
	TArray<FString> Trackers;
	Trackers.Add(Good);
	FString Message;
	const auto Publish = [&] { EXPECT(FCycloramaCluster::Get().Publish(Trackers, 0.0, 0.5, 3, Message)); };
	Publish();
	// Named while it runs; a line that can never be heard costs as little.
	Trackers.Add(Busy.Line);
	Trackers.Add(FString(TEXT("protocol=freee")));
	Publish();
	const auto Session = FCycloramaTracking::Open(Good);
	const auto Feed = Session->Feed();
	const uint64 Number = FCycloramaTracking::NumberOf(Busy.Line);
	EXPECT(Number != 0);
	int Reasons = 0;
	EXPECT(Harness::Until([&] { return (Reasons += Told("in use by another program")) > 0; }));
	TArray<FCycloramaSample> Samples;
	for (int Frame = 0; Frame < 100; ++Frame)
	{
		if (Frame % 3 == 0)
		{
			Harness::Send(Session->Port(), FreeD(static_cast<std::size_t>(Frame)));
			EXPECT(Feed->WaitNext(5000000, Samples) && Samples.Num() == 1);
		}
		Publish();
		EXPECT(Shows(TEXT("freed:1")));
		EXPECT(FCycloramaTracking::NumberOf(Busy.Line) == Number);
	}
	// Tried again meanwhile, it is not told again.
	EXPECT(!Harness::Until([&] { return (Reasons += Told("in use by another program")) > 1; }, 2.5));
	Busy.LetGo();
	EXPECT(Harness::Until([&] {
		Harness::Send(Busy.Port, F4(0));
		Publish();
		return Shows(TEXT("f4:0@2"));
	}, 20.0));
	EXPECT(FCycloramaTracking::NumberOf(Busy.Line) == Number && Shows(TEXT("freed:1")));
}

TEST(a_timecode_and_a_genlock_whose_port_another_program_had_come_by_themselves)
{
	FBusy Busy("f4");
	auto* Provider = NewObject<UCycloramaTimecodeProvider>();
	Provider->Connection = Busy.Line;
	EXPECT(Provider->Initialize(nullptr) && Provider->GetSynchronizationState() == ETimecode::Error);
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	Step->Connection = Busy.Line;
	Step->FrameRate = FFrameRate(100, 1);
	Step->bFollowTracker = true;
	EXPECT(Step->Initialize(nullptr) && Step->UpdateTimeStep(nullptr) && Step->GetSynchronizationState() == EStep::Error);
	// The house's beat needs no port.
	auto* House = NewObject<UCycloramaCustomTimeStep>();
	House->Connection = Busy.Line;
	House->FrameRate = FFrameRate(100, 1);
	EXPECT(House->Initialize(nullptr));
	EXPECT(Harness::Until([&] { return !House->UpdateTimeStep(nullptr); }));
	House->Shutdown(nullptr);
	Busy.LetGo();
	std::size_t Next = 0;
	EXPECT(Harness::Until([&] {
		Harness::Send(Busy.Port, F4(Next++ % 600));
		Provider->FetchAndUpdate();
		Step->UpdateTimeStep(nullptr);
		return Provider->GetSynchronizationState() == ETimecode::Synchronized && Step->GetSynchronizationState() == EStep::Synchronized;
	}, 20.0));
	EXPECT(Provider->GetQualifiedFrameTime().Rate == FFrameRate(25, 1));
	Provider->Shutdown(nullptr);
	Step->Shutdown(nullptr);
	EXPECT(FCycloramaTracking::NumberOf(Busy.Line) == 0);
}

TEST(another_usual_tracker_is_that_of_timecode_and_genlock_at_once)
{
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	const FString One(TEXT("protocol=freed; bind=127.0.0.1:0")), Other(TEXT("protocol=f4; bind=127.0.0.1:0")), Never(TEXT("protocol=freee"));
	const auto Heard = [](const FString& Line) { return FCycloramaTracking::NumberOf(Line) != 0; };
	FString& Usual = GetMutableDefault<UCycloramaSettings>()->Connection;
	auto* Provider = NewObject<UCycloramaTimecodeProvider>();
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	Step->FrameRate = FFrameRate(200, 1);
	const auto Frame = [&] {
		Provider->FetchAndUpdate();
		return Harness::Until([&] { return !Step->UpdateTimeStep(nullptr); });
	};
	Usual = One;
	EXPECT(Provider->Initialize(nullptr) && Step->Initialize(nullptr) && Frame());
	EXPECT(Heard(One) && !Heard(Other));
	Usual = Other;
	EXPECT(Frame() && Heard(Other) && !Heard(One));
	// A slip of the pen, and put right again.
	Usual = Never;
	Provider->FetchAndUpdate();
	EXPECT(Step->UpdateTimeStep(nullptr) && Step->GetSynchronizationState() == EStep::Error && Provider->GetSynchronizationState() == ETimecode::Error);
	Usual = One;
	EXPECT(Frame() && Heard(One) && !Heard(Never));
	Provider->Shutdown(nullptr);
	Step->Shutdown(nullptr);
	EXPECT(!Heard(One));
}

TEST(another_line_of_the_same_port_is_heard_at_once_wherever_the_line_is_changed)
{
	FBusy Free("freed");
	Free.LetGo();
	const FString One = Free.Line;
	const FString Other(UTF8_TO_TCHAR(("protocol=freed; outliers=drop; bind=127.0.0.1:" + std::to_string(Free.Port)).c_str()));
	const auto IsHeard = [&](const FString& Line) { return FCycloramaTracking::Open(Line)->Port() == Free.Port; };
	FCycloramaHeld Held;
	EXPECT(Held.Hold(One) && Held->Port() == Free.Port);
	EXPECT(Held.Hold(Other) && Held->Port() == Free.Port);
	Held.Reset();
	TArray<FString> Trackers;
	FString Message;
	for (const FString& Line : {One, Other})
	{
		Trackers.Reset();
		Trackers.Add(Line);
		EXPECT(FCycloramaCluster::Get().Publish(Trackers, 0.0, 0.5, 3, Message) && IsHeard(Line));
	}
	FCycloramaCluster::End();
	for (const FString& Line : {One, Other})
	{
		GetMutableDefault<UCycloramaSettings>()->Connection = Line;
		// Without a folder nothing is recorded; the tracker is held all the same.
		EXPECT(!FCycloramaSlate::Get().Record() && IsHeard(Line));
	}
	FCycloramaSlate::End();
}

TEST(lines_that_differ_in_nothing_but_capitals_are_two_trackers)
{
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	const FString Large(TEXT("protocol=freed; subject=Cam; bind=127.0.0.1:0")), Small(TEXT("protocol=freed; subject=cam; bind=127.0.0.1:0"));
	EXPECT(Large == Small);
	FCycloramaHeld Held;
	EXPECT(Held.Hold(Large) && !Held.Hold(Large) && FCycloramaTracking::NumberOf(Small) == 0);
	EXPECT(Held.Hold(Small) && FCycloramaTracking::NumberOf(Small) != 0 && FCycloramaTracking::NumberOf(Large) == 0);
	Held.Reset();
	TArray<FString> Trackers;
	Trackers.Add(Large);
	Trackers.Add(Small);
	FString Message;
	EXPECT(FCycloramaCluster::Get().Publish(Trackers, 0.0, 0.5, 3, Message));
	EXPECT(FCycloramaTracking::NumberOf(Large) != 0 && FCycloramaTracking::NumberOf(Small) != 0);
	FCycloramaCluster::End();
}

TEST(a_source_whose_port_another_program_had_shows_the_camera_once_it_is_free)
{
	FBusy Busy("freed");
	Shim::FClient Client;
	{
		FCycloramaLiveLinkSource Source(Busy.Line);
		Source.ReceiveClient(&Client, FGuid(1, 2, 3, 4));
		EXPECT(Source.IsSourceStillValid() && Source.Port() == 0);
		EXPECT(Source.GetSourceStatus().ToString().Contains(TEXT("in use by another program")));
		Busy.LetGo();
		EXPECT(Harness::Until([&] { return Source.Port() == Busy.Port; }, 20.0));
		Harness::Send(Busy.Port, FreeD(0));
		EXPECT(Client.WaitForFrames(1, 5.0));
		EXPECT(Source.GetSourceStatus().ToString().Contains(TEXT("Listening on UDP port")));
		EXPECT(Source.RequestSourceShutdown());
	}
	Client.Close();
}
