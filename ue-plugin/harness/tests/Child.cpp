#include "Child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

FChild::FChild(const char* Name, const std::string& Argument)
{
	int ToChild[2], FromChild[2];
	EXPECT(pipe2(ToChild, O_CLOEXEC) == 0 && pipe2(FromChild, O_CLOEXEC) == 0);
	Process = fork();
	EXPECT(Process >= 0);
	if (Process == 0)
	{
		dup2(ToChild[0], 0);
		dup2(FromChild[1], 1);
		execl("/proc/self/exe", "tests", "--process", Name, Argument.c_str(), static_cast<char*>(nullptr));
		_exit(127);
	}
	// It must never wait for us to read.
	fcntl(FromChild[0], F_SETPIPE_SZ, 1 << 20);
	close(ToChild[0]);
	close(FromChild[1]);
	In = FromChild[0];
	Out = ToChild[1];
}

void FChild::Kill()
{
	if (Process > 0)
	{
		kill(Process, SIGKILL);
		waitpid(Process, nullptr, 0);
		Process = -1;
	}
}

FChild::~FChild()
{
	Kill();
	close(In);
	if (Out >= 0)
	{
		close(Out);
	}
}

bool FChild::Read(double Seconds)
{
	pollfd Watched{In, POLLIN, 0};
	if (poll(&Watched, 1, static_cast<int>(Seconds * 1000)) <= 0)
	{
		return false;
	}
	char Bytes[4096];
	const auto Got = read(In, Bytes, sizeof(Bytes));
	if (Got <= 0)
	{
		return false;
	}
	Waiting.append(Bytes, static_cast<std::size_t>(Got));
	return true;
}

std::string FChild::Line(double Seconds)
{
	std::size_t End;
	while ((End = Waiting.find('\n')) == std::string::npos)
	{
		if (!Read(Seconds))
		{
			return {};
		}
	}
	const std::string Found = Waiting.substr(0, End);
	Waiting.erase(0, End + 1);
	return Found;
}

std::vector<std::string> FChild::Rest(double Seconds)
{
	while (Read(Seconds))
	{
	}
	std::vector<std::string> Lines;
	for (std::size_t End; (End = Waiting.find('\n')) != std::string::npos; Waiting.erase(0, End + 1))
	{
		Lines.push_back(Waiting.substr(0, End));
	}
	return Lines;
}

int FChild::End()
{
	if (Out >= 0)
	{
		close(Out);
		Out = -1;
	}
	int Status = 0;
	EXPECT(waitpid(Process, &Status, 0) == Process);
	Process = -1;
	return WIFEXITED(Status) ? WEXITSTATUS(Status) : 128 + WTERMSIG(Status);
}

void FChild::Say(const std::string& Text)
{
	const std::string Whole = Text + "\n";
	EXPECT(write(Out, Whole.data(), Whole.size()) == static_cast<ssize_t>(Whole.size()));
}

FSocket::FSocket() : Inner(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
{
	sockaddr_in At{};
	At.sin_family = AF_INET;
	At.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	const int Room = 4 << 20;
	if (setsockopt(Inner, SOL_SOCKET, SO_RCVBUFFORCE, &Room, sizeof(Room)) != 0)
	{
		setsockopt(Inner, SOL_SOCKET, SO_RCVBUF, &Room, sizeof(Room));
	}
	EXPECT(bind(Inner, reinterpret_cast<const sockaddr*>(&At), sizeof(At)) == 0);
}

FSocket::~FSocket()
{
	close(Inner);
}

uint16 FSocket::Port() const
{
	sockaddr_in At{};
	socklen_t Size = sizeof(At);
	EXPECT(getsockname(Inner, reinterpret_cast<sockaddr*>(&At), &Size) == 0);
	return ntohs(At.sin_port);
}

void FSocket::Send(uint16 To, const std::string& Bytes) const
{
	sockaddr_in At{};
	At.sin_family = AF_INET;
	At.sin_port = htons(To);
	At.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EXPECT(sendto(Inner, Bytes.data(), Bytes.size(), 0, reinterpret_cast<const sockaddr*>(&At), sizeof(At)) == static_cast<ssize_t>(Bytes.size()));
}

bool FSocket::Receive(std::string& OutBytes, double Seconds) const
{
	pollfd Watched{Inner, POLLIN, 0};
	if (poll(&Watched, 1, static_cast<int>(Seconds * 1000)) <= 0)
	{
		return false;
	}
	OutBytes.resize(65536);
	const auto Got = recv(Inner, OutBytes.data(), OutBytes.size(), 0);
	EXPECT(Got >= 0);
	OutBytes.resize(static_cast<std::size_t>(Got));
	return true;
}
