// Bodies of the stand-in.
#include "Shim/Core.h"

namespace
{
	std::thread::id GameThread;
	std::mutex LogLock;
	std::vector<Shim::FLogLine> LogLines;

	void AppendUtf8(std::string& Out, char32_t Point)
	{
		if (Point < 0x80)
		{
			Out += static_cast<char>(Point);
		}
		else if (Point < 0x800)
		{
			Out += {static_cast<char>(0xC0 | Point >> 6), static_cast<char>(0x80 | (Point & 0x3F))};
		}
		else if (Point < 0x10000)
		{
			Out += {static_cast<char>(0xE0 | Point >> 12), static_cast<char>(0x80 | (Point >> 6 & 0x3F)), static_cast<char>(0x80 | (Point & 0x3F))};
		}
		else
		{
			Out += {static_cast<char>(0xF0 | Point >> 18), static_cast<char>(0x80 | (Point >> 12 & 0x3F)), static_cast<char>(0x80 | (Point >> 6 & 0x3F)), static_cast<char>(0x80 | (Point & 0x3F))};
		}
	}
}

FTCHARToUTF8::FTCHARToUTF8(const TCHAR* Text)
{
	for (; Text && *Text; ++Text)
	{
		char32_t Point = *Text;
		if (Point >= 0xD800 && Point < 0xDC00 && Text[1] >= 0xDC00 && Text[1] < 0xE000)
		{
			Point = 0x10000 + ((Point - 0xD800) << 10) + (Text[1] - 0xDC00);
			++Text;
		}
		AppendUtf8(Inner, Point);
	}
}

FUTF8ToTCHAR::FUTF8ToTCHAR(const ANSICHAR* Text)
{
	while (Text && *Text)
	{
		const auto First = static_cast<unsigned char>(*Text++);
		int More = First < 0x80 ? 0 : First < 0xE0 ? 1 : First < 0xF0 ? 2 : 3;
		char32_t Point = First < 0x80 ? First : static_cast<char32_t>(First & (0x3F >> More));
		for (; More > 0 && *Text; --More)
		{
			Point = Point << 6 | (static_cast<unsigned char>(*Text++) & 0x3F);
		}
		if (Point >= 0x10000)
		{
			Inner += static_cast<char16_t>(0xD800 + ((Point - 0x10000) >> 10));
			Inner += static_cast<char16_t>(0xDC00 + ((Point - 0x10000) & 0x3FF));
		}
		else
		{
			Inner += static_cast<char16_t>(Point);
		}
	}
}

double FPlatformTime::Seconds()
{
	const auto Since = std::chrono::steady_clock::now().time_since_epoch();
	return 16777216.0 + std::chrono::duration<double>(Since).count();
}

bool IsEngineExitRequested()
{
	return Shim::bExitRequested;
}

bool IsInGameThread()
{
	return std::this_thread::get_id() == GameThread;
}

void Shim::BeGameThread()
{
	GameThread = std::this_thread::get_id();
}

FRunnableThread* FRunnableThread::Create(FRunnable* Runnable, const TCHAR*, uint32, EThreadPriority)
{
	auto* Made = new FRunnableThread();
	Made->Work = Runnable;
	Made->Thread = std::thread(
		[Runnable]
		{
			if (Runnable->Init())
			{
				Runnable->Run();
				Runnable->Exit();
			}
		});
	return Made;
}

bool FRunnableThread::Kill(bool bShouldWait)
{
	Work->Stop();
	if (bShouldWait)
	{
		WaitForCompletion();
	}
	return true;
}

void FRunnableThread::WaitForCompletion()
{
	if (Thread.joinable())
	{
		Thread.join();
	}
}

FRunnableThread::~FRunnableThread()
{
	// The engine's thread objects kill what still runs.
	Kill(true);
}

FTSTicker& FTSTicker::GetCoreTicker()
{
	static FTSTicker Ticker;
	return Ticker;
}

FDelegateHandle FTSTicker::AddTicker(const FTickerDelegate& Delegate, float)
{
	::FDelegateHandle Handle;
	Handle.Number = ++Last;
	Tickers[Handle.Number] = Delegate;
	return Handle;
}

void FTSTicker::RemoveTicker(FDelegateHandle Handle)
{
	// The engine's waits for a call that is under way: one that removes itself would wait for ever.
	check(Handle.Number == 0 || Handle.Number != GetCoreTicker().Firing);
	GetCoreTicker().Tickers.erase(Handle.Number);
}

void FTSTicker::ShimTick(float DeltaTime)
{
	auto Copy = Tickers;
	for (auto& [Number, Ticker] : Copy)
	{
		Firing = Number;
		const bool bAgain = Ticker.Execute(DeltaTime);
		Firing = 0;
		if (!bAgain)
		{
			Tickers.erase(Number);
		}
	}
}

TMulticastDelegate<> FCoreDelegates::OnEnginePreExit;
TMulticastDelegate<> FCoreDelegates::OnPostEngineInit;

void Shim::Log(const char* Category, ELogVerbosity Verbosity, const TCHAR* Format, const TCHAR* Argument)
{
	// The plugin logs one text at most, by `%s`.
	const FTCHARToUTF8 Shape(Format);
	std::string Text(Shape.Get());
	if (const auto At = Text.find("%s"); At != std::string::npos)
	{
		check(Argument != nullptr);
		Text.replace(At, 2, FTCHARToUTF8(Argument).Get());
	}
	const std::lock_guard Held(LogLock);
	LogLines.push_back({Category, Verbosity, Text});
}

std::vector<Shim::FLogLine> Shim::TakeLog()
{
	const std::lock_guard Held(LogLock);
	return std::exchange(LogLines, {});
}

FModuleManager& FModuleManager::Get()
{
	static FModuleManager Manager;
	return Manager;
}

void FModuleManager::ShimRegister(const TCHAR* Name, std::function<std::unique_ptr<IModuleInterface>()> Make)
{
	Get().Known[FName(Name)] = std::move(Make);
}

IModuleInterface* FModuleManager::GetModule(const FName& Name)
{
	auto Found = Loaded.find(Name);
	return Found == Loaded.end() ? nullptr : Found->second.get();
}

IModuleInterface* FModuleManager::LoadModule(const FName& Name)
{
	if (auto* Here = GetModule(Name))
	{
		return Here;
	}
	auto Make = Known.find(Name);
	check(Make != Known.end());
	auto& Module = Loaded[Name] = Make->second();
	Module->StartupModule();
	return Module.get();
}

bool FModuleManager::UnloadModule(const FName& Name)
{
	auto* Module = GetModule(Name);
	if (!Module)
	{
		return false;
	}
	Module->PreUnloadCallback();
	Module->ShutdownModule();
	Loaded.erase(Name);
	return true;
}
