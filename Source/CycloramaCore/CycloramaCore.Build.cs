// The only module that links the core. Others use its facade, so that there is one Rust runtime in the process.
using System.IO;
using UnrealBuildTool;

public class CycloramaCore : ModuleRules
{
	public CycloramaCore(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;
		// The generated halves of the bridge are compiled by themselves.
		bUseUnity = false;

		// Whoever includes the settings needs what they derive from.
		PublicDependencyModuleNames.AddRange(new[] { "Core", "CoreUObject", "DeveloperSettings", "Engine" });
		PrivateDependencyModuleNames.AddRange(new[] { "Projects" });

		// No exception crosses: MSVC does not tell by itself that there are none.
		PrivateDefinitions.Add("RUST_CXX_NO_EXCEPTIONS=1");

		string Staged = Path.Combine(PluginDirectory, "Source", "ThirdParty", "CycloramaCore", "lib");
		if (Target.Platform == UnrealTargetPlatform.Linux)
		{
			Link(Path.Combine(Staged, "Linux", "libcyclorama.a"), "scripts/build_core");
			PublicSystemLibraries.AddRange(new[] { "gcc_s", "util", "rt", "pthread", "m", "dl", "c" });
		}
		else if (Target.Platform == UnrealTargetPlatform.Win64)
		{
			Link(Path.Combine(Staged, "Win64", "cyclorama.lib"), "scripts/build_core.ps1");
			PublicSystemLibraries.AddRange(new[] { "kernel32.lib", "ntdll.lib", "userenv.lib", "ws2_32.lib", "dbghelp.lib", "bcrypt.lib" });
		}
	}

	private void Link(string Archive, string Script)
	{
		if (!File.Exists(Archive))
		{
			throw new BuildException("Cyclorama: {0} is missing. Run {1} in the plugin's folder, then build again.", Archive, Script);
		}
		PublicAdditionalLibraries.Add(Archive);
	}
}
