// What FCycloramaPanel keeps: the sections, and the tab that shows them.
#pragma once

#include "CycloramaPanel.h"

class SCycloramaPanel;

namespace CycloramaSections
{
	TArray<FCycloramaPanel::FMake>& All();
	/// The tab that is open; null for none. There is one at most.
	SCycloramaPanel*& Open();
	/// Makes the sections of the open tab anew.
	void Show();
}
