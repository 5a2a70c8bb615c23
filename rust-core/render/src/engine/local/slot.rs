//! Workers as processes, also such as start before there is a job for them.

use std::ffi::OsString;
use std::process::Stdio;
use std::sync::Arc;

use cyclorama_time::{Clock, StageTime};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinSet;

use super::LocalOptions;
use crate::engine::EngineError;
use crate::host::{Console, TailOfLog};

/// Workers that start before their job is written: they wait until they are told, and end by themselves when they are not.
#[derive(Default)]
pub struct Early(pub(super) Vec<Slot>);

impl Early {
    /// The flag that makes a worker wait for a line on its standard input, and end its work with another one.
    pub const FLAG: &'static str = "--when-told";
    /// More need not be there at the first moment.
    const MOST: u32 = 4;

    /// Starts workers as `options` say, a few at most. To be called within a runtime.
    ///
    /// # Errors
    /// [`EngineError`] when one does not start.
    pub fn start(options: &LocalOptions, clock: &Arc<dyn Clock>) -> Result<Self, EngineError> {
        let workers = options.workers.clamp(1, Self::MOST);
        (0..workers).map(|_| start(options, clock, true)).collect::<Result<_, _>>().map(Self)
    }
}

/// A worker, in its place among the others.
pub(super) struct Slot {
    pub(super) child: Child,
    pub(super) pid: u32,
    /// Since when it has work.
    pub(super) since: StageTime,
    pub(super) log: TailOfLog,
    /// Kept open: where it closes, we are gone, and the worker goes on.
    input: Option<ChildStdin>,
    _reader: JoinSet<()>,
}

impl Slot {
    /// A worker that waited begins.
    pub(super) async fn told(mut self, now: StageTime) -> Self {
        self.say(b"\n").await;
        self.since = now;
        self
    }

    /// Asks it to give back what it has not drawn, and to end.
    pub(super) async fn stop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        #[cfg(windows)]
        self.say(b"stop\n").await;
    }

    async fn say(&mut self, line: &[u8]) {
        if let Some(input) = &mut self.input
            && let Err(error) = input.write_all(line).await
        {
            // It has died, which is seen at the next look.
            tracing::debug!(%error, "a worker does not listen");
        }
    }
}

/// Whether a worker has to be told to stop, since the system has no signal for it.
pub(super) const IS_TOLD_TO_STOP: bool = cfg!(windows);

/// Starts a worker; one that `waits` begins when it is told.
pub(super) fn start(
    options: &LocalOptions,
    clock: &Arc<dyn Clock>,
    waits: bool,
) -> Result<Slot, EngineError> {
    let empty = OsString::new();
    let program = options.command.first().unwrap_or(&empty);
    let failed = |source| EngineError::Start { program: program.to_string_lossy().into_owned(), source };
    let mut worker = Command::new(program);
    worker
        .args(options.command.iter().skip(1))
        .args(waits.then_some(Early::FLAG))
        .stdin(if waits { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    Console::Shared.of(worker.as_std_mut());
    let mut child = worker.spawn().map_err(failed)?;
    let (log, mut reader) = (TailOfLog::default(), JoinSet::new());
    let input = child.stdin.take();
    if let Some(errors) = child.stderr.take() {
        reader.spawn(log.clone().follow(errors));
    }
    let pid = child.id().unwrap_or_default();
    Ok(Slot { child, pid, since: clock.now(), log, input, _reader: reader })
}
