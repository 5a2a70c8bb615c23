// A stand-in for the few classes of Unreal's Core that the plugin uses, written from notes on the public API reference.
//
// It is not Unreal: it proves the plugin's own logic, never that Epic's headers match. Behaviour that the plugin relies
// on is real here (strings, arrays, threads, delegates); everything else is absent on purpose, so that using it is an
// error. Reference pages stand at each group, for 5.4 to 5.6; they wait to be compared line by line:
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/Core/...
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

// --- API/Runtime/Core/HAL: platform types and macros -------------------------------------------------------------
using int8 = std::int8_t;
using uint8 = std::uint8_t;
using uint16 = std::uint16_t;
using int32 = std::int32_t;
using uint32 = std::uint32_t;
using int64 = std::int64_t;
using uint64 = std::uint64_t;
using TCHAR = char16_t;
using ANSICHAR = char;
#define TEXT_INNER(Text) u##Text
#define TEXT(Text) TEXT_INNER(Text)
#define FORCEINLINE inline
#define PLATFORM_LINUX 1
#define THIRD_PARTY_INCLUDES_START
#define THIRD_PARTY_INCLUDES_END
#define WITH_EDITOR 1
// Programs of the engine have these as macros; they are here so that a clash shows.
#define check(Condition) ShimCheck((Condition), #Condition, __FILE__, __LINE__)
#define ensure(Condition) ShimEnsure((Condition), #Condition, __FILE__, __LINE__)
#define UE_VERSION_OLDER_THAN(Major, Minor, Patch) (SHIM_VERSION < ((Major) * 10000 + (Minor) * 100 + (Patch)))
#ifndef SHIM_VERSION
#define SHIM_VERSION 50400
#endif

[[noreturn]] inline void ShimFail(const char* What, const char* File, int Line)
{
	std::fprintf(stderr, "%s:%d: %s\n", File, Line, What);
	std::abort();
}
inline void ShimCheck(bool bGood, const char* What, const char* File, int Line)
{
	if (!bGood)
	{
		ShimFail(What, File, Line);
	}
}
inline bool ShimEnsure(bool bGood, const char* What, const char* File, int Line)
{
	if (!bGood)
	{
		ShimFail(What, File, Line);
	}
	return bGood;
}

// --- API/Runtime/Core/Templates -----------------------------------------------------------------------------------
template <typename T>
constexpr std::remove_reference_t<T>&& MoveTemp(T&& Value)
{
	static_assert(std::is_lvalue_reference_v<T>, "MoveTemp of what moves by itself");
	static_assert(!std::is_const_v<std::remove_reference_t<T>>, "MoveTemp of a constant copies");
	return static_cast<std::remove_reference_t<T>&&>(Value);
}

template <typename T>
class TUniquePtr
{
public:
	TUniquePtr() = default;
	TUniquePtr(std::nullptr_t) {}
	explicit TUniquePtr(T* In) : Inner(In) {}
	TUniquePtr(TUniquePtr&&) = default;
	TUniquePtr& operator=(TUniquePtr&&) = default;
	T* Get() const { return Inner.get(); }
	bool IsValid() const { return Inner != nullptr; }
	explicit operator bool() const { return IsValid(); }
	T* operator->() const { return Inner.get(); }
	T& operator*() const { return *Inner; }
	void Reset(T* In = nullptr) { Inner.reset(In); }

private:
	std::unique_ptr<T> Inner;
};
template <typename T, typename... Arguments>
TUniquePtr<T> MakeUnique(Arguments&&... In)
{
	return TUniquePtr<T>(new T(std::forward<Arguments>(In)...));
}

enum class ESPMode : uint8 { NotThreadSafe, ThreadSafe };
template <typename T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedPtr
{
public:
	TSharedPtr() = default;
	TSharedPtr(std::nullptr_t) {}
	explicit TSharedPtr(std::shared_ptr<T> In) : Inner(std::move(In)) {}
	template <typename U, typename = std::enable_if_t<std::is_convertible_v<U*, T*>>>
	TSharedPtr(const TSharedPtr<U, Mode>& In) : Inner(In.Inner) {}
	T* Get() const { return Inner.get(); }
	bool IsValid() const { return Inner != nullptr; }
	explicit operator bool() const { return IsValid(); }
	T* operator->() const { return Inner.get(); }
	T& operator*() const { return *Inner; }
	void Reset() { Inner.reset(); }
	std::shared_ptr<T> Inner;
};
template <typename T, ESPMode Mode = ESPMode::ThreadSafe>
class TWeakPtr
{
public:
	TWeakPtr() = default;
	TWeakPtr(const TSharedPtr<T, Mode>& In) : Inner(In.Inner) {}
	TSharedPtr<T, Mode> Pin() const { return TSharedPtr<T, Mode>(Inner.lock()); }
	std::weak_ptr<T> Inner;
};
template <typename T, ESPMode Mode = ESPMode::ThreadSafe, typename... Arguments>
TSharedPtr<T, Mode> MakeShared(Arguments&&... In)
{
	return TSharedPtr<T, Mode>(std::make_shared<T>(std::forward<Arguments>(In)...));
}
template <typename T>
TSharedPtr<T> MakeShareable(T* In)
{
	return TSharedPtr<T>(std::shared_ptr<T>(In));
}

// --- API/Runtime/Core/Containers ----------------------------------------------------------------------------------
template <typename T>
class TArray
{
public:
	int32 Num() const { return static_cast<int32>(Inner.size()); }
	bool IsEmpty() const { return Inner.empty(); }
	T& operator[](int32 At)
	{
		check(At >= 0 && At < Num());
		return Inner[static_cast<std::size_t>(At)];
	}
	const T& operator[](int32 At) const
	{
		check(At >= 0 && At < Num());
		return Inner[static_cast<std::size_t>(At)];
	}
	int32 Add(const T& Value)
	{
		Inner.push_back(Value);
		return Num() - 1;
	}
	void SetNum(int32 Count) { Inner.resize(static_cast<std::size_t>(Count)); }
	void Reset(int32 = 0) { Inner.clear(); }
	void Reserve(int32 Count) { Inner.reserve(static_cast<std::size_t>(Count)); }
	bool Contains(const T& Value) const
	{
		for (const T& Here : Inner)
		{
			if (Here == Value)
			{
				return true;
			}
		}
		return false;
	}
	bool operator==(const TArray& Other) const { return Inner == Other.Inner; }
	bool IsValidIndex(int32 At) const { return At >= 0 && At < Num(); }
	T* GetData() { return Inner.data(); }
	auto begin() { return Inner.begin(); }
	auto end() { return Inner.end(); }
	auto begin() const { return Inner.begin(); }
	auto end() const { return Inner.end(); }

private:
	std::vector<T> Inner;
};
template <typename K, typename V>
struct TPair
{
	K Key;
	V Value;
};
template <typename K, typename V>
class TMap
{
public:
	V& Add(const K& Key, const V& Value) { return FindOrAdd(Key) = Value; }
	V* Find(const K& Key)
	{
		for (auto& Pair : Inner)
		{
			if (Pair.Key == Key)
			{
				return &Pair.Value;
			}
		}
		return nullptr;
	}
	const V* Find(const K& Key) const { return const_cast<TMap*>(this)->Find(Key); }
	V& FindOrAdd(const K& Key)
	{
		if (V* Found = Find(Key))
		{
			return *Found;
		}
		Inner.push_back({Key, V()});
		return Inner.back().Value;
	}
	int32 Num() const { return static_cast<int32>(Inner.size()); }
	void Empty() { Inner.clear(); }
	auto begin() { return Inner.begin(); }
	auto end() { return Inner.end(); }
	auto begin() const { return Inner.begin(); }
	auto end() const { return Inner.end(); }

private:
	std::vector<TPair<K, V>> Inner;
};

// --- API/Runtime/Core/Containers/FString: UTF-16, as on every platform of the engine -------------------------------
namespace ESearchCase
{
	enum Type { CaseSensitive, IgnoreCase };
}
class FString
{
public:
	FString() = default;
	FString(const TCHAR* Text) : Inner(Text ? Text : u"") {}
	const TCHAR* operator*() const { return Inner.c_str(); }
	int32 Len() const { return static_cast<int32>(Inner.size()); }
	bool IsEmpty() const { return Inner.empty(); }
	bool Contains(const TCHAR* Part) const { return Inner.find(Part) != std::u16string::npos; }
	FString& operator+=(const FString& Other)
	{
		Inner += Other.Inner;
		return *this;
	}
	friend FString operator+(const FString& A, const FString& B)
	{
		FString Sum(A);
		Sum += B;
		return Sum;
	}
	/// As the engine's, these three take no notice of capitals.
	bool operator==(const FString& Other) const { return Lower(Inner) == Lower(Other.Inner); }
	bool operator!=(const FString& Other) const { return !(*this == Other); }
	bool operator<(const FString& Other) const { return Lower(Inner) < Lower(Other.Inner); }
	bool Equals(const FString& Other, ESearchCase::Type Case = ESearchCase::CaseSensitive) const
	{
		return Case == ESearchCase::CaseSensitive ? Inner == Other.Inner : *this == Other;
	}
	bool StartsWith(const TCHAR* Part) const { return Lower(Inner).starts_with(Lower(Part)); }
	FString TrimQuotes() const
	{
		const bool bQuoted = Inner.size() > 1 && Inner.front() == u'"' && Inner.back() == u'"';
		return bQuoted ? FString(Inner.substr(1, Inner.size() - 2).c_str()) : *this;
	}
	int32 ParseIntoArray(TArray<FString>& OutParts, const TCHAR* Between) const
	{
		OutParts.Reset();
		for (std::size_t At = 0; At < Inner.size();)
		{
			const std::size_t End = std::min(Inner.find(Between, At), Inner.size());
			if (End > At)
			{
				OutParts.Add(FString(Inner.substr(At, End - At).c_str()));
			}
			At = End + std::char_traits<TCHAR>::length(Between);
		}
		return OutParts.Num();
	}
	bool Split(const FString& Between, FString* OutLeft, FString* OutRight) const
	{
		const std::size_t At = Inner.find(Between.Inner);
		if (At == std::u16string::npos)
		{
			return false;
		}
		const std::u16string Whole = Inner;
		OutLeft->Inner = Whole.substr(0, At);
		OutRight->Inner = Whole.substr(At + Between.Inner.size());
		return true;
	}
	static FString FromInt(int32 Number)
	{
		const std::string Digits = std::to_string(Number);
		FString Text;
		Text.Inner.assign(Digits.begin(), Digits.end());
		return Text;
	}

private:
	static std::u16string Lower(std::u16string Text)
	{
		for (TCHAR& Letter : Text)
		{
			Letter = Letter >= u'A' && Letter <= u'Z' ? static_cast<TCHAR>(Letter + 32) : Letter;
		}
		return Text;
	}
	std::u16string Inner;
};
/// API/Runtime/Core/Containers/FTCHARToUTF8: valid as long as it lives.
class FTCHARToUTF8
{
public:
	explicit FTCHARToUTF8(const TCHAR* Text);
	const ANSICHAR* Get() const { return Inner.c_str(); }
	int32 Length() const { return static_cast<int32>(Inner.size()); }

private:
	std::string Inner;
};
/// API/Runtime/Core/Containers/FUTF8ToTCHAR.
class FUTF8ToTCHAR
{
public:
	explicit FUTF8ToTCHAR(const ANSICHAR* Text);
	const TCHAR* Get() const { return Inner.c_str(); }

private:
	std::u16string Inner;
};
#define UTF8_TO_TCHAR(Text) FUTF8ToTCHAR(Text).Get()
namespace Shim
{
	/// Text between the engine's world and the test's.
	inline std::string Utf8(const FString& Text) { return FTCHARToUTF8(*Text).Get(); }
	inline FString Wide(const std::string& Text) { return FString(FUTF8ToTCHAR(Text.c_str()).Get()); }
}
/// API/Runtime/Core/Serialization/FArchive: of text only.
class FArchive
{
public:
	explicit FArchive(bool bInLoading) : bLoading(bInLoading) {}
	bool IsLoading() const { return bLoading; }
	friend FArchive& operator<<(FArchive& Ar, FString& Value)
	{
		(Ar.bLoading ? Value : Ar.Text) = Ar.bLoading ? Ar.Text : Value;
		return Ar;
	}
	FString Text;

private:
	bool bLoading;
};

// --- API/Runtime/Core/UObject/FName, Internationalization/FText, Misc/FGuid ------------------------------------------
class FName
{
public:
	FName() = default;
	FName(const TCHAR* Text) : Inner(Text) {}
	explicit FName(const FString& Text) : Inner(Text) {}
	FString ToString() const { return Inner; }
	bool IsNone() const { return Inner.IsEmpty(); }
	bool operator==(const FName& Other) const { return Inner == Other.Inner; }
	bool operator!=(const FName& Other) const { return !(*this == Other); }
	bool operator<(const FName& Other) const { return Inner < Other.Inner; }

private:
	FString Inner;
};
class FText
{
public:
	FText() = default;
	static FText FromString(const FString& Text)
	{
		FText Made;
		Made.Inner = Text;
		return Made;
	}
	const FString& ToString() const { return Inner; }
	bool IsEmpty() const { return Inner.IsEmpty(); }

private:
	FString Inner;
};
#define LOCTEXT(Key, Text) FText::FromString(TEXT(Text))
#define NSLOCTEXT(Space, Key, Text) FText::FromString(TEXT(Text))
struct FGuid
{
	uint32 A = 0, B = 0, C = 0, D = 0;
	FGuid() = default;
	FGuid(uint32 InA, uint32 InB, uint32 InC, uint32 InD) : A(InA), B(InB), C(InC), D(InD) {}
	bool IsValid() const { return (A | B | C | D) != 0; }
	void Invalidate() { A = B = C = D = 0; }
	bool operator==(const FGuid& Other) const = default;
	auto operator<=>(const FGuid& Other) const = default;
};

// --- API/Runtime/Core/Math: doubles since 5.0 -------------------------------------------------------------------------
struct FVector
{
	double X = 0, Y = 0, Z = 0;
	FVector() = default;
	FVector(double InX, double InY, double InZ) : X(InX), Y(InY), Z(InZ) {}
};
struct FVector2D
{
	double X = 0, Y = 0;
	FVector2D() = default;
	FVector2D(double InX, double InY) : X(InX), Y(InY) {}
};
struct FQuat
{
	double X = 0, Y = 0, Z = 0, W = 1;
	FQuat() = default;
	FQuat(double InX, double InY, double InZ, double InW) : X(InX), Y(InY), Z(InZ), W(InW) {}
	bool IsNormalized() const { return std::abs(X * X + Y * Y + Z * Z + W * W - 1.0) < 1e-4; }
};
class FTransform
{
public:
	FTransform() = default;
	FTransform(const FQuat& InRotation, const FVector& InTranslation) : Rotation(InRotation), Translation(InTranslation) {}
	FQuat GetRotation() const { return Rotation; }
	FVector GetTranslation() const { return Translation; }

private:
	FQuat Rotation;
	FVector Translation;
};

// --- API/Runtime/Core/Math/FMath: GreatestCommonDivisor (5.2, 5.4), Max ---------------------------------------------------
struct FMath
{
	template <typename T>
	static constexpr T Max(const T A, const T B)
	{
		return A > B ? A : B;
	}
	static constexpr int32 GreatestCommonDivisor(int32 A, int32 B)
	{
		return B == 0 ? A : GreatestCommonDivisor(B, A % B);
	}
};

// --- API/Runtime/Core/Misc: FFrameNumber, FFrameTime, FFrameRate, FQualifiedFrameTime ----------------------------------
struct FFrameNumber
{
	int32 Value = 0;
	FFrameNumber() = default;
	FFrameNumber(int32 In) : Value(In) {}
};
struct FFrameTime
{
	FFrameTime() = default;
	FFrameTime(FFrameNumber In, float InSubFrame = 0.0f) : FrameNumber(In), SubFrame(InSubFrame) {}
	FFrameNumber GetFrame() const { return FrameNumber; }
	FFrameNumber RoundToFrame() const { return SubFrame >= 0.5f ? FFrameNumber(FrameNumber.Value + 1) : FrameNumber; }
	FFrameNumber FrameNumber;
	/// From 0 to below 1, onwards from the number.
	float SubFrame = 0.0f;
};
struct FFrameRate
{
	int32 Numerator = 60000;
	int32 Denominator = 1001;
	FFrameRate() = default;
	FFrameRate(uint32 InNumerator, uint32 InDenominator)
		: Numerator(static_cast<int32>(InNumerator)), Denominator(static_cast<int32>(InDenominator))
	{
	}
	bool operator==(const FFrameRate& Other) const = default;
	double AsInterval() const { return static_cast<double>(Denominator) / Numerator; }
	/// API/Runtime/Core/Misc/FFrameRate/TransformTime (5.3, 5.4)
	static FFrameTime TransformTime(FFrameTime SourceTime, FFrameRate SourceRate, FFrameRate DestinationRate)
	{
		const int64 Over = static_cast<int64>(SourceRate.Numerator) * DestinationRate.Denominator;
		const int64 Whole = static_cast<int64>(SourceTime.FrameNumber.Value) * SourceRate.Denominator * DestinationRate.Numerator;
		const int64 Frame = Whole / Over - (Whole % Over < 0 ? 1 : 0);
		return FFrameTime(FFrameNumber(static_cast<int32>(Frame)), static_cast<float>(Whole - Frame * Over) / static_cast<float>(Over));
	}
};
struct FQualifiedFrameTime
{
	FQualifiedFrameTime() = default;
	FQualifiedFrameTime(const FFrameTime& InTime, const FFrameRate& InRate) : Time(InTime), Rate(InRate) {}
	FFrameTime Time;
	FFrameRate Rate;
};

// --- API/Runtime/Core/HAL: time, threads -------------------------------------------------------------------------------
struct FPlatformTime
{
	/// Seconds of a clock that only the engine knows; here it is far from ours on purpose.
	static double Seconds();
};
bool IsInGameThread();
/// API/Runtime/Core/IsEngineExitRequested (5.4)
bool IsEngineExitRequested();
/// API/Runtime/Core/CoreGlobals: frames since the engine began.
inline uint64 GFrameCounter = 0;
class FRunnable
{
public:
	virtual bool Init() { return true; }
	virtual uint32 Run() = 0;
	virtual void Stop() {}
	virtual void Exit() {}
	virtual ~FRunnable() = default;
};
enum EThreadPriority { TPri_Normal, TPri_AboveNormal, TPri_BelowNormal, TPri_Highest, TPri_Lowest, TPri_SlightlyBelowNormal, TPri_TimeCritical };
class FRunnableThread
{
public:
	static FRunnableThread* Create(FRunnable* Runnable, const TCHAR* Name, uint32 StackSize = 0, EThreadPriority Priority = TPri_Normal);
	bool Kill(bool bShouldWait = true);
	void WaitForCompletion();
	~FRunnableThread();

private:
	FRunnable* Work = nullptr;
	std::thread Thread;
};

// --- API/Runtime/Core/Delegates, Containers/FTSTicker, Misc/FCoreDelegates ----------------------------------------------
class FDelegateHandle
{
public:
	bool IsValid() const { return Number != 0; }
	void Reset() { Number = 0; }
	uint64 Number = 0;
};
template <typename Signature>
class TDelegate;
template <typename Result, typename... Arguments>
class TDelegate<Result(Arguments...)>
{
public:
	template <typename Function>
	static TDelegate CreateLambda(Function&& In)
	{
		TDelegate Made;
		Made.Inner = std::forward<Function>(In);
		return Made;
	}
	template <typename Class>
	static TDelegate CreateRaw(Class* Object, Result (Class::*Method)(Arguments...))
	{
		TDelegate Made;
		Made.Inner = [Object, Method](Arguments... In) { return (Object->*Method)(In...); };
		return Made;
	}
	static TDelegate CreateStatic(Result (*Function)(Arguments...))
	{
		TDelegate Made;
		Made.Inner = Function;
		return Made;
	}
	/// Real ones let go when the object does.
	template <typename Class>
	static TDelegate CreateUObject(Class* Object, Result (Class::*Method)(Arguments...))
	{
		return CreateRaw(Object, Method);
	}
	bool IsBound() const { return static_cast<bool>(Inner); }
	bool ExecuteIfBound(Arguments... In) const
	{
		if (Inner)
		{
			Inner(In...);
		}
		return IsBound();
	}
	Result Execute(Arguments... In) const { return Inner(In...); }

private:
	std::function<Result(Arguments...)> Inner;
};
template <typename... Arguments>
class TMulticastDelegate
{
public:
	template <typename Class>
	FDelegateHandle AddRaw(Class* Object, void (Class::*Method)(Arguments...))
	{
		FDelegateHandle Handle;
		Handle.Number = ++Last;
		Listeners[Handle.Number] = [Object, Method](Arguments... In) { (Object->*Method)(In...); };
		return Handle;
	}
	template <typename Class>
	FDelegateHandle AddUObject(Class* Object, void (Class::*Method)(Arguments...))
	{
		return AddRaw(Object, Method);
	}
	template <typename Function>
	FDelegateHandle AddLambda(Function&& In)
	{
		FDelegateHandle Handle;
		Handle.Number = ++Last;
		Listeners[Handle.Number] = std::forward<Function>(In);
		return Handle;
	}
	void Remove(FDelegateHandle Handle) { Listeners.erase(Handle.Number); }
	void Broadcast(Arguments... In) const
	{
		auto Copy = Listeners;
		for (auto& [Number, Listener] : Copy)
		{
			Listener(In...);
		}
	}
	int32 ShimCount() const { return static_cast<int32>(Listeners.size()); }

private:
	uint64 Last = 0;
	std::map<uint64, std::function<void(Arguments...)>> Listeners;
};
using FTickerDelegate = TDelegate<bool(float)>;
class FTSTicker
{
public:
	using FDelegateHandle = ::FDelegateHandle;
	static FTSTicker& GetCoreTicker();
	FDelegateHandle AddTicker(const FTickerDelegate& Delegate, float Delay = 0.0f);
	static void RemoveTicker(FDelegateHandle Handle);
	/// The harness turns the engine's loop.
	void ShimTick(float DeltaTime);
	int32 ShimCount() const { return static_cast<int32>(Tickers.size()); }

private:
	uint64 Last = 0;
	/// The one that runs, 0 for none.
	uint64 Firing = 0;
	std::map<uint64, FTickerDelegate> Tickers;
};
struct FCoreDelegates
{
	static TMulticastDelegate<> OnEnginePreExit;
	static TMulticastDelegate<> OnPostEngineInit;
};

// --- API/Runtime/Core/Logging --------------------------------------------------------------------------------------------
enum class ELogVerbosity : uint8 { NoLogging, Fatal, Error, Warning, Display, Log, Verbose, VeryVerbose };
namespace Shim
{
	struct FLogLine
	{
		std::string Category;
		ELogVerbosity Verbosity;
		std::string Text;
	};
	void Log(const char* Category, ELogVerbosity Verbosity, const TCHAR* Format, const TCHAR* Argument);
	inline void Log(const char* Category, ELogVerbosity Verbosity, const TCHAR* Format) { Log(Category, Verbosity, Format, nullptr); }
	std::vector<FLogLine> TakeLog();
	/// This thread is the game thread from now on.
	void BeGameThread();
	/// Somebody pressed Ctrl-C.
	inline std::atomic<bool> bExitRequested = false;
}
struct FLogCategoryBase
{
	const char* Name;
};
#define DECLARE_LOG_CATEGORY_EXTERN(Category, Default, Most) extern struct F##Category : FLogCategoryBase { F##Category() : FLogCategoryBase{#Category} {} } Category
#define DEFINE_LOG_CATEGORY(Category) F##Category Category
#define UE_LOG(Category, Verbosity, Format, ...) Shim::Log(Category.Name, ELogVerbosity::Verbosity, Format __VA_OPT__(, ) __VA_ARGS__)

// --- API/Runtime/Core/Modules ----------------------------------------------------------------------------------------------
class IModuleInterface
{
public:
	virtual ~IModuleInterface() = default;
	virtual void StartupModule() {}
	virtual void PreUnloadCallback() {}
	virtual void ShutdownModule() {}
};
class FModuleManager
{
public:
	static FModuleManager& Get();
	IModuleInterface* GetModule(const FName& Name);
	bool IsModuleLoaded(const FName& Name) const { return Loaded.contains(Name); }
	IModuleInterface* LoadModule(const FName& Name);
	bool UnloadModule(const FName& Name);
	template <typename T>
	static T& LoadModuleChecked(const FName& Name)
	{
		return *static_cast<T*>(Get().LoadModule(Name));
	}
	static void ShimRegister(const TCHAR* Name, std::function<std::unique_ptr<IModuleInterface>()> Make);
	template <typename T>
	static T* GetModulePtr(const FName& Name)
	{
		return static_cast<T*>(Get().GetModule(Name));
	}
	template <typename T>
	static T* LoadModulePtr(const FName& Name)
	{
		return static_cast<T*>(Get().LoadModule(Name));
	}

private:
	std::map<FName, std::unique_ptr<IModuleInterface>> Loaded;
	std::map<FName, std::function<std::unique_ptr<IModuleInterface>()>> Known;
};
#define IMPLEMENT_MODULE(Class, Name) \
	namespace \
	{ \
		const bool bShimModule##Name = (FModuleManager::ShimRegister(TEXT(#Name), [] { return std::unique_ptr<IModuleInterface>(new Class()); }), true); \
	}
