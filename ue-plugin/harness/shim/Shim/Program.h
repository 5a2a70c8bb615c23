// A stand-in for what a program of the engine is started with, commandlets, and the asset registry.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/Engine/UCommandlet (5.4, newest)
//   .../API/Runtime/AssetRegistry/IAssetRegistry/GetDependencies (newest), .../API/Runtime/CoreUObject/FDependencyQuery (newest)
//   .../API/Runtime/CoreUObject/UE__AssetRegistry__EDependencyCa- (5.4, newest), .../API/Runtime/Core/FCommandLine (newest)
//   .../API/Runtime/Core/Misc/FParse, FPaths, FEngineVersion, .../API/Runtime/CoreUObject/FSoftObjectPath (5.4; not opened), FSoftClassPath (5.4, newest)
#pragma once

#include "Shim/Object.h"

struct FIntPoint
{
	int32 X = 0;
	int32 Y = 0;
	FIntPoint() = default;
	FIntPoint(int32 InX, int32 InY) : X(InX), Y(InY) {}
};
struct FDirectoryPath
{
	FString Path;
};
struct FFilePath
{
	FString FilePath;
};
class FSoftObjectPath
{
public:
	FSoftObjectPath() = default;
	explicit FSoftObjectPath(const FString& In) : Path(In) {}
	FSoftObjectPath(const UObject* Object);
	FString ToString() const { return Path; }
	FString GetLongPackageName() const;
	/// What lies at the path, or nothing.
	UObject* TryLoad() const;

private:
	FString Path;
};
class FSoftClassPath : public FSoftObjectPath
{
public:
	explicit FSoftClassPath(const FString& In) : FSoftObjectPath(In) {}
	/// The class of that name, if its module is loaded.
	UClass* ResolveClass() const;
};
struct FCommandLine
{
	static const TCHAR* Get();
};
struct FParse
{
	static bool Value(const TCHAR* Stream, const TCHAR* Match, FString& OutValue);
};
struct FCString
{
	static int32 Atoi(const TCHAR* Text);
};
struct FPaths
{
	static FString ProjectDir();
	static FString GetProjectFilePath();
	static FString ConvertRelativePathToFull(const FString& Path);
	static FString GetBaseFilename(const FString& Path);
};
struct FPlatformProcess
{
	static const TCHAR* ExecutablePath();
};
class FEngineVersion
{
public:
	static const FEngineVersion& Current();
	FString ToString() const { return FString(TEXT("5.4.0-stand-in")); }
};
class UCommandlet : public UObject
{
public:
	SHIM_CLASS(UCommandlet)
	virtual int32 Main(const FString&) { return 0; }
	static void ParseCommandLine(const TCHAR* CmdLine, TArray<FString>& Tokens, TArray<FString>& Switches, TMap<FString, FString>& Params);
};

namespace UE::AssetRegistry
{
	enum class EDependencyCategory : uint8 { Package = 1, Manage = 2, SearchableName = 4 };
	enum class EDependencyQuery : uint8 { NoRequirements = 0, Hard = 1, Soft = 2 };
	struct FDependencyQuery
	{
		FDependencyQuery() = default;
		FDependencyQuery(EDependencyQuery In) : Which(In) {}
		EDependencyQuery Which = EDependencyQuery::NoRequirements;
	};
}
class IAssetRegistry
{
public:
	virtual ~IAssetRegistry() = default;
	virtual void SearchAllAssets(bool bSynchronousSearch) = 0;
	virtual bool GetDependencies(FName PackageName, TArray<FName>& OutDependencies, UE::AssetRegistry::EDependencyCategory Category = UE::AssetRegistry::EDependencyCategory::Package, const UE::AssetRegistry::FDependencyQuery& Flags = UE::AssetRegistry::FDependencyQuery()) const = 0;
};
class FAssetRegistryModule : public IModuleInterface
{
public:
	IAssetRegistry& Get() const;
};

namespace Shim
{
	/// What the program was started with.
	void SetCommandLine(const std::string& Line);
	void SetProject(const std::string& File);
	/// Objects that can be loaded, by their paths: /Game/A.A.
	std::map<FString, UObject*>& Assets();
	/// Classes of modules that are loaded beside ours, by their paths: /Script/Module.Name.
	std::map<FString, UClass*>& Classes();
	/// A registry that knows what it is told, and only after it has searched.
	struct FRegistry : IAssetRegistry
	{
		struct FRefers
		{
			std::vector<std::string> Hard;
			std::vector<std::string> Soft;
		};
		void SearchAllAssets(bool bSynchronousSearch) override;
		bool GetDependencies(FName PackageName, TArray<FName>& OutDependencies, UE::AssetRegistry::EDependencyCategory Category, const UE::AssetRegistry::FDependencyQuery& Flags) const override;
		std::map<std::string, FRefers> Known;
		mutable int32 Asked = 0;
		mutable int32 AskedSoft = 0;
		bool bSearched = false;
	};
	FRegistry& Registry();
}
