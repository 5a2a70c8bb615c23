// A test is a function with a sentence for a name; each runs in a process of its own, so that one that ends it is one
// that failed.
#pragma once

#include "Shim/Core.h"

#include <string>
#include <vector>

namespace Harness
{
	struct FTest
	{
		const char* Name;
		void (*Body)();
		const char* File;
	};
	std::vector<FTest>& Tests();
	/// Another process of a test, begun with its name and one argument; it is no test itself.
	struct FProcess
	{
		const char* Name;
		int (*Body)(const std::string& Argument);
	};
	std::vector<FProcess>& Processes();
	struct FRegisterProcess
	{
		FRegisterProcess(const char* Name, int (*Body)(const std::string&)) { Processes().push_back({Name, Body}); }
	};
	struct FRegister
	{
		FRegister(const char* Name, void (*Body)(), const char* File) { Tests().push_back({Name, Body, File}); }
	};
	[[noreturn]] void Fail(const char* File, int Line, const std::string& What);

	/// Datagrams of a file in tests/data: concatenated packets of one size, or each after its length.
	std::vector<std::string> Datagrams(const char* File, std::size_t Size = 0);
	/// Sends to 127.0.0.1.
	void Send(uint16 Port, const std::string& Bytes);
	/// Turns the engine's loop until the condition holds; false when it does not in time.
	bool Until(const std::function<bool()>& Holds, double Seconds = 5.0);
	using Shim::Utf8;
	/// Whether the log said so since it was looked at last.
	bool Said(const char* Text);
	/// This program as the Unreal that a worker starts.
	int AsUnreal(const std::vector<std::string>& Arguments);
	/// How often what must leave nothing behind is made and ended: HARNESS_CYCLES, or twenty times.
	int Cycles();
	/// Threads and open files of this process.
	std::pair<int, int> Owned();
}

#define TEST(Name) \
	static void Name(); \
	static const Harness::FRegister Register##Name(#Name, Name, __FILE__); \
	static void Name()
#define PROCESS(Name) \
	static int Name(const std::string& Argument); \
	static const Harness::FRegisterProcess Register##Name(#Name, Name); \
	static int Name(const std::string& Argument)
#define EXPECT(Condition) ((Condition) ? void() : Harness::Fail(__FILE__, __LINE__, #Condition))
#define EXPECT_NEAR(A, B, Most) (std::abs(double(A) - double(B)) <= (Most) ? void() : Harness::Fail(__FILE__, __LINE__, std::string(#A " is ") + std::to_string(A) + ", not " + std::to_string(B)))
