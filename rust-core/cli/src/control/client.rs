//! The end of whoever gives orders.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    time::Duration,
};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_tracking::ingest::Said;
use serde::{Deserialize, Serialize};

use super::{Ask, LONGEST, Place, Question, SCHEMA, file_in};

/// No wait is longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the listener says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
    /// The take that rolls.
    pub(crate) rolling: Option<Named>,
    /// The take that was closed last.
    pub(crate) last: Option<Named>,
    /// Where the one or else the other lies.
    pub(crate) path: Option<PathBuf>,
    /// Takes closed so far.
    pub(crate) takes: u64,
}

/// A take by slate and number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) slate: String,
    pub(crate) take: u32,
}

impl Answer {
    pub(super) fn of(said: Result<Said, String>) -> Self {
        let named = |name: cyclorama_tracking::slate::TakeName| Named { slate: name.slate, take: name.take };
        match said {
            Err(why) => Self { refused: Some(why), ..Self::default() },
            Ok(said) => Self {
                refused: None,
                rolling: said.rolling.map(named),
                last: said.last.map(named),
                path: said.path,
                takes: said.takes,
            },
        }
    }
}

/// Why an order was not given or not obeyed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ControlError {
    /// Nobody records there.
    #[error("no listener records into {}", folder.display())]
    Nobody {
        /// The folder.
        folder: PathBuf,
    },
    /// The file is there and cannot be read or is none.
    #[error("{} says not where the listener is", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It did not answer, or not in words we know.
    #[error("the listener that records into {} does not answer", folder.display())]
    Silent {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It does not want to.
    #[error("{0}")]
    Refused(String),
}

impl Classify for ControlError {
    fn kind(&self) -> Kind {
        match self {
            Self::Nobody { .. } => Kind::NotFound,
            Self::File { .. } => Kind::Refused,
            Self::Silent { .. } => Kind::Network,
            Self::Refused(_) => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Nobody { folder } => {
                Some(format!("start one: cyclorama track listen --record-dir {}", folder.display()))
            }
            _ => None,
        }
    }
}

/// Asks the listener that records into `folder`.
pub(crate) fn ask(folder: &Path, ask: Ask) -> Result<Answer, ControlError> {
    let file = file_in(folder);
    let nobody = || ControlError::Nobody { folder: folder.to_owned() };
    let text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(nobody()),
        read => read.map_err(|source| ControlError::File { file: file.clone(), source })?,
    };
    let place: Place = serde_json::from_str(&text)
        .map_err(|error| ControlError::File { file, source: io::Error::other(error) })?;
    // A listener that was killed leaves its file, and nobody at the address, or by now somebody else.
    let stream = TcpStream::connect_timeout(&place.address, PATIENCE).map_err(|_| nobody())?;
    let silent = |source| {
        if is_gone(place.pid) { nobody() } else { ControlError::Silent { folder: folder.to_owned(), source } }
    };
    let answer = exchange(stream, &place, ask).map_err(silent)?;
    match answer.refused {
        Some(why) => Err(ControlError::Refused(why)),
        None => Ok(answer),
    }
}

/// Whether no process has this number any more, where the system says so.
fn is_gone(pid: u32) -> bool {
    #[cfg(unix)]
    {
        let process = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        process
            .is_none_or(|process| rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH))
    }
    #[cfg(not(unix))]
    {
        let _ = pid;
        false
    }
}

/// Whether a listener records into `folder`.
pub(super) fn is_alive(folder: &Path) -> bool {
    ask(folder, Ask::Status).is_ok()
}

fn exchange(mut stream: TcpStream, place: &Place, ask: Ask) -> io::Result<Answer> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let question = Question { schema: SCHEMA.to_owned(), secret: place.secret.clone(), ask };
    let mut line = serde_json::to_vec(&question)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}
