//! The worker's side: a host as a child process.
//!
//! Started from an argument list, never a shell; with a scrubbed environment; in a process group of its own, so
//! that an operator's Ctrl-C reaches the worker and not the frame in flight, and so that nothing survives a kill.

mod door;
mod input;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::door::Door;
use self::input::{Heard, Input};
use super::protocol::{FromHost, LONGEST_LINE, ToHost, VERSION};
use super::{Confinement, Console};

/// How to start a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCommand {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment; see [`safe_environment`].
    pub environment: Vec<(OsString, OsString)>,
    /// How the two speak.
    pub channel: Channel,
}

/// How worker and host speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    /// Over the host's standard input and output.
    #[default]
    Pipes,
    /// Over a connection that the host makes: others write to its standard output as well. It is told where by an
    /// argument, and what to say first by a variable (see [`super::engine::connect`]).
    Socket,
}

/// Why a host could not be started or went silent. The attempt at its frame has failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostFailure {
    /// The program does not start.
    #[error("the host `{program}` does not start")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It ended.
    #[error("the host ended ({status}){log}")]
    Ended {
        /// How.
        status: String,
        /// The end of what it wrote to stderr.
        log: LogTail,
    },
    /// It said nothing for too long.
    #[error("the host was silent for {seconds:.1} s{log}")]
    Silent {
        /// The limit.
        seconds: f64,
        /// The end of what it wrote to stderr.
        log: LogTail,
    },
    /// It filled its folder.
    #[error("the host left {bytes} bytes in its folder, where it may use {most}")]
    Disk {
        /// What was there.
        bytes: u64,
        /// What may be.
        most: u64,
    },
    /// It said something that makes no sense.
    #[error("the host said something that makes no sense: {0}")]
    Protocol(String),
    /// It reported an error that is not one of a frame.
    #[error("the host reports: {0}")]
    Reported(String),
}

/// The end of a log, shown after a message when there is any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogTail(pub String);

impl std::fmt::Display for LogTail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; its log ends: {}", self.0) }
    }
}

impl Classify for HostFailure {
    fn kind(&self) -> Kind {
        match self {
            Self::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Kind::NotFound,
            Self::Reported(_) => Kind::User,
            _ => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Start { program, .. } => Some(format!(
                "check that `{program}` is installed and can be run, also by the user of the hosts"
            )),
            Self::Disk { .. } => Some("give hosts more by the setting render.host-disk".to_owned()),
            _ => None,
        }
    }
}

/// This process's environment, without what hosts have no business with: credentials above all.
pub fn safe_environment() -> Vec<(OsString, OsString)> {
    const KEPT: [&str; 24] = [
        "APPDATA",
        "CUDA_VISIBLE_DEVICES",
        "DISPLAY",
        "HOME",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
        "LOCALAPPDATA",
        "NUMBER_OF_PROCESSORS",
        "OCIO",
        "PATH",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "RAYON_NUM_THREADS",
        "RUST_BACKTRACE",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "USERPROFILE",
        "WINDIR",
        "XDG_RUNTIME_DIR",
    ];
    let is_kept = |name: &OsString| name.to_str().is_some_and(|n| KEPT.contains(&n.to_uppercase().as_str()));
    std::env::vars_os().filter(|(name, _)| is_kept(name)).collect()
}

/// A running host. Dropping it kills it and everything it started.
pub struct Process {
    child: Child,
    group: Option<u32>,
    input: Input,
    lines: mpsc::Receiver<Result<FromHost, String>>,
    log: TailOfLog,
    software: String,
    _readers: JoinSet<()>,
}

impl Process {
    /// Starts a host, confined, and exchanges greetings, within `patience`.
    ///
    /// # Errors
    /// [`HostFailure`] when it does not start, is silent, or speaks another protocol version.
    pub async fn start(
        command: &HostCommand,
        confined: &Confinement,
        patience: Duration,
    ) -> Result<Self, HostFailure> {
        let start =
            |source| HostFailure::Start { program: command.program.to_string_lossy().into_owned(), source };
        let door = match command.channel {
            Channel::Pipes => None,
            Channel::Socket => Some(Door::new().await.map_err(start)?),
        };
        let mut builder = Command::new(&command.program);
        builder
            .args(&command.arguments)
            .args(door.as_ref().map(Door::argument))
            .env_clear()
            .envs(command.environment.iter().map(|(name, value)| (name, value)))
            .envs(door.as_ref().map(Door::variable))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Console::Apart.of(builder.as_std_mut());
        confined.before(&mut builder);
        let mut child = builder.spawn().map_err(start)?;
        let missing = || start(std::io::Error::other("a pipe is missing"));
        let pipe = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        let (sender, lines) = mpsc::channel(64);
        let log = TailOfLog::default();
        let mut readers = JoinSet::new();
        readers.spawn(log.clone().follow(errors));
        let group = child.id();
        confined.after(group);
        let input = match door {
            None => {
                readers.spawn(read_lines(output, sender));
                Input::new(pipe)
            }
            Some(door) => {
                readers.spawn(log.clone().follow(output));
                let stream = door.open(&mut child, patience, &log).await?;
                let (reading, writing) = stream.into_split();
                readers.spawn(read_lines(reading, sender));
                Input::new(writing)
            }
        };
        let software = String::new();
        let mut process = Self { child, group, input, lines, log, software, _readers: readers };
        process.greet(patience).await?;
        Ok(process)
    }

    /// Name and version the host gave.
    pub fn software(&self) -> &str {
        &self.software
    }

    /// Says something to the host. A host that is gone is noticed by the next [`Process::next`]. One that does not read its input
    /// while it draws is not waited for; it hears the rest when it reads again.
    ///
    /// # Errors
    /// [`HostFailure::Protocol`] when the message is longer than a line may be.
    pub async fn say(&mut self, message: &ToHost) -> Result<(), HostFailure> {
        let mut line =
            serde_json::to_vec(message).map_err(|error| HostFailure::Protocol(error.to_string()))?;
        line.push(b'\n');
        if line.len() > LONGEST_LINE {
            return Err(HostFailure::Protocol(format!("a message of {} bytes is too long", line.len())));
        }
        match self.input.say(&line).await {
            Ok(Heard::All | Heard::Nothing) => {}
            Ok(Heard::NoMore) => {
                tracing::warn!(software = self.software, "the host does not read what it is told");
            }
            Err(error) => tracing::debug!(%error, "the host does not listen"),
        }
        Ok(())
    }

    /// What the host says next, waiting at most `patience`. May be dropped while it waits; nothing is lost.
    ///
    /// # Errors
    /// [`HostFailure`] when it ended, is silent for too long, or makes no sense.
    pub async fn next(&mut self, patience: Duration) -> Result<FromHost, HostFailure> {
        let Self { lines, input, .. } = self;
        let line = async {
            loop {
                tokio::select! {
                    biased;
                    line = lines.recv() => return line,
                    () = input.say_rest(), if input.owes() => {}
                }
            }
        };
        match tokio::time::timeout(patience, line).await {
            Err(_) => Err(self.silent(patience)),
            Ok(Some(Ok(message))) => Ok(message),
            Ok(Some(Err(reason))) => Err(HostFailure::Protocol(reason)),
            Ok(None) => {
                let status = self.end().await;
                Err(HostFailure::Ended { status, log: self.log.tail() })
            }
        }
    }

    /// It said or took nothing for so long.
    pub(crate) fn silent(&self, patience: Duration) -> HostFailure {
        HostFailure::Silent { seconds: patience.as_secs_f64(), log: self.log.tail() }
    }

    /// Asks the host to end and waits a moment for it, then ends it.
    pub async fn close(mut self) {
        const GRACE: Duration = Duration::from_secs(2);
        if self.say(&ToHost::Close).await.is_ok() {
            let _ = tokio::time::timeout(GRACE, self.child.wait()).await;
        }
    }

    /// Ends it at once, and gives what it had said until then, as far as that is worth waiting for: what the host has begun
    /// may have left its group, hold the pipe and talk on.
    pub async fn kill(mut self) -> Vec<FromHost> {
        const LONGEST: Duration = Duration::from_secs(2);
        const MOST: usize = 4096;
        if let Some(group) = self.group {
            kill_group(group);
        }
        let _ = self.child.start_kill();
        let mut said = Vec::new();
        let reading = async {
            while said.len() < MOST
                && let Ok(message) = self.next(LONGEST).await
            {
                said.push(message);
            }
        };
        let _ = tokio::time::timeout(LONGEST, reading).await;
        said
    }

    async fn greet(&mut self, patience: Duration) -> Result<(), HostFailure> {
        self.say(&ToHost::Hello { protocol: VERSION }).await?;
        match self.next(patience).await? {
            FromHost::Hello { protocol: VERSION, software } => {
                self.software = software;
                Ok(())
            }
            FromHost::Hello { protocol, .. } => {
                Err(HostFailure::Protocol(format!("it speaks protocol {protocol}, wanted is {VERSION}")))
            }
            FromHost::Error { message, .. } => Err(HostFailure::Reported(message)),
            other => Err(HostFailure::Protocol(format!("no greeting but {other:?}"))),
        }
    }

    /// The output is closed: the host ended, or will be.
    async fn end(&mut self) -> String {
        const GRACE: Duration = Duration::from_millis(500);
        match tokio::time::timeout(GRACE, self.child.wait()).await {
            Ok(Ok(status)) => describe(status),
            _ => "its output was closed".to_owned(),
        }
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("child", &self.child).field("software", &self.software).finish()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The child is not reaped while it is owned here, so its group cannot have been given to others.
        if let Some(group) = self.group {
            kill_group(group);
        }
    }
}

/// How it ended, with the cause where the system ended it for what we hold it to.
fn describe(status: ExitStatus) -> String {
    #[cfg(target_os = "linux")]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(rustix::process::Signal::XFSZ.as_raw())
    {
        return format!("{status}: a file of its grew larger than the setting render.host-disk allows");
    }
    status.to_string()
}

async fn read_lines(output: impl AsyncRead + Unpin, sender: mpsc::Sender<Result<FromHost, String>>) {
    let mut reader = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let read = (&mut reader).take(LONGEST_LINE as u64).read_until(b'\n', &mut line).await;
        let message = match (read, line.last()) {
            (Ok(_), Some(b'\n')) => serde_json::from_slice(&line).map_err(|error| {
                format!("{error} in `{}`", String::from_utf8_lossy(&line[..line.len().min(80)]))
            }),
            (Ok(_), None) | (Err(_), _) => return,
            (Ok(_), Some(_)) => Err("a line is cut, or longer than a mebibyte".to_owned()),
        };
        let ends = message.is_err();
        if sender.send(message).await.is_err() || ends {
            return;
        }
    }
}

/// The last bytes of what a child writes to stderr.
#[derive(Clone, Debug, Default)]
pub(crate) struct TailOfLog(Arc<Mutex<VecDeque<u8>>>);

impl TailOfLog {
    /// Reads until the end and keeps the last bytes.
    pub(crate) async fn follow(self, mut stream: impl tokio::io::AsyncRead + Unpin) {
        const KEPT: usize = 16 << 10;
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.extend(&buffer[..read]);
            let excess = log.len().saturating_sub(KEPT);
            log.drain(..excess);
        }
    }

    /// The last three lines, on one.
    pub(crate) fn tail(&self) -> LogTail {
        let bytes: Vec<u8> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        LogTail(lines[lines.len().saturating_sub(3)..].join(" | "))
    }
}

#[cfg(unix)]
fn kill_group(group: u32) {
    let group = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(windows)]
fn kill_group(_: u32) {
    // `kill_on_drop` ends the host itself; a host that starts further processes there ends them with it.
}
