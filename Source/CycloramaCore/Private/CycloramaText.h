// Text on its way between the engine and the core. Text that is not Unicode is mended, never an abort.
#pragma once

#include "CoreMinimal.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/cxx.h"
THIRD_PARTY_INCLUDES_END

#include <string>

namespace CycloramaText
{
	inline rust::String ToCore(const FString& Text)
	{
		const FTCHARToUTF8 Utf8(*Text);
		return rust::String::lossy(Utf8.Get(), static_cast<std::size_t>(Utf8.Length()));
	}

	inline FString FromCore(const rust::String& Text)
	{
		const std::string Ended(Text.data(), Text.size());
		return FString(UTF8_TO_TCHAR(Ended.c_str()));
	}

	inline TArray<FString> FromCore(const rust::Vec<rust::String>& Texts)
	{
		TArray<FString> Made;
		for (const rust::String& Text : Texts)
		{
			Made.Add(FromCore(Text));
		}
		return Made;
	}

	/// To the letter, as the core reads a line: a file's name or a subject in it may differ in nothing but capitals. The engine's
	/// == and its maps take no notice of those.
	inline bool Same(const FString& A, const FString& B)
	{
		return A.Equals(B, ESearchCase::CaseSensitive);
	}

	/// Where it stands in the list, to the letter; below 0 when it does not.
	inline int32 Place(const TArray<FString>& Texts, const FString& Text)
	{
		for (int32 At = 0; At < Texts.Num(); ++At)
		{
			if (Same(Texts[At], Text))
			{
				return At;
			}
		}
		return -1;
	}

	inline rust::Vec<rust::String> ToCore(const TArray<FString>& Texts)
	{
		rust::Vec<rust::String> Made;
		for (const FString& Text : Texts)
		{
			Made.push_back(ToCore(Text));
		}
		return Made;
	}
}
