//! What happens to a subject that somebody should know: raised here, told at most once a second for each cause.

use std::{net::SocketAddr, sync::Arc};

use cyclorama_time::StageTime;

use super::Taken;
use crate::{
    Sample, Status,
    clock::{ClockHealth, Scale},
    stream::{Fault, FaultCause, fault::Faults},
};

/// What was seen of one subject, so that only changes are told.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    faults: Faults,
    source: Option<SocketAddr>,
    leader: Option<[u8; 6]>,
    scale: Option<Scale>,
    implausible: bool,
    refused: bool,
    lost: bool,
    switches: u64,
}

impl Watch {
    /// Takes what became of a sample and how its sender's clock is.
    pub(super) fn sample(
        &mut self,
        source: Option<SocketAddr>,
        sample: &Sample,
        taken: Taken,
        clock: &ClockHealth,
    ) {
        self.source = source;
        match taken {
            Taken::Outlier => self.faults.raise(FaultCause::Outliers, 1),
            Taken::Relocked => self.faults.raise(FaultCause::Jumped, 1),
            _ => {}
        }
        let lost = taken == Taken::Lost && sample.status == Status::Lost;
        self.once(FaultCause::Lost, lost, |watch| &mut watch.lost);
        self.once(FaultCause::StampsRefused, clock.stamps_refused, |watch| &mut watch.refused);
        self.once(FaultCause::PtpImplausible, clock.implausible_ptp, |watch| &mut watch.implausible);
        if clock.scale != self.scale {
            self.scale = clock.scale;
            match clock.scale {
                Some(Scale::Utc) => self.faults.raise(FaultCause::UtcForTai, 1),
                Some(Scale::Ntp) => self.faults.raise(FaultCause::NtpEpoch, 1),
                _ => {}
            }
        }
        if let Some(leader) = sample.clocking.leader
            && self.leader.replace(leader).is_some_and(|before| before != leader)
        {
            self.faults.raise(FaultCause::LeaderChanged, 1);
        }
    }

    /// Takes how often senders took turns so far.
    pub(super) fn switches(&mut self, switches: u64) {
        self.faults.raise(FaultCause::Switched, switches.saturating_sub(self.switches));
        self.switches = switches;
    }

    /// Something else about the subject.
    pub(super) fn raise(&mut self, cause: FaultCause, count: u64) {
        self.faults.raise(cause, count);
    }

    /// The PTP leader it follows, as far as it says.
    pub(super) fn leader(&self) -> Option<[u8; 6]> {
        self.leader
    }

    /// The next thing to tell of `subject`.
    pub(super) fn poll(&mut self, now: StageTime, subject: &Arc<str>) -> Option<Fault> {
        let (cause, count) = self.faults.poll(now)?;
        Some(Fault { cause, count, at: now, subject: Some(subject.clone()), source: self.source })
    }

    /// Raises `cause` when `is` becomes true.
    fn once(&mut self, cause: FaultCause, is: bool, known: impl Fn(&mut Self) -> &mut bool) {
        let before = std::mem::replace(known(self), is);
        if is && !before {
            self.faults.raise(cause, 1);
        }
    }
}
