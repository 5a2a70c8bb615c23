#include "CycloramaRenderSettings.h"

#include "Misc/Paths.h"

namespace
{
	/// The engine's picker may say a file from where the engine's own program lies. A name alone is for the system's path.
	FString Whole(const FFilePath& Picked)
	{
		const FString& Path = Picked.FilePath;
		const bool bInFolder = Path.Contains(TEXT("/")) || Path.Contains(TEXT("\\"));
		return bInFolder ? FPaths::ConvertRelativePathToFull(Path) : Path;
	}
}

UCycloramaRenderSettings::UCycloramaRenderSettings()
{
	Command.FilePath = FString(TEXT("cyclorama"));
}

FString UCycloramaRenderSettings::WholeKeyFile() const
{
	return Whole(KeyFile);
}

FString UCycloramaRenderSettings::WholeCommand() const
{
	return Whole(Command);
}
