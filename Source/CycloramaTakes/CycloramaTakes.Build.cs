// Take Recorder's hand on the slate. A module of its own, so that projects without Takes load the rest of the editor's.
using UnrealBuildTool;

public class CycloramaTakes : ModuleRules
{
	public CycloramaTakes(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new[] { "Core" });
		PrivateDependencyModuleNames.AddRange(new[] { "CoreUObject", "CycloramaCore", "Engine", "TakeRecorder", "TakesCore" });
	}
}
