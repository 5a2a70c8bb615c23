//! Workers that are lost say nothing of the frame they were at, so whoever takes their lease over says it for them.
//!
//! The first frame that is missing is taken for the one. A host may have been at the next while that was committed, so before a
//! frame is set aside for it, it is drawn by itself: then nothing else can have been in flight.

use cyclorama_time::FrameNumber;

use super::RangeWork;
use crate::ledger::{Lease, LedgerError, Verdict};

/// The holding of a lease before ours.
pub(super) struct Before {
    /// Who, where that worker was lost.
    lost: Option<String>,
}

impl Before {
    /// None when nobody held it before.
    pub(super) fn of(lease: &Lease) -> Option<Self> {
        (lease.epoch() > 1).then(|| Self { lost: lease.lost().map(str::to_owned) })
    }
}

impl RangeWork<'_> {
    /// Weighs, once, whether `frame`, the first that is missing, is what holders before us were lost at. True when it was set aside.
    pub(super) async fn is_set_aside(&mut self, frame: FrameNumber) -> Result<bool, LedgerError> {
        let Some(Before { lost }) = self.before.take() else { return Ok(false) };
        let worker = &mut *self.worker;
        let (name, at) = (&worker.options.name, worker.clock.utc());
        let done = worker.state.committed.len() as u64;
        if let Some(lost) = &lost {
            tracing::warn!(worker = name, frame = frame.0, lost, "the worker drawing a frame was lost");
        }
        let (lease, who) = ((self.name, self.epoch), (name.as_str(), lost.as_deref()));
        match worker.job.weigh_losses(frame, lease, who, done, at).await? {
            Verdict::Drawn => Ok(false),
            Verdict::Alone => {
                self.alone = Some(frame);
                Ok(false)
            }
            Verdict::SetAside(losses) => {
                tracing::warn!(
                    worker = name,
                    frame = frame.0,
                    losses,
                    "a frame at which workers are lost is set aside"
                );
                worker.report.given_up += 1;
                Ok(true)
            }
        }
    }
}
