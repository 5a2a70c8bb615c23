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
}
