#include "CycloramaConfig.h"

#include "CoreGlobals.h"
#include "Misc/ConfigCacheIni.h"

void CycloramaConfig::ReadPlain(const TCHAR* Section, const TCHAR* Name, FString& Into)
{
	FString Was;
	if (GConfig && GConfig->GetString(Section, Name, Was, GGameIni) && !Was.IsEmpty() && !Was.StartsWith(TEXT("(")))
	{
		Into = Was;
	}
}
