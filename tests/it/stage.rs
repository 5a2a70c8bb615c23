//! What several stories need on stage: a listener that records, a sender, a small rendered job.

use std::path::Path;
use std::time::Duration;

use cyclorama_tests::{Ended, Service, command, free_port, mosys_recording, run, text};

/// How many frames the real recording has.
pub(crate) const RECORDED_FRAMES: u64 = 600;

/// A running `track listen` that records to `take` and waits for `count` samples.
pub(crate) fn listen(take: &Path, count: u64) -> (Service, u16) {
    let port = free_port();
    let mut listener = command();
    listener
        .args(["track", "listen", "--protocol", "f4"])
        .args(["--bind", &format!("127.0.0.1:{port}")])
        .args(["--record", text(take)])
        .args(["--count", &count.to_string()]);
    let mut listener = Service::start(listener);
    listener.wait_for_word("listening");
    (listener, port)
}

/// The arguments that send the real recording to `port` at `speed` times its own rate.
pub(crate) fn send_arguments(port: u16, speed: &str) -> Vec<String> {
    let to = format!("127.0.0.1:{port}");
    let recording = mosys_recording();
    ["track", "send", "--protocol", "f4", "--to", &to, "--rate", "25", "--speed", speed, text(&recording)]
        .map(str::to_owned)
        .to_vec()
}

/// Records the real recording over loopback into `take`, all of it.
pub(crate) fn record(take: &Path) -> Ended {
    let (listener, port) = listen(take, RECORDED_FRAMES);
    let arguments = send_arguments(port, "60");
    let sent = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let _ = sent.done();
    listener.end_within(Duration::from_secs(30)).done()
}

/// A take of the real recording, made without the network.
pub(crate) fn import(take: &Path) {
    let _ = run(&["take", "import", "--protocol", "f4", text(&mosys_recording()), text(take)]).done();
}
