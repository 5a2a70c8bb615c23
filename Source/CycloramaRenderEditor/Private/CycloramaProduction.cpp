#include "CycloramaProduction.h"

#include "CycloramaAssets.h"
#include "CycloramaCore.h"
#include "CycloramaRenderJob.h"
#include "CycloramaRenderSettings.h"
#include "FileHelpers.h"
#include "Misc/EngineVersion.h"
#include "Misc/Paths.h"
#include "MovieRenderPipelineSettings.h"
#include "UObject/Package.h"

namespace
{
	/// A list that is longer is for the command.
	constexpr int32 MostLines = 12;
	const TCHAR* const Executor = TEXT("/Script/CycloramaRender.CycloramaSubmitExecutor");

	const UCycloramaRenderSettings& Settings()
	{
		return *GetDefault<UCycloramaRenderSettings>();
	}

	TSharedPtr<FCycloramaDesk>& OnlyDesk()
	{
		static TSharedPtr<FCycloramaDesk> Desk;
		return Desk;
	}

	FString Folder()
	{
		return FPaths::ConvertRelativePathToFull(FPaths::ProjectDir());
	}

	FString Some(const TArray<FString>& Lines, const TCHAR* Between)
	{
		FString All;
		for (int32 At = 0; At < Lines.Num() && At < MostLines; ++At)
		{
			All += All.IsEmpty() ? Lines[At] : FString(Between) + Lines[At];
		}
		return Lines.Num() <= MostLines ? All : All + FString(Between) + FString(TEXT("and ")) + FString::FromInt(Lines.Num() - MostLines) + FString(TEXT(" more"));
	}

	/// Why nothing can be done with the content right now; empty when it can. Only what is saved is a file.
	FString InTheWay()
	{
		if (Settings().Store.Path.IsEmpty())
		{
			return FString(TEXT("Choose a content store in Project Settings, Plugins, Cyclorama Render."));
		}
		TArray<UPackage*> Unsaved;
		UEditorLoadingAndSavingUtils::GetDirtyContentPackages(Unsaved);
		UEditorLoadingAndSavingUtils::GetDirtyMapPackages(Unsaved);
		TArray<FString> Names;
		for (const UPackage* Package : Unsaved)
		{
			// What the editor makes for itself, such as a map that has no name yet, is no file of the project.
			const FString Name = Package->GetName();
			if (!Name.StartsWith(TEXT("/Temp/")))
			{
				Names.Add(Name);
			}
		}
		return Names.IsEmpty() ? FString() : FString(TEXT("Save first: ")) + Some(Names, TEXT(", "));
	}
}

void FCycloramaErrand::Begin(const FString& Doing, const TSharedPtr<FCycloramaWork>& In)
{
	Work = In;
	Verb = Doing;
	Said = Doing;
	Listed = FString();
	Named = FString();
}

void FCycloramaErrand::Refuse(const FString& Why)
{
	Work.Reset();
	Said = Why;
	Listed = FString();
}

void FCycloramaErrand::Poll()
{
	if (!Work.IsValid())
	{
		return;
	}
	// First, so that nothing which is said before the end is missed.
	const ECycloramaWorkState State = Work->State();
	const TArray<FString> Items = Work->Items();
	if (!Items.IsEmpty())
	{
		Named = Items[0];
	}
	Listed = Some(Work->Lines(), TEXT("\n"));
	if (State != ECycloramaWorkState::Running)
	{
		Said = Work->Text();
		Work.Reset();
		return;
	}
	const FString Far = Work->Progress().Words();
	Said = Verb + (Named.IsEmpty() ? FString() : FString(TEXT(" ")) + Named) + (Far.IsEmpty() ? FString() : FString(TEXT(": ")) + Far);
}

void FCycloramaErrand::Cancel()
{
	if (Work.IsValid())
	{
		Work->Cancel();
	}
}

void FCycloramaContent::Look()
{
	if (Settings().Store.Path.IsEmpty())
	{
		Errand.Refuse(InTheWay());
		return;
	}
	Errand.Begin(FString(TEXT("Comparing")), FCycloramaAssets::Compare(Folder(), Settings().Store.Path, Settings().WholeKeyFile()));
}

void FCycloramaContent::Publish(const FString& Message)
{
	const FString Why = InTheWay();
	if (!Why.IsEmpty())
	{
		Errand.Refuse(Why);
		return;
	}
	FCycloramaPublish What;
	What.Folder = Folder();
	What.Store = Settings().Store.Path;
	What.KeyFile = Settings().WholeKeyFile();
	What.Message = Message;
	What.EngineVersion = FEngineVersion::Current().ToString();
	// A person who is asked can talk to the other; a night job goes on.
	What.bRefuseLocked = true;
	Errand.Begin(FString(TEXT("Publishing")), FCycloramaAssets::Publish(What));
}

void FCycloramaContent::GetNewest()
{
	const FString Why = InTheWay();
	if (!Why.IsEmpty())
	{
		Errand.Refuse(Why);
		return;
	}
	FCycloramaHydrate What;
	What.Folder = Folder();
	What.Store = Settings().Store.Path;
	What.KeyFile = Settings().WholeKeyFile();
	Errand.Begin(FString(TEXT("Getting")), FCycloramaAssets::Hydrate(What));
}

void FCycloramaRenders::Look()
{
	if (Settings().Ledger.Path.IsEmpty())
	{
		Errand.Refuse(FString(TEXT("With a ledger in Project Settings, Plugins, Cyclorama Render, its newest job is shown here.")));
		return;
	}
	Errand.Begin(FString(TEXT("Job")), FCycloramaRenderJob::Watch(Settings().Ledger.Path, FString()));
}

void FCycloramaRenders::End()
{
	// The one that was shown, not one that is newer by now.
	const FString Job = Errand.About();
	Errand.Begin(FString(TEXT("Ending job ")) + Job, FCycloramaRenderJob::Withdraw(Settings().Ledger.Path, Job));
}

TSharedPtr<FCycloramaDesk> FCycloramaDesk::Get()
{
	if (!OnlyDesk().IsValid())
	{
		OnlyDesk() = MakeShared<FCycloramaDesk>();
	}
	return OnlyDesk();
}

void FCycloramaDesk::End()
{
	OnlyDesk().Reset();
}

bool CycloramaQueue::IsOurs()
{
	return GetDefault<UMovieRenderPipelineProjectSettings>()->DefaultRemoteExecutor.ToString() == FString(Executor);
}

void CycloramaQueue::MakeOurs()
{
	auto* Queue = GetMutableDefault<UMovieRenderPipelineProjectSettings>();
	Queue->DefaultRemoteExecutor = FSoftClassPath(FString(Executor));
	// The file that the project's settings page writes, which everybody of the project gets; SaveConfig() writes this machine's own.
	if (!Queue->TryUpdateDefaultConfigFile())
	{
		UE_LOG(LogCyclorama, Warning, TEXT("The remote executor is Cyclorama until this editor ends: the project's DefaultEditor.ini cannot be written, check it out"));
	}
}
