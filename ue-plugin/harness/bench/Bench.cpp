// What a call into the core costs from C++, beside a plain C++ call of the same run, with a tracker that sends
// 10 000 packets a second all the while. Prints one line for each figure.
#include "Bridge/status.h"
#include "Bridge/time.h"
#include "Bridge/tracking.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// Counts what this thread asks of the heap, also from inside the core.
namespace
{
	thread_local unsigned long Asked = 0;
}
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* malloc(std::size_t Size)
{
	++Asked;
	return __libc_malloc(Size);
}

namespace
{
	using FClock = std::chrono::steady_clock;
	constexpr int Calls = 1000000;

	double Nanoseconds(FClock::time_point From, FClock::time_point To)
	{
		return std::chrono::duration<double, std::nano>(To - From).count();
	}

	/// Best of seven runs, nanoseconds for each call.
	template <typename Function>
	double Cost(Function Body)
	{
		double Best = 1e18;
		for (int Run = 0; Run < 7; ++Run)
		{
			const auto Begun = FClock::now();
			for (int Call = 0; Call < Calls; ++Call)
			{
				Body();
			}
			Best = std::min(Best, Nanoseconds(Begun, FClock::now()) / Calls);
		}
		return Best;
	}

	double Share(std::vector<double>& Sorted, double Part)
	{
		std::sort(Sorted.begin(), Sorted.end());
		return Sorted[static_cast<std::size_t>(Part * static_cast<double>(Sorted.size() - 1))];
	}

	/// What a plain copy of so many poses costs, nanoseconds each: of memory another thread wrote, or that is here already.
	double Copied(std::size_t Wanted, bool bOther)
	{
		std::vector<cyclorama::Pose> From(Wanted), To(Wanted);
		double Best = 1e18;
		for (int Run = 0; Run < 20; ++Run)
		{
			const auto Write = [&] {
				for (std::size_t At = 0; At < Wanted; ++At)
				{
					From[At].at_ns = Run;
					From[At].x = static_cast<double>(At);
				}
			};
			if (bOther)
			{
				std::thread(Write).join();
			}
			else
			{
				Write();
			}
			const auto Begun = FClock::now();
			std::memcpy(static_cast<void*>(To.data()), From.data(), Wanted * sizeof(cyclorama::Pose));
			Best = std::min(Best, Nanoseconds(Begun, FClock::now()) / static_cast<double>(Wanted));
			asm volatile("" : : "r"(To.data()) : "memory");
		}
		return Best;
	}

	/// How long a thread that waits for a condition takes to wake, microseconds.
	std::vector<double> Wakes()
	{
		std::mutex Lock;
		std::condition_variable Wake;
		FClock::time_point Told{};
		bool bTold = false, bOver = false;
		std::vector<double> Late;
		std::thread Teller([&] {
			auto Next = FClock::now();
			for (int At = 0; At < 720; ++At)
			{
				Next += std::chrono::nanoseconds(4166667);
				std::this_thread::sleep_until(Next);
				{
					const std::lock_guard<std::mutex> Held(Lock);
					Told = FClock::now();
					bTold = true;
					bOver = At == 719;
				}
				Wake.notify_one();
			}
		});
		for (bool bLast = false; !bLast;)
		{
			std::unique_lock<std::mutex> Held(Lock);
			Wake.wait(Held, [&] { return bTold; });
			Late.push_back(Nanoseconds(Told, FClock::now()) / 1e3);
			bTold = false;
			bLast = bOver;
		}
		Teller.join();
		return Late;
	}

	volatile std::uint64_t Sink = 0;
	[[gnu::noinline]] std::uint64_t Plain()
	{
		asm volatile("");
		return 7;
	}

	/// A tracker at so many packets a second.
	class FTracker
	{
	public:
		FTracker(unsigned short Port, const std::string& Packets, std::size_t Size, double PerSecond)
			: Thread([=, this] {
				  const int Socket = socket(AF_INET, SOCK_DGRAM, 0);
				  sockaddr_in To{};
				  To.sin_family = AF_INET;
				  To.sin_port = htons(Port);
				  To.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
				  auto Next = FClock::now();
				  for (std::size_t At = 0; !bOver; ++At)
				  {
					  const std::size_t Packet = At % (Packets.size() / Size);
					  sendto(Socket, Packets.data() + Packet * Size, Size, 0, reinterpret_cast<const sockaddr*>(&To), sizeof(To));
					  Next += std::chrono::nanoseconds(static_cast<long>(1e9 / PerSecond));
					  std::this_thread::sleep_until(Next);
				  }
				  close(Socket);
			  })
		{
		}
		~FTracker()
		{
			bOver = true;
			Thread.join();
		}

	private:
		std::atomic<bool> bOver{false};
		std::thread Thread;
	};
}

int main(int Count, char** Arguments)
{
	if (Count != 2)
	{
		std::fprintf(stderr, "usage: %s tests/data\n", Arguments[0]);
		return 2;
	}
	std::ifstream In(std::string(Arguments[1]) + "/freed/derived_from_mosys_f4_first600.freed", std::ios::binary);
	const std::string Packets{std::istreambuf_iterator<char>(In), std::istreambuf_iterator<char>()};
	const std::string Connection("protocol=freed; bind=127.0.0.1:0");
	auto Session = cyclorama::tracking_open(rust::Str(Connection.data(), Connection.size()));
	auto Feed = Session->feed();
	cyclorama::Pose Pose{};
	std::printf("plain C++ call       %8.2f ns\n", Cost([] { Sink = Plain(); }));
	std::printf("abi_hash             %8.2f ns\n", Cost([] { Sink = cyclorama::abi_hash(); }));
	{
		const FTracker Tracker(Session->port(), Packets, 29, 10000);
		std::vector<cyclorama::Pose> Some(1);
		std::vector<cyclorama::Details> With(1);
		if (Feed->wait_next(5000000, rust::Slice<cyclorama::Pose>(Some.data(), 1), rust::Slice<cyclorama::Details>(With.data(), 1)) != 1)
		{
			std::fprintf(stderr, "nothing arrives\n");
			return 1;
		}
		const unsigned long Before = Asked;
		std::printf("latest               %8.2f ns\n", Cost([&] { Session->latest(0, Pose); }));
		std::printf("heap calls in %d latest: %lu\n", 7 * Calls, Asked - Before);
		std::vector<double> Each(1000000);
		for (double& One : Each)
		{
			const auto Begun = FClock::now();
			Session->latest(0, Pose);
			One = Nanoseconds(Begun, FClock::now());
		}
		const double Half = Share(Each, 0.5);
		std::printf("latest, clock read included: p50 %.0f p99 %.0f p99.9 %.0f ns\n", Half, Share(Each, 0.99), Share(Each, 0.999));
	}
	std::vector<cyclorama::Pose> Many(512);
	for (const std::size_t Wanted : {std::size_t(64), std::size_t(512)})
	{
		double Best = 1e18, Hot = 1e18;
		const FTracker Tracker(Session->port(), Packets, 29, 10000);
		for (int Run = 0; Run < 20; ++Run)
		{
			while (Feed->batch(rust::Slice<cyclorama::Pose>(Many.data(), Many.size())) == Many.size())
			{
			}
			std::this_thread::sleep_for(std::chrono::milliseconds(150));
			const auto Begun = FClock::now();
			const std::size_t Got = Feed->batch(rust::Slice<cyclorama::Pose>(Many.data(), Wanted));
			const double Took = Nanoseconds(Begun, FClock::now());
			if (Got == Wanted)
			{
				Best = std::min(Best, Took / static_cast<double>(Got));
			}
			// The rest of what was swapped out, once it has been looked through: memory is here now.
			const auto Again = FClock::now();
			const std::size_t More = Feed->batch(rust::Slice<cyclorama::Pose>(Many.data(), Wanted));
			const double Later = Nanoseconds(Again, FClock::now());
			if (More == Wanted)
			{
				Hot = std::min(Hot, Later / static_cast<double>(More));
			}
		}
		std::printf("batch of %-3zu         %8.2f ns a pose just written by the other core, %.2f ns the next %zu\n", Wanted, Best, Hot, Wanted);
		std::printf("  plain C++ copies    %8.2f ns a pose just written by another thread, %.2f ns when here already\n", Copied(Wanted, true), Copied(Wanted, false));
	}
	{
		// From the sample being there, and from the kernel's stamp of its packet, to the return of wait_next on this thread.
		const FTracker Tracker(Session->port(), Packets, 29, 240);
		std::vector<cyclorama::Details> With(64);
		std::vector<double> Late, Woken;
		while (Late.size() < 720)
		{
			const auto Got = Feed->wait_next(1000000, rust::Slice<cyclorama::Pose>(Many.data(), 64), rust::Slice<cyclorama::Details>(With.data(), 64));
			const auto Now = cyclorama::now_ns();
			if (Got == 1)
			{
				Late.push_back(static_cast<double>(Now - With[0].arrived_ns) / 1e3);
				Woken.push_back(static_cast<double>(Now - With[0].ready_ns) / 1e3);
			}
		}
		const auto Say = [](const char* What, std::vector<double>& Of) {
			const double Half = Share(Of, 0.5);
			std::printf("%s: p50 %.1f p95 %.1f p99 %.1f us\n", What, Half, Share(Of, 0.95), Share(Of, 0.99));
		};
		Say("sample there to wait_next's return, 240 Hz", Woken);
		Say("  plain C++ condition variable, 240 Hz", *std::make_unique<std::vector<double>>(Wakes()));
		Say("packet in the kernel to wait_next's return, 240 Hz", Late);
	}
	Session->stop();
	return 0;
}
