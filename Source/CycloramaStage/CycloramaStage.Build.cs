// The plugin in an nDisplay cluster: every node shows what the primary says. A module of its own, so that projects without
// nDisplay load the rest.
using UnrealBuildTool;

public class CycloramaStage : ModuleRules
{
	public CycloramaStage(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new[] { "Core" });
		PrivateDependencyModuleNames.AddRange(new[] { "CoreUObject", "CycloramaCore", "DisplayCluster", "DisplayClusterConfiguration", "Engine" });
	}
}
