// Bodies of the stand-in for the editor.
#include "Shim/Editor.h"

namespace
{
	class FSettingsModule : public ISettingsModule
	{
	public:
		void ShowViewer(const FName& ContainerName, const FName& CategoryName, const FName& SectionName) override
		{
			Shim::PagesOpened().push_back(Shim::Utf8(ContainerName.ToString() + FString(TEXT("/")) + CategoryName.ToString() + FString(TEXT("/")) + SectionName.ToString()));
		}
	};
}

IMPLEMENT_MODULE(FSettingsModule, Settings)

std::vector<std::string>& Shim::PagesOpened()
{
	static std::vector<std::string> Pages;
	return Pages;
}

IModularFeatures& IModularFeatures::Get()
{
	static IModularFeatures Only;
	return Only;
}
