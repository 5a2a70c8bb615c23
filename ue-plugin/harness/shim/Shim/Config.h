// A stand-in for the engine's settings in files: text by file, section and name. What the engine itself reads into properties is not modelled.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/Core/Misc/FConfigCacheIni/GetString (5.0), GetValue (5.4)
#pragma once

#include "Shim/Core.h"

class FConfigCacheIni
{
public:
	bool GetString(const TCHAR* Section, const TCHAR* Key, FString& Value, const FString& Filename)
	{
		const FString* Known = ShimValues.Find(KeyOf(Section, Key, Filename));
		Value = Known ? *Known : Value;
		return Known != nullptr;
	}
	void ShimSet(const TCHAR* Section, const TCHAR* Key, const FString& Value, const FString& Filename)
	{
		ShimValues.Add(KeyOf(Section, Key, Filename), Value);
	}

private:
	static FString KeyOf(const TCHAR* Section, const TCHAR* Key, const FString& Filename)
	{
		return Filename + FString(TEXT("|")) + FString(Section) + FString(TEXT("|")) + FString(Key);
	}
	TMap<FString, FString> ShimValues;
};
// API/Runtime/Core/GConfig, GGameIni (notes)
inline FConfigCacheIni* GConfig = nullptr;
inline FString GGameIni = FString(TEXT("Game.ini"));
