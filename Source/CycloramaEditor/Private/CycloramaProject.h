// The open project as pre-flight sees it, and what its Fix buttons do.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaPreflight.h"

namespace CycloramaProject
{
	FCycloramaFacts Facts();
	/// Does what the button says. Empty when it did, else a sentence that says why not, or what goes on by itself.
	FString Mend(ECycloramaFix Fix);
}
