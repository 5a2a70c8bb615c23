// Words become an order; the core carries it out.
#include "CycloramaCommandlets.h"

#include "CycloramaArguments.h"
#include "CycloramaCore.h"
#include "CycloramaPreset.h"
#include "CycloramaRange.h"
#include "CycloramaRenderJob.h"
#include "CycloramaRenderSettings.h"
#include "CycloramaSequences.h"
#include "HAL/PlatformProcess.h"
#include "Misc/EngineVersion.h"
#include "Misc/Paths.h"

namespace
{
	const UCycloramaRenderSettings& Settings()
	{
		return *GetDefault<UCycloramaRenderSettings>();
	}

	FString FolderOf(const FCycloramaArguments& Arguments)
	{
		return Arguments.Value(TEXT("Folder"), FPaths::ConvertRelativePathToFull(FPaths::ProjectDir()));
	}

	FString StoreOf(const FCycloramaArguments& Arguments)
	{
		return Arguments.Value(TEXT("Store"), Settings().Store.Path);
	}

	/// What lies in a package; nothing without a name.
	UObject* Loaded(const FString& Package)
	{
		return Package.IsEmpty() ? nullptr : CycloramaRange::AssetIn(Package).TryLoad();
	}

	// The words that each commandlet takes; the core knows how they are read.
	const TCHAR* const PublishTakes = TEXT("Folder= Store= Map=* Message= Author= KeyFile= Keep=mine|theirs MakeStore Replace RefuseLocked AcceptRollback DryRun");
	const TCHAR* const HydrateTakes = TEXT("Folder= Store= Map=* Only=* KeyFile= Keep=mine|theirs AcceptRollback DryRun");
	const TCHAR* const RenderTakes = TEXT("Take= Map= Sequence= Preset= Frames= Host= Engine= Ledger= Command= Unreal= Content= KeyFile= Workers=1..256 Width=16..16384 Height=16..16384 Samples=1..4096 Format=exr|png Passes= WalkIn=0..1000 AcceptRollback Plan Detach Watch Watch=* Cancel Cancel=*");
	const TCHAR* const DoctorTakes = TEXT("Folder= Store= Map=* KeyFile= AcceptRollback Command=");

	/// The exit code of a core that is not there, or of another version: nothing was done.
	constexpr int32 NotDone = 1;

	/// True, and said, then.
	bool IsOff()
	{
		const bool bOff = !FCycloramaCoreModule::Usable();
		if (bOff)
		{
			UE_LOG(LogCyclorama, Error, TEXT("Nothing is done: Cyclorama is off, see the first error above."));
		}
		return bOff;
	}

	/// True, and said, when a word is missing.
	bool IsMissing(const FString& Value, const TCHAR* Name)
	{
		if (Value.IsEmpty())
		{
			UE_LOG(LogCyclorama, Error, TEXT("%s is missing"), Name);
		}
		return Value.IsEmpty();
	}
}

int32 UCycloramaPublishCommandlet::Main(const FString& Params)
{
	if (IsOff())
	{
		return NotDone;
	}
	const FCycloramaArguments Arguments(Params);
	if (Arguments.AreWrong(PublishTakes))
	{
		return CycloramaCommandlet::Usage;
	}
	FCycloramaPublish What;
	What.Folder = FolderOf(Arguments);
	What.Store = StoreOf(Arguments);
	if (IsMissing(What.Store, TEXT("-Store=")))
	{
		return CycloramaCommandlet::Usage;
	}
	// A map is published whole or not at all.
	const TArray<FString> Maps = Arguments.Values(TEXT("Map"));
	if (!Maps.IsEmpty())
	{
		const int32 Needs = CycloramaCommandlet::Needs(What.Folder, Maps);
		if (Needs != 0)
		{
			return Needs;
		}
	}
	What.Message = Arguments.Value(TEXT("Message"));
	What.EngineVersion = FEngineVersion::Current().ToString();
	What.KeyFile = Arguments.Value(TEXT("KeyFile"), Settings().WholeKeyFile());
	What.Keep = Arguments.Keep();
	What.Author = Arguments.Value(TEXT("Author"));
	What.bMakeStore = Arguments.Has(TEXT("MakeStore"));
	What.bReplace = Arguments.Has(TEXT("Replace"));
	What.bRefuseLocked = Arguments.Has(TEXT("RefuseLocked"));
	What.bAcceptRollback = Arguments.Has(TEXT("AcceptRollback"));
	What.bDryRun = Arguments.Has(TEXT("DryRun"));
	return CycloramaCommandlet::Follow(FCycloramaAssets::Publish(What));
}

int32 UCycloramaHydrateCommandlet::Main(const FString& Params)
{
	if (IsOff())
	{
		return NotDone;
	}
	const FCycloramaArguments Arguments(Params);
	if (Arguments.AreWrong(HydrateTakes))
	{
		return CycloramaCommandlet::Usage;
	}
	FCycloramaHydrate What;
	What.Folder = FolderOf(Arguments);
	What.Store = StoreOf(Arguments);
	if (IsMissing(What.Store, TEXT("-Store=")))
	{
		return CycloramaCommandlet::Usage;
	}
	What.KeyFile = Arguments.Value(TEXT("KeyFile"), Settings().WholeKeyFile());
	What.Maps = Arguments.Values(TEXT("Map"));
	What.Only = Arguments.Values(TEXT("Only"));
	What.bAcceptRollback = Arguments.Has(TEXT("AcceptRollback"));
	What.Keep = Arguments.Keep();
	What.bDryRun = Arguments.Has(TEXT("DryRun"));
	return CycloramaCommandlet::Follow(FCycloramaAssets::Hydrate(What));
}

int32 UCycloramaRenderCommandlet::Main(const FString& Params)
{
	if (IsOff())
	{
		return NotDone;
	}
	const FCycloramaArguments Arguments(Params);
	if (Arguments.AreWrong(RenderTakes))
	{
		return CycloramaCommandlet::Usage;
	}
	const FString Ledger = Arguments.Value(TEXT("Ledger"), Settings().Ledger.Path);
	// A job that is in the ledger already.
	const bool bWatch = Arguments.Names(TEXT("Watch"));
	if (bWatch || Arguments.Names(TEXT("Cancel")))
	{
		if (IsMissing(Ledger, TEXT("-Ledger=")))
		{
			return CycloramaCommandlet::Usage;
		}
		return CycloramaCommandlet::Follow(bWatch ? FCycloramaRenderJob::Watch(Ledger, Arguments.Value(TEXT("Watch"))) : FCycloramaRenderJob::Withdraw(Ledger, Arguments.Value(TEXT("Cancel"))));
	}
	FCycloramaRenderOrder Order;
	Order.Take = Arguments.Value(TEXT("Take"));
	if (IsMissing(Order.Take, TEXT("-Take=")))
	{
		return CycloramaCommandlet::Usage;
	}
	Order.Map = Arguments.Value(TEXT("Map"));
	Order.Sequence = Arguments.Value(TEXT("Sequence"));
	Order.Preset = Arguments.Value(TEXT("Preset"));
	// What the preset asks for counts where no word says otherwise.
	Order.Played = CycloramaSequences::Read(Loaded(Order.Sequence));
	CycloramaPreset::Read(Loaded(Order.Preset), Order);
	Order.Frames = Arguments.Value(TEXT("Frames"), Order.Frames);
	Order.Host = Arguments.Value(TEXT("Host"));
	Order.Engine = Arguments.Value(TEXT("Engine"), Settings().Engine);
	Order.EngineOptions = Settings().EngineOptions;
	Order.Ledger = Ledger;
	Order.bDetach = Arguments.Has(TEXT("Detach"));
	// Whoever says where the content is, or that there is none, asks for no store of the settings.
	if (Settings().bSendProject && !Arguments.Names(TEXT("Content")) && IsMissing(Settings().Store.Path, TEXT("Send the project along is on, and -Content=")))
	{
		return CycloramaCommandlet::Usage;
	}
	Order.Project = Arguments.Value(TEXT("Content"), Settings().bSendProject ? Settings().Store.Path : FString());
	Order.Packs = Settings().Packs;
	Order.KeyFile = Arguments.Value(TEXT("KeyFile"), Settings().WholeKeyFile());
	Order.bAcceptRollback = Arguments.Has(TEXT("AcceptRollback"));
	Order.Command = Arguments.Value(TEXT("Command"), Settings().WholeCommand());
	Order.UnrealProgram = Arguments.Value(TEXT("Unreal"), FPlatformProcess::ExecutablePath());
	Order.UnrealProject = FPaths::ConvertRelativePathToFull(FPaths::GetProjectFilePath());
	Order.Workers = Arguments.Number(TEXT("Workers"), Settings().Workers);
	Order.Width = Arguments.Number(TEXT("Width"), Order.Width);
	Order.Height = Arguments.Number(TEXT("Height"), Order.Height);
	Order.Samples = Arguments.Number(TEXT("Samples"), Order.Samples > 0 ? Order.Samples : Settings().Samples);
	Order.FrameFormat = Arguments.Value(TEXT("Format"), Settings().FrameFormat);
	// An empty one means the picture alone, whatever the settings say.
	Order.Passes = Arguments.Names(TEXT("Passes")) ? Arguments.Values(TEXT("Passes")) : Settings().Passes;
	Order.WalkIn = Arguments.Number(TEXT("WalkIn"), Settings().WalkIn);
	const bool bPlan = Arguments.Has(TEXT("Plan"));
	return CycloramaCommandlet::Follow(bPlan ? FCycloramaRenderJob::Plan(Order) : FCycloramaRenderJob::Submit(Order));
}

int32 UCycloramaDoctorCommandlet::Main(const FString& Params)
{
	if (IsOff())
	{
		return NotDone;
	}
	const FCycloramaArguments Arguments(Params);
	if (Arguments.AreWrong(DoctorTakes))
	{
		return CycloramaCommandlet::Usage;
	}
	const FString Store = StoreOf(Arguments);
	int32 Worst = CycloramaCommandlet::Follow(FCycloramaAssets::Examine(Arguments.Value(TEXT("Command"), Settings().WholeCommand())));
	if (!Store.IsEmpty())
	{
		const int32 Code = CycloramaCommandlet::Follow(FCycloramaAssets::Compare(FolderOf(Arguments), Store, Arguments.Value(TEXT("KeyFile"), Settings().WholeKeyFile()), Arguments.Has(TEXT("AcceptRollback"))));
		Worst = Worst == 0 ? Code : Worst;
	}
	const TArray<FString> Maps = Arguments.Values(TEXT("Map"));
	if (!Maps.IsEmpty())
	{
		const int32 Code = CycloramaCommandlet::Needs(FolderOf(Arguments), Maps);
		Worst = Worst == 0 ? Code : Worst;
	}
	return Worst;
}
