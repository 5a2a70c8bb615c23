//! The disk has no room for a take: the stage goes on, what was recorded waits for room, and nobody is left to believe
//! that everything lies on the disk.

use std::{path::Path, process::Command, time::Duration};

use cyclorama_tests::{Service, free_port, program, run, text};
use tempfile::tempdir;

use crate::stage;

/// How the check of a take ends that was never closed.
const INCOMPLETE: i32 = 5;

/// A listener whose files may be no longer than 4 KiB, as on a full disk, for `count` datagrams; each sample is printed.
fn listen_without_room(arguments: &[&str], count: u64, port: u16) -> Service {
    let mut listener = Command::new("sh");
    // The signal that comes beside the refusal would end it.
    listener.args(["-c", "trap '' XFSZ; ulimit -S -f 8; exec \"$0\" \"$@\"", text(program())]);
    listener.env("NO_COLOR", "1").env_remove("RUST_LOG");
    listener.args(["track", "listen", "--protocol", "f4", "--bind", &format!("127.0.0.1:{port}")]);
    listener.args(["--count", &count.to_string()]).args(arguments);
    let mut listener = Service::start(listener);
    listener.wait_for_word("listening");
    listener
}

fn send(port: u16) -> Service {
    let mut sender = cyclorama_tests::command();
    sender.args(stage::send_arguments(port, "8"));
    Service::start(sender)
}

fn records(take: &Path) -> u64 {
    let verified = run(&["take", "verify", text(take), "--json"]);
    assert!(matches!(verified.code, Some(0 | INCOMPLETE)), "{verified:?}");
    verified.object("cyclorama.take-verify/1")["summary"]["records"].as_u64().unwrap_or_default()
}

#[test]
fn what_a_full_disk_refuses_waits_and_is_in_the_take_once_somebody_makes_room() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("shot.take");
    let port = free_port();
    // What is sent before there is room, and what is sent afterwards: nothing hangs on how fast anybody is.
    let count = 2 * stage::RECORDED_FRAMES;
    let mut listener = listen_without_room(&["--record", text(&take)], count, port);
    let sender = send(port);
    listener.wait_for_word("waits in memory");
    let _ = sender.end_within(Duration::from_secs(30)).done();
    let limit = ["--pid", &listener.id().to_string(), "--fsize=unlimited"].map(str::to_owned);
    let freed = Command::new("prlimit").args(limit).status().expect("prlimit of util-linux");
    assert!(freed.success());
    listener.wait_for_word("nothing of it is lost");
    let sender = send(port);
    let ended = listener.end_within(Duration::from_secs(30)).done();
    let _ = sender.end_within(Duration::from_secs(30)).done();
    // Whether the second sender is used is not the matter here; of the first every pose was told.
    assert!(ended.stdout.lines().count() as u64 >= stage::RECORDED_FRAMES, "{}", ended.stderr);
    assert_eq!(records(&take), count, "{}", ended.stderr);
}

#[test]
fn poses_go_on_where_a_take_cannot_be_written_and_the_end_says_what_is_missing() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("shot.take");
    let port = free_port();
    let arguments = ["--record", text(&take), "--json"];
    let listener = listen_without_room(&arguments, stage::RECORDED_FRAMES, port);
    let sender = send(port);
    let ended = listener.end_within(Duration::from_secs(30)).with_code(1);
    let _ = sender.end_within(Duration::from_secs(30)).done();
    let samples = ended.stdout.lines().filter(|line| !line.contains("cyclorama.listen/1")).count() as u64;
    assert_eq!(samples, stage::RECORDED_FRAMES, "every pose was told");
    let result = ended.object("cyclorama.listen/1");
    assert!(!result["unrecorded"].is_null());
    assert!(ended.stderr.contains("NOT EVERYTHING IS RECORDED"), "{}", ended.stderr);
    let verified = run(&["take", "verify", text(&take), "--json"]).with_code(INCOMPLETE);
    assert_eq!(verified.object("cyclorama.take-verify/1")["state"], "recovered", "what fitted is a take");
    let missing = result["unrecorded_datagrams"].as_u64().unwrap_or_default();
    assert_eq!(missing + records(&take), stage::RECORDED_FRAMES, "what is missing is counted");
}

#[test]
fn a_take_by_the_slate_that_cannot_be_closed_is_told_in_the_result_too() {
    let folder = tempdir().expect("a temporary folder");
    let takes = folder.path().join("takes");
    let port = free_port();
    let mut arguments = vec!["--record-dir", text(&takes), "--house", "wall", "--house-rate", "25", "--json"];
    // All day, and with nothing from before: each datagram belongs to the one take.
    arguments.extend(["--timecode-range", "00:00:00:00-23:59:59:24"]);
    let listener = listen_without_room(&arguments, stage::RECORDED_FRAMES, port);
    let sender = send(port);
    let ended = listener.end_within(Duration::from_secs(30)).with_code(1);
    let _ = sender.end_within(Duration::from_secs(30)).done();
    let result = ended.object("cyclorama.listen/1");
    assert!(!result["unrecorded"].is_null(), "{result}");
    assert!(result["unrecorded_datagrams"].as_u64().is_some_and(|missing| missing > 0), "{result}");
    assert!(!ended.stdout.contains("cyclorama.recorded/1"), "no take is closed");
    assert!(!ended.stderr.contains("none said that it records"), "{}", ended.stderr);
}
