//! Do the parts of the Unreal plugin agree, which no compiler of ours sees together?
//!
//! `.uplugin` against `Build.cs` and `IMPLEMENT_MODULE`; who links the archive; what is linked beside it; includes and
//! dependencies against the manifest of the engine's headers; the rules of Unreal's header tool that are cheap to
//! know; the generated bridge; and the archive that is staged, where there is one. Builds nothing and takes a second.

mod example;
mod members;
mod symbols;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use cyclorama_app::properties::PROPERTIES;
use serde::Deserialize;

use crate::bridge;

use symbols::{Names, Symbol};

/// The only module that may link the archive and see the bridge.
const LINKER: &str = "CycloramaCore";
const MANIFEST: &str = "ue-plugin/harness/symbols.toml";
const STAGED: &str = "Source/ThirdParty/CycloramaCore";
/// The engine's modules that are of a plugin, and which.
const OF_PLUGIN: &[(&str, &str)] = &[
    ("LiveLinkLens", "LiveLinkLens"),
    ("DisplayCluster", "nDisplay"),
    ("DisplayClusterConfiguration", "nDisplay"),
    ("TakeRecorder", "Takes"),
    ("TakesCore", "Takes"),
    ("MovieRenderPipelineCore", "MovieRenderPipeline"),
    ("MovieRenderPipelineRenderPasses", "MovieRenderPipeline"),
    ("MovieRenderPipelineEditor", "MovieRenderPipeline"),
];
/// Our modules that may stay away, with an optional plugin.
const APART: &[&str] = &["CycloramaStage", "CycloramaTakes", "CycloramaRender", "CycloramaRenderEditor"];
/// Keys and values that engines from 5.0 on no longer want.
const OUTDATED: &[&str] = &["WhitelistPlatforms", "BlacklistPlatforms", "\"Developer\""];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Plugin {
    version_name: String,
    modules: Vec<Module>,
    plugins: Vec<Needed>,
}

/// A plugin of the engine that ours needs.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Needed {
    name: String,
    #[serde(default)]
    optional: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    name: String,
    loading_phase: String,
    platform_allow_list: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    header: Vec<Header>,
}

/// A header of the engine.
#[derive(Deserialize)]
struct Header {
    name: String,
    module: String,
    versions: Vec<String>,
    page: String,
    /// What of it the plugin relies on.
    #[serde(default)]
    symbols: Vec<Symbol>,
}

/// All findings, one line each.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let descriptor =
        fs::read_to_string(root.join("Cyclorama.uplugin")).context("reading Cyclorama.uplugin")?;
    let plugin: Plugin = serde_json::from_str(&descriptor).context("Cyclorama.uplugin")?;
    let manifest: Manifest = toml::from_str(&fs::read_to_string(root.join(MANIFEST))?).context(MANIFEST)?;
    let mut findings = bridge::check(root)?;
    let mut names = Names::default();
    for word in OUTDATED.iter().filter(|word| descriptor.contains(**word)) {
        findings.push(format!("Cyclorama.uplugin: {word} is of old engines"));
    }
    if plugin.version_name != env!("CARGO_PKG_VERSION") {
        findings.push(format!("Cyclorama.uplugin: version {}, not ours", plugin.version_name));
    }
    findings.extend(check_folders(root, &plugin)?);
    for module in &plugin.modules {
        if module.platform_allow_list != ["Win64", "Linux"] {
            findings.push(format!("Cyclorama.uplugin: {} is not for Win64 and Linux", module.name));
        }
        if APART.contains(&module.name.as_str()) != (module.loading_phase == "None") {
            findings.push(format!(
                "Cyclorama.uplugin: {} is loaded in the phase {}: those that link an optional plugin, and they alone, load in None",
                module.name, module.loading_phase
            ));
        }
        findings.extend(check_module(root, &module.name, &manifest, &mut names)?);
        let rules = root.join(format!("Source/{0}/{0}.Build.cs", module.name));
        let rules = fs::read_to_string(rules).unwrap_or_default();
        findings.extend(check_plugins(&module.name, &rules, &plugin.plugins));
    }
    let modules: Vec<&str> = plugin.modules.iter().map(|module| module.name.as_str()).collect();
    findings.extend(example::check(root, &modules)?);
    findings.extend(check_manifest(root, &manifest));
    let known: Vec<&Symbol> = manifest.header.iter().flat_map(|header| &header.symbols).collect();
    findings.extend(names.check(MANIFEST, &known));
    findings.extend(check_staged(root)?);
    Ok(findings)
}

/// What a module links hard is of plugins that `.uplugin` names; of optional ones only where the module may stay away.
fn check_plugins(module: &str, rules: &str, plugins: &[Needed]) -> Vec<String> {
    let mut findings = Vec::new();
    for depends in quoted_after(rules, "DependencyModuleNames.AddRange(") {
        let Some((_, name)) = OF_PLUGIN.iter().find(|(known, _)| *known == depends) else { continue };
        match plugins.iter().find(|plugin| plugin.name == *name) {
            None => findings.push(format!(
                "Source/{module}: {depends} is of {name}, which Cyclorama.uplugin does not name"
            )),
            Some(plugin) if plugin.optional && !APART.contains(&module) => findings.push(format!(
                "Source/{module}: {depends} is of {name}, which is optional: it needs a module apart"
            )),
            Some(_) => {}
        }
    }
    findings
}

/// Every folder with a Build.cs is a module that is listed, and the other way round.
fn check_folders(root: &Path, plugin: &Plugin) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(root.join("Source"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let rules = root.join(format!("Source/{name}/{name}.Build.cs"));
        if rules.is_file() && !plugin.modules.iter().any(|module| module.name == name) {
            findings.push(format!("Source/{name}: not in Cyclorama.uplugin"));
        }
    }
    Ok(findings)
}

fn check_module(root: &Path, name: &str, manifest: &Manifest, names: &mut Names) -> Result<Vec<String>> {
    let folder = root.join("Source").join(name);
    let Ok(rules) = fs::read_to_string(folder.join(format!("{name}.Build.cs"))) else {
        return Ok(vec![format!("Source/{name}/{name}.Build.cs is missing")]);
    };
    let mut findings = Vec::new();
    if rules.contains("PublicAdditionalLibraries") != (name == LINKER) {
        findings.push(format!("Source/{name}: only {LINKER} links the archive, and it must"));
    }
    if !rules.contains(&format!("class {name} : ModuleRules")) {
        findings.push(format!("Source/{name}: Build.cs has no class {name}"));
    }
    let depends = quoted_after(&rules, "DependencyModuleNames.AddRange(");
    let passed_on = quoted_after(&rules, "PublicDependencyModuleNames.AddRange(");
    let mut sources = Vec::new();
    walk(&folder, &mut sources)?;
    let mut implemented = 0;
    let mut used: BTreeMap<&str, ()> = BTreeMap::new();
    for path in &sources {
        let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
        if shown.contains("/Bridge/") {
            continue;
        }
        let text = fs::read_to_string(path)?;
        names.read(&shown, &text);
        implemented +=
            text.matches(&format!(", {name})")).count() * usize::from(text.contains("IMPLEMENT_MODULE("));
        findings.extend(check_source(&shown, &text, name));
        findings.extend(check_properties(&shown, &text));
        findings.extend(members::check(&shown, &text));
        if shown.contains("/Public/") {
            findings.extend(check_public(root, &shown, &text, name, manifest, &passed_on));
        }
        for include in includes(&text) {
            if let Some(header) = manifest.header.iter().find(|header| header.name == include) {
                used.insert(&header.module, ());
            } else if !is_ours(root, name, include, &depends) {
                findings.push(format!("{shown}: {include} is not in {MANIFEST}"));
            }
        }
    }
    if implemented != 1 {
        findings.push(format!("Source/{name}: {implemented} IMPLEMENT_MODULE for it, not one"));
    }
    for module in used.keys().filter(|module| !depends.iter().any(|known| known == **module)) {
        findings
            .push(format!("Source/{name}: includes headers of {module}, which Build.cs does not depend on"));
    }
    Ok(findings)
}

/// A public header's includes are of modules that whoever includes it gets as well.
fn check_public(
    root: &Path,
    path: &str,
    text: &str,
    module: &str,
    manifest: &Manifest,
    passed_on: &[String],
) -> Vec<String> {
    let mut findings = Vec::new();
    for include in includes(text) {
        let known = manifest.header.iter().find(|header| header.name == include);
        let covered = match known {
            Some(header) => passed_on.contains(&header.module),
            None => is_ours(root, module, include, passed_on),
        };
        if !covered {
            findings
                .push(format!("{path}: {include} is of a module that Build.cs does not depend on publicly"));
        }
    }
    findings
}

/// What Unreal's header tool and our own rules refuse.
fn check_source(path: &str, text: &str, module: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if text.lines().any(|line| line.starts_with("UCLASS(") || line.starts_with("UENUM(")) {
        let last = includes(text).last().unwrap_or_default();
        if last != format!("{stem}.generated.h") {
            findings.push(format!("{path}: {stem}.generated.h must be included last"));
        }
        let (classes, bodies) = (count_lines(text, "UCLASS("), text.matches("GENERATED_BODY()").count());
        if classes != bodies {
            findings.push(format!("{path}: {classes} UCLASS, {bodies} GENERATED_BODY"));
        }
    }
    for word in ["throw ", "try {", "dynamic_cast", "catch ("] {
        if text.lines().any(|line| line.split("//").next().unwrap_or_default().contains(word)) {
            findings.push(format!("{path}: `{word}`: the engine is built without it"));
        }
    }
    if module != LINKER && text.contains("\"Bridge/") {
        findings.push(format!("{path}: only {LINKER} may see the bridge"));
    }
    // A property that an artist sees has a sentence above it, and a setting that is a number has limits.
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("UPROPERTY("))
    {
        if at == 0 || !lines[at - 1].trim_end().ends_with("*/") {
            findings.push(format!("{path}:{}: a property without a sentence for the artist", at + 1));
        }
        let number = lines.get(at + 1).is_some_and(|next| next.trim_start().starts_with("float "));
        if number && !line.contains("ClampMin") {
            findings.push(format!("{path}:{}: a number without limits", at + 1));
        }
    }
    findings
}

/// Sentences, units and limits of properties are those of the one table.
fn check_properties(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    let mut owner = "";
    for (at, line) in lines.iter().enumerate() {
        if let Some(rest) = line.strip_prefix("class ") {
            owner = rest.split_whitespace().find(|word| word.starts_with(['U', 'A'])).unwrap_or_default();
        }
        // What is only held while the engine runs is nobody's to set.
        let set = line.trim_start().starts_with("UPROPERTY(") && !line.contains("(Transient)");
        if !set || at == 0 {
            continue;
        }
        let Some(member) = lines.get(at + 1).and_then(|next| member_of(next)) else { continue };
        let Some(known) = PROPERTIES.iter().find(|one| (one.owner, one.member) == (owner, member)) else {
            findings.push(format!(
                "{path}:{}: {owner}.{member} is not in rust-core/app/src/properties.rs",
                at + 1
            ));
            continue;
        };
        let said = lines[at - 1].trim().trim_start_matches("/**").trim_end_matches("*/").trim();
        if said != known.sentence() {
            findings.push(format!("{path}:{at}: {member} is: {}", known.sentence()));
        }
        let stands = |name: &str, value: &str| line.contains(&format!("{name} = \"{value}\""));
        let limits = known.limits.map(|(least, most)| (least.to_string(), most.to_string()));
        if !limits.is_none_or(|(least, most)| stands("ClampMin", &least) && stands("ClampMax", &most)) {
            findings.push(format!("{path}:{}: {member} has other limits in the table", at + 1));
        }
        let unit = match known.unit {
            "s" => Some("Seconds"),
            "ms" => Some("Milliseconds"),
            _ => None,
        };
        if unit.is_some_and(|unit| !stands("Units", unit)) || !stands("DisplayName", known.shown) {
            findings.push(format!("{path}:{}: {member} has another unit or name in the table", at + 1));
        }
    }
    findings
}

/// `Wide` of `float Wide = 1.0f;`.
fn member_of(line: &str) -> Option<&str> {
    let declared = line.split(['=', ';']).next()?.trim();
    declared.rsplit([' ', '\t']).next().filter(|member| !member.is_empty())
}

fn check_manifest(root: &Path, manifest: &Manifest) -> Vec<String> {
    let mut findings = Vec::new();
    for header in &manifest.header {
        if header.versions.is_empty() || header.page.is_empty() {
            findings.push(format!("{MANIFEST}: {}: no page or no version", header.name));
        }
        if header.symbols.is_empty() {
            findings.push(format!("{MANIFEST}: {}: nobody says what of it is relied upon", header.name));
        }
        // A symbol with a page of its own says of which versions.
        let half = |symbol: &&Symbol| symbol.versions.is_empty() != symbol.page.is_empty();
        for symbol in header.symbols.iter().filter(half) {
            findings.push(format!(
                "{MANIFEST}: {}: a page without versions, or the other way round",
                symbol.name
            ));
        }
        if !root.join("ue-plugin/harness/shim").join(&header.name).is_file() {
            findings.push(format!("{MANIFEST}: {} has no stand-in", header.name));
        }
    }
    findings
}

/// The archive that lies there is of these headers, whole, and Build.cs links what it needs.
fn check_staged(root: &Path) -> Result<Vec<String>> {
    let staged = root.join(STAGED);
    let mut findings = Vec::new();
    if !staged.is_dir() {
        return Ok(findings);
    }
    let abi = fs::read_to_string(staged.join("abi.txt")).unwrap_or_default();
    if abi.trim() != format!("{:#018x}", bridge::abi_hash(root)?) {
        findings.push(format!("{STAGED}: of another bridge: run scripts/build_core"));
    }
    for (platform, archive) in [("Linux", "libcyclorama.a"), ("Win64", "cyclorama.lib")] {
        let folder = staged.join("lib").join(platform);
        if folder.join(archive).is_file() && !is_whole(&folder, archive) {
            findings.push(format!("{STAGED}/lib/{platform}: {archive} is not what its .sha256 says"));
        }
    }
    let rules = fs::read_to_string(root.join(format!("Source/{LINKER}/{LINKER}.Build.cs")))?;
    let linked = quoted_after(&rules, "PublicSystemLibraries.AddRange(");
    for platform in ["Linux", "Win64"] {
        let Ok(wanted) = fs::read_to_string(staged.join(format!("lib/{platform}/native-libs.txt"))) else {
            continue;
        };
        for library in wanted.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('/'))
        {
            if !linked.iter().any(|known| known == library) {
                findings.push(format!(
                    "{LINKER}.Build.cs does not link {library}, which the {platform} archive needs"
                ));
            }
        }
    }
    Ok(findings)
}

/// Whether the archive is what the file beside it says. Without the system's `sha256sum` nobody can tell, and it counts as such.
fn is_whole(folder: &Path, archive: &str) -> bool {
    let told = Command::new("sha256sum")
        .args(["--check", "--status", &format!("{archive}.sha256")])
        .current_dir(folder)
        .status();
    !told.is_ok_and(|status| !status.success())
}

/// Text in quotes inside every call that begins with `call`.
fn quoted_after(rules: &str, call: &str) -> Vec<String> {
    let calls = rules.split(call).skip(1).filter_map(|rest| rest.split(')').next());
    calls.flat_map(|inside| inside.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn includes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("#include \"")?.strip_suffix('"'))
}

fn count_lines(text: &str, start: &str) -> usize {
    text.lines().filter(|line| line.starts_with(start)).count()
}

/// A header of the plugin itself, visible to this module: its own, or a public one of a module it depends on.
fn is_ours(root: &Path, module: &str, include: &str, depends: &[String]) -> bool {
    let lies = |module: &str, part: &str| root.join(format!("Source/{module}/{part}/{include}")).is_file();
    include.ends_with(".generated.h")
        || include.starts_with("Bridge/")
        || ["Public", "Private"].iter().any(|part| lies(module, part))
        || depends.iter().any(|other| lies(other, "Public"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "h" || end == "cpp") {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        Header, Manifest, Needed, check_plugins, check_properties, check_public, check_source, quoted_after,
    };

    #[test]
    fn an_optional_plugin_is_linked_only_by_a_module_that_may_stay_away() {
        let rules = "PrivateDependencyModuleNames.AddRange(new[] { \"Core\", \"TakesCore\" });";
        let takes = |optional| [Needed { name: "Takes".to_owned(), optional }];
        assert_eq!(check_plugins("CycloramaTakes", rules, &takes(true)), Vec::<String>::new());
        assert_eq!(check_plugins("CycloramaEditor", rules, &takes(false)), Vec::<String>::new());
        assert_eq!(check_plugins("CycloramaEditor", rules, &takes(true)).len(), 1);
        assert_eq!(check_plugins("CycloramaTakes", rules, &[]).len(), 1);
    }

    #[test]
    fn a_public_header_needs_its_modules_publicly() {
        let header = Header {
            name: "Engine/DeveloperSettings.h".to_owned(),
            module: "DeveloperSettings".to_owned(),
            versions: Vec::new(),
            page: String::new(),
            symbols: Vec::new(),
        };
        let manifest = Manifest { header: vec![header] };
        let text = "#include \"Engine/DeveloperSettings.h\"\n#include \"S.generated.h\"\n";
        let check = |public: &[String]| check_public(Path::new("."), "S.h", text, "M", &manifest, public);
        assert_eq!(check(&["DeveloperSettings".to_owned()]), Vec::<String>::new());
        assert_eq!(check(&["Core".to_owned()]).len(), 1);
    }

    #[test]
    fn a_property_says_what_the_table_says_or_is_found() {
        let sound = "class X_API UCycloramaSettings : public U\n\t/** How much from before the slate a take keeps, in seconds. */\n\tUPROPERTY(Config, meta = (DisplayName = \"Pre-roll\", Units = \"Seconds\", ClampMin = \"0\", ClampMax = \"30\"))\n\tfloat PreRoll = 1.0f;\n";
        assert_eq!(check_properties("S.h", sound), Vec::<String>::new());
        for (from, to) in [
            ("in seconds", "in frames"),
            ("ClampMax = \"30\"", "ClampMax = \"31\""),
            ("Units = \"Seconds\"", "Units = \"Frames\""),
            ("float PreRoll", "float PostRoll"),
            ("Pre-roll", "Before"),
        ] {
            assert_eq!(check_properties("S.h", &sound.replace(from, to)).len(), 1, "{to}");
        }
    }

    #[test]
    fn names_in_a_call_are_read_and_others_are_not() {
        let rules = "A(\"x\"); Names.AddRange(new[] { \"Core\", \"Engine\" }); B(\"y\");";
        assert_eq!(quoted_after(rules, "Names.AddRange("), ["Core", "Engine"]);
    }

    #[test]
    fn what_the_header_tool_would_refuse_is_found() {
        let sound = "#include \"A.generated.h\"\nUCLASS()\nclass UA\n{\n\tGENERATED_BODY()\n\t/** Said. */\n\tUPROPERTY()\n};\n";
        assert!(check_source("Source/M/A.h", sound, "M").is_empty());
        for (from, to) in [
            ("#include \"A.generated.h\"", "#include \"A.generated.h\"\n#include \"B.h\""),
            ("\tGENERATED_BODY()\n", ""),
            ("\t/** Said. */\n", ""),
            ("\tUPROPERTY()", "\tUPROPERTY()\n\tvoid F() { throw 1; }"),
            ("UCLASS()", "#include \"Bridge/status.h\"\n#include \"A.generated.h\"\nUCLASS()"),
            ("\tUPROPERTY()", "\tUPROPERTY()\n\tfloat Wide = 1.0f;"),
        ] {
            assert_eq!(check_source("Source/M/A.h", &sound.replace(from, to), "M").len(), 1, "{to}");
        }
    }
}
