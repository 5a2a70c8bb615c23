// A core that is not there, or is of another version: run links these tests twice, the second time with headers of another
// bridge, and says so in HARNESS_OTHER. Nothing of ours may call it.
#include "CycloramaCommandlets.h"
#include "CycloramaCore.h"
#include "CycloramaCustomTimeStep.h"
#include "CycloramaSettings.h"
#include "CycloramaTimecodeProvider.h"
#include "CycloramaTracking.h"
#include "Files.h"
#include "Shim/Engine.h"

namespace
{
	using ETimecode = ETimecodeProviderSynchronizationState;
	using EStep = ECustomTimeStepSynchronizationState;

	const TCHAR* const Tracker = TEXT("protocol=freed; bind=127.0.0.1:0");
	const TCHAR* const Second = TEXT("protocol=f4; bind=127.0.0.1:0");

	bool IsHeard(const TCHAR* Line) { return FCycloramaTracking::NumberOf(FString(Line)) != 0; }

	/// Without a core, or with one of another version.
	void Begin()
	{
		GetMutableDefault<UCycloramaSettings>()->Connection = FString(Tracker);
		if (std::getenv("HARNESS_OTHER"))
		{
			FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
			EXPECT(FCycloramaCoreModule::Get() && Harness::Said("built from another version than this plugin"));
		}
		EXPECT(!FCycloramaCoreModule::Usable());
	}
}

TEST(without_a_usable_core_timecode_and_genlock_are_an_error_and_open_nothing)
{
	Begin();
	auto* Provider = NewObject<UCycloramaTimecodeProvider>();
	EXPECT(!Provider->Initialize(nullptr));
	Provider->FetchAndUpdate();
	EXPECT(Provider->GetSynchronizationState() == ETimecode::Error);
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	EXPECT(!Step->Initialize(nullptr));
	EXPECT(Step->UpdateTimeStep(nullptr) && Step->GetSynchronizationState() == EStep::Error);
	EXPECT(!IsHeard(Tracker));
}

TEST(without_a_usable_core_commandlets_do_nothing_and_say_so)
{
	Begin();
	Files::FFolder Folder;
	const FString Words = Files::Wide("-Store=" + (Folder / "store") + " -Folder=" + (Folder / "project") + " -Take=" + (Folder / "A_t001.take") + " -MakeStore");
	Files::Write(Folder.Path / "project/Stage.uproject", "{}");
	const auto IsRefused = [&](UCommandlet* Commandlet) { return Commandlet->Main(Words) == 1 && Harness::Said("Cyclorama is off"); };
	EXPECT(IsRefused(NewObject<UCycloramaPublishCommandlet>()) && IsRefused(NewObject<UCycloramaHydrateCommandlet>()));
	EXPECT(IsRefused(NewObject<UCycloramaRenderCommandlet>()) && IsRefused(NewObject<UCycloramaDoctorCommandlet>()));
	EXPECT(!std::filesystem::exists(Folder.Path / "store"));
}

TEST(timecode_and_genlock_whose_core_has_gone_open_nothing)
{
	if (std::getenv("HARNESS_OTHER"))
	{
		return;
	}
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	auto* Provider = NewObject<UCycloramaTimecodeProvider>();
	auto* Step = NewObject<UCycloramaCustomTimeStep>();
	Provider->Connection = Step->Connection = FString(Tracker);
	EXPECT(Provider->Initialize(nullptr) && Step->Initialize(nullptr) && IsHeard(Tracker));
	FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	Provider->Connection = Step->Connection = FString(Second);
	Provider->FetchAndUpdate();
	EXPECT(Step->UpdateTimeStep(nullptr) && Step->GetSynchronizationState() == EStep::Error);
	EXPECT(!IsHeard(Second));
}
