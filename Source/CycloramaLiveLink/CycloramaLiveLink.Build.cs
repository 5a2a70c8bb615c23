// Trackers as Live Link sources, the house's timecode, and the beat.
using UnrealBuildTool;

public class CycloramaLiveLink : ModuleRules
{
	public CycloramaLiveLink(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new[] { "Core", "CoreUObject", "CycloramaCore", "Engine", "LiveLinkInterface", "TimeManagement" });
		PrivateDependencyModuleNames.AddRange(new[] { "LiveLinkLens", "Slate", "SlateCore" });
	}
}
