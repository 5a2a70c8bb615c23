// An editor that is killed in the middle of a recording or a publish loses nothing that was safe: it is a process of its own,
// ended as a power cut ends it, and what it left is taken up by the plugin and by the command.
#include "Child.h"
#include "Files.h"

#include "CycloramaAssets.h"
#include "CycloramaCore.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTracking.h"

using namespace Files;

namespace
{
	const TCHAR* const Tracker = TEXT("protocol=freed; bind=127.0.0.1:0");

	void LoadCore(const std::string& Takes)
	{
		UCycloramaSettings& Settings = *GetMutableDefault<UCycloramaSettings>();
		Settings.Connection = FString(Tracker);
		Settings.TakesFolder.Path = Wide(Takes);
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
		EXPECT(FCycloramaCoreModule::Get()->IsUsable());
	}

	/// What a publish of the project below a folder is asked.
	FCycloramaPublish Publish(const fs::path& Top)
	{
		FCycloramaPublish What;
		What.Folder = Wide((Top / "project").string());
		What.Store = Wide((Top / "store").string());
		What.bMakeStore = true;
		return What;
	}

	/// Bytes that no compression makes fewer, the same on every run.
	std::string Noise(std::size_t Size, uint64 Seed)
	{
		std::string Bytes(Size, '\0');
		for (char& Byte : Bytes)
		{
			Seed = Seed * 6364136223846793005u + 1442695040888963407u;
			Byte = static_cast<char>(Seed >> 56);
		}
		return Bytes;
	}

	std::uintmax_t BytesBelow(const fs::path& Folder)
	{
		std::uintmax_t Bytes = 0;
		std::error_code Gone;
		for (auto At = fs::recursive_directory_iterator(Folder, Gone); !Gone && At != fs::recursive_directory_iterator(); At.increment(Gone))
		{
			const auto Size = At->is_regular_file(Gone) ? At->file_size(Gone) : 0;
			Bytes += Gone ? 0 : Size;
		}
		return Bytes;
	}
}

/// Argument: the folder of takes. Rolls, prints port and file, and goes on until it is killed.
PROCESS(editor_that_records)
{
	LoadCore(Argument);
	EXPECT(FCycloramaSlate::Get().Record() && FCycloramaSlate::Get().Roll(FString(TEXT("K")), 0, FString()));
	EXPECT(Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }));
	std::printf("%d\n%s\n", FCycloramaTracking::Open(FString(Tracker))->Port(), Harness::Utf8(FCycloramaSlate::Get().View().Path).c_str());
	std::fflush(stdout);
	Harness::Until([] { return false; }, 120.0);
	return 1;
}

TEST(an_editor_killed_while_it_records_leaves_its_take_and_the_next_one_goes_beside_it)
{
	FFolder Folder;
	const std::string Takes = Folder / "takes";
	fs::create_directories(Takes);
	const auto Packets = Harness::Datagrams("freed/derived_from_mosys_f4_first600.freed", 29);
	std::string File;
	std::size_t Sent = 0;
	{
		FChild Editor("editor_that_records", Takes);
		const auto Port = static_cast<uint16>(std::stoi(Editor.Line(60.0)));
		File = Editor.Line();
		EXPECT(Harness::Until([&] { return fs::exists(File); }));
		const auto Send = [&] {
			Harness::Send(Port, Packets[Sent++ % Packets.size()]);
			std::this_thread::sleep_for(std::chrono::milliseconds(5));
		};
		for (int Count = 0; Count < 100; ++Count)
		{
			Send();
		}
		// What came half a second before is written with what comes then, and on its way to the disk soon after.
		const std::size_t First = Sent;
		const double Begun = FPlatformTime::Seconds();
		const auto Small = fs::file_size(File);
		EXPECT(Harness::Until([&] {
			Send();
			return FPlatformTime::Seconds() - Begun > 2.0 && fs::file_size(File) > Small + First;
		}, 30.0));
		Editor.Kill();
		Sent = First;
	}
	const std::string Left = Read(File);
	const std::string Saved = Folder / "saved.take";
	// Nothing of the file is damaged; it only was not closed.
	const std::string Told = Printed("take recover --json " + File + " " + Saved);
	const std::string Name = "\"datagrams\":";
	EXPECT(Told.find(Name) != std::string::npos && std::stoul(Told.substr(Told.find(Name) + Name.size())) >= Sent);
	// The next editor counts on, and touches nothing.
	LoadCore(Takes);
	EXPECT(FCycloramaSlate::Get().Record() && FCycloramaSlate::Get().Roll(FString(TEXT("K")), 0, FString()));
	EXPECT(Harness::Until([] { return FCycloramaSlate::Get().View().bRolling; }));
	EXPECT(FCycloramaSlate::Get().View().Take == 2 && Harness::Utf8(FCycloramaSlate::Get().View().Path) != File);
	EXPECT(Read(File) == Left);
}

/// Argument: where project and store are. Publishes, and says so when it is done.
PROCESS(editor_that_publishes)
{
	LoadCore(Argument);
	const auto Work = FCycloramaAssets::Publish(Publish(Argument));
	std::puts("begun");
	std::fflush(stdout);
	const bool bDone = Work->Wait(120000000) == ECycloramaWorkState::Done;
	std::puts("over");
	return bDone ? 0 : 1;
}

TEST(an_editor_killed_while_it_publishes_shows_nobody_half_of_it_and_goes_on_when_it_is_back)
{
	FFolder Folder;
	for (uint64 Number = 0; Number < 12; ++Number)
	{
		Write(Folder.Path / "project/Content" / ("Rock" + std::to_string(Number) + ".uasset"), Noise(4 << 20, Number));
	}
	Write(Folder.Path / "project/Stage.uproject", "{}");
	const fs::path Store = Folder.Path / "store";
	{
		FChild Editor("editor_that_publishes", Folder.Path.string());
		EXPECT(Editor.Line(60.0) == "begun");
		EXPECT(Harness::Until([&] { return BytesBelow(Store) > (4 << 20); }, 60.0));
		Editor.Kill();
	}
	LoadCore(Folder / "takes");
	FCycloramaHydrate Bring;
	Bring.Store = Wide(Store.string());
	Bring.Folder = Wide(Folder / "early");
	// All of it or nothing, also where the publish had just ended.
	const bool bWhole = FCycloramaAssets::Hydrate(Bring)->Wait(120000000) == ECycloramaWorkState::Done;
	EXPECT(BytesBelow(Folder.Path / "early/Content") == (bWhole ? 48u << 20 : 0u));
	// Again, in another process: it goes on, and what it publishes is all of it.
	const auto Work = FCycloramaAssets::Publish(Publish(Folder.Path));
	EXPECT(Work->Wait(120000000) == ECycloramaWorkState::Done);
	Command("assets verify --read-data " + Store.string());
	Bring.Folder = Wide(Folder / "late");
	EXPECT(FCycloramaAssets::Hydrate(Bring)->Wait(120000000) == ECycloramaWorkState::Done);
	for (uint64 Number = 0; Number < 12; ++Number)
	{
		const std::string Name = "Rock" + std::to_string(Number) + ".uasset";
		EXPECT(Read(Folder.Path / "late/Content" / Name) == Noise(4 << 20, Number));
	}
	// No second copy of what was there already; a part that was being written may lie there for an hour.
	EXPECT(BytesBelow(Store) < (100u << 20));
}
