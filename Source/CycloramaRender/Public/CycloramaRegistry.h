// The editor's asset registry as the one who tells what a package refers to.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaAssets.h"

struct CYCLORAMARENDER_API FCycloramaRegistry
{
	/// Answers until nothing more is asked. Only what is saved on disk is known to the registry.
	static void Answer(FCycloramaClosure& Closure);
};
