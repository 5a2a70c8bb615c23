// The specs that are shipped for people with the engine, compiled as all else is, and run against the stand-in.
#include "CycloramaCore.h"
#include "CycloramaSettings.h"
#include "Files.h"
#include "Misc/AutomationTest.h"

#include <sstream>

namespace
{
	/// Properties of the settings page as the header tool reads them: the sentence above, the name below.
	void ReadProperties()
	{
		std::istringstream Lines(Files::Read(TEST_DATA "/../../Source/CycloramaCore/Public/CycloramaSettings.h"));
		std::string Line, Above;
		while (std::getline(Lines, Line))
		{
			if (Line.find("UPROPERTY(") != std::string::npos)
			{
				const auto From = Above.find("/** ") + 4;
				std::getline(Lines, Line);
				const std::string Declared = Line.substr(0, Line.find_first_of("=;"));
				std::istringstream Words(Declared);
				std::string Word, Name;
				while (Words >> Word)
				{
					Name = Word;
				}
				UCycloramaSettings::StaticClass()->ShimProperties[FName(*Files::Wide(Name))].ShimTip = FText::FromString(Files::Wide(Above.substr(From, Above.rfind(" */") - From)));
			}
			Above = Line;
		}
	}
}

TEST(the_specs_that_are_shipped_hold_against_the_stand_in)
{
	FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
	ReadProperties();
	EXPECT(UCycloramaSettings::StaticClass()->ShimProperties.size() > 10);
	EXPECT(Shim::Specs().size() == 1);
	int32 Run = 0;
	for (FAutomationSpecBase* Spec : Shim::Specs())
	{
		Run += Spec->ShimRun();
		for (const std::string& Failed : Spec->ShimFailed)
		{
			std::fprintf(stderr, "%s\n", Failed.c_str());
		}
		EXPECT(Spec->ShimFailed.empty());
	}
	EXPECT(Run >= 5);
}
