//! The repository as the checks see it: its root, its tracked files, and a source file without its tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The workspace root, wherever the command was started.
pub(crate) fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).context("xtask stands two folders below the root")?;
    if !root.join("Cargo.toml").is_file() {
        bail!("no Cargo.toml in {}: was the checkout moved? build xtask again", root.display());
    }
    Ok(root.to_path_buf())
}

/// A tracked (or new, not ignored) file: its path from the root with `/`, and its text if it is text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) text: Option<String>,
}

impl File {
    /// Is it Rust source?
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Is it test code as a whole: stories, benches, `tests.rs` beside a module?
    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
    }
}

/// All files that git knows or would add, in order.
pub(crate) fn files(root: &Path) -> Result<Vec<File>> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git is needed to list the files")?;
    if !listing.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&listing.stderr).trim());
    }
    let mut paths: Vec<String> = String::from_utf8(listing.stdout)
        .context("a file name is not UTF-8")?
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let full = root.join(&path);
        // Deleted but not yet committed, or a link: nothing to read.
        if !full.is_file() {
            continue;
        }
        let bytes = fs::read(&full).with_context(|| format!("reading {path}"))?;
        let size = bytes.len() as u64;
        files.push(File { path, bytes: size, text: String::from_utf8(bytes).ok() });
    }
    Ok(files)
}

/// The part of a Rust file before its test module (by our order in a file, tests stand last).
pub(crate) fn without_tests(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "#[cfg(test)]" {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// A line without its `//` comment (strings that hold `//` are cut too; the checks can live with that).
pub(crate) fn without_comment(line: &str) -> &str {
    line.find("//").map_or(line, |at| &line[..at])
}

#[cfg(test)]
mod tests {
    use super::{without_comment, without_tests};

    #[test]
    fn the_test_module_does_not_count_as_source() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(without_tests(text), "fn a() {}\n\n");
        assert_eq!(without_tests("fn a() {}\n"), "fn a() {}\n");
    }

    #[test]
    fn a_comment_is_cut_off() {
        assert_eq!(without_comment("let a = 1; // one"), "let a = 1; ");
        assert_eq!(without_comment("//! header"), "");
    }
}
