//! File headers and sizes, leftovers, and words that belong to one machine only.
//!
//! Test data is left alone: it is other people's bytes.

use std::path::Path;

use anyhow::Result;

use crate::say;
use crate::source::{self, File, without_tests};

/// Past this many lines a source file must be split.
const MOST_LINES: usize = 800;
/// Past this many lines the check says so.
const MANY_LINES: usize = 500;
/// A `lib.rs` is a header, modules and re-exports.
const MOST_LIB_LINES: usize = 150;
/// No larger file is kept in the repository.
const MOST_BYTES: u64 = 2 * 1024 * 1024;

/// Text that may not stand in the repository, and why. Written in two halves, so that this table is clean itself.
const WORDS: &[(&str, &str, &str)] = &[
    ("/wo", "rk/", "a path of one machine"),
    ("/ro", "ot/.", "a path of one machine"),
    ("../sha", "red/", "a file outside the repository"),
    ("index.crates", ".io", "a registry host"),
    ("static.crates", ".io", "a registry host"),
    ("pypi", ".org", "a registry host"),
    ("files.python", "hosted.org", "a registry host"),
    ("registry.npm", "js.org", "a registry host"),
    ("deb.deb", "ian.org", "a registry host"),
    ("\u{2014}", "", "an em dash: write a sentence"),
];

/// Leftovers that may not stand in Rust source.
const LEFTOVERS: &[(&str, &str)] = &[("todo", "!("), ("unimplement", "ed!("), ("dbg", "!("), ("FIX", "ME")];

/// All findings, one line each. Large but allowed files are only mentioned.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let files = source::files(root)?;
    for (path, lines) in files.iter().filter_map(|file| source_lines(file).map(|lines| (&file.path, lines))) {
        if lines > MANY_LINES && lines <= MOST_LINES {
            say(&format!("note: {path} has {lines} lines"));
        }
    }
    Ok(files.iter().flat_map(check_file).collect())
}

fn check_file(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    if file.bytes > MOST_BYTES {
        findings.push(format!("{}: {} bytes, more than {MOST_BYTES}", file.path, file.bytes));
    }
    let untouched = file.path.starts_with("tests/data/") || file.path == "Cargo.lock";
    let Some(text) = file.text.as_deref().filter(|_| !untouched) else { return findings };
    findings.extend(check_words(&file.path, text));
    if file.is_rust() {
        findings.extend(check_rust(file, text));
    }
    findings
}

fn check_words(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (head, tail, why) in WORDS {
        let word = format!("{head}{tail}");
        for (number, _) in text.lines().enumerate().filter(|(_, line)| line.contains(&word)) {
            findings.push(format!("{path}:{}: `{word}`: {why}", number + 1));
        }
    }
    findings
}

fn check_rust(file: &File, text: &str) -> Vec<String> {
    let path = &file.path;
    let mut findings = Vec::new();
    // Unit tests in a file of their own are announced by the module they belong to.
    if !text.starts_with("//!") && !path.ends_with("/tests.rs") {
        findings.push(format!("{path}: does not start with `//!` and what the file is for"));
    }
    if path.ends_with("/mod.rs") {
        findings.push(format!("{path}: a module is `name.rs` beside `name/`"));
    }
    for (head, tail) in LEFTOVERS {
        let word = format!("{head}{tail}");
        for (number, _) in text.lines().enumerate().filter(|(_, line)| line.contains(&word)) {
            findings.push(format!("{path}:{}: leftover `{word}`", number + 1));
        }
    }
    if let Some(lines) = source_lines(file) {
        let most = if path.ends_with("/lib.rs") && !file.is_test() { MOST_LIB_LINES } else { MOST_LINES };
        if lines > most {
            findings.push(format!("{path}: {lines} lines without tests, more than {most}"));
        }
    }
    findings
}

/// Lines without the test module; none for files that are not Rust.
fn source_lines(file: &File) -> Option<usize> {
    let text = file.text.as_deref().filter(|_| file.is_rust())?;
    Some(without_tests(text).lines().count())
}

#[cfg(test)]
mod tests {
    use super::{check_file, check_words};
    use crate::source::File;

    fn rust(path: &str, text: &str) -> File {
        File { path: path.into(), bytes: text.len() as u64, text: Some(text.into()) }
    }

    #[test]
    fn a_tidy_file_has_no_findings() {
        assert!(check_file(&rust("rust-core/a/src/b.rs", "//! What it is.\nfn a() {}\n")).is_empty());
    }

    #[test]
    fn a_missing_header_and_a_leftover_are_found() {
        let leftover = ["fn a() { todo", "!() }\n"].concat();
        assert_eq!(check_file(&rust("a/src/b.rs", &leftover)).len(), 2);
    }

    #[test]
    fn a_long_file_is_found_unless_its_length_is_tests() {
        let long = format!("//! Long.\n{}", "fn a() {}\n".repeat(900));
        assert_eq!(check_file(&rust("a/src/b.rs", &long)).len(), 1);
        let tested = format!("//! Short.\n#[cfg(test)]\n{}", "fn a() {}\n".repeat(900));
        assert!(check_file(&rust("a/src/b.rs", &tested)).is_empty());
    }

    #[test]
    fn a_machine_path_is_found_with_its_line() {
        let text = ["first\nsee /ro", "ot/.cargo\n"].concat();
        let findings = check_words("README.md", &text);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].starts_with("README.md:2:"));
    }

    #[test]
    fn test_data_is_left_alone() {
        let text = ["/ro", "ot/someone"].concat();
        assert!(check_file(&rust("tests/data/mhl/a.txt", &text)).is_empty());
    }
}
