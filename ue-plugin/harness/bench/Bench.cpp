// What a call into the core costs from C++, beside a plain C++ call of the same run, with a tracker that sends
// 10 000 packets a second all the while. Prints one line for each figure.
#include "Bridge/status.h"
#include "Bridge/time.h"
#include "Bridge/tracking.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <sched.h>
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
#include <utility>
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

	/// What a batch does and nothing else, in plain C++: a thread writes as many rows of the same size as our tracker, and
	/// whoever takes swaps them under a lock and copies.
	class FTwin
	{
	public:
		explicit FTwin(double PerSecond)
		{
			Swap();
			Swap();
			Thread = std::thread([=, this] {
				auto Next = FClock::now();
				for (std::int64_t At = 0; !bOver; ++At)
				{
					{
						const std::lock_guard<std::mutex> Held(Lock);
						cyclorama::Pose Pose{};
						Pose.at_ns = At;
						Poses.push_back(Pose);
						Details.push_back(cyclorama::Details{});
					}
					Next += std::chrono::nanoseconds(static_cast<long>(1e9 / PerSecond));
					std::this_thread::sleep_until(Next);
				}
			});
		}
		~FTwin()
		{
			bOver = true;
			Thread.join();
		}
		/// As the feed's: what is left of the last time, else what came meanwhile.
		std::size_t Batch(cyclorama::Pose* Into, std::size_t Wanted)
		{
			if (Given == Taken.size())
			{
				Swap();
			}
			const std::size_t Count = std::min(Wanted, Taken.size() - Given);
			std::memcpy(static_cast<void*>(Into), Taken.data() + Given, Count * sizeof(cyclorama::Pose));
			Given += Count;
			return Count;
		}

	private:
		void Swap()
		{
			Taken.clear();
			TakenDetails.clear();
			Given = 0;
			const std::lock_guard<std::mutex> Held(Lock);
			std::swap(Taken, Poses);
			std::swap(TakenDetails, Details);
			Poses.reserve(8192);
			Details.reserve(8192);
		}
		std::mutex Lock;
		std::vector<cyclorama::Pose> Poses, Taken;
		std::vector<cyclorama::Details> Details, TakenDetails;
		std::size_t Given = 0;
		std::atomic<bool> bOver{false};
		std::thread Thread;
	};

	/// Rows of a pose's size that a thread writes when asked to. Taking them is a plain copy and nothing else: what no
	/// batch can be faster than.
	class FRows
	{
	public:
		FRows() : Rows(Room), Thread([this] {
			for (int Done = 0; !bOver;)
			{
				if (Wanted == Done)
				{
					std::this_thread::yield();
					continue;
				}
				++Done;
				for (cyclorama::Pose& Row : Rows)
				{
					Row = cyclorama::Pose{};
					Row.at_ns = Done;
				}
				Written = Done;
			}
		})
		{
		}
		~FRows()
		{
			bOver = true;
			Thread.join();
		}
		/// The same rows once more.
		void Rewind()
		{
			Given = 0;
		}
		void Write()
		{
			Rewind();
			++Wanted;
			while (Written != Wanted)
			{
				std::this_thread::yield();
			}
		}
		std::size_t Batch(cyclorama::Pose* Into, std::size_t Most)
		{
			std::memcpy(static_cast<void*>(Into), Rows.data() + Given, Most * sizeof(cyclorama::Pose));
			asm volatile("" : : "r"(Into) : "memory");
			Given += Most;
			return Most;
		}

	private:
		static constexpr std::size_t Room = 1024;
		std::vector<cyclorama::Pose> Rows;
		std::size_t Given = 0;
		std::atomic<int> Wanted{0}, Written{0};
		std::atomic<bool> bOver{false};
		std::thread Thread;
	};

	/// What was asked of the heap inside of batches.
	unsigned long Batched = 0;

	/// Best of many, nanoseconds a pose: the first so many of those that lie there after `Prepare`, and the next.
	template <typename Preparation, typename Function>
	std::pair<double, double> Batches(std::size_t Wanted, Preparation Prepare, Function Take)
	{
		double First = 1e18, Next = 1e18;
		const auto Timed = [&](double& Best) {
			const unsigned long Before = Asked;
			const auto Begun = FClock::now();
			const std::size_t Got = Take(Wanted);
			const double Took = Nanoseconds(Begun, FClock::now());
			Batched += Asked - Before;
			Best = Got == Wanted ? std::min(Best, Took / static_cast<double>(Got)) : Best;
		};
		for (int Run = 0; Run < 20; ++Run)
		{
			Prepare();
			Timed(First);
			Timed(Next);
		}
		return {First, Next};
	}

	/// A tenth of a second in which a frame's work is done elsewhere, and the caches go cold.
	void Sleep()
	{
		std::this_thread::sleep_for(std::chrono::milliseconds(110));
	}

	/// Takes all there is.
	template <typename Function>
	void Drain(Function Take)
	{
		while (Take(512) == 512)
		{
		}
	}

	/// Sends packets by the hundred and waits until each hundred has come to a feed: those of another feed have come too.
	void Burst(unsigned short Port, const std::string& Packets, std::size_t Size, cyclorama::Feed& Came)
	{
		const int Socket = socket(AF_INET, SOCK_DGRAM, 0);
		sockaddr_in To{};
		To.sin_family = AF_INET;
		To.sin_port = htons(Port);
		To.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		std::vector<cyclorama::Pose> Some(128);
		std::vector<cyclorama::Details> With(128);
		std::size_t At = 0;
		for (int Hundred = 0; Hundred < 12; ++Hundred)
		{
			for (int One = 0; One < 100; ++One, ++At)
			{
				const std::size_t Packet = At % (Packets.size() / Size);
				sendto(Socket, Packets.data() + Packet * Size, Size, 0, reinterpret_cast<const sockaddr*>(&To), sizeof(To));
			}
			for (std::uint32_t Got = 0, More = 1; Got < 100 && More > 0; Got += More)
			{
				More = Came.wait_next(500000, rust::Slice<cyclorama::Pose>(Some.data(), 128), rust::Slice<cyclorama::Details>(With.data(), 128));
			}
		}
		close(Socket);
	}

	/// This thread, and those it begins from now on, run on one core, or on all of them again.
	void Cores(const cpu_set_t& Which)
	{
		if (sched_setaffinity(0, sizeof(Which), &Which) != 0)
		{
			std::perror("sched_setaffinity");
			std::exit(1);
		}
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
	cpu_set_t All;
	sched_getaffinity(0, sizeof(All), &All);
	std::vector<cpu_set_t> Each;
	for (std::size_t Core = 0; Core < CPU_SETSIZE; ++Core)
	{
		if (CPU_ISSET(Core, &All))
		{
			cpu_set_t Alone;
			CPU_ZERO(&Alone);
			CPU_SET(Core, &Alone);
			Each.push_back(Alone);
		}
	}
	// Threads keep the core of whoever began them: the writers' is chosen, then ours is the first.
	const auto On = [&](const cpu_set_t& Writers, auto Begin) {
		Cores(Writers);
		auto Begun = Begin();
		Cores(Each.front());
		return Begun;
	};
	for (const bool bOne : {false, true})
	{
		const cpu_set_t Writers = bOne ? Each.front() : Each.back();
		const char* By = bOne ? "this core" : "the other core";
		const auto Heard = On(Writers, [&] { return cyclorama::tracking_open(rust::Str(Connection.data(), Connection.size())); });
		auto Given = Heard->feed();
		auto Came = Heard->feed();
		auto Also = Heard->feed();
		for (const std::size_t Wanted : {std::size_t(64), std::size_t(512)})
		{
			const auto Take = [&](std::size_t Most) { return std::size_t(Given->batch(rust::Slice<cyclorama::Pose>(Many.data(), Most))); };
			const auto Say = [&](const char* When, const std::pair<double, double>& Ours, const std::pair<double, double>& Copied) {
				std::printf("batch of %-3zu written by %s, %s: %.2f ns a pose, the next %zu %.2f; a plain copy and nothing else %.2f, the next %.2f\n",
					Wanted, By, When, Ours.first, Wanted, Ours.second, Copied.first, Copied.second);
			};
			const auto Rows = On(Writers, [] { return std::make_unique<FRows>(); });
			const auto Copy = [&](std::size_t Most) { return Rows->Batch(Many.data(), Most); };
			Batched = 0;
			const auto TakeCame = [&](std::size_t Most) { return std::size_t(Came->batch(rust::Slice<cyclorama::Pose>(Many.data(), Most))); };
			const auto TakeAlso = [&](std::size_t Most) { return std::size_t(Also->batch(rust::Slice<cyclorama::Pose>(Many.data(), Most))); };
			const auto Refill = [&] {
				Drain(Take);
				Drain(TakeCame);
				Drain(TakeAlso);
				Burst(Heard->port(), Packets, 29, *Came);
			};
			const auto Fresh = Batches(Wanted, Refill, Take);
			// What the call itself costs: another feed took the same rows a moment ago, so that they lie in the near cache.
			const double Near = Batches(Wanted, [&] { Refill(); Take(Wanted); }, TakeAlso).first;
			const double NearCopy = Batches(Wanted, [&] { Rows->Write(); Copy(Wanted); Rows->Rewind(); }, Copy).first;
			std::pair<double, double> Slept, Plain;
			{
				const auto Tracker = On(Writers, [&] { return std::make_unique<FTracker>(Heard->port(), Packets, 29, 10000); });
				Slept = Batches(Wanted, [&] { Drain(Take); Sleep(); }, Take);
			}
			const unsigned long Ours = Batched;
			Say("just now", Fresh, Batches(Wanted, [&] { Rows->Write(); }, Copy));
			Say("over 110 ms of sleep", Slept, Batches(Wanted, [&] { Rows->Write(); Sleep(); }, Copy));
			{
				const auto Twin = On(Writers, [] { return std::make_unique<FTwin>(10000); });
				const auto TakeTwin = [&](std::size_t Most) { return Twin->Batch(Many.data(), Most); };
				Plain = Batches(Wanted, [&] { Drain(TakeTwin); Sleep(); }, TakeTwin);
			}
			std::printf("  rows that another feed took a moment ago: %.2f; a plain copy of rows that were copied a moment ago %.2f\n", Near, NearCopy);
			std::printf("  heap calls in these batches: %lu\n", Ours);
			std::printf("  plain C++ with a lock and a swap, over 110 ms of sleep: %.2f, the next %.2f\n", Plain.first, Plain.second);
		}
		Heard->stop();
	}
	Cores(All);
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
