//! Where a document says which test shows something, the test is there and is run.

use std::fs;
use std::path::PathBuf;

use cyclorama_tests::repository;

/// The tests that the rows of a document's last table name, at least one in each.
fn named(document: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(document)).expect("the document");
    let begin = text.find("| our test |").expect("the table");
    let rows = text[begin..].lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.flat_map(|row| {
        let cell = row.trim_end_matches('|').rsplit('|').next().expect("a cell").to_owned();
        let names: Vec<String> = cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(!names.is_empty(), "{row} names no test");
        names
    })
    .collect()
}

/// The files `crate::module::test` may stand in: a module's own, or that of a module around it.
fn places(name: &str) -> Vec<PathBuf> {
    let mut parts: Vec<&str> = name.split("::").collect();
    parts.pop();
    let root = match parts.remove(0) {
        "it" => repository().join("tests/it"),
        name => repository().join("rust-core").join(name).join("src"),
    };
    (1..=parts.len()).map(|depth| root.join(parts[..depth].join("/")).with_extension("rs")).collect()
}

/// Whether `text` has a test of that name which is not left out.
fn has_test(text: &str, name: &str) -> bool {
    let Some(at) = text.find(&format!("fn {name}(")) else { return false };
    let before: Vec<&str> = text[..at].lines().rev().take_while(|line| !line.trim().ends_with('}')).collect();
    before.iter().any(|line| line.trim() == "#[test]") && !before.iter().any(|line| line.contains("#[ignore"))
}

#[test]
fn each_fault_of_others_has_a_test_that_is_there_and_is_run() {
    let aside = fs::read_to_string(repository().join(".config/nextest.toml")).expect("the settings");
    let aside =
        aside.split_once("default-filter").and_then(|(_, rest)| rest.split("\"\"\"").nth(1)).unwrap_or("");
    let aside: Vec<&str> = aside.split("test(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let names = named("docs/tracking.md");
    assert!(names.len() > 20, "{} tests", names.len());
    for full in names {
        let name = full.rsplit("::").next().expect("a name");
        let texts = places(&full).into_iter().filter_map(|place| fs::read_to_string(place).ok());
        let found = texts.into_iter().filter(|text| has_test(text, name)).count();
        assert!(found > 0, "{full} is no test");
        assert!(!aside.iter().any(|part| name.contains(part)), "{full} is set aside");
    }
}
