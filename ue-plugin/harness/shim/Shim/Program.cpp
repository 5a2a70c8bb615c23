// Bodies of the stand-in for programs and the asset registry.
#include "Shim/Program.h"

#include <filesystem>

namespace
{
	FString Line;
	std::string Project = "/no/project/None.uproject";
	using Shim::Utf8;
	using Shim::Wide;
}

IMPLEMENT_MODULE(FAssetRegistryModule, AssetRegistry)

FSoftObjectPath::FSoftObjectPath(const UObject* Object)
{
	for (const auto& [Name, Known] : Shim::Assets())
	{
		if (Known == Object)
		{
			Path = Name;
		}
	}
}

FString FSoftObjectPath::GetLongPackageName() const
{
	const std::string Text = Utf8(Path);
	return Wide(Text.substr(0, Text.find('.')));
}

UObject* FSoftObjectPath::TryLoad() const
{
	const auto Found = Shim::Assets().find(Path);
	return Found == Shim::Assets().end() ? nullptr : Found->second;
}

UClass* FSoftClassPath::ResolveClass() const
{
	const auto Found = Shim::Classes().find(ToString());
	return Found == Shim::Classes().end() ? nullptr : Found->second;
}

const TCHAR* FCommandLine::Get()
{
	return *Line;
}

bool FParse::Value(const TCHAR* Stream, const TCHAR* Match, FString& OutValue)
{
	const std::u16string All(Stream);
	const auto At = All.find(Match);
	if (At == std::u16string::npos)
	{
		return false;
	}
	const auto From = At + std::char_traits<TCHAR>::length(Match);
	OutValue = FString(All.substr(From, All.find(u' ', From) - From).c_str());
	return true;
}

int32 FCString::Atoi(const TCHAR* Text)
{
	return std::atoi(FTCHARToUTF8(Text).Get());
}

FString FPaths::ProjectDir()
{
	return Wide(std::filesystem::path(Project).parent_path().string());
}

FString FPaths::GetProjectFilePath()
{
	return Wide(Project);
}

FString FPaths::ConvertRelativePathToFull(const FString& Path)
{
	return Wide(std::filesystem::absolute(Utf8(Path)).string());
}

FString FPaths::GetBaseFilename(const FString& Path)
{
	return Wide(std::filesystem::path(Utf8(Path)).stem().string());
}

const TCHAR* FPlatformProcess::ExecutablePath()
{
	static const FString Here = Wide(std::filesystem::canonical("/proc/self/exe").string());
	return *Here;
}

const FEngineVersion& FEngineVersion::Current()
{
	static const FEngineVersion Version;
	return Version;
}

void UCommandlet::ParseCommandLine(const TCHAR* CmdLine, TArray<FString>& Tokens, TArray<FString>& Switches, TMap<FString, FString>& Params)
{
	std::vector<std::string> Words(1);
	bool bQuoted = false;
	for (const char Letter : Utf8(FString(CmdLine)))
	{
		bQuoted ^= Letter == '"';
		if (Letter == ' ' && !bQuoted)
		{
			Words.emplace_back();
			continue;
		}
		Words.back() += Letter;
	}
	for (const std::string& Word : Words)
	{
		if (Word.empty())
		{
			continue;
		}
		if (Word[0] != '-')
		{
			Tokens.Add(Wide(Word));
			continue;
		}
		// As the engine does it: apart only where that makes two parts, empty ones left out.
		TArray<FString> Parts;
		const FString Switch = Wide(Word.substr(1));
		if (Switch.ParseIntoArray(Parts, TEXT("=")) == 2)
		{
			Params.Add(Parts[0], Parts[1].TrimQuotes());
		}
		else
		{
			Switches.Add(Switch);
		}
	}
}

IAssetRegistry& FAssetRegistryModule::Get() const
{
	return Shim::Registry();
}

void Shim::SetCommandLine(const std::string& In)
{
	Line = Wide(In);
}

void Shim::SetProject(const std::string& File)
{
	Project = File;
}

std::map<FString, UClass*>& Shim::Classes()
{
	static std::map<FString, UClass*> Known;
	return Known;
}

std::map<FString, UObject*>& Shim::Assets()
{
	static std::map<FString, UObject*> Known;
	return Known;
}

Shim::FRegistry& Shim::Registry()
{
	static FRegistry Known;
	return Known;
}

void Shim::FRegistry::SearchAllAssets(bool bSynchronousSearch)
{
	check(bSynchronousSearch);
	bSearched = true;
}

bool Shim::FRegistry::GetDependencies(FName PackageName, TArray<FName>& OutDependencies, UE::AssetRegistry::EDependencyCategory Category, const UE::AssetRegistry::FDependencyQuery& Flags) const
{
	check(bSearched && IsInGameThread());
	check(Category == UE::AssetRegistry::EDependencyCategory::Package);
	++Asked;
	AskedSoft += Flags.Which == UE::AssetRegistry::EDependencyQuery::Soft;
	const auto Found = Known.find(Utf8(PackageName.ToString()));
	if (Found == Known.end())
	{
		return false;
	}
	const bool bSoft = Flags.Which == UE::AssetRegistry::EDependencyQuery::Soft;
	for (const std::string& Name : bSoft ? Found->second.Soft : Found->second.Hard)
	{
		OutDependencies.Add(FName(Wide(Name)));
	}
	return true;
}
