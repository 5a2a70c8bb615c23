// Content and renders in the editor's tab. Apart, as it needs Movie Render Queue's editor.
using UnrealBuildTool;

public class CycloramaRenderEditor : ModuleRules
{
	public CycloramaRenderEditor(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new[] { "Core" });
		PrivateDependencyModuleNames.AddRange(new[] { "CoreUObject", "CycloramaCore", "CycloramaEditor", "CycloramaRender", "Engine", "InputCore" });
		PrivateDependencyModuleNames.AddRange(new[] { "MovieRenderPipelineEditor", "Slate", "SlateCore", "UnrealEd" });
	}
}
