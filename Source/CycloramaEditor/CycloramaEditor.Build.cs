// What an artist sees in the editor: the tab, menus and pre-flight.
using UnrealBuildTool;

public class CycloramaEditor : ModuleRules
{
	public CycloramaEditor(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		// Whoever adds a section makes widgets.
		PublicDependencyModuleNames.AddRange(new[] { "Core", "SlateCore" });
		PrivateDependencyModuleNames.AddRange(new[] { "CoreUObject", "CycloramaCore", "CycloramaLiveLink", "Engine", "InputCore" });
		PrivateDependencyModuleNames.AddRange(new[] { "LiveLinkInterface", "Projects", "Settings", "Slate", "TimeManagement" });
		PrivateDependencyModuleNames.AddRange(new[] { "ToolMenus", "UnrealEd" });
	}
}
