//! What people hear of a render: a view with figures, a notice, a movie, a forecast with prices.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use cyclorama_tests::{Ended, Service, command, free_port, run, text};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::stage;

const PRICES: &str = "currency = \"EUR\"\n[machine.desk]\nhour = 3600.0\nspot-hour = 1080.0\nstart-seconds = 10.0\n\
                      [off-peak]\nfrom = \"20:00\"\nto = \"06:00\"\nzone = \"+01:00\"\n";

/// A folder with a take and a price table.
fn folder() -> TempDir {
    let folder = tempdir().expect("a temporary folder");
    stage::import(&folder.path().join("real.take"));
    fs::write(folder.path().join("prices.toml"), PRICES).expect("writes");
    folder
}

fn submit(folder: &Path, more: &[&str]) -> Ended {
    let (take, ledger) = (folder.join("real.take"), folder.join("ledger"));
    let base = ["render", "submit", text(&take), "--frames", "300-305", "--size", "64x36", "--samples", "1"];
    let words: Vec<&str> =
        base.into_iter().chain(["--ledger", text(&ledger)]).chain(more.iter().copied()).collect();
    run(&words)
}

fn of(folder: &Path, words: &[&str]) -> Ended {
    let ledger = folder.join("ledger");
    let all: Vec<&str> =
        ["render"].into_iter().chain(words.iter().copied()).chain(["--ledger", text(&ledger)]).collect();
    run(&all)
}

/// Answers one request on a port of its own, and gives what was posted.
fn listener() -> (String, thread::JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hooks/top-secret", listener.local_addr().expect("an address"));
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody calls");
        let mut said = Vec::new();
        let mut chunk = [0; 1024];
        loop {
            let read = stream.read(&mut chunk).expect("reads");
            said.extend_from_slice(&chunk[..read]);
            let words = String::from_utf8_lossy(&said).into_owned();
            if let Some((head, body)) = words.split_once("\r\n\r\n")
                && let Ok(body) = serde_json::from_str(body)
            {
                stream.write_all(b"HTTP/1.1 204 Fine\r\ncontent-length: 0\r\n\r\n").expect("writes");
                return (head.to_owned(), body);
            }
        }
    });
    (url, heard)
}

#[test]
fn a_render_that_ends_is_told_to_a_webhook_and_watched_with_its_cost() {
    let folder = folder();
    let (url, heard) = listener();
    let ended = submit(folder.path(), &["--notify", &url]).done();
    let (head, notice) = heard.join().expect("a notice");
    assert!(head.starts_with("POST /hooks/top-secret HTTP/1.1"), "{head}");
    assert_eq!(
        (&notice["schema"], &notice["state"], &notice["take"], &notice["committed"]),
        (&"cyclorama.notice/1".into(), &"done".into(), &"real".into(), &6.into()),
        "{notice}"
    );
    assert!(!ended.stderr.contains("top-secret"));
    let prices = folder.path().join("prices.toml");
    let watched = of(folder.path(), &["watch", "--json", "--prices", text(&prices)]).done();
    let job = watched.object("cyclorama.job/1");
    let (machine, cost) =
        (job["machine_seconds"].as_f64().expect("a number"), job["cost"].as_f64().expect("a cost"));
    // At 3600 an hour a second costs one.
    assert!(machine > 0.0 && (cost - machine).abs() < 1e-9, "{job}");
    assert_eq!((&job["currency"], &job["seconds_left"]), (&"EUR".into(), &0.0.into()), "{job}");
    let frames: u64 =
        job["workers"].as_array().expect("workers").iter().filter_map(|w| w["frames"].as_u64()).sum();
    assert_eq!(frames, 6, "{job}");
}

#[test]
fn a_webhook_that_is_not_there_changes_nothing_but_a_warning() {
    let folder = folder();
    let url = format!("http://127.0.0.1:{}/top-secret", free_port());
    let ended = submit(folder.path(), &["--notify", &url]).done();
    assert!(ended.stderr.contains("warning: failed to tell of the end"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("top-secret"), "{}", ended.stderr);
    let refused = submit(folder.path(), &["--notify", "no address"]).with_code(2);
    assert!(refused.stderr.contains("webhook"), "{}", refused.stderr);
}

#[test]
fn workers_here_are_not_tagged_and_wait_only_for_hours_that_somebody_named() {
    let folder = folder();
    let refused = submit(folder.path(), &["--tag", "production=Nemo"]).with_code(2);
    assert!(refused.stderr.contains("--engine"), "{}", refused.stderr);
    let refused = submit(folder.path(), &["--off-peak"]).with_code(2);
    assert!(refused.stderr.contains("price table"), "{}", refused.stderr);
    let begun = submit(folder.path(), &["--not-before", "2020-01-01T00:00:00Z"]).done();
    assert!(!begun.stderr.contains("waits"), "that is long past: {}", begun.stderr);
}

#[test]
fn a_job_that_waits_for_its_hour_says_until_when() {
    let folder = folder();
    let bundle = format!("--engine-option=--bundle={}", folder.path().join("bundle").display());
    let later = ["--not-before", "2100-01-01T00:00:00Z"];
    let submitted =
        submit(folder.path(), &[&["--engine", "deadline", "--detach", &bundle], &later[..]].concat());
    assert!(submitted.done().stdout.contains("0 of 6 frames committed, waits until 2100-01-01T00:00:00Z"));
    let job = of(folder.path(), &["status", "--json"]).done().object("cyclorama.job/1");
    assert_eq!(job["waits_until"], 4_102_444_800_000_000_000_u64, "nanoseconds since 1970: {job}");
    let drawn = submit(folder.path(), &["--not-before", "2020-01-01T00:00:00Z"]).done();
    assert!(!drawn.stdout.contains("waits"), "{}", drawn.stdout);
    let job = of(folder.path(), &["status", "--json"]).done().object("cyclorama.job/1");
    assert_eq!((&job["waits_until"], &job["committed"]), (&Value::Null, &6.into()), "{job}");
}

#[test]
fn a_forecast_has_prices_and_refuses_a_deadline_that_cannot_be_met() {
    let folder = folder();
    let prices = folder.path().join("prices.toml");
    let _ = submit(folder.path(), &[]).done();
    let words = ["cost", "--frames", "600", "--workers", "1,4", "--prices", text(&prices), "--json"];
    let told = of(folder.path(), &words).done();
    let lines = told.json_lines();
    assert_eq!(lines.len(), 2, "{}", told.stdout);
    for line in &lines {
        let likely = |name: &str| line[name]["likely"].as_f64().expect("a number");
        assert_eq!(line["schema"], "cyclorama.forecast/1");
        assert_eq!(line["measured"], 6);
        assert!(likely("seconds") > 10.0, "starting counts: {line}");
        assert!((likely("price") - likely("machine_seconds")).abs() < 1e-6, "{line}");
    }
    assert!(lines[1]["seconds"]["likely"].as_f64() < lines[0]["seconds"]["likely"].as_f64());
    let late: Vec<&str> = words.into_iter().chain(["--deadline", "2020-01-01T00:00:00Z"]).collect();
    let refused = of(folder.path(), &late).with_code(4);
    assert!(refused.stderr.contains("deadline"), "{}", refused.stderr);
    // A trace in which a machine is always there: the cheap price, by simulation.
    let traces = folder.path().join("traces");
    fs::create_dir(&traces).expect("a folder");
    let data = vec!["1"; 3000].join(",");
    fs::write(traces.join("a.json"), format!(r#"{{"metadata": {{"gap_seconds": 195}}, "data": [{data}]}}"#))
        .expect("writes");
    let begin = "2100-01-01T00:00:00Z";
    let more = ["--not-before", begin, "--deadline", "2100-01-01T12:00:00Z", "--spot-traces", text(&traces)];
    let simulated: Vec<&str> = words.into_iter().chain(more).collect();
    let spot = of(folder.path(), &simulated).done().json_lines()[0]["spot"].clone();
    assert_eq!((&spot["simulated"], &spot["deadlines_met"]), (&true.into(), &1.0.into()), "{spot}");
    assert!((spot["cost_ratio"].as_f64().expect("a ratio") - 0.3).abs() < 0.05, "{spot}");
}

#[test]
fn a_price_table_with_a_slip_and_a_job_that_is_not_there_are_named() {
    let folder = folder();
    fs::write(folder.path().join("slip.toml"), PRICES.replace("hour = 3600.0", "hour = -1.0"))
        .expect("writes");
    let _ = submit(folder.path(), &[]).done();
    let slip = folder.path().join("slip.toml");
    let named = of(folder.path(), &["cost", "--prices", text(&slip)]).with_code(2);
    assert!(named.stderr.contains("desk.hour"), "{}", named.stderr);
    let refused = of(folder.path(), &["cost", "--job", "no-such-job"]).with_code(3);
    assert!(refused.stderr.contains("no-such-job"), "{}", refused.stderr);
}

/// Speaks as our glue does and can draw nothing.
const STUB: &str = r#"#!/bin/sh
echo '{"glue":1,"blender":"0.0-stub"}'
while read -r line; do
    case "$line" in
        *'"open"'*) echo '{"done":true}' ;;
        *) echo '{"error":"out of paint"}' ;;
    esac
done
"#;

#[cfg(unix)]
#[test]
fn failures_of_a_stub_renderer_are_told_tried_again_on_order_and_cancelled_for_good() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let stub = folder.path().join("stub");
    fs::write(&stub, STUB).expect("writes");
    fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).expect("ours");
    let (take, ledger) = (folder.path().join("real.take"), folder.path().join("ledger"));
    let (url, heard) = listener();
    let mut submit = command();
    submit.args([
        "render",
        "submit",
        text(&take),
        "--host",
        "blender",
        "--frames",
        "300-301",
        "--size",
        "64x36",
    ]);
    submit.args(["--workers", "1", "--notify", &url, "--ledger", text(&ledger)]);
    submit.env("CYCLORAMA_RENDER_BLENDER", &stub);
    let _ = Service::start(submit).end_within(Duration::from_secs(120)).with_code(8);
    let (_, notice) = heard.join().expect("a notice");
    assert_eq!((&notice["state"], &notice["failed"]), (&"incomplete".into(), &2.into()), "{notice}");
    assert_eq!(notice["bad"][1]["reason"], "Blender reports: out of paint", "{notice}");
    let told = of(folder.path(), &["logs", "--frames", "301-301", "--json"]).done();
    let attempts = told.json_lines().iter().filter(|line| line["schema"] == "cyclorama.attempt/1").count();
    assert_eq!((attempts, told.json_lines().len()), (3, 4), "{}", told.stdout);
    let words = of(folder.path(), &["logs"]).done().stdout;
    assert!(words.contains("frame 300 given up after 3 attempts: Blender reports: out of paint"), "{words}");
    let opened = of(folder.path(), &["retry", "--json"]).done().object("cyclorama.retry/1");
    assert_eq!(opened["frames"], 2);
    assert_eq!(of(folder.path(), &["status", "--json"]).done().object("cyclorama.job/1")["failed"], 0);
    let _ = of(folder.path(), &["cancel"]).done();
    let watched = of(folder.path(), &["watch", "--json"]).with_code(8).object("cyclorama.job/1");
    assert_eq!(watched["cancelled"], true, "{watched}");
}

#[test]
fn a_contact_sheet_shows_the_frames_that_are_there() {
    let folder = folder();
    let _ = submit(folder.path(), &[]).done();
    let file = folder.path().join("look.png");
    let made =
        of(folder.path(), &["sheet", "--out", text(&file), "--json"]).done().object("cyclorama.sheet/1");
    assert_eq!((&made["shown"], &made["missing"]), (&6.into(), &0.into()), "{made}");
    let png = fs::read(&file).expect("it was written");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    // Three columns of 320 and two rows, with what stands around them.
    assert!(side(16) > 3 * 320 && side(20) > 2 * 180, "{} x {}", side(16), side(20));
}

#[test]
fn a_movie_has_every_frame_the_rate_and_the_timecode_of_the_take() {
    if Command::new("ffprobe").arg("-version").output().is_err() {
        println!("SKIPPED, no movie was made: ffmpeg is missing");
        return;
    }
    let folder = folder();
    let _ = submit(folder.path(), &[]).done();
    let movie = folder.path().join("look.mp4");
    let made =
        of(folder.path(), &["movie", "--out", text(&movie), "--json"]).done().object("cyclorama.movie/1");
    assert_eq!((&made["frames"], &made["missing"]), (&6.into(), &0.into()));
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0", "-of", "default=noprint_wrappers=1"])
        .args(["-show_entries", "stream=r_frame_rate,nb_read_frames:stream_tags=timecode", text(&movie)])
        .output()
        .expect("ffprobe runs");
    let said = String::from_utf8_lossy(&probe.stdout).into_owned();
    for wanted in ["r_frame_rate=25/1", "nb_read_frames=6", "TAG:timecode=15:03:59:02"] {
        assert!(said.lines().any(|line| line == wanted), "{wanted} is not in:\n{said}");
    }
}
