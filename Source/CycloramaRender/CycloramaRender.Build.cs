// Movie Render Queue and Movie Render Graph: submitting, working for a job, and commandlets.
using UnrealBuildTool;

public class CycloramaRender : ModuleRules
{
	public CycloramaRender(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new[] { "Core", "CoreUObject", "CycloramaCore", "DeveloperSettings", "Engine", "MovieRenderPipelineCore" });
		PrivateDependencyModuleNames.AddRange(new[] { "AssetRegistry", "LevelSequence", "MovieRenderPipelineRenderPasses", "MovieScene" });
	}
}
