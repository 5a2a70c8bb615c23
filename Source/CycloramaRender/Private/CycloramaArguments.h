// The words behind a commandlet's name.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaAssets.h"
#include "CycloramaWork.h"

class FCycloramaArguments
{
public:
	explicit FCycloramaArguments(const FString& Params);

	/// True, and each is said, when words are none of these, a space between them, or their values cannot be; see
	/// FCycloramaWork::WrongWords.
	bool AreWrong(const TCHAR* Takes) const;

	/// The value of -Name=, or what is usual.
	FString Value(const TCHAR* Name, const FString& Usual = FString()) const;
	/// The values of -Name=a+b.
	TArray<FString> Values(const TCHAR* Name) const;
	int32 Number(const TCHAR* Name, int32 Usual) const;
	bool Has(const TCHAR* Switch) const;
	/// -Name or -Name=.
	bool Names(const TCHAR* Name) const { return Has(Name) || Given.Find(FString(Name)) != nullptr; }
	ECycloramaKeep Keep() const;

private:
	TArray<FString> Switches;
	TMap<FString, FString> Given;
};

namespace CycloramaCommandlet
{
	/// Waits for the work, tells how far it is, and gives its exit code. An engine that is asked to end cancels it.
	int32 Follow(const TSharedPtr<FCycloramaWork>& Work);
	/// What the packages need, by the editor's asset registry; tells what is missing. Exit code as above.
	int32 Needs(const FString& Folder, const TArray<FString>& Packages);
	/// The exit code for a request that is wrong.
	constexpr int32 Usage = 2;
}
