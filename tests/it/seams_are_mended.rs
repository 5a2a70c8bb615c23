//! A host with a temporal history begins each range cold: the seam is seen, and the range is rendered again until
//! nobody sees it.

use std::fs;

use cyclorama_tests::{run, text};
use tempfile::tempdir;

use crate::stage;

#[test]
fn ranges_that_begin_with_a_seam_are_rendered_again_until_it_is_gone() {
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    let _ = stage::record(&take);
    let words = ["--frames", "300-347", "--size", "32x18", "--samples", "1", "--history", "0.2"];
    let planned = run(&[&["render", "plan", text(&take)], &words[..], &["--json"]].concat()).done();
    let plan = planned.object("cyclorama.plan/1");
    assert!(plan["borders"].as_array().is_some_and(|borders| borders.len() == 1), "{plan}");

    let picture = folder.path().join("plan.svg");
    let told =
        run(&[&["render", "plan", text(&take), "--picture", text(&picture)], &words[..]].concat()).done();
    assert!(told.stdout.contains("borders: 1"), "{}", told.stdout);
    assert!(std::fs::read_to_string(&picture).expect("a picture").starts_with("<svg"));

    let submit = ["render", "submit", text(&take), "--workers", "2", "--ledger", text(&ledger)];
    let done = run(&[&submit[..], &words[..]].concat()).done();
    // Workers may have split a range at its end: that makes further borders, which are measured too.
    assert!(done.stderr.contains("began with a seam"), "the cold start was seen: {}", done.stderr);
    let verified = run(&["render", "verify", "--ledger", text(&ledger), "--json"]).done();
    let report = verified.object("cyclorama.verify/1");
    assert_eq!(report["good"], 48, "{report}");
    let seams = report["seams"].as_array().expect("borders were measured");
    assert!(!seams.is_empty(), "{report}");
    assert!(seams.iter().all(|seam| seam["ratio"].as_f64().is_some_and(|ratio| ratio < 1.5)), "{report}");
}

#[test]
fn a_job_that_nobody_waits_for_is_mended_by_its_last_worker() {
    let folder = tempdir().expect("a temporary folder");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    let _ = stage::record(&take);
    let words = ["--frames", "300-347", "--size", "32x18", "--samples", "1", "--history", "0.2"];
    let submit = ["render", "submit", text(&take), "--workers", "1", "--ledger", text(&ledger)];
    let _ = run(&[&submit[..], &words[..]].concat()).done();
    // As it was submitted: nothing was drawn, and no command waits.
    let jobs = fs::read_dir(ledger.join("jobs")).expect("jobs").map(|job| job.expect("an entry").path());
    let [job] = &jobs.collect::<Vec<_>>()[..] else { panic!("one job was submitted") };
    for entry in fs::read_dir(job).expect("a job").map(|entry| entry.expect("an entry").path()) {
        match entry.file_name().and_then(|name| name.to_str()) {
            Some("inputs" | "plan.json") => {}
            _ if entry.is_dir() => fs::remove_dir_all(entry).expect("removes"),
            _ => fs::remove_file(entry).expect("removes"),
        }
    }
    let status = || run(&["render", "status", "--ledger", text(&ledger), "--json"]).done();
    assert_eq!(status().object("cyclorama.job/1")["committed"], 0);
    let worker = run(&["render", "worker", "--ledger", text(&ledger)]).done();
    let committed = worker
        .stderr
        .split(" frames committed")
        .next()
        .and_then(|told| told.rsplit(char::is_whitespace).next());
    let committed: u32 = committed.and_then(|count| count.parse().ok()).expect("it says how many");
    assert!(committed > 48, "those behind the seam once more: {}", worker.stderr);
    let told = status().object("cyclorama.job/1");
    assert_eq!((&told["committed"], &told["borders_unjudged"]), (&48.into(), &false.into()), "{told}");
    let verified = run(&["render", "verify", "--ledger", text(&ledger), "--json"]).done();
    assert_eq!(verified.object("cyclorama.verify/1")["good"], 48);
}
