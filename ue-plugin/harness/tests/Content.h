// What tests of content share: a project, and commandlets run with words.
#pragma once

#include "CycloramaCommandlets.h"
#include "CycloramaCore.h"
#include "Files.h"
#include "Shim/Program.h"

namespace Content
{
	using namespace Files;

	/// A project of two packages, in a folder that goes with the test.
	struct FProject
	{
		fs::path Top = fs::temp_directory_path() / ("cyclorama-content-" + std::to_string(getpid()));
		fs::path Folder = Top / "project";
		fs::path Store = Top / "store";

		FProject()
		{
			Write(Folder / "Stage.uproject", "{}");
			Write(Folder / "Content/Maps/Stage.umap", std::string(5000, 'm'));
			Write(Folder / "Content/Rock.uasset", std::string(400, 'r'));
			Write(Folder / "Content/Rock.ubulk", std::string(70000, 'b'));
			Shim::SetProject((Folder / "Stage.uproject").string());
			Shim::Registry().Known["/Game/Maps/Stage"] = {{"/Game/Rock", "/Engine/Basic", "/Script/Engine"}, {"/Game/Later"}};
			Shim::Registry().Known["/Game/Rock"] = {};
			FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
			FModuleManager::Get().LoadModule(FName(TEXT("CycloramaRender")));
		}
		~FProject() { fs::remove_all(Top); }
		std::string Words(const std::string& More = "") const { return "-Store=" + Store.string() + " " + More; }
	};

	/// Lines of the log with this text.
	inline int Told(const std::string& Text)
	{
		int Count = 0;
		for (const auto& Line : Shim::TakeLog())
		{
			Count += Line.Category == "LogCyclorama" && Line.Text.find(Text) != std::string::npos;
		}
		return Count;
	}

	template <typename Commandlet>
	int32 Run(const std::string& Words)
	{
		return NewObject<Commandlet>()->Main(Wide(Words));
	}
}
