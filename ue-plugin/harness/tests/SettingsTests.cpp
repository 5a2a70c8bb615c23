// Settings of before: what stood in a project's files as plain text still counts.
#include "Harness.h"

#include "CycloramaRenderSettings.h"
#include "CycloramaSettings.h"
#include "Shim/Config.h"

namespace
{
	const TCHAR* const Stage = TEXT("/Script/CycloramaCore.CycloramaSettings");
	const TCHAR* const Render = TEXT("/Script/CycloramaRender.CycloramaRenderSettings");

	/// The project's settings, as long as the test lasts.
	struct FFile
	{
		FFile() { GConfig = &Config; }
		~FFile() { GConfig = nullptr; }
		void Say(const TCHAR* Section, const TCHAR* Name, const TCHAR* Value) { Config.ShimSet(Section, Name, FString(Value), GGameIni); }
		FConfigCacheIni Config;
	};
}

TEST(paths_that_are_plain_text_of_before_are_read)
{
	FFile File;
	File.Say(Render, TEXT("Store"), TEXT("s3://studio/wall"));
	File.Say(Render, TEXT("Ledger"), TEXT("//farm/ledger"));
	File.Say(Render, TEXT("KeyFile"), TEXT("D:/keys/wall.key"));
	File.Say(Render, TEXT("Command"), TEXT("D:/bin/cyclorama.exe"));
	File.Say(Stage, TEXT("TakesFolder"), TEXT("D:/Takes"));
	const UCycloramaRenderSettings& Settings = *GetDefault<UCycloramaRenderSettings>();
	EXPECT(Settings.Store.Path == FString(TEXT("s3://studio/wall")));
	EXPECT(Settings.Ledger.Path == FString(TEXT("//farm/ledger")));
	EXPECT(Settings.KeyFile.FilePath == FString(TEXT("D:/keys/wall.key")));
	EXPECT(Settings.Command.FilePath == FString(TEXT("D:/bin/cyclorama.exe")));
	EXPECT(GetDefault<UCycloramaSettings>()->TakesFolder.Path == FString(TEXT("D:/Takes")));
}

TEST(paths_in_the_form_of_now_and_those_that_are_not_there_are_left_to_the_engine)
{
	FFile File;
	File.Say(Render, TEXT("Store"), TEXT("(Path=\"s3://studio/wall\")"));
	File.Say(Render, TEXT("Command"), TEXT(""));
	File.Say(Stage, TEXT("TakesFolder"), TEXT("(Path=\"D:/Takes\")"));
	// What the engine reads itself, the stand-in does not.
	const UCycloramaRenderSettings& Settings = *GetDefault<UCycloramaRenderSettings>();
	EXPECT(Settings.Store.Path.IsEmpty() && Settings.Ledger.Path.IsEmpty() && Settings.KeyFile.FilePath.IsEmpty());
	EXPECT(Settings.Command.FilePath == FString(TEXT("cyclorama")));
	EXPECT(GetDefault<UCycloramaSettings>()->TakesFolder.Path.IsEmpty());
}

TEST(settings_are_made_before_the_engine_has_read_any)
{
	GConfig = nullptr;
	EXPECT(GetDefault<UCycloramaRenderSettings>()->Command.FilePath == FString(TEXT("cyclorama")));
	EXPECT(GetDefault<UCycloramaSettings>()->TakesFolder.Path.IsEmpty());
}
