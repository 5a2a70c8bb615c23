// Another process of a test, with what it prints, line by line.
#pragma once

#include "Harness.h"

#include <map>

class FChild
{
public:
	/// Begins PROCESS(Name) of this program.
	FChild(const char* Name, const std::string& Argument);
	/// Ends it if it still runs.
	~FChild();
	FChild(const FChild&) = delete;
	FChild& operator=(const FChild&) = delete;

	/// The next line it prints; empty when it ended or does not speak in time.
	std::string Line(double Seconds = 10.0);
	/// Everything it prints until it ends.
	std::vector<std::string> Rest(double Seconds = 30.0);
	/// Closes what it reads, which ends it, and waits. Its exit code.
	int End();
	void Say(const std::string& Text);
	/// Ends it as a power cut does.
	void Kill();

private:
	bool Read(double Seconds);
	int Process = -1;
	int In = -1;
	int Out = -1;
	std::string Waiting;
};

/// A UDP socket on 127.0.0.1.
class FSocket
{
public:
	FSocket();
	~FSocket();
	FSocket(const FSocket&) = delete;
	FSocket& operator=(const FSocket&) = delete;
	uint16 Port() const;
	void Send(uint16 To, const std::string& Bytes) const;
	/// The next datagram; false when none comes in time.
	bool Receive(std::string& OutBytes, double Seconds) const;

private:
	int Inner;
};

/// Chance from a seed, the same on every run.
class FDice
{
public:
	explicit FDice(uint64 Seed) : State(Seed * 2862933555777941757u + 3037000493u) {}
	bool Of(double Share)
	{
		State = State * 6364136223846793005u + 1442695040888963407u;
		return static_cast<double>(State >> 11) / 9007199254740992.0 < Share;
	}

private:
	uint64 State;
};
