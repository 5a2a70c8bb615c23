//! Where words go: data to stdout, everything else to stderr.
//!
//! A reader of stdout that has seen enough (`| head`) ends the command quietly and well. Progress is drawn only
//! for a person at a terminal, never with `--json`.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use cyclorama_progress::{Progress, Snapshot};
use cyclorama_time::{Clock, StageTime};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::{arguments::Global, failure::DoingIo as _, failure::Failure, text};

/// The one way to print.
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
    live: bool,
    colour: bool,
    out: Mutex<io::BufWriter<io::Stdout>>,
}

impl Printer {
    pub(crate) fn new(global: &Global, colour: bool) -> Self {
        let live = !global.json && !global.quiet && io::stderr().is_terminal();
        let has_escapes = (live || colour) && understands_escapes();
        Self {
            json: global.json,
            quiet: global.quiet,
            live: live && has_escapes,
            colour: colour && has_escapes,
            out: Mutex::new(io::BufWriter::with_capacity(1 << 16, io::stdout())),
        }
    }

    /// Whether `--json` was given.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Whether a person watches stderr.
    pub(crate) fn live(&self) -> bool {
        self.live
    }

    /// Whether colours are wanted.
    pub(crate) fn colour(&self) -> bool {
        self.colour
    }

    /// One line of data on stdout. Lines wait in a buffer until [`Self::flush`].
    pub(crate) fn data(&self, line: &str) -> Result<(), Failure> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        written(out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")))
    }

    /// Bytes of data on stdout, as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        written(self.out.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes))
    }

    /// `value` as one JSON line with its schema first.
    pub(crate) fn object(&self, schema: &'static str, value: &impl Serialize) -> Result<(), Failure> {
        self.data(&object_line(schema, value))
    }

    /// Sends what was printed to whoever reads it.
    pub(crate) fn flush(&self) -> Result<(), Failure> {
        written(self.out.lock().unwrap_or_else(PoisonError::into_inner).flush())
    }

    /// A sentence for people on stderr, unless `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            Self::note(text);
        }
    }

    /// A line on stderr that replaces the one before; only where a person watches.
    pub(crate) fn live_line(&self, text: &str) {
        if self.live {
            let mut err = io::stderr().lock();
            let _ = write!(err, "\r\x1b[2K{text}");
            let _ = err.flush();
        }
    }

    /// Ends a live line.
    pub(crate) fn end_live_line(&self) {
        if self.live {
            let _ = writeln!(io::stderr());
        }
    }

    /// `text` in bold, where colours are wanted.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A line on stderr, always. A closed stderr is nobody's fault.
    pub(crate) fn note(text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Draws `progress` until the guard is dropped; draws nothing where nobody watches.
    pub(crate) fn follow(&self, what: &str, progress: &Progress, clock: &Arc<dyn Clock>) -> Following {
        if !self.live {
            return Following(None);
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let (progress, clock, what) = (progress.clone(), Arc::clone(clock), what.to_owned());
        let thread = thread::spawn(move || draw(&what, &progress, clock.as_ref(), &stopped));
        Following(Some((stop, thread)))
    }
}

/// Progress is drawn while this lives.
pub(crate) struct Following(Option<(mpsc::Sender<()>, thread::JoinHandle<()>)>);

impl Drop for Following {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

fn draw(what: &str, progress: &Progress, clock: &dyn Clock, stopped: &mpsc::Receiver<()>) {
    let style =
        ProgressStyle::with_template("{prefix} {bar:32} {msg}").expect("the template is fixed and valid");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    bar.set_style(style.progress_chars("=> "));
    bar.set_prefix(what.to_owned());
    loop {
        let since_start = Duration::from_nanos(clock.now().nanos_since(StageTime::default()).unsigned_abs());
        let now = progress.snapshot(since_start);
        bar.set_length(now.total);
        bar.set_position(now.done);
        bar.set_message(message(what, &now));
        if stopped.recv_timeout(Duration::from_millis(100)) != Err(mpsc::RecvTimeoutError::Timeout) {
            break;
        }
    }
    bar.finish_and_clear();
}

/// How far work is, how fast it goes and how long it takes still; `what` is what it counts.
fn message(what: &str, now: &Snapshot) -> String {
    let amount = |number: u64| if what == BYTES { text::bytes(number) } else { number.to_string() };
    let speed = |rate: f64| if what == BYTES { text::bytes(rate as u64) } else { format!("{rate:.1}") };
    let rate = now.rate.map_or_else(String::new, |rate| format!(", {}/s", speed(rate)));
    let left = now.eta_seconds.map_or_else(String::new, |left| match left {
        short if short < 99.5 => format!(", {short:.0} s left"),
        long => format!(", {} left", text::seconds(long)),
    });
    format!("{}/{}{rate}{left}", amount(now.done), amount(now.total))
}

/// What work counts that moves content.
pub(crate) const BYTES: &str = "bytes";

/// `value` as JSON with `"schema"` first.
pub(crate) fn object_line(schema: &'static str, value: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Line<'a, T> {
        schema: &'static str,
        #[serde(flatten)]
        value: &'a T,
    }
    serde_json::to_string(&Line { schema, value }).expect("what is printed has text keys and finite numbers")
}

/// Whether the terminal understands the codes that colour and replace what stands there. A console of Windows does so once it is told to.
fn understands_escapes() -> bool {
    #[cfg(windows)]
    return ratatui::crossterm::ansi_support::supports_ansi();
    #[cfg(not(windows))]
    true
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::enough()),
        other => other.doing_io("write to stdout"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_names_its_schema_first() {
        #[derive(Serialize)]
        struct Frame {
            number: u32,
        }
        assert_eq!(
            object_line("cyclorama.frame/1", &Frame { number: 7 }),
            r#"{"schema":"cyclorama.frame/1","number":7}"#
        );
    }

    #[test]
    fn a_closed_pipe_is_enough_and_a_full_disk_is_not() {
        let closed = written(Err(io::ErrorKind::BrokenPipe.into())).unwrap_err();
        assert_eq!(closed.exit_code() as u8, 0);
        let full = written(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert_eq!(full.exit_code() as u8, 1);
    }

    #[test]
    fn progress_in_bytes_is_told_in_bytes_and_all_else_in_numbers() {
        let now = Snapshot {
            done: 1_234_567_890,
            total: 2_000_000_000,
            rate: Some(123_456_789.0),
            eta_seconds: Some(6.2),
            ..Snapshot::default()
        };
        assert_eq!(message("bytes", &now), "1.2 GB/2.0 GB, 123.5 MB/s, 6 s left");
        let frames = Snapshot { done: 12, total: 240, rate: Some(1.84), eta_seconds: Some(125.0), ..now };
        assert_eq!(message("frames", &frames), "12/240, 1.8/s, 2 min 05 s left");
        assert_eq!(message("bytes", &Snapshot::default()), "0 B/0 B", "nothing is known yet");
    }

    #[test]
    fn following_ends_when_its_guard_is_dropped() {
        let printer = Printer { live: true, ..Printer::new(&Global::default(), false) };
        let clock: Arc<dyn Clock> = Arc::new(cyclorama_time::VirtualClock::default());
        drop(printer.follow("frames", &Progress::new(), &clock));
    }
}
