#include "CycloramaArguments.h"

#include "Commandlets/Commandlet.h"
#include "CoreGlobals.h"
#include "CycloramaCore.h"
#include "CycloramaRegistry.h"

namespace
{
	/// How long it is waited for at a time, microseconds; so late is an end of the engine noticed.
	constexpr uint32 WaitFor = 100000;
	/// Between two words about how far it is, in such times.
	constexpr int32 TellEvery = 20;

	/// How far it is, and what it works on.
	void Tell(const FCycloramaWork& Work)
	{
		const FString Far = Work.Progress().Words();
		if (!Far.IsEmpty())
		{
			UE_LOG(LogCyclorama, Display, TEXT("%s"), *Far);
		}
		for (const FString& Item : Work.Items())
		{
			UE_LOG(LogCyclorama, Display, TEXT("%s"), *Item);
		}
	}

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
	TArray<FString> Words;
	UCommandlet::ParseCommandLine(*Params, Tokens, Words, Given);
	// The engine leaves a word whole when nothing stands behind its =, or another = does, as in -Message=fps=24.
	const FString Equals(TEXT("="));
	for (const FString& Word : Words)
	{
		FString Name;
		FString Text;
		if (Word.Split(Equals, &Name, &Text))
		{
			Given.Add(Name, Text.TrimQuotes());
		}
		else
		{
			Switches.Add(Word);
		}
	}
}

bool FCycloramaArguments::AreWrong(const TCHAR* Takes) const
{
	TArray<FString> Known;
	FString(Takes).ParseIntoArray(Known, TEXT(" "));
	TArray<FString> Words = Switches;
	for (const auto& Pair : Given)
	{
		Words.Add(Pair.Key + FString(TEXT("=")) + Pair.Value);
	}
	const TArray<FString> Wrong = FCycloramaWork::WrongWords(Words, Known);
	for (const FString& Sentence : Wrong)
	{
		UE_LOG(LogCyclorama, Error, TEXT("%s"), *Sentence);
	}
	return !Wrong.IsEmpty();
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
	// What is neither was refused as a wrong word.
	return Whose.IsEmpty() ? ECycloramaKeep::Ask : ECycloramaKeep::Theirs;
}

int32 CycloramaCommandlet::Follow(const TSharedPtr<FCycloramaWork>& Work)
{
	for (int32 Waited = 1; Work->Wait(WaitFor) == ECycloramaWorkState::Running; ++Waited)
	{
		if (IsEngineExitRequested())
		{
			Work->Cancel();
		}
		// The first time soon, so that it is seen to live.
		if (Waited % TellEvery == 1)
		{
			Drain();
			Tell(*Work);
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
