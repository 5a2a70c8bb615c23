//! What somebody should know, told at most once a second for each cause.

use std::{fmt, net::SocketAddr, sync::Arc};

use cyclorama_time::StageTime;
use serde::Serialize;

/// Something happened, `count` times since it was last told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// What.
    pub cause: FaultCause,
    /// How often since last told; packets, for losses.
    pub count: u64,
    /// When it is told.
    pub at: StageTime,
    /// Whose samples; absent for what belongs to no stream.
    pub subject: Option<Arc<str>>,
    /// Who sent them.
    pub source: Option<SocketAddr>,
}

/// A sentence for people: who, from where, what, and how often.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.subject.as_deref().unwrap_or("this port"))?;
        if let Some(source) = self.source {
            write!(f, " from {source}")?;
        }
        write!(f, ": {}", self.cause.meaning())?;
        if self.count > 1 {
            write!(f, " ({})", self.count)?;
        }
        Ok(())
    }
}

/// Causes of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultCause {
    /// Packets are missing.
    Loss,
    /// Packets overtook each other.
    Reordered,
    /// Packets came twice.
    Duplicates,
    /// Packets came too late to be of use.
    TooLate,
    /// The sender counts anew: it was probably started again.
    Restarted,
    /// The sender's counter does not count.
    CounterRefused,
    /// No sample for several periods.
    Stale,
    /// No sample for so long that the sender is given up.
    DroppedOut,
    /// Samples come again.
    Returned,
    /// A second sender of a subject that is followed already. Its samples are not used.
    SecondSender,
    /// This sender is followed now in place of one that fell silent.
    TookOver,
    /// Samples of senders that are not among those named.
    NotAllowed,
    /// More streams than there is room for.
    TooManyStreams,
    /// Datagrams that are no samples at all.
    Rubbish,
    /// Samples no camera could have made; they are kept out.
    Outliers,
    /// The subject is somewhere else at once, and several samples agree.
    Jumped,
    /// Another sender of the subject is used now.
    Switched,
    /// The tracker says that it has lost its way.
    Lost,
    /// The sender stamps UTC where TAI is due, 37 seconds off.
    UtcForTai,
    /// The sender counts seconds since 1900 where since 1970 is due.
    NtpEpoch,
    /// The sender says that it is locked to PTP, but its stamps do not fit this machine's time.
    PtpImplausible,
    /// The sender follows another PTP leader than before.
    LeaderChanged,
    /// The sender's stamps stand still or jump, and are not used.
    StampsRefused,
    /// A ring of the lens stands where it was not calibrated.
    LensOutside,
    /// A lens or an alignment is meant for this subject, and others are heard.
    Unheard,
}

impl FaultCause {
    const ALL: [Self; 25] = [
        Self::Loss,
        Self::Reordered,
        Self::Duplicates,
        Self::TooLate,
        Self::Restarted,
        Self::CounterRefused,
        Self::Stale,
        Self::DroppedOut,
        Self::Returned,
        Self::SecondSender,
        Self::TookOver,
        Self::NotAllowed,
        Self::TooManyStreams,
        Self::Rubbish,
        Self::Outliers,
        Self::Jumped,
        Self::Switched,
        Self::Lost,
        Self::UtcForTai,
        Self::NtpEpoch,
        Self::PtpImplausible,
        Self::LeaderChanged,
        Self::StampsRefused,
        Self::LensOutside,
        Self::Unheard,
    ];

    /// A sentence for people, fitting after who it is about.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Loss => "samples are missing: look at the network between tracker and this machine",
            Self::Reordered => "samples overtake each other; they are put in order",
            Self::Duplicates => "samples come twice; the second is not used",
            Self::TooLate => "samples come too late to be of use",
            Self::Restarted => "the sender counts anew: it was probably started again",
            Self::CounterRefused => "its counter does not count and is not used",
            Self::Stale => "no sample for several periods",
            Self::DroppedOut => "no sample for so long that the sender is given up",
            Self::Returned => "samples come again",
            Self::SecondSender => "a SECOND SENDER says it is this subject; its samples are not used",
            Self::TookOver => "this sender is followed now; the one before fell silent",
            Self::NotAllowed => "samples of senders that are not named by --source; not used",
            Self::TooManyStreams => "more streams than there is room for",
            Self::Rubbish => "datagrams that are damaged or no samples at all",
            Self::Outliers => "samples no camera could have made were kept out",
            Self::Jumped => "the subject is somewhere else at once, and its samples agree",
            Self::Switched => "another sender of it is used now",
            Self::Lost => "the tracker says that it is lost: its last pose is held, never extrapolated",
            Self::UtcForTai => "its clock is UTC where TAI is due, 37 s off; its stamps are read as UTC",
            Self::NtpEpoch => "its stamps count from 1900 where from 1970 is due; they are read so",
            Self::PtpImplausible => {
                "it says PTP, but its stamps do not fit this machine's time; taken as a clock of its own"
            }
            Self::LeaderChanged => "it follows another PTP leader than before",
            Self::StampsRefused => "its stamps stand still or jump and are not used",
            Self::LensOutside => "a lens ring stands where it was not calibrated; the nearest value is used",
            Self::Unheard => {
                "nothing is heard of it, so the lens or alignment that is meant for it does nothing: look at the name"
            }
        }
    }
}

/// At most so often is a cause told, nanoseconds.
const QUIET: i64 = 1_000_000_000;

/// What waits to be told of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    waiting: [u64; FaultCause::ALL.len()],
    told: [Option<StageTime>; FaultCause::ALL.len()],
}

impl Faults {
    pub(crate) fn raise(&mut self, cause: FaultCause, count: u64) {
        self.waiting[cause as usize] += count;
    }

    pub(crate) fn poll(&mut self, now: StageTime) -> Option<(FaultCause, u64)> {
        let due = |at: usize| {
            self.waiting[at] > 0 && self.told[at].is_none_or(|told| now.nanos_since(told) >= QUIET)
        };
        let at = (0..FaultCause::ALL.len()).find(|at| due(*at))?;
        self.told[at] = Some(now);
        Some((FaultCause::ALL[at], std::mem::take(&mut self.waiting[at])))
    }
}
