#include "Harness.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

std::vector<Harness::FTest>& Harness::Tests()
{
	static std::vector<FTest> Known;
	return Known;
}

std::vector<Harness::FProcess>& Harness::Processes()
{
	static std::vector<FProcess> Known;
	return Known;
}

void Harness::Fail(const char* File, int Line, const std::string& What)
{
	std::fprintf(stderr, "%s:%d: %s\n", File, Line, What.c_str());
	std::abort();
}

std::vector<std::string> Harness::Datagrams(const char* File, std::size_t Size)
{
	std::ifstream In(std::string(TEST_DATA) + "/" + File, std::ios::binary);
	const std::string All{std::istreambuf_iterator<char>(In), std::istreambuf_iterator<char>()};
	EXPECT(!All.empty());
	std::vector<std::string> Found;
	for (std::size_t At = 0; Size > 0 && At + Size <= All.size(); At += Size)
	{
		Found.push_back(All.substr(At, Size));
	}
	if (Size == 0)
	{
		Found.push_back(All);
	}
	return Found;
}

void Harness::Send(uint16 Port, const std::string& Bytes)
{
	// One sender all the time: another would be a second tracker.
	static const int Socket = socket(AF_INET, SOCK_DGRAM, 0);
	sockaddr_in To{};
	To.sin_family = AF_INET;
	To.sin_port = htons(Port);
	To.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	const auto Sent = sendto(Socket, Bytes.data(), Bytes.size(), 0, reinterpret_cast<const sockaddr*>(&To), sizeof(To));
	EXPECT(Sent == static_cast<ssize_t>(Bytes.size()));
}

bool Harness::Until(const std::function<bool()>& Holds, double Seconds)
{
	const double End = FPlatformTime::Seconds() + Seconds;
	while (FPlatformTime::Seconds() < End)
	{
		FTSTicker::GetCoreTicker().ShimTick(0.01f);
		if (Holds())
		{
			return true;
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(2));
	}
	return false;
}

bool Harness::Said(const char* Text)
{
	const auto Lines = Shim::TakeLog();
	return std::any_of(Lines.begin(), Lines.end(), [Text](const auto& Line) { return Line.Text.find(Text) != std::string::npos; });
}

int Harness::Cycles()
{
	static const int Asked = std::getenv("HARNESS_CYCLES") ? std::atoi(std::getenv("HARNESS_CYCLES")) : 20;
	EXPECT(Asked > 0);
	return Asked;
}

std::pair<int, int> Harness::Owned()
{
	const auto Count = [](const char* Folder) {
		int Entries = 0;
		DIR* Open = opendir(Folder);
		EXPECT(Open != nullptr);
		while (readdir(Open))
		{
			++Entries;
		}
		closedir(Open);
		return Entries;
	};
	return {Count("/proc/self/task"), Count("/proc/self/fd")};
}

int main(int Count, char** Arguments)
{
	Shim::BeGameThread();
	const std::vector<std::string> All(Arguments, Arguments + Count);
	for (const std::string& Argument : All)
	{
		if (Argument.rfind("-CycloramaWorker=", 0) == 0)
		{
			return Harness::AsUnreal(All);
		}
	}
	if (Count >= 2 && All[1] == "--list")
	{
		for (const auto& Test : Harness::Tests())
		{
			const std::string File = Test.File;
			const bool bNamed = std::any_of(All.begin() + 2, All.end(), [&](const std::string& Part) { return File.find("/" + Part + "Tests.cpp") != std::string::npos; });
			if (Count == 2 || bNamed)
			{
				std::puts(Test.Name);
			}
		}
		return 0;
	}
	for (const auto& Process : Harness::Processes())
	{
		if (Count == 4 && std::string(Arguments[1]) == "--process" && std::string(Arguments[2]) == Process.Name)
		{
			return Process.Body(Arguments[3]);
		}
	}
	for (const auto& Test : Harness::Tests())
	{
		if (Count == 2 && std::string(Arguments[1]) == Test.Name)
		{
			Test.Body();
			return 0;
		}
	}
	std::fprintf(stderr, "usage: %s --list [FILE...] | TEST\n", Arguments[0]);
	return 2;
}
