#include "CycloramaRenderSettings.h"

#include "CycloramaConfig.h"
#include "Misc/Paths.h"

namespace
{
	/// The engine's picker may say a file from where the engine's own program lies. A name alone is for the system's path, and what begins
	/// with a home folder for whoever runs it.
	FString Whole(const FFilePath& Picked)
	{
		const FString& Path = Picked.FilePath;
		const bool bInFolder = Path.Contains(TEXT("/")) || Path.Contains(TEXT("\\"));
		return bInFolder && !Path.StartsWith(TEXT("~")) ? FPaths::ConvertRelativePathToFull(Path) : Path;
	}
}

UCycloramaRenderSettings::UCycloramaRenderSettings()
{
	Command.FilePath = FString(TEXT("cyclorama"));
}

void UCycloramaRenderSettings::PostInitProperties()
{
	Super::PostInitProperties();
	const TCHAR* const Section = TEXT("/Script/CycloramaRender.CycloramaRenderSettings");
	CycloramaConfig::ReadPlain(Section, TEXT("Store"), Store.Path);
	CycloramaConfig::ReadPlain(Section, TEXT("KeyFile"), KeyFile.FilePath);
	CycloramaConfig::ReadPlain(Section, TEXT("Ledger"), Ledger.Path);
	CycloramaConfig::ReadPlain(Section, TEXT("Command"), Command.FilePath);
}

FString UCycloramaRenderSettings::WholeKeyFile() const
{
	return Whole(KeyFile);
}

FString UCycloramaRenderSettings::WholeCommand() const
{
	return Whole(Command);
}
