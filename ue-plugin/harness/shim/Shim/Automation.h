// A stand-in for the engine's automation specs: what they describe is kept, and run by a test.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/Core/Misc/FAutomationSpecBase (5.4, 5.5)
//   .../API/Runtime/Core/Misc/FAutomationTestBase (5.4, 5.5; from notes)
#pragma once

#include "Shim/Core.h"

#define WITH_DEV_AUTOMATION_TESTS 1

namespace EAutomationTestFlags
{
	enum Type : uint32
	{
		EditorContext = 1,
		EngineFilter = 2,
	};
}

class FAutomationSpecBase;
namespace Shim
{
	/// Every spec that is defined.
	inline std::vector<FAutomationSpecBase*>& Specs()
	{
		static std::vector<FAutomationSpecBase*> Known;
		return Known;
	}
}
class FAutomationSpecBase
{
public:
	FAutomationSpecBase() { Shim::Specs().push_back(this); }
	virtual ~FAutomationSpecBase() = default;
	/// How many were run; what failed is in ShimFailed.
	int32 ShimRun()
	{
		Define();
		for (const auto& [What, Body] : Its)
		{
			Now = What;
			Body();
		}
		return static_cast<int32>(Its.size());
	}
	std::vector<std::string> ShimFailed;

protected:
	virtual void Define() = 0;
	void Describe(const std::string& What, const std::function<void()>& Body)
	{
		const std::string Outer = In;
		In += What + " ";
		Body();
		In = Outer;
	}
	void It(const std::string& What, const std::function<void()>& Body) { Its.emplace_back(In + What, Body); }
	bool TestTrue(const TCHAR* What, bool bValue)
	{
		if (!bValue)
		{
			ShimFailed.push_back(Now + ": " + Shim::Utf8(FString(What)));
		}
		return bValue;
	}
	bool TestFalse(const TCHAR* What, bool bValue) { return TestTrue(What, !bValue); }
	template <typename T>
	bool TestEqual(const TCHAR* What, const T& Is, const T& Wanted)
	{
		return TestTrue(What, Is == Wanted);
	}
	template <typename T>
	bool TestNotEqual(const TCHAR* What, const T& Is, const T& Other)
	{
		return TestTrue(What, !(Is == Other));
	}
	template <typename T>
	bool TestNotNull(const TCHAR* What, const T* Pointer)
	{
		return TestTrue(What, Pointer != nullptr);
	}

private:
	std::string In;
	std::string Now;
	std::vector<std::pair<std::string, std::function<void()>>> Its;
};
#define BEGIN_DEFINE_SPEC(Class, Name, Flags) \
	class Class : public FAutomationSpecBase \
	{ \
	public: \
		static_assert((Flags) != 0 && sizeof(Name) > 1); \
		void Define() override;
#define END_DEFINE_SPEC(Class) \
	}; \
	static Class Shim##Class;
