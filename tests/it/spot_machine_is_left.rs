//! A worker that has to leave while it draws: its machine is taken back by AWS, as a stand-in for the machine's metadata says, or
//! whoever started it tells it to.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cyclorama_tests::{Service, command, run, text, until};
use serde_json::Value;
use tempfile::tempdir;

use crate::stage;

/// Answers as the metadata of a machine does; once `taken` is set the machine is being taken back, a while ago.
fn metadata(taken: &Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let taken = Arc::clone(taken);
    // It ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = answer(stream, taken.load(Ordering::Acquire));
        }
    });
    base
}

fn answer(mut stream: TcpStream, taken: bool) -> std::io::Result<()> {
    let (mut said, mut chunk) = (Vec::new(), [0; 1024]);
    while !said.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        said.extend_from_slice(&chunk[..read]);
    }
    let said = String::from_utf8_lossy(&said).to_lowercase();
    let (status, body) = if said.starts_with("put /latest/api/token ") {
        ("200 OK", "a-token")
    } else if !said.contains("x-aws-ec2-metadata-token: a-token") {
        ("401 Unauthorized", "")
    } else if taken && said.starts_with("get /latest/meta-data/spot/instance-action ") {
        ("200 OK", r#"{"action": "terminate", "time": "2026-01-01T00:00:00Z"}"#)
    } else {
        ("404 Not Found", "")
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes())
}

#[test]
fn a_worker_whose_machine_is_taken_back_gives_back_what_it_has_not_drawn() {
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger, bundle] = ["real.take", "ledger", "bundle"].map(|name| folder.path().join(name));
    stage::import(&take);
    let submit =
        ["render", "submit", text(&take), "--size", "320x180", "--samples", "4", "--frames", "0-499"];
    let option = format!("--engine-option=--bundle={}", bundle.display());
    let farm = ["--engine", "deadline", "--detach", "--spot-notices", "--ledger", text(&ledger), &option];
    let _ = run(&[&submit[..], &farm[..]].concat()).done();
    let template = std::fs::read_to_string(bundle.join("template.yaml"));
    let template =
        template.or_else(|_| std::fs::read_to_string(bundle.join("template.json"))).expect("a template");
    assert!(template.contains("--spot-notices"), "the farm's workers hear of it: {template}");
    let taken = Arc::new(AtomicBool::new(false));
    let mut worker = command();
    worker.args(["render", "worker", "--ledger", text(&ledger), "--spot-notices", "--json"]);
    worker.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata(&taken));
    let worker = Service::start(worker);
    let state = || run(&["render", "status", "--ledger", text(&ledger), "--json"]).object("cyclorama.job/1");
    assert!(until(Duration::from_secs(60), || state()["committed"].as_u64() > Some(0)), "{}", worker.said());
    taken.store(true, Ordering::Release);
    let ended = worker.end_within(Duration::from_secs(60)).with_code(8);
    assert!(
        ended.stderr.contains("AWS takes this machine back (terminate at 2026-01-01T00:00:00Z)"),
        "{}",
        ended.stderr
    );
    let (report, state) = (ended.object("cyclorama.worker/1"), state());
    assert_eq!((&report["cancelled"], &report["committed"]), (&true.into(), &state["committed"]), "{report}");
    assert!(state["committed"].as_u64() < Some(500), "it was not through: {state}");
    assert_eq!(state["leases"], Value::Array(Vec::new()), "others need not wait for anything: {state}");
}

#[test]
fn a_worker_that_is_told_to_stop_gives_back_what_it_has_not_drawn_and_one_that_is_told_nothing_more_goes_on()
{
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger, bundle] = ["real.take", "ledger", "bundle"].map(|name| folder.path().join(name));
    stage::import(&take);
    let option = format!("--engine-option=--bundle={}", bundle.display());
    let submit = ["render", "submit", text(&take), "--size", "96x54", "--samples", "4", "--frames", "0-199"];
    let farm = ["--engine", "deadline", "--detach", "--ledger", text(&ledger), &option];
    let _ = run(&[&submit[..], &farm[..]].concat()).done();
    let state = || run(&["render", "status", "--ledger", text(&ledger), "--json"]).object("cyclorama.job/1");
    let begun = || {
        let mut worker = command();
        worker.args(["render", "worker", "--ledger", text(&ledger), "--when-told", "--quiet"]);
        let mut worker = worker.stdin(Stdio::piped()).spawn().expect("starts");
        let mut input = worker.stdin.take().expect("a pipe");
        input.write_all(b"\n").expect("it waits");
        (worker, input)
    };
    let (mut worker, mut input) = begun();
    assert!(until(Duration::from_secs(60), || state()["committed"].as_u64() > Some(0)), "{}", state());
    input.write_all(b"stop\n").expect("it listens");
    assert!(until(Duration::from_secs(60), || worker.try_wait().expect("is ours").is_some()));
    assert_eq!(worker.wait().expect("ended").code(), Some(7));
    let left = state();
    assert!(left["committed"].as_u64() < Some(200), "it was not through: {left}");
    assert_eq!(left["leases"], Value::Array(Vec::new()), "others need not wait for anything: {left}");
    // Whoever started this one is gone.
    let (mut worker, input) = begun();
    drop(input);
    assert!(until(Duration::from_secs(120), || worker.try_wait().expect("is ours").is_some()));
    assert_eq!((worker.wait().expect("ended").code(), &state()["committed"]), (Some(0), &200.into()));
}
