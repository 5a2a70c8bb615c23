// Modules of ours that link a plugin which may be off. The engine loads none of them by itself: it would refuse all of
// Cyclorama where one of them cannot be loaded.
#pragma once

#include "CoreMinimal.h"

namespace CycloramaParts
{
	/// Loads a module of ours where the plugin that it links is enabled; elsewhere it stays away. Game thread.
	CYCLORAMACORE_API void Load(const TCHAR* Module, const TCHAR* Plugin);
}
