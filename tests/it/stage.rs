//! What several stories need on stage: a listener that records, a sender, a take, machines with caches of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::{Ended, Service, command, free_port, mosys_recording, run, text};
use tempfile::{TempDir, tempdir};

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

/// A folder with a take of the real recording, `real.take`.
pub(crate) fn with_a_take() -> TempDir {
    let folder = tempdir().expect("a temporary folder");
    import(&folder.path().join("real.take"));
    folder
}

/// `render`, its first word, and three small frames of the take in the folder; then the other words.
pub(crate) fn render(folder: &Path, words: &[&str]) -> Ended {
    let take = folder.join("real.take");
    let wanted = [text(&take), "--frames", "300-302", "--size", "64x36", "--samples", "1"];
    run(&[&["render"], &words[..1], &wanted[..], &words[1..]].concat())
}

/// Machines that bring content to caches of their own, in a folder that is removed at the end. A take of the real recording lies in it.
pub(crate) struct Machines {
    folder: TempDir,
}

impl Machines {
    pub(crate) fn with_a_take() -> Self {
        let machines = Self { folder: tempdir().expect("a temporary folder") };
        import(&machines.take());
        machines
    }

    /// The take.
    pub(crate) fn take(&self) -> PathBuf {
        self.at("real.take")
    }

    /// A place in the folder; a machine's cache is at its name.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command as it runs on `machine`.
    pub(crate) fn command(&self, machine: &str, words: &[&str]) -> Command {
        let mut command = command();
        command.args(words).env("XDG_CACHE_HOME", self.at(machine));
        command
    }

    /// Runs it there to its end.
    pub(crate) fn run(&self, machine: &str, words: &[&str]) -> Ended {
        to_its_end(self.command(machine, words))
    }
}

/// Runs a command that brings content or draws a few frames.
pub(crate) fn to_its_end(command: Command) -> Ended {
    Service::start(command).end_within(Duration::from_secs(120))
}
