#include "CycloramaArguments.h"

#include "Commandlets/Commandlet.h"
#include "CycloramaCore.h"
#include "CycloramaRegistry.h"

namespace
{
	/// Between two words about how far it is, microseconds.
	constexpr uint32 TellEvery = 2000000;

	void Drain()
	{
		if (FCycloramaCoreModule* Core = FCycloramaCoreModule::Get())
		{
			Core->DrainLog();
		}
	}
}

FCycloramaArguments::FCycloramaArguments(const FString& Params)
{
	TArray<FString> Tokens;
	UCommandlet::ParseCommandLine(*Params, Tokens, Switches, Given);
}

FString FCycloramaArguments::Value(const TCHAR* Name, const FString& Usual) const
{
	const FString* Found = Given.Find(FString(Name));
	return Found ? *Found : Usual;
}

TArray<FString> FCycloramaArguments::Values(const TCHAR* Name) const
{
	TArray<FString> Parts;
	Value(Name).ParseIntoArray(Parts, TEXT("+"));
	return Parts;
}

int32 FCycloramaArguments::Number(const TCHAR* Name, int32 Usual) const
{
	const FString Text = Value(Name);
	return Text.IsEmpty() ? Usual : FCString::Atoi(*Text);
}

bool FCycloramaArguments::Has(const TCHAR* Switch) const
{
	return Switches.Contains(FString(Switch));
}

ECycloramaKeep FCycloramaArguments::Keep() const
{
	const FString Whose = Value(TEXT("Keep"));
	if (Whose == FString(TEXT("mine")))
	{
		return ECycloramaKeep::Mine;
	}
	return Whose == FString(TEXT("theirs")) ? ECycloramaKeep::Theirs : ECycloramaKeep::Ask;
}

int32 CycloramaCommandlet::Follow(const TSharedPtr<FCycloramaWork>& Work)
{
	while (Work->Wait(TellEvery) == ECycloramaWorkState::Running)
	{
		Drain();
		for (const FString& Item : Work->Items())
		{
			UE_LOG(LogCyclorama, Display, TEXT("%s"), *Item);
		}
	}
	Drain();
	for (const FString& Line : Work->Lines())
	{
		UE_LOG(LogCyclorama, Display, TEXT("%s"), *Line);
	}
	if (Work->State() == ECycloramaWorkState::Done)
	{
		UE_LOG(LogCyclorama, Display, TEXT("%s"), *Work->Text());
	}
	else
	{
		UE_LOG(LogCyclorama, Error, TEXT("%s"), *Work->Text());
	}
	return Work->ExitCode();
}

int32 CycloramaCommandlet::Needs(const FString& Folder, const TArray<FString>& Packages)
{
	const TUniquePtr<FCycloramaClosure> Closure = FCycloramaClosure::Start(Folder, Packages);
	FCycloramaRegistry::Answer(*Closure);
	for (const FString& Line : Closure->Missing())
	{
		UE_LOG(LogCyclorama, Error, TEXT("%s"), *Line);
	}
	UE_LOG(LogCyclorama, Display, TEXT("%s"), *Closure->Text());
	return Closure->ExitCode();
}
