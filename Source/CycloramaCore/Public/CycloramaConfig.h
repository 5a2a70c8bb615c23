// Settings that were plain text before they were picked by a button: the engine does not read those any more.
#pragma once

#include "CoreMinimal.h"

namespace CycloramaConfig
{
	/// What the project's settings say of this name in the section, where it is plain text of before. What has the form of now begins with a
	/// bracket, and is the engine's to read. For PostInitProperties, by which the engine has read its own.
	CYCLORAMACORE_API void ReadPlain(const TCHAR* Section, const TCHAR* Name, FString& Into);
}
