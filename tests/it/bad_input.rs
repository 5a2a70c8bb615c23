//! Bad input: the right exit code, one clear line that says what to do, and nothing half-written.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

use cyclorama_tests::{Ended, data, mosys_recording, run, run_in, text};
use tempfile::tempdir;

use crate::{project, stage};

const USAGE: i32 = 2;
const NOT_FOUND: i32 = 3;
const REFUSED: i32 = 4;
const INTEGRITY: i32 = 5;
const PARTIAL: i32 = 8;

/// The error is one line (causes may follow on the same line), perhaps with a hint below it; no panic, no dump.
fn says_one_clear_line(ended: &Ended, about: &str) {
    let errors: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(errors.len(), 1, "one error line about {about}, not:\n{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("RUST_BACKTRACE"), "{}", ended.stderr);
    assert!(ended.stdout.lines().all(|line| !line.starts_with("error")), "errors belong on stderr");
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("the folder is there").next().is_none()
}

#[test]
fn a_missing_file_is_not_found() {
    for arguments in [
        &["track", "decode", "--protocol", "f4", "nowhere.f4"][..],
        &["take", "show", "nowhere.take"],
        &["take", "verify", "nowhere.take"],
        &["render", "submit", "nowhere.take", "--frames", "0-1", "--workers", "1", "--ledger", "unused"],
        &["render", "status", "--ledger", "nowhere"],
    ] {
        let folder = tempdir().expect("a temporary folder");
        let ended = run_in(folder.path(), arguments).with_code(NOT_FOUND);
        says_one_clear_line(&ended, "a missing file");
        assert!(ended.stderr.contains("nowhere"), "the name stands in: {}", ended.stderr);
        assert!(is_empty(folder.path()), "{arguments:?} left something behind");
    }
}

#[test]
fn a_recording_in_another_protocol_is_refused_and_the_right_one_named() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("wrong.take");
    let ended = run(&["take", "import", "--protocol", "psn", text(&mosys_recording()), text(&take)]);
    let ended = ended.with_code(USAGE);
    says_one_clear_line(&ended, "a wrong protocol");
    assert!(ended.stderr.contains("--protocol f4"), "{}", ended.stderr);
    assert!(is_empty(folder.path()), "no take was made of it");
}

#[test]
fn an_unknown_protocol_names_the_known_ones() {
    let ended =
        run(&["track", "decode", "--protocol", "semaphore", text(&mosys_recording())]).with_code(USAGE);
    for name in ["f4", "freed", "opentrackio", "psn"] {
        assert!(ended.stderr.contains(name), "{name} in: {}", ended.stderr);
    }
}

#[test]
fn a_truncated_take_is_named_and_what_it_holds_can_be_saved() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("cut.take");
    stage::import(&take);
    let whole = fs::read(&take).expect("the take is readable");
    fs::write(&take, &whole[..whole.len() / 2]).expect("the take can be cut");
    let ended = run(&["take", "verify", text(&take)]).with_code(INTEGRITY);
    let told = ended.stdout.contains("not closed") || ended.stdout.contains("DAMAGED");
    assert!(told && ended.stderr.contains("take recover"), "{ended:?}");
    assert_eq!(fs::read(&take).expect("still there"), &whole[..whole.len() / 2], "verify changes nothing");
    let saved = folder.path().join("saved.take");
    let recovered = run(&["take", "recover", text(&take), text(&saved)]);
    assert!(matches!(recovered.code, Some(0 | PARTIAL)), "{recovered:?}");
    let _ = run(&["take", "verify", text(&saved)]).done();
}

#[test]
fn a_flipped_bit_in_a_take_is_found_and_placed() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("bad.take");
    stage::import(&take);
    let mut bytes = fs::read(&take).expect("the take is readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&take, &bytes).expect("the take can be damaged");
    let ended = run(&["take", "verify", text(&take)]).with_code(INTEGRITY);
    assert!(ended.stdout.contains("DAMAGED") && ended.stdout.contains("bytes"), "{}", ended.stdout);
}

#[test]
fn a_port_in_use_is_named() {
    let holder = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = holder.local_addr().expect("an address").to_string();
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("never.take");
    let ended = run(&[
        "track",
        "listen",
        "--protocol",
        "f4",
        "--bind",
        &address,
        "--count",
        "1",
        "--record",
        text(&take),
    ]);
    let ended = ended.with_code(REFUSED);
    says_one_clear_line(&ended, "a port in use");
    assert!(ended.stderr.contains(&address), "the address stands in: {}", ended.stderr);
    assert!(is_empty(folder.path()), "no take was begun");
}

#[test]
fn an_unreadable_scene_is_named_with_its_line() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    let scene = folder.path().join("broken.usda");
    fs::write(&scene, "#usda 1.0\ndef Xform \"stage\" {\n    this is no scene\n").expect("written");
    let ledger = folder.path().join("ledger");
    let ended = run(&[
        "render",
        "submit",
        text(&take),
        "--scene",
        text(&scene),
        "--frames",
        "0-1",
        "--workers",
        "1",
        "--ledger",
        text(&ledger),
    ]);
    assert!(matches!(ended.code, Some(USAGE | INTEGRITY)), "{ended:?}");
    says_one_clear_line(&ended, "an unreadable scene");
    assert!(ended.stderr.contains("broken.usda"), "{}", ended.stderr);
    assert!(!ledger.exists() || is_empty(&ledger), "no job was begun");
}

#[test]
fn frames_that_the_take_does_not_have_are_refused_before_a_job_is_made() {
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("real.take");
    stage::import(&take);
    let ledger = folder.path().join("ledger");
    let ended = run(&[
        "render",
        "submit",
        text(&take),
        "--frames",
        "590-99999",
        "--workers",
        "1",
        "--ledger",
        text(&ledger),
    ])
    .with_code(USAGE);
    says_one_clear_line(&ended, "frames beyond the end");
    assert!(!ledger.exists() || is_empty(&ledger), "no job was begun");
}

#[test]
fn what_a_job_is_made_of_is_refused_by_name_with_what_to_do() {
    let folder = tempdir().expect("a temporary folder");
    stage::import(&folder.path().join("real.take"));
    project::init(&folder.path().join("store"));
    fs::create_dir(folder.path().join("folder")).expect("a folder");
    fs::write(folder.path().join("words.ocio"), "hello").expect("writes");
    fs::write(folder.path().join("no.take"), "hello").expect("writes");
    for (words, code, said, hint) in [
        (
            &["real.take", "--ocio", "nowhere.ocio"][..],
            NOT_FOUND,
            "nowhere.ocio cannot be read",
            "check the path",
        ),
        (&["real.take", "--ocio", "folder"], USAGE, "folder cannot be read", "check the path"),
        (&["real.take", "--ocio", "words.ocio"], USAGE, "it has no ocio_profile_version", "name a text file"),
        (&["real.take", "--pack", "ddc=./nowhere"], NOT_FOUND, "no content store in", "check its name"),
        (&["real.take", "--pack", "ddc=./store@gone"], NOT_FOUND, "no version `gone`", "assets refs"),
        (&["real.take", "--pack", "ddc="], USAGE, "wanted: a store behind the name", "try '--help'"),
        (&["real.take", "--pack", "DDC=./store"], USAGE, "`DDC` is no name of content", "try '--help'"),
        (&["real.take", "--project", "./nowhere"], NOT_FOUND, "no content store in", "check its name"),
        (&["real.take", "--project", "./store@gone"], NOT_FOUND, "no version `gone`", "assets refs"),
        (&["real.take", "--project", ""], USAGE, "a value is required for '--project", "try '--help'"),
        (&["nowhere.take"], NOT_FOUND, "no take at nowhere.take", "check the path"),
        (&["no.take"], USAGE, "this file is not a take", "take import"),
        (&["folder"], USAGE, "that is a place for takes, and names none of them", "take list folder"),
    ] {
        let ended = run_in(folder.path(), &[&["render", "plan"], words].concat()).with_code(code);
        says_one_clear_line(&ended, said);
        assert!(ended.stderr.contains(said) && ended.stderr.contains(hint), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn damaged_messages_are_counted_and_the_rest_is_used() {
    let folder = tempdir().expect("a temporary folder");
    let damaged = folder.path().join("damaged.freed");
    let mut bytes = fs::read(data("freed/derived_from_mosys_f4_first600.freed")).expect("readable");
    bytes[29 * 10 + 5] ^= 0x01;
    fs::write(&damaged, &bytes).expect("written");
    let ended = run(&["track", "decode", "--protocol", "freed", "--summary", text(&damaged)]);
    assert!(matches!(ended.code, Some(0 | 8)), "{ended:?}");
    let summary = ended.object("cyclorama.decode-summary/1");
    assert_eq!(summary["accepted"], 599, "{summary}");
    let rejected: u64 = summary["rejected"]
        .as_object()
        .expect("by cause")
        .values()
        .filter_map(serde_json::Value::as_u64)
        .sum();
    assert_eq!(rejected, 1, "{summary}");
}

/// A folder that holds `megabytes`; only root may make one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempdir().expect("a temporary folder");
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs", text(folder.path())])
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_leaves_no_half_written_take_and_no_false_frame() {
    let Some(disk) = SmallDisk::mount(1) else {
        eprintln!("SKIPPED full disk: this user may not mount a small tmpfs");
        return;
    };
    let folder = disk.0.path();
    let room = 1024 * 1024 - 8 * 1024;
    fs::write(folder.join("filler"), vec![1u8; room]).expect("the disk can be filled");
    let take = folder.join("full.take");
    let ended = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(&take)]);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    says_one_clear_line(&ended, "a full disk");
    assert!(!take.exists(), "a take that could not be written is not left as if it were one");

    let source = tempdir().expect("a temporary folder");
    let take = source.path().join("real.take");
    stage::import(&take);
    let ledger = folder.join("ledger");
    let ended = run(&[
        "render",
        "submit",
        text(&take),
        "--frames",
        "0-3",
        "--workers",
        "1",
        "--size",
        "320x180",
        "--ledger",
        text(&ledger),
    ]);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    let status = run(&["render", "status", "--ledger", text(&ledger), "--json"]);
    if status.code == Some(0) {
        assert_ne!(
            status.object("cyclorama.job/1")["committed"],
            4,
            "no frame is reported that is not there"
        );
    }
}
