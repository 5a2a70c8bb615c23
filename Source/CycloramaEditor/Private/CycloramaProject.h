// The open project as pre-flight sees it, and what its Fix buttons do.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaPreflight.h"

namespace CycloramaProject
{
	FCycloramaFacts Facts();
	/// Does what the button says; false when it could not.
	bool Mend(ECycloramaFix Fix);
}
