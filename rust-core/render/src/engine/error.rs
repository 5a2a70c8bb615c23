//! Why an engine cannot go on.

use std::path::PathBuf;

use cyclorama_outcome::{Classify, Kind};

use super::service::ServiceError;
use super::shell::NotAWord;
use crate::host::LogTail;
use crate::ledger::LedgerError;

/// Why the engine cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The ledger failed.
    #[error("the job's ledger failed")]
    Ledger(#[from] LedgerError),
    /// A worker cannot be started.
    #[error("a worker cannot be started with `{program}`")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Workers die faster than they commit frames.
    #[error("workers die without finishing a frame; the last one ended with {status}{log}")]
    WorkersDie {
        /// How the last one ended.
        status: String,
        /// The end of what it wrote to stderr.
        log: LogTail,
    },
    /// A farm's tool refused.
    #[error("`{program}` refused: {said}")]
    Farm {
        /// The tool.
        program: String,
        /// Its own last words.
        said: String,
    },
    /// A farm's tool did not end.
    #[error("`{program}` did not answer for {seconds} s")]
    FarmSilent {
        /// The tool.
        program: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Slots of a farm end faster than they commit frames.
    #[error("workers on {engine} end without finishing a frame; their output is in {output}")]
    SlotsEnd {
        /// The engine.
        engine: &'static str,
        /// Where the workers' own output is.
        output: String,
    },
    /// An option for the farm that is none.
    #[error(
        "`{option}` is no option of the farm: it must begin with --, and have a value where no tool reads it"
    )]
    Option {
        /// What was given.
        option: String,
    },
    /// An option for the farm that it does not have.
    #[error("the farm has no option --{name}")]
    OptionUnknown {
        /// What was given.
        name: String,
        /// What there is.
        known: &'static str,
    },
    /// An option for the farm that cannot be left out.
    #[error("the farm needs the option --{name}={wanted}")]
    OptionMissing {
        /// Its name.
        name: &'static str,
        /// What its value looks like.
        wanted: &'static str,
    },
    /// Two options for the farm of which only one can be meant.
    #[error("the farm's options --{one} and --{other} cannot be given together")]
    OptionsTogether {
        /// The one that decides.
        one: &'static str,
        /// What it leaves no room for.
        other: &'static str,
    },
    /// An option for the farm with a value that does not fit.
    #[error("the farm's option --{name} is {wanted}, not `{value}`")]
    OptionValue {
        /// Its name.
        name: &'static str,
        /// What was given.
        value: String,
        /// What its value looks like.
        wanted: &'static str,
    },
    /// An argument that a farm's script cannot carry.
    #[error("a worker cannot be started there")]
    Word(#[source] NotAWord),
    /// More tasks than one job of the farm can have.
    #[error("the job has {ranges} ranges, and one of the farm's jobs at most {most} tasks")]
    TooManyRanges {
        /// Ranges of the plan.
        ranges: usize,
        /// What the farm takes.
        most: usize,
    },
    /// A file for the farm cannot be written.
    #[error("`{}` cannot be written", path.display())]
    Bundle {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A service of the cloud did not do it.
    #[error(transparent)]
    Service(ServiceError),
    /// A service of the cloud answered with something else.
    #[error("the answer to {path} makes no sense")]
    Answer {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The farm will never run the slots.
    #[error("{engine} will not run the workers: {said}")]
    NeverRuns {
        /// The engine.
        engine: &'static str,
        /// In its own words.
        said: String,
    },
}

impl EngineError {
    /// Whether the farm may answer otherwise if it is only asked again.
    pub(super) fn may_pass(&self) -> bool {
        !matches!(self, Self::NeverRuns { .. })
    }
}

impl Classify for EngineError {
    fn kind(&self) -> Kind {
        match self {
            Self::Ledger(source) => source.kind(),
            Self::Start { .. } | Self::WorkersDie { .. } | Self::SlotsEnd { .. } => Kind::Internal,
            Self::Farm { .. } | Self::NeverRuns { .. } => Kind::Refused,
            Self::FarmSilent { .. } => Kind::Network,
            Self::Option { .. }
            | Self::OptionUnknown { .. }
            | Self::OptionMissing { .. }
            | Self::OptionsTogether { .. }
            | Self::OptionValue { .. }
            | Self::TooManyRanges { .. }
            | Self::Word(_) => Kind::User,
            Self::Bundle { source, .. } => Classify::kind(source),
            Self::Service(source) => source.kind(),
            Self::Answer { .. } => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(source) => source.hint(),
            Self::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Some("install the program, or give its folder in PATH".to_owned())
            }
            Self::SlotsEnd { .. } => Some(
                "see the last lines there: every machine of the farm must reach the ledger and this command"
                    .to_owned(),
            ),
            Self::OptionUnknown { known, .. } => Some(format!("it has {known}")),
            Self::OptionMissing { name, wanted } => Some(format!("say --engine-option=--{name}={wanted}")),
            Self::OptionsTogether { one: "bundle", other } => Some(format!(
                "leave out --{other}: whoever submits the bundle says so, as in `deadline bundle submit`"
            )),
            Self::TooManyRanges { .. } => {
                Some("leave out --tasks=ranges: slots take any number of ranges".to_owned())
            }
            Self::Service(source) => source.hint(),
            Self::Start { .. }
            | Self::Farm { .. }
            | Self::FarmSilent { .. }
            | Self::Option { .. }
            | Self::OptionsTogether { .. }
            | Self::OptionValue { .. }
            | Self::Bundle { .. }
            | Self::Answer { .. }
            | Self::NeverRuns { .. }
            | Self::Word(_) => None,
            Self::WorkersDie { .. } => Some(
                "run the worker by hand to see its messages: cyclorama render worker --ledger URL".to_owned(),
            ),
        }
    }
}
