#include "CycloramaRenderSettings.h"

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

FString UCycloramaRenderSettings::WholeKeyFile() const
{
	return Whole(KeyFile);
}

FString UCycloramaRenderSettings::WholeCommand() const
{
	return Whole(Command);
}
