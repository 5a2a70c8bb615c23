//! The same lines in two places: one of them is one too many.
//!
//! Compares runs of normalised lines (no blanks, comments, imports, lone names or lone punctuation) of the Rust source
//! without its tests. Text only: it does not see the same logic in other words.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;

use crate::source::{self, File, without_comment, without_tests};

/// Fewer equal lines than this are chance, or the shape that siblings should have.
const MIN_LINES: usize = 14;

/// How `cargo xtask duplicates` is asked.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many equal lines in a row make a finding
    #[arg(long, default_value_t = MIN_LINES)]
    min_lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { min_lines: MIN_LINES }
    }
}

/// A line that counts: what it says and where it stands.
struct Line<'a> {
    text: &'a str,
    file: usize,
    number: usize,
}

/// All pairs of places, one line each, longest run only.
pub(crate) fn check(root: &Path, options: &Options) -> Result<Vec<String>> {
    let files: Vec<File> =
        source::files(root)?.into_iter().filter(|file| file.is_rust() && !file.is_test()).collect();
    Ok(find(&files, options.min_lines))
}

fn find(files: &[File], min_lines: usize) -> Vec<String> {
    let lines: Vec<Line<'_>> = files.iter().enumerate().flat_map(|(at, file)| normalise(at, file)).collect();
    let mut seen: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut findings = Vec::new();
    let mut at = 0;
    while at + min_lines <= lines.len() {
        let window = &lines[at..at + min_lines];
        if window[0].file != window[min_lines - 1].file {
            at += 1;
            continue;
        }
        let key: Vec<&str> = window.iter().map(|line| line.text).collect();
        match seen.get(&key) {
            Some(&first) if first + min_lines <= at => {
                let length = run_length(&lines, first, at);
                findings.push(describe(files, &lines, first, at, length));
                at += length;
            }
            Some(_) => at += 1,
            None => {
                seen.insert(key, at);
                at += 1;
            }
        }
    }
    findings
}

fn normalise(at: usize, file: &File) -> Vec<Line<'_>> {
    let text = without_tests(file.text.as_deref().unwrap_or_default());
    let counts = |line: &&str| {
        let imports = line.starts_with("use ") || line.starts_with("mod ") || line.starts_with("pub use ");
        // A field on its own line, as formatters lay out lists of names.
        let name =
            line.strip_suffix(',').is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        !imports && !name && line.chars().any(char::is_alphanumeric)
    };
    text.lines()
        .enumerate()
        .map(|(number, line)| Line { text: without_comment(line).trim(), file: at, number: number + 1 })
        .filter(|line| counts(&line.text))
        .collect()
}

/// How many lines are equal from here on, inside both files and without the places meeting.
fn run_length(lines: &[Line<'_>], first: usize, second: usize) -> usize {
    let same = |offset: &usize| {
        let (a, b) = (&lines[first + offset], lines.get(second + offset));
        first + offset < second
            && b.is_some_and(|b| {
                a.text == b.text && b.file == lines[second].file && a.file == lines[first].file
            })
    };
    (0..).take_while(same).count()
}

fn describe(files: &[File], lines: &[Line<'_>], first: usize, second: usize, length: usize) -> String {
    let place = |at: usize| {
        let (from, to) = (&lines[at], &lines[at + length - 1]);
        format!("{}:{}-{}", files[from.file].path, from.number, to.number)
    };
    format!("{} stands again at {} ({length} lines)", place(first), place(second))
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::source::File;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), bytes: 0, text: Some(text.into()) }
    }

    #[test]
    fn equal_runs_in_two_files_are_one_finding() {
        let run = "let a = 1;\nlet b = 2;\nlet c = 3;\n";
        let files = [
            file("a.rs", &format!("fn x() {{\n{run}}}\n")),
            file("b.rs", &format!("fn y() {{\n// why\n\n{run}}}\n")),
        ];
        assert_eq!(find(&files, 3), ["a.rs:2-4 stands again at b.rs:4-6 (3 lines)"]);
    }

    #[test]
    fn short_runs_imports_and_tests_do_not_count() {
        let imports = "use a::b;\nuse c::d;\nuse e::f;\n";
        let files = [file("a.rs", imports), file("b.rs", imports)];
        assert!(find(&files, 3).is_empty());
        let tests = "#[cfg(test)]\nmod tests {\nlet a = 1;\nlet b = 2;\nlet c = 3;\n}\n";
        assert!(find(&[file("a.rs", tests), file("b.rs", tests)], 3).is_empty());
        let short = "let a = 1;\nlet b = 2;\n";
        assert!(find(&[file("a.rs", short), file("b.rs", short)], 3).is_empty());
    }

    #[test]
    fn a_table_of_equal_rows_is_not_a_duplicate_of_itself_line_by_line() {
        let files = [file("a.rs", &"row(1);\n".repeat(5))];
        assert!(find(&files, 3).is_empty());
    }
}
