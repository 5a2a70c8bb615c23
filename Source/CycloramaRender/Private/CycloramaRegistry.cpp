#include "CycloramaRegistry.h"

#include "AssetRegistry/AssetRegistryModule.h"
#include "AssetRegistry/IAssetRegistry.h"
#include "Misc/AssetRegistryInterface.h"
#include "Modules/ModuleManager.h"

namespace
{
	using UE::AssetRegistry::EDependencyCategory;
	using UE::AssetRegistry::EDependencyQuery;
	using UE::AssetRegistry::FDependencyQuery;

	/// False when the registry does not know the package.
	bool Referred(const IAssetRegistry& Registry, const FString& Package, EDependencyQuery Which, TArray<FString>& OutNames)
	{
		TArray<FName> Found;
		if (!Registry.GetDependencies(FName(*Package), Found, EDependencyCategory::Package, FDependencyQuery(Which)))
		{
			return false;
		}
		for (const FName& Name : Found)
		{
			OutNames.Add(Name.ToString());
		}
		return true;
	}
}

void FCycloramaRegistry::Answer(FCycloramaClosure& Closure)
{
	IAssetRegistry& Registry = FModuleManager::LoadModuleChecked<FAssetRegistryModule>(TEXT("AssetRegistry")).Get();
	// In a commandlet nothing was looked for yet.
	Registry.SearchAllAssets(true);
	for (TArray<FString> Asked = Closure.Ask(); !Asked.IsEmpty(); Asked = Closure.Ask())
	{
		for (const FString& Package : Asked)
		{
			TArray<FString> Hard;
			TArray<FString> Soft;
			if (Referred(Registry, Package, EDependencyQuery::Hard, Hard) && Referred(Registry, Package, EDependencyQuery::Soft, Soft))
			{
				Closure.Answer(Package, Hard, Soft);
			}
			else
			{
				Closure.Unknown(Package);
			}
		}
	}
}
