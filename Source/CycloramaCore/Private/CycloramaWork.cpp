// The facade over what all long work has in common.
#include "CycloramaWork.h"

#include "CycloramaText.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/work.h"
THIRD_PARTY_INCLUDES_END

FString FCycloramaProgress::Words() const
{
	if (Fraction < 0.0)
	{
		return FString();
	}
	const FString Share = FString::FromInt(static_cast<int32>(Fraction * 100.0)) + FString(TEXT(" %"));
	return SecondsLeft < 0.0 ? Share : Share + FString(TEXT(", about ")) + FString::FromInt(static_cast<int32>(SecondsLeft + 0.5)) + FString(TEXT(" s left"));
}

void FCycloramaWork::StopAll()
{
	cyclorama::work_stop_all();
}

TArray<FString> FCycloramaWork::WrongWords(const TArray<FString>& Words, const TArray<FString>& Takes)
{
	return CycloramaText::FromCore(cyclorama::wrong_words(CycloramaText::ToCore(Words), CycloramaText::ToCore(Takes)));
}
