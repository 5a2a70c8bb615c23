// Bodies of the stand-in for the editor.
#include "Shim/Editor.h"

#include <filesystem>

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

IFileManager& IFileManager::Get()
{
	static IFileManager Only;
	return Only;
}

bool IFileManager::MakeDirectory(const TCHAR* Path, bool Tree)
{
	std::error_code Failed;
	const std::filesystem::path Made(FTCHARToUTF8(Path).Get());
	Tree ? std::filesystem::create_directories(Made, Failed) : std::filesystem::create_directory(Made, Failed);
	return !Failed;
}

IModularFeatures& IModularFeatures::Get()
{
	static IModularFeatures Only;
	return Only;
}
