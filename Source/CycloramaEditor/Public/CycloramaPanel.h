// Sections that other modules of ours put into the tab. Game thread.
#pragma once

#include "CoreMinimal.h"
#include "Widgets/SCompoundWidget.h"

struct CYCLORAMAEDITOR_API FCycloramaPanel
{
	/// Makes a section for a tab that opens.
	using FMake = TSharedRef<SWidget> (*)();

	/// Below those that are there; a tab that is open shows it at once.
	static void Add(FMake Make);
	/// As above: nothing of it is left when this returns.
	static void Remove(FMake Make);
	/// Takes all of them out, of a tab that is open too. For the end of the tab's own module: a module that was loaded while it started is
	/// ended after it, and must find nothing to take out then.
	static void Clear();
};
