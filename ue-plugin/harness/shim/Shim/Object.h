// A stand-in for the reflection the plugin meets: classes have a name and a default object, properties are nothing.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/CoreUObject (5.4 to 5.6)
#pragma once

#include "Shim/Core.h"

#define UCLASS(...)
#define USTRUCT(...)
#define UENUM(...)
#define UPROPERTY(...)
#define UFUNCTION(...)
#define UMETA(...)

/// API/Runtime/CoreUObject/UObject/FProperty (5.4, 5.5)
class FProperty
{
public:
	FText GetToolTipText() const { return ShimTip; }
	FText ShimTip;
};
class UClass
{
public:
	explicit UClass(const char* In) : Name(In) {}
	FString GetName() const
	{
		// The engine's names have no prefix.
		return FString(UTF8_TO_TCHAR(Name.c_str() + 1));
	}
	bool IsChildOf(const UClass* Other) const
	{
		for (const UClass* Here = this; Here; Here = Here->ShimFrom)
		{
			if (Here == Other)
			{
				return true;
			}
		}
		return false;
	}
	/// One that the test knows of.
	FProperty* FindPropertyByName(FName Property) const
	{
		const auto Found = ShimProperties.find(Property);
		return Found == ShimProperties.end() ? nullptr : &Found->second;
	}
	mutable std::map<FName, FProperty> ShimProperties;
	std::string Name;
	/// What it derives from, where the stand-in needs to know.
	UClass* ShimFrom = nullptr;
	/// Makes one, where the engine makes it by its class; of an abstract class none.
	class UObject* (*ShimMake)() = nullptr;
};
class UScriptStruct
{
public:
	explicit UScriptStruct(const char* In) : Name(In) {}
	std::string Name;
};
/// API/Runtime/CoreUObject/UObject/FPropertyChangedEvent (5.1); which property, nobody here asks.
struct FPropertyChangedEvent
{
};
class UObject
{
public:
	/// API/Runtime/CoreUObject/UObject/UObject/PostEditChangeProperty (5.1, 5.5), once a property was changed in the editor.
	virtual void PostEditChangeProperty(FPropertyChangedEvent&) {}
	/// API/Runtime/CoreUObject/UObject/UObject/PostInitProperties (notes), once an object was made and has read its settings.
	virtual void PostInitProperties() {}
	UObject()
	{
		// Objects are made on the game thread only.
		check(IsInGameThread());
	}
	virtual ~UObject() = default;
	UClass* GetClass() const { return ShimClass; }
	UClass* ShimClass = nullptr;
};

namespace Shim
{
	template <typename T>
	UClass* ClassOf(const char* Name)
	{
		static UClass Class(Name);
		return &Class;
	}
	template <typename T>
	UScriptStruct* StructOf(const char* Name)
	{
		static UScriptStruct Struct(Name);
		return &Struct;
	}
}
// As the header tool does it: the body of a class is a macro named after its file and line.
#define SHIM_BODY_OF(File, Line) SHIM_##File##_##Line##_BODY
#define SHIM_BODY_AT(File, Line) SHIM_BODY_OF(File, Line)
#define GENERATED_BODY() SHIM_BODY_AT(SHIM_FILE, __LINE__)
#define SHIM_CLASS(Class) \
	static UClass* StaticClass() { return Shim::ClassOf<Class>(#Class); }
#define SHIM_STRUCT(Struct) \
	static UScriptStruct* StaticStruct() { return Shim::StructOf<Struct>(#Struct); }

template <typename T>
class TSubclassOf
{
public:
	TSubclassOf(UClass* In = nullptr) : Inner(In) {}
	UClass* Get() const { return Inner; }
	bool operator==(UClass* Other) const { return Inner == Other; }

private:
	UClass* Inner;
};
template <typename T>
T* NewObject(UObject* = nullptr)
{
	// The harness lives for one test; the engine's collector would take it.
	static std::vector<std::unique_ptr<T>> Kept;
	Kept.push_back(std::make_unique<T>());
	Kept.back()->ShimClass = T::StaticClass();
	static_cast<UObject&>(*Kept.back()).PostInitProperties();
	return Kept.back().get();
}
template <typename T>
T* DuplicateObject(const T* Source, UObject* Outer)
{
	T* Made = NewObject<T>(Outer);
	*Made = *Source;
	return Made;
}
template <typename T>
T* Cast(UObject* Object)
{
	return Object && Object->ShimClass && Object->ShimClass->IsChildOf(T::StaticClass()) ? static_cast<T*>(Object) : nullptr;
}
// API/Runtime/CoreUObject/UObject/TObjectPtr
template <typename T>
class TObjectPtr
{
public:
	TObjectPtr() = default;
	TObjectPtr(T* In) : Inner(In) {}
	T* Get() const { return Inner; }
	operator T*() const { return Inner; }
	T* operator->() const { return Inner; }
	T& operator*() const { return *Inner; }

private:
	T* Inner = nullptr;
};
template <typename T, typename U>
T* Cast(const TObjectPtr<U>& Object)
{
	return Cast<T>(static_cast<UObject*>(Object.Get()));
}
template <typename T>
T* GetMutableDefault()
{
	static T Default;
	static const bool bInitialised = [] {
		static_cast<UObject&>(Default).PostInitProperties();
		return true;
	}();
	check(bInitialised);
	return &Default;
}
template <typename T>
const T* GetDefault()
{
	return GetMutableDefault<T>();
}

// API/Runtime/CoreUObject/UObject/FCoreUObjectDelegates (5.2, 5.4)
class UWorld;
struct FCoreUObjectDelegates
{
	static inline TMulticastDelegate<UWorld*> PostLoadMapWithWorld;
};
