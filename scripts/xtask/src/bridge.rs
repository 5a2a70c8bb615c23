//! The C++ half of the bridge: generated from the Rust half, kept in the repository, compared by `--check`.
//!
//! Unreal's build must not run cargo, so what cxx generates is checked in beside the module that compiles it, with
//! cxx's own support file. Lists of the exports and of the handles, for the tests that make each panic and each go, are
//! made from the same text, and one number over that text, which archive and headers must have in common.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use cxx_gen::{Opt, generate_header_and_cc};

use crate::{report, say};

/// How `cargo xtask bridge` is asked.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only say what is out of step; write nothing
    #[arg(long)]
    check: bool,
}

/// The bridge modules, in the order `abi.rs` hashes them.
const MODULES: &[&str] = &[
    "status",
    "time",
    "log",
    "tracking",
    "events",
    "sync",
    "slate",
    "settings",
    "preflight",
    "work",
    "assets",
    "render",
];
const SOURCES: &str = "ue-plugin/bridge/src";
const INTO: &str = "Source/CycloramaCore/Private/Bridge";
const EXPORTS: &str = "ue-plugin/harness/exports.inc";
const HANDLES: &str = "ue-plugin/harness/handles.inc";
const BY: &str = "// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.\n";

/// Brings the generated files up to date, or tells which are not.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    if options.check {
        return report("bridge", &check(root)?);
    }
    for (path, text) in generate(root)? {
        let full = root.join(&path);
        if fs::read_to_string(&full).is_ok_and(|known| known == text) {
            continue;
        }
        let folder = full.parent().context("generated files have a folder")?;
        fs::create_dir_all(folder)?;
        let fresh = full.with_extension("fresh");
        fs::write(&fresh, text)?;
        fs::rename(&fresh, &full)?;
        say(&format!("written: {}", path.display()));
    }
    Ok(true)
}

/// Generated files that are not what they should be.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let stale = |(path, text): &(PathBuf, String)| {
        let known = fs::read_to_string(root.join(path)).unwrap_or_default().replace('\r', "");
        (known != *text)
            .then(|| format!("{}: not what the bridge generates: cargo xtask bridge", path.display()))
    };
    Ok(generate(root)?.iter().filter_map(stale).collect())
}

/// The number both halves must have in common; `ue-plugin/bridge/src/abi.rs` computes it in the archive.
pub(crate) fn abi_hash(root: &Path) -> Result<u64> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for module in MODULES {
        for byte in source(root, module)?.bytes().filter(|byte| *byte != b'\r') {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    Ok(hash)
}

fn generate(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let into = Path::new(INTO);
    let mut files = Vec::new();
    let (mut exports, mut handles) = (String::new(), String::new());
    for module in MODULES {
        let text = source(root, module)?;
        let tokens = text.parse().map_err(|error| anyhow::anyhow!("{module}.rs is no Rust: {error}"))?;
        let made = generate_header_and_cc(tokens, &Opt::default())
            .with_context(|| format!("generating C++ for {module}.rs"))?;
        let (header, body) = (String::from_utf8(made.header)?, String::from_utf8(made.implementation)?);
        if body.contains("throw") {
            bail!("{module}.rs: the generated C++ throws: no `Result` may stand in the bridge");
        }
        files.push((into.join(format!("{module}.h")), format!("{BY}{header}")));
        files.push((into.join(format!("{module}.cpp")), format!("{BY}{body}")));
        for name in exported(&text, "fn ", '(') {
            exports += &format!("EXPORT({name})\n");
        }
        for name in exported(&text, "type ", ';') {
            handles += &format!("HANDLE({name})\n");
        }
    }
    let abi = format!(
        "{BY}#pragma once\n#include <cstdint>\n\nnamespace cyclorama {{\n/// The bridge these headers belong to; \
         `abi_hash()` is that of the archive.\ninline constexpr std::uint64_t ABI_HASH = {:#018x}ULL;\n}}\n",
        abi_hash(root)?
    );
    files.push((into.join("abi.h"), abi));
    files.push((EXPORTS.into(), format!("{BY}{exports}")));
    files.push((HANDLES.into(), format!("{BY}{handles}")));
    files.extend(support(root)?);
    Ok(files)
}

/// cxx's own header and source. The asserts about ranges are left out: they fail with libc++ 16, whose
/// `contiguous_range` asks for a member that `rust::Slice` has only in later versions; nothing here uses it as one.
fn support(root: &Path) -> Result<[(PathBuf, String); 2]> {
    let folder = cxx_folder(root)?;
    let header = fs::read_to_string(folder.join("include/cxx.h"))?;
    let body = fs::read_to_string(folder.join("src/cxx.cc"))?;
    let body = body.replace("#include \"../include/cxx.h\"", "#include \"Bridge/cxx.h\"");
    let body = without_range_asserts(&body)?;
    let by =
        "// From the crate cxx by David Tolnay, MIT OR Apache-2.0; brought here by `cargo xtask bridge`.\n";
    let into = Path::new(INTO);
    Ok([(into.join("cxx.h"), format!("{by}{header}")), (into.join("cxx.cpp"), format!("{by}{body}"))])
}

fn without_range_asserts(body: &str) -> Result<String> {
    let first = "#if __cplusplus >= 202002L\nstatic_assert(std::ranges::contiguous_range";
    let start = body.find(first).context("cxx.cc has no asserts about ranges any more: look at it")?;
    let end = start + body[start..].find("#endif\n").context("the asserts end")? + "#endif\n".len();
    Ok(format!("{}{}", &body[..start], &body[end..]))
}

fn cxx_folder(root: &Path) -> Result<PathBuf> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .context("asking cargo where cxx is")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let cxx = packages.iter().find(|package| package["name"] == "cxx").context("cxx is a dependency")?;
    let manifest = cxx["manifest_path"].as_str().context("packages have a manifest")?;
    Ok(Path::new(manifest).parent().context("a manifest has a folder")?.to_path_buf())
}

fn source(root: &Path, module: &str) -> Result<String> {
    let path = root.join(SOURCES).join(format!("{module}.rs"));
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// Names in `extern "Rust"` that stand between these two: of its functions, or of its handles.
fn exported<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in text.lines() {
        match line {
            "    extern \"Rust\" {" => inside = true,
            "    }" => inside = false,
            _ => {}
        }
        let name = line.trim_start().strip_prefix(before).and_then(|rest| rest.split(after).next());
        names.extend(name.filter(|_| inside));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{exported, without_range_asserts};

    #[test]
    fn only_what_rust_exports_is_listed() {
        let text = "type B = u32;\nmod ffi {\n    extern \"Rust\" {\n        /// One.\n        type A;\n        \
                    fn one() -> u32;\n        fn two(self: &A);\n    }\n}\nfn three() {}\n";
        assert_eq!(exported(text, "fn ", '('), ["one", "two"]);
        assert_eq!(exported(text, "type ", ';'), ["A"]);
    }

    #[test]
    fn the_asserts_about_ranges_and_nothing_else_are_left_out() {
        let text =
            "a\n#if __cplusplus >= 202002L\nstatic_assert(std::ranges::contiguous_range<A>);\n#endif\nb\n";
        assert_eq!(without_range_asserts(text).expect("found"), "a\nb\n");
        assert!(without_range_asserts("a\n").is_err());
    }
}
