#include "CycloramaPanel.h"

#include "CycloramaSections.h"
#include "SCycloramaPanel.h"

TArray<FCycloramaPanel::FMake>& CycloramaSections::All()
{
	static TArray<FCycloramaPanel::FMake> Known;
	return Known;
}

SCycloramaPanel*& CycloramaSections::Open()
{
	static SCycloramaPanel* Shown = nullptr;
	return Shown;
}

void FCycloramaPanel::Add(FMake Make)
{
	CycloramaSections::All().Add(Make);
	CycloramaSections::Show();
}

void FCycloramaPanel::Remove(FMake Make)
{
	TArray<FMake> Left;
	for (const FMake Other : CycloramaSections::All())
	{
		if (Other != Make)
		{
			Left.Add(Other);
		}
	}
	CycloramaSections::All() = Left;
	CycloramaSections::Show();
}

void FCycloramaPanel::Clear()
{
	CycloramaSections::All().Reset();
	CycloramaSections::Show();
}

void CycloramaSections::Show()
{
	if (SCycloramaPanel* Panel = Open())
	{
		Panel->ShowSections();
	}
}
