//! What somebody should know, told at most once a second for each cause.

use std::{net::SocketAddr, sync::Arc};

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
}

impl FaultCause {
    const ALL: [Self; 14] = [
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
    ];
}

/// At most so often is a cause told, nanoseconds.
const QUIET: i64 = 1_000_000_000;

/// What waits to be told of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    waiting: [u64; FaultCause::ALL.len()],
    told: [Option<StageTime>; FaultCause::ALL.len()],
}

impl Faults {
    pub(super) fn raise(&mut self, cause: FaultCause, count: u64) {
        self.waiting[cause as usize] += count;
    }

    pub(super) fn poll(&mut self, now: StageTime) -> Option<(FaultCause, u64)> {
        let due = |at: usize| {
            self.waiting[at] > 0 && self.told[at].is_none_or(|told| now.nanos_since(told) >= QUIET)
        };
        let at = (0..FaultCause::ALL.len()).find(|at| due(*at))?;
        self.told[at] = Some(now);
        Some((FaultCause::ALL[at], std::mem::take(&mut self.waiting[at])))
    }
}
