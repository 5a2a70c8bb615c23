// A cluster of processes: one primary and seven nodes, each with the plugin's modules, over a path that loses, repeats,
// overtakes and alters. Two trackers with a timecode and a beat share the record.
#include "Child.h"
#include "Golden.h"

#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaCustomTimeStep.h"
#include "CycloramaLiveLinkSourceFactory.h"
#include "CycloramaPreflight.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTimecodeProvider.h"
#include "CycloramaTracking.h"
#include "Shim/DisplayCluster.h"
#include "Shim/Engine.h"
#include "Shim/LiveLink.h"
#include "Shim/Program.h"

#include <algorithm>
#include <set>

namespace
{
	const TCHAR* const SyncId = TEXT("CycloramaSyncRecord");
	const TCHAR* const Tracker = TEXT("protocol=freed; bind=127.0.0.1:0");
	const TCHAR* const Second = TEXT("protocol=f4; bind=127.0.0.1:0; outliers=keep");
	constexpr int Frames = 240;
	constexpr std::size_t NodeCount = 7;

	FString Wide(const std::string& Text)
	{
		return FString(UTF8_TO_TCHAR(Text.c_str()));
	}

	/// A node of the cluster with the plugin's modules, as nDisplay starts them.
	struct FNode
	{
		FNode(const TCHAR* Name, bool bPrimary) : Cluster(Name, bPrimary)
		{
			Shim::BeNode(&Cluster);
			UCycloramaSettings& Settings = *GetMutableDefault<UCycloramaSettings>();
			Settings.Connection = FString(Tracker);
			Settings.MoreTrackers.Reset();
			Settings.FramesRepeated = 12;
			Settings.HoldTimecode = 10.0f;
			for (const TCHAR* Module : {TEXT("CycloramaCore"), TEXT("CycloramaLiveLink"), TEXT("CycloramaStage")})
			{
				FModuleManager::Get().LoadModule(FName(Module));
			}
		}
		~FNode()
		{
			for (const TCHAR* Module : {TEXT("CycloramaStage"), TEXT("CycloramaLiveLink"), TEXT("CycloramaCore")})
			{
				FModuleManager::Get().UnloadModule(FName(Module));
			}
			Shim::BeNode(nullptr);
		}
		Shim::FCluster Cluster;
	};

	/// The engine's timecode and time step, as a project has them on every node.
	struct FTime
	{
		FTime()
		{
			Provider->Connection = FString(Second);
			Step->FrameRate = FFrameRate(200, 1);
			EXPECT(Provider->Initialize(nullptr) && Step->Initialize(nullptr));
		}
		~FTime()
		{
			Provider->Shutdown(nullptr);
			Step->Shutdown(nullptr);
		}
		UCycloramaTimecodeProvider* Provider = NewObject<UCycloramaTimecodeProvider>();
		UCycloramaCustomTimeStep* Step = NewObject<UCycloramaCustomTimeStep>();
	};

	bool HasNoPort()
	{
		return FCycloramaTracking::NumberOf(FString(Tracker)) == 0 && FCycloramaTracking::NumberOf(FString(Second)) == 0;
	}

	/// Asks for it once more.
	std::string TimecodeOf(UCycloramaTimecodeProvider& Provider)
	{
		Provider.FetchAndUpdate();
		const auto Held = Provider.GetQualifiedFrameTime();
		const bool bHas = Provider.GetSynchronizationState() == ETimecodeProviderSynchronizationState::Synchronized;
		return bHas ? std::to_string(Held.Time.GetFrame().Value) + "@" + std::to_string(Held.Rate.Numerator) + "/" + std::to_string(Held.Rate.Denominator) : "none";
	}

	std::string Beat()
	{
		int64 Frame = 0;
		FFrameRate Rate;
		return FCycloramaCluster::Get().Beat(Frame, Rate) ? std::to_string(Frame) + "@" + std::to_string(Rate.Numerator) : "none";
	}

	/// What this node shows as somebody in front of it would see it: every subject's place to the last bit.
	std::string Seen()
	{
		TArray<FString> Names;
		TArray<FCycloramaSample> Samples;
		FCycloramaCluster::Get().Shown(Names, Samples);
		std::string All;
		for (int32 At = 0; At < Samples.Num(); ++At)
		{
			const FVector Place = Samples[At].Transform.GetTranslation();
			const FQuat Turn = Samples[At].Transform.GetRotation();
			char Text[256];
			std::snprintf(Text, sizeof(Text), "%s@%a,%a,%a/%a,%a,%a,%a|%d;", Harness::Utf8(Names[At]).c_str(), Place.X, Place.Y, Place.Z, Turn.X, Turn.Y, Turn.Z, Turn.W, Samples[At].bTimecode ? Samples[At].Timecode.Time.GetFrame().Value : -1);
			All += Text;
		}
		return All;
	}

	std::vector<std::string> F4()
	{
		const auto All = Harness::Datagrams("mosys_f4/dev_first600.f4")[0];
		return Harness::Datagrams("mosys_f4/dev_first600.f4", All.size() / 600);
	}

	std::vector<std::string> FreeD()
	{
		return Harness::Datagrams("freed/derived_from_mosys_f4_first600.freed", 29);
	}
}

/// Argument: the port its messages go to. Prints the trackers' ports, then frame, hash and what is seen.
PROCESS(primary_process)
{
	FNode Node(TEXT("Primary"), true);
	GetMutableDefault<UCycloramaSettings>()->MoreTrackers.Add(FString(Second));
	const FSocket Socket;
	const auto To = static_cast<uint16>(std::stoi(Argument));
	FTime Time;
	Node.Cluster.Collect(SyncId);
	std::printf("%d\n%d\n", FCycloramaTracking::Open(FString(Tracker))->Port(), FCycloramaTracking::Open(FString(Second))->Port());
	std::fflush(stdout);
	for (int Count = 0; Count < Frames; ++Count)
	{
		if (Count == Frames / 2)
		{
			Node.Cluster.LoadMap();
		}
		// The house's beat, at 200 a second; a machine that is too busy for it runs free for that frame.
		Time.Step->UpdateTimeStep(nullptr);
		const std::string Message = Harness::Utf8(Node.Cluster.Collect(SyncId));
		EXPECT(!Message.empty());
		Socket.Send(To, Message);
		uint64 Frame = 0;
		EXPECT(FCycloramaCluster::Get().Frame(Frame));
		std::printf("%llu %s %s%s %s\n", static_cast<unsigned long long>(Frame), Harness::Utf8(FCycloramaCluster::Get().HashOf(Frame)).c_str(), Seen().c_str(), TimecodeOf(*Time.Provider).c_str(), Beat().c_str());
		std::this_thread::sleep_for(std::chrono::milliseconds(2));
	}
	std::fflush(stdout);
	return 0;
}

/// Argument: its name. Prints its port, then every frame it learns of with its hash, what is seen after each message, and
/// at the end what it was told of.
PROCESS(node_process)
{
	FNode Node(*Wide(Argument), false);
	GetMutableDefault<UCycloramaSettings>()->MoreTrackers.Add(FString(Second));
	const FSocket Socket;
	FTime Time;
	std::printf("%d\n", Socket.Port());
	std::fflush(stdout);
	std::string Bytes;
	uint64 Next = 0;
	bool bBegun = false;
	for (int Count = 0; Socket.Receive(Bytes, 10.0) && Bytes != "over"; ++Count)
	{
		if (Count == Frames / 3)
		{
			Node.Cluster.LoadMap();
		}
		Node.Cluster.Distribute(SyncId, Wide(Bytes));
		// It is paced by the cluster alone, and opens nothing.
		EXPECT(Time.Step->UpdateTimeStep(nullptr) && HasNoPort());
		uint64 Frame = 0;
		if (!FCycloramaCluster::Get().Frame(Frame))
		{
			continue;
		}
		for (Next = bBegun ? Next : Frame; Next <= Frame; ++Next)
		{
			std::printf("frame %llu %s\n", static_cast<unsigned long long>(Next), Harness::Utf8(FCycloramaCluster::Get().HashOf(Next)).c_str());
		}
		bBegun = true;
		std::printf("seen %llu %s%s %s\n", static_cast<unsigned long long>(Frame), Seen().c_str(), TimecodeOf(*Time.Provider).c_str(), Beat().c_str());
	}
	EXPECT(HasNoPort());
	TArray<FCycloramaEvent> Events;
	uint64 Lost = 0;
	CycloramaEvents::Take(Events, Lost);
	for (const FCycloramaEvent& Event : Events)
	{
		EXPECT(Event.About == Wide(Argument));
		std::printf("told %s\n", Harness::Utf8(Event.Text).c_str());
	}
	std::printf("words %s\n", Harness::Utf8(FCycloramaCluster::Get().Words()).c_str());
	std::fflush(stdout);
	return 0;
}

TEST(one_primary_and_seven_nodes_show_the_same_on_every_frame_over_a_bad_path)
{
	const FSocket Path;
	std::vector<std::unique_ptr<FChild>> Nodes;
	std::vector<uint16> Ports;
	std::vector<FDice> Dice;
	for (std::size_t At = 0; At < NodeCount; ++At)
	{
		Nodes.push_back(std::make_unique<FChild>("node_process", "Wall-" + std::to_string(At)));
		Dice.emplace_back(At + 1);
	}
	for (const auto& Node : Nodes)
	{
		Ports.push_back(static_cast<uint16>(std::stoi(Node->Line())));
	}
	FChild Primary("primary_process", std::to_string(Path.Port()));
	const auto First = static_cast<uint16>(std::stoi(Primary.Line()));
	const auto Other = static_cast<uint16>(std::stoi(Primary.Line()));
	const auto Turns = FreeD(), Labelled = F4();
	std::vector<std::string> Late(NodeCount);
	std::vector<int> Altered(NodeCount);
	std::string Message;
	std::size_t Longest = 0;
	for (std::size_t Heard = 0; Heard < static_cast<std::size_t>(Frames) && Path.Receive(Message, 10.0); ++Heard)
	{
		// Both cameras move all the while.
		Harness::Send(First, Turns[Heard % Turns.size()]);
		Harness::Send(Other, Labelled[Heard % Labelled.size()]);
		Longest = std::max(Longest, Message.size());
		for (std::size_t At = 0; At < Nodes.size(); ++At)
		{
			if (!Late[At].empty() && Dice[At].Of(0.5))
			{
				Path.Send(Ports[At], Late[At]);
				Late[At].clear();
			}
			// The first one begins, the last one ends: in between it is as bad as it gets.
			const bool bSafe = Heard == 0 || Heard + 1 == static_cast<std::size_t>(Frames);
			if (!bSafe && Dice[At].Of(0.25))
			{
				continue;
			}
			if (!bSafe && Dice[At].Of(0.1))
			{
				Late[At] = Message;
				continue;
			}
			if (!bSafe && Dice[At].Of(0.05))
			{
				std::string Wrong = Message;
				Wrong[Wrong.size() / 2] = Wrong[Wrong.size() / 2] == 'A' ? 'B' : 'A';
				Path.Send(Ports[At], Wrong);
				++Altered[At];
			}
			Path.Send(Ports[At], Message);
			if (Dice[At].Of(0.1))
			{
				Path.Send(Ports[At], Message);
			}
		}
	}
	std::map<std::string, std::string> Hashes, Views;
	std::set<std::string> Different, Labels, Beats;
	for (const std::string& Line : Primary.Rest())
	{
		const auto One = Line.find(' '), Two = Line.find(' ', One + 1), Four = Line.rfind(' '), Three = Line.rfind(';');
		Hashes[Line.substr(0, One)] = Line.substr(One + 1, Two - One - 1);
		Views[Line.substr(0, One)] = Line.substr(Two + 1);
		Different.insert(Line.substr(Two + 1, Three - Two));
		Labels.insert(Line.substr(Three + 1, Four - Three - 1));
		Beats.insert(Line.substr(Four + 1));
	}
	EXPECT(Primary.End() == 0);
	EXPECT(static_cast<int>(Hashes.size()) == Frames);
	// It really moved, the timecode counted, and so did the beat.
	EXPECT(Different.size() > static_cast<std::size_t>(Frames) / 2);
	EXPECT(Labels.size() > 10 && Beats.size() > 10);
	const auto Both = std::count_if(Different.begin(), Different.end(), [](const std::string& View) { return View.find("freed:1@") == 0 && View.find(";f4:0@2@") != std::string::npos; });
	EXPECT(Both > Frames / 2);
	int Shown = 0, Refused = 0;
	for (std::size_t At = 0; At < Nodes.size(); ++At)
	{
		Path.Send(Ports[At], "over");
		int Of = 0, Told = 0;
		std::string Words;
		for (const std::string& Line : Nodes[At]->Rest())
		{
			const auto One = Line.find(' '), Two = Line.find(' ', One + 1);
			const std::string Kind = Line.substr(0, One), Frame = Line.substr(One + 1, Two - One - 1);
			if (Kind == "frame")
			{
				EXPECT(Hashes.at(Frame) == Line.substr(Two + 1));
				++Of;
			}
			else if (Kind == "seen")
			{
				// Places, turns, each subject's timecode, the engine's timecode and the beat.
				EXPECT(Views.at(Frame) == Line.substr(Two + 1));
			}
			else if (Kind == "told")
			{
				EXPECT(Line.find("show what the primary says") != std::string::npos);
				++Told;
			}
			else
			{
				Words = Line;
			}
		}
		EXPECT(Nodes[At]->End() == 0);
		// Every frame, none left out, and every altered message was noticed.
		EXPECT(Of == Frames);
		EXPECT(Altered[At] > 3 && Told == Altered[At]);
		EXPECT(Words.find("Shows frame " + std::to_string(Frames)) != std::string::npos);
		EXPECT(Words.find("never came") == std::string::npos);
		Shown += Of;
		Refused += Told;
	}
	std::printf("same hash on %d frames of %zu nodes; %d altered messages refused; %zu timecodes, %zu beats; longest message %zu\n", Shown, NodeCount, Refused, Labels.size(), Beats.size(), Longest);
}

TEST(a_node_has_the_primarys_timecode_and_beat_and_opens_no_port)
{
	std::vector<FString> Messages;
	std::string Label;
	{
		FNode Primary(TEXT("Primary"), true);
		GetMutableDefault<UCycloramaSettings>()->MoreTrackers.Add(FString(Second));
		FTime Time;
		// Not even the primary reads a tracker before it is known to be the primary.
		EXPECT(FCycloramaCluster::Get().Role() == ECycloramaRole::Joining && Time.Step->UpdateTimeStep(nullptr) && HasNoPort());
		Messages.push_back(Primary.Cluster.Collect(SyncId));
		EXPECT(FCycloramaCluster::Get().Role() == ECycloramaRole::Primary && !HasNoPort());
		EXPECT(Beat() == "none" && TimecodeOf(*Time.Provider) == "none");
		const auto Session = FCycloramaTracking::Open(FString(Second));
		const auto Feed = Session->Feed();
		TArray<FCycloramaSample> Samples;
		Harness::Send(Session->Port(), F4()[0]);
		EXPECT(Feed->WaitNext(5000000, Samples) && Samples.Num() == 1);
		for (int Frame = 0; Frame < 3; ++Frame)
		{
			EXPECT(Harness::Until([&] { return !Time.Step->UpdateTimeStep(nullptr); }));
			Messages.push_back(Primary.Cluster.Collect(SyncId));
		}
		// A frame that began on no beat says none.
		EXPECT(Beat() != "none");
		const std::string Told = TimecodeOf(*Time.Provider);
		Primary.Cluster.Collect(SyncId);
		EXPECT(Beat() == "none");
		Label = Told;
		// 15:03:47:02 at 25, counted on from there.
		const int32 First = ((15 * 60 + 3) * 60 + 47) * 25 + 2;
		EXPECT(Label.find("@25/1") != std::string::npos && std::stoi(Label) >= First && std::stoi(Label) < First + 250);
	}
	FNode Node(TEXT("Wall-1"), false);
	GetMutableDefault<UCycloramaSettings>()->HoldTimecode = 0.2f;
	FTime Time;
	EXPECT(Time.Provider->GetSynchronizationState() == ETimecodeProviderSynchronizationState::Synchronizing);
	EXPECT(TimecodeOf(*Time.Provider) == "none" && Time.Step->UpdateTimeStep(nullptr) && HasNoPort());
	EXPECT(Node.Cluster.Distribute(SyncId, Messages[1]) && Time.Step->UpdateTimeStep(nullptr));
	EXPECT(FCycloramaCluster::Get().Role() == ECycloramaRole::Node);
	EXPECT(Time.Step->GetSynchronizationState() == ECustomTimeStepSynchronizationState::Synchronized && Time.Step->GetLastSyncCountDelta() == 1);
	const int64 Before = std::stoll(Beat());
	EXPECT(Node.Cluster.Distribute(SyncId, Messages[3]) && Time.Step->UpdateTimeStep(nullptr));
	// As many beats as passed between the two, and no wait of ours for any.
	EXPECT(Time.Step->GetLastSyncCountDelta() == static_cast<uint32>(std::stoll(Beat()) - Before) && Shim::AppTimes().Updates == 3);
	EXPECT(TimecodeOf(*Time.Provider) == Label && HasNoPort());
	// Another line names another tracker; no line the usual one, which says none.
	auto* Usual = NewObject<UCycloramaTimecodeProvider>();
	EXPECT(Usual->Initialize(nullptr) && TimecodeOf(*Usual) == "none");
	// In Live Link each subject carries the label of its own tracker.
	Shim::FClient Client;
	auto Source = NewObject<UCycloramaLiveLinkSourceFactory>()->CreateSource(FString(TEXT("cluster")));
	Source->ReceiveClient(&Client, FGuid(1, 2, 3, 4));
	Source->Update();
	EXPECT(Client.Frames().size() == 1 && Harness::Utf8(Client.Frames()[0].Subject.ToString()) == "f4:0@2");
	EXPECT(Client.Frames()[0].Data.MetaData.SceneTime.Time.GetFrame().Value == std::stoi(Label) && Client.Frames()[0].Data.MetaData.SceneTime.Rate == FFrameRate(25, 1));
	EXPECT(Source->RequestSourceShutdown());
	Client.Close();
	// The primary falls silent: held, then an error; and a message without a beat is none.
	EXPECT(Harness::Until([&] { return TimecodeOf(*Time.Provider) == "none"; }));
	EXPECT(Time.Provider->GetSynchronizationState() == ETimecodeProviderSynchronizationState::Error);
	FString None;
	{
		const TArray<FString> Nothing;
		EXPECT(FCycloramaCluster::Get().Publish(Nothing, 0.0, 0.5, 0, None));
	}
	EXPECT(FCycloramaCluster::Get().Apply(None) && Time.Step->UpdateTimeStep(nullptr));
	EXPECT(Time.Step->GetSynchronizationState() == ECustomTimeStepSynchronizationState::Error && HasNoPort());
	// Out of the cluster it reads its tracker itself.
	Node.Cluster.OnDisplayClusterEndSession().Broadcast();
	EXPECT(FCycloramaCluster::Get().Role() == ECycloramaRole::Alone);
	TimecodeOf(*Time.Provider);
	EXPECT(FCycloramaTracking::NumberOf(FString(Second)) != 0 && FCycloramaTracking::NumberOf(FString(Tracker)) == 0);
	Time.Step->UpdateTimeStep(nullptr);
	EXPECT(FCycloramaTracking::NumberOf(FString(Tracker)) != 0);
}

TEST(a_timecode_or_genlock_that_waits_for_what_the_primary_does_not_say_tells_so_but_not_every_frame)
{
	std::vector<FString> Messages;
	{
		FNode Primary(TEXT("Primary"), true);
		for (int Frame = 0; Frame < 40; ++Frame)
		{
			Messages.push_back(Primary.Cluster.Collect(SyncId));
		}
	}
	TArray<FCycloramaEvent> Events;
	uint64 Lost = 0;
	CycloramaEvents::Take(Events, Lost);
	FNode Node(TEXT("Wall-1"), false);
	// The second tracker is named by both, and published by nobody; nor does the primary run by a beat.
	FTime Time;
	Time.Step->bFollowTracker = true;
	Time.Step->Connection = FString(Second);
	const double Begun = FPlatformTime::Seconds();
	std::size_t Next = 0;
	const auto Frame = [&] {
		Node.Cluster.Distribute(SyncId, Messages[std::min(Next++, Messages.size() - 1)]);
		Time.Step->UpdateTimeStep(nullptr);
		EXPECT(TimecodeOf(*Time.Provider) == "none");
	};
	const auto Waits = [](const TCHAR* Whose) { return FCycloramaCluster::Get().Words().Contains(Whose); };
	Frame();
	EXPECT(Waits(TEXT("the timecode waits for tracker")));
	EXPECT(Harness::Until([&] {
		Frame();
		return Waits(TEXT("the genlock waits for tracker"));
	}));
	// A primary that is busy for a frame is no fault.
	EXPECT(FPlatformTime::Seconds() - Begun >= 1.9);
	CycloramaEvents::Take(Events, Lost);
	EXPECT(Events.Num() == 2);
	for (const FCycloramaEvent& Event : Events)
	{
		EXPECT(Event.Kind == ECycloramaEvent::Warning && Event.Text.Contains(Second) && Event.About == FString(TEXT("Wall-1")));
	}
	FCycloramaCoreModule::Get()->DrainLog();
	EXPECT(Harness::Said("which the primary does not publish"));
	// Asked for no longer, it is not told any longer.
	Time.Provider->Connection = FString();
	EXPECT(Harness::Until([&] {
		TimecodeOf(*Time.Provider);
		return !Waits(TEXT("the timecode waits for"));
	}));
}

TEST(preflight_knows_the_clusters_nodes_its_sync_and_whose_plugin_is_another)
{
	FNode Node(TEXT("Primary"), true);
	const auto Of = [](const TCHAR* Title) {
		for (const FCycloramaFinding& Finding : CycloramaPreflight::Check(FCycloramaFacts()))
		{
			if (Finding.Title == FString(Title))
			{
				return Finding;
			}
		}
		return FCycloramaFinding();
	};
	Node.Cluster.Collect(SyncId);
	Node.Cluster.Configure({TEXT("Primary"), TEXT("Left"), TEXT("Right")}, TEXT("None"));
	Node.Cluster.LoadMap();
	EXPECT(Of(TEXT("Cluster")).Words.Contains(TEXT("this is the primary of 3 nodes")));
	EXPECT(Of(TEXT("Cluster sync")).Level == ECycloramaLevel::Warning && Of(TEXT("Cluster sync")).Words.Contains(TEXT("None")));
	EXPECT(Of(TEXT("Cluster versions")).Level == ECycloramaLevel::Note && Of(TEXT("Cluster versions")).Words.Contains(TEXT("Left, Right")));
	EXPECT(Harness::Said("Cluster sync: nDisplay's render sync policy is None"));
	// It says its own version, under its own name, so that no other's takes its place.
	EXPECT(!Node.Cluster.Emitted.empty());
	const auto Mine = Node.Cluster.Emitted.back();
	EXPECT(Mine.Name == FString(TEXT("Primary")) && Mine.bShouldDiscardOnRepeat && Mine.Parameters.Num() == 1);
	const auto Hear = [&](const TCHAR* Name, const FString& Version) {
		auto Event = Mine;
		Event.Name = FString(Name);
		for (auto& Parameter : Event.Parameters)
		{
			Parameter.Value = Version;
		}
		Node.Cluster.Hear(Event);
	};
	Hear(TEXT("Left"), FCycloramaCoreModule::Version());
	Hear(TEXT("Right"), FString(TEXT("0.0.9+abc")));
	EXPECT(Of(TEXT("Cluster versions")).Level == ECycloramaLevel::Problem && Of(TEXT("Cluster versions")).Words.Contains(TEXT("Right has 0.0.9+abc")));
	EXPECT(Harness::Said("Cluster versions: Right has 0.0.9+abc"));
	// Told again it is not logged again; other events of the cluster are nobody's version.
	Hear(TEXT("Right"), FString(TEXT("0.0.9+abc")));
	EXPECT(!Harness::Said("Cluster versions"));
	auto Other = Mine;
	Other.Category = FString(TEXT("Game"));
	Other.Name = FString(TEXT("Left"));
	Other.Parameters.Add(FString(TEXT("version")), FString(TEXT("7")));
	Node.Cluster.Hear(Other);
	EXPECT(!Of(TEXT("Cluster versions")).Words.Contains(TEXT("Left has")));
	Hear(TEXT("Right"), FCycloramaCoreModule::Version());
	EXPECT(Of(TEXT("Cluster versions")).Words.Contains(TEXT("all 3 nodes have")));
	// The session ends: nobody listens any more.
	Node.Cluster.OnDisplayClusterEndSession().Broadcast();
	EXPECT(Node.Cluster.ListenerCount() == 0);
}

TEST(a_configuration_is_looked_at_in_the_editor_before_anything_is_launched)
{
	Shim::FCluster Editor(TEXT(""), false);
	Editor.Mode = EDisplayClusterOperationMode::Editor;
	Editor.Configure({TEXT("Primary"), TEXT("Left")}, TEXT("None"));
	Shim::BeNode(&Editor);
	for (const TCHAR* Module : {TEXT("CycloramaCore"), TEXT("CycloramaStage")})
	{
		FModuleManager::Get().LoadModule(FName(Module));
	}
	bool bSaid = false;
	for (const FCycloramaFinding& Finding : CycloramaPreflight::Check(FCycloramaFacts()))
	{
		bSaid |= Finding.Words.Contains(TEXT("a configuration of 2 nodes"));
	}
	EXPECT(bSaid && Editor.Emitted.empty() && Editor.ListenerCount() == 0);
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaStage")));
	Shim::BeNode(nullptr);
}

TEST(a_process_that_ndisplay_launched_opens_nothing_before_its_cluster_has_begun)
{
	Shim::SetCommandLine("Stage.uproject -game -dc_cluster -dc_node=Wall-1");
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	EXPECT(FCycloramaCluster::Get().Role() == ECycloramaRole::Joining);
	FTime Time;
	EXPECT(TimecodeOf(*Time.Provider) == "none" && Time.Step->UpdateTimeStep(nullptr) && HasNoPort());
}

TEST(a_node_that_missed_frames_says_which)
{
	std::vector<FString> Messages;
	{
		FNode Primary(TEXT("Primary"), true);
		GetMutableDefault<UCycloramaSettings>()->FramesRepeated = 2;
		for (int Frame = 0; Frame < 10; ++Frame)
		{
			Messages.push_back(Primary.Cluster.Collect(SyncId));
		}
		EXPECT(FCycloramaCluster::Get().Words() == FString(TEXT("Shows frame 9")));
	}
	TArray<FCycloramaEvent> Events;
	uint64 Lost = 0;
	CycloramaEvents::Take(Events, Lost);
	FNode Node(TEXT("Wall-2"), false);
	EXPECT(Node.Cluster.Distribute(SyncId, Messages[0]));
	EXPECT(Node.Cluster.Distribute(SyncId, Messages[9]));
	CycloramaEvents::Take(Events, Lost);
	EXPECT(Events.Num() == 1 && Events[0].Kind == ECycloramaEvent::Warning);
	EXPECT(Events[0].About == FString(TEXT("Wall-2")) && Events[0].Text == FString(TEXT("frames 1 to 6 never came")));
	EXPECT(FCycloramaCluster::Get().Words() == FString(TEXT("Shows frame 9; 6 never came")));
	EXPECT(FCycloramaCluster::Get().HashOf(3).IsEmpty() && FCycloramaCluster::Get().HashOf(8).Len() == 32);
	// Damaged: refused, and what is shown stays.
	EXPECT(!FCycloramaCluster::Get().Apply(FString(TEXT("cysync2.AAAA"))));
	EXPECT(FCycloramaCluster::Get().Words() == FString(TEXT("Shows frame 9; 6 never came; 1 came damaged and were not used")));
}

TEST(the_sync_object_is_there_after_every_map_and_gone_with_its_module)
{
	FNode Node(TEXT("Primary"), true);
	EXPECT(Node.Cluster.ObjectCount() == 1);
	for (int Map = 0; Map < 3; ++Map)
	{
		Node.Cluster.LoadMap();
		EXPECT(Node.Cluster.ObjectCount() == 1);
		EXPECT(!Node.Cluster.Collect(SyncId).IsEmpty());
	}
	// A new session of the same process.
	Node.Cluster.OnDisplayClusterEndSession().Broadcast();
	EXPECT(Node.Cluster.ObjectCount() == 0);
	// Told twice, it is there once.
	Node.Cluster.OnDisplayClusterStartSession().Broadcast();
	Node.Cluster.OnDisplayClusterStartSession().Broadcast();
	EXPECT(Node.Cluster.ObjectCount() == 1);
	EXPECT(FCoreUObjectDelegates::PostLoadMapWithWorld.ShimCount() == 1);
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaStage")));
	EXPECT(Node.Cluster.ObjectCount() == 0);
	EXPECT(FCoreUObjectDelegates::PostLoadMapWithWorld.ShimCount() == 0);
	EXPECT(Node.Cluster.OnDisplayClusterStartSession().ShimCount() == 0 && Node.Cluster.OnDisplayClusterEndSession().ShimCount() == 0);
	Node.Cluster.LoadMap();
	EXPECT(Node.Cluster.ObjectCount() == 0);
	// Hot reload: it comes back.
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaStage")));
	EXPECT(Node.Cluster.ObjectCount() == 1);
	// The core goes first: nothing is said, nothing breaks.
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	EXPECT(Node.Cluster.Collect(SyncId).IsEmpty());
	Node.Cluster.LoadMap();
	EXPECT(Node.Cluster.ObjectCount() == 0);
}

TEST(outside_a_cluster_and_without_ndisplay_nothing_is_registered)
{
	for (const TCHAR* Module : {TEXT("CycloramaCore"), TEXT("CycloramaStage")})
	{
		FModuleManager::Get().LoadModule(FName(Module));
	}
	FCoreUObjectDelegates::PostLoadMapWithWorld.Broadcast(nullptr);
	// nDisplay comes later than we did, first in the editor, then as a node.
	Shim::FCluster Late(TEXT("Wall-1"), false);
	Late.Mode = EDisplayClusterOperationMode::Editor;
	Shim::BeNode(&Late);
	Late.LoadMap();
	EXPECT(Late.ObjectCount() == 0);
	Late.Mode = EDisplayClusterOperationMode::Cluster;
	Late.LoadMap();
	EXPECT(Late.ObjectCount() == 1);
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaStage")));
	EXPECT(Late.ObjectCount() == 0);
	Shim::BeNode(nullptr);
}

TEST(a_cluster_source_pushes_each_frame_once_with_the_primarys_pose)
{
	FNode Node(TEXT("Primary"), true);
	Node.Cluster.Collect(SyncId);
	const auto Session = FCycloramaTracking::Open(FString(Tracker));
	const auto Feed = Session->Feed();
	TArray<FCycloramaSample> Samples;
	const auto Packet = Harness::Datagrams("freed/jwetzell_free-d_unit.freed", 29)[0];
	Harness::Send(Session->Port(), Packet);
	EXPECT(Feed->WaitNext(5000000, Samples) && Samples.Num() == 1);
	Shim::FClient Client;
	auto Source = NewObject<UCycloramaLiveLinkSourceFactory>()->CreateSource(FString(TEXT("cluster")));
	EXPECT(!Source->IsSourceStillValid());
	Source->Update();
	Source->ReceiveClient(&Client, FGuid(1, 2, 3, 4));
	const double Before = FPlatformTime::Seconds();
	Node.Cluster.Collect(SyncId);
	Source->Update();
	Source->Update();
	EXPECT(Client.Frames().size() == 1);
	const auto Frame = Client.Frames()[0];
	EXPECT(Harness::Utf8(Frame.Subject.ToString()) == "freed:1");
	Golden::Expect(Frame.Data.Transform, Golden::FromFreeD(Packet), 1e-9, 1e-9);
	EXPECT(Frame.Data.WorldTime.GetSourceTime() >= Before && Frame.Data.WorldTime.GetSourceTime() <= FPlatformTime::Seconds());
	EXPECT(Source->GetSourceStatus().ToString() == FString(TEXT("Shows frame 1")));
	Node.Cluster.Collect(SyncId);
	Source->Update();
	EXPECT(Client.Frames().size() == 2 && Client.StaticPushes() == 1);
	EXPECT(Source->RequestSourceShutdown() && Client.Removed() == 1);
	Client.Close();
	Node.Cluster.Collect(SyncId);
	Source->Update();
}

TEST(a_node_that_becomes_the_primary_counts_on)
{
	FString Message;
	{
		FNode Old(TEXT("Old"), true);
		for (int Frame = 0; Frame < 5; ++Frame)
		{
			Message = Old.Cluster.Collect(SyncId);
		}
	}
	FNode Node(TEXT("New"), false);
	EXPECT(Node.Cluster.Distribute(SyncId, Message));
	FString Next;
	TArray<FString> Trackers;
	// A line twice, and one that is empty, are one tracker.
	for (const TCHAR* Line : {Tracker, TEXT(""), Tracker})
	{
		Trackers.Add(FString(Line));
	}
	EXPECT(FCycloramaCluster::Get().Publish(Trackers, 0.0, 0.5, 3, Next));
	uint64 Frame = 0;
	EXPECT(FCycloramaCluster::Get().Frame(Frame) && Frame == 5);
	// And hears another one again, without keeping a tracker open.
	EXPECT(FCycloramaTracking::NumberOf(FString(Tracker)) != 0);
	EXPECT(FCycloramaCluster::Get().Apply(Message));
	EXPECT(FCycloramaTracking::NumberOf(FString(Tracker)) == 0);
}
