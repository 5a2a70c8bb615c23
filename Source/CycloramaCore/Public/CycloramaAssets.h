// The project's content: publishing it, bringing versions of it, and what a map needs.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaWork.h"

/// Whose files win where two sides changed the same one.
enum class ECycloramaKeep : uint8
{
	/// Nobody's: it stops and names them.
	Ask,
	Mine,
	Theirs,
};

struct FCycloramaPublish
{
	FString Folder;
	/// A folder, file:// or s3://bucket/prefix, with @name behind it or not.
	FString Store;
	FString Message;
	FString EngineVersion;
	FString KeyFile;
	/// Goes on where a name of the store is older than this machine has seen it, or is gone.
	bool bAcceptRollback = false;
	/// Who publishes; empty for who the system says.
	FString Author;
	ECycloramaKeep Keep = ECycloramaKeep::Ask;
	bool bMakeStore = false;
	/// The version becomes exactly this folder, whatever others published.
	bool bReplace = false;
	/// Stops when somebody else has locked what changed; otherwise the lines name it.
	bool bRefuseLocked = false;
	bool bDryRun = false;
};

struct FCycloramaHydrate
{
	/// As above, with @version behind it or not.
	FString Store;
	FString Folder;
	FString KeyFile;
	/// As above.
	bool bAcceptRollback = false;
	/// Only what these globs match; empty for all.
	TArray<FString> Only;
	/// Only what these maps need; empty for all.
	TArray<FString> Maps;
	ECycloramaKeep Keep = ECycloramaKeep::Ask;
	bool bDryRun = false;
};

struct CYCLORAMACORE_API FCycloramaAssets
{
	static TSharedPtr<FCycloramaWork> Publish(const FCycloramaPublish& What);
	static TSharedPtr<FCycloramaWork> Hydrate(const FCycloramaHydrate& What);
	/// What changed in the folder, line by line in an artist's words.
	static TSharedPtr<FCycloramaWork> Compare(const FString& Folder, const FString& Store, const FString& KeyFile = FString(), bool bAcceptRollback = false);
	/// Checks of this machine. Command is what workers are.
	static TSharedPtr<FCycloramaWork> Examine(const FString& Command);
};

/// What packages need, found by asking somebody what each refers to. One thread owns it.
class CYCLORAMACORE_API FCycloramaClosure
{
public:
	virtual ~FCycloramaClosure() = default;
	/// Packages as the editor names them, such as /Game/Maps/Stage, and the project's folder.
	static TUniquePtr<FCycloramaClosure> Start(const FString& Folder, const TArray<FString>& Packages);

	/// Packages to ask about now; none when all is known.
	virtual TArray<FString> Ask() = 0;
	/// What a package refers to: loaded with it, and loaded later.
	virtual void Answer(const FString& Package, const TArray<FString>& Hard, const TArray<FString>& Soft) = 0;
	virtual void Unknown(const FString& Package) = 0;
	/// Done when everything is known and there, Partial when something is missing.
	virtual ECycloramaWorkState State() const = 0;
	virtual int32 ExitCode() const = 0;
	virtual FString Text() const = 0;
	/// Files from the project's folder.
	virtual TArray<FString> Files() const = 0;
	/// What is missing or not known, a sentence each.
	virtual TArray<FString> Missing() const = 0;
};
