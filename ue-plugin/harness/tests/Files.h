// Folders that go with their test, files in them, takes, and the command run by hand.
#pragma once

#include "Harness.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace fs = std::filesystem;

namespace Files
{
	using Shim::Wide;

	inline void Write(const fs::path& File, const std::string& Text)
	{
		fs::create_directories(File.parent_path());
		std::ofstream(File, std::ios::binary) << Text;
	}

	inline std::string Read(const fs::path& File)
	{
		std::ifstream In(File, std::ios::binary);
		return {std::istreambuf_iterator<char>(In), std::istreambuf_iterator<char>()};
	}

	/// A folder that goes with the test.
	struct FFolder
	{
		fs::path Path = fs::temp_directory_path() / ("cyclorama-harness-" + std::to_string(getpid()));
		FFolder() { fs::create_directories(Path); }
		~FFolder()
		{
			// Who was told to end may still write there.
			std::error_code Busy;
			for (int Try = 0; Try < 1000; ++Try)
			{
				fs::remove_all(Path, Busy);
				if (!Busy)
				{
					return;
				}
				usleep(10000);
			}
		}
		FFolder(const FFolder&) = delete;
		FFolder& operator=(const FFolder&) = delete;
		std::string operator/(const char* Name) const { return (Path / Name).string(); }
	};

	/// The command, which must end well.
	inline void Command(const std::string& Words)
	{
		const std::string Line = std::string(CYCLORAMA_COMMAND) + " " + Words + " >/dev/null 2>&1";
		if (std::system(Line.c_str()) != 0)
		{
			Harness::Fail(__FILE__, __LINE__, "this did not end well: " + Line);
		}
	}

	/// What the command prints; it must end well.
	inline std::string Printed(const std::string& Words)
	{
		const std::string Line = std::string(CYCLORAMA_COMMAND) + " " + Words + " 2>/dev/null";
		FILE* Pipe = popen(Line.c_str(), "r");
		EXPECT(Pipe != nullptr);
		std::string All;
		char Bytes[4096];
		while (const auto Got = std::fread(Bytes, 1, sizeof(Bytes), Pipe))
		{
			All.append(Bytes, Got);
		}
		EXPECT(pclose(Pipe) == 0);
		return All;
	}

	/// A take of a real camera, of 600 frames from 0 on.
	inline std::string Take(const FFolder& Folder)
	{
		const std::string File = Folder / "a.take";
		Command("take import --protocol f4 " + std::string(TEST_DATA) + "/mosys_f4/dev_first600.f4 " + File);
		return File;
	}
}
