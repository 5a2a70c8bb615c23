//! A host that leaves too much in its folder is ended, and the frame is found at which it does so.
//!
//! Hosts draw ahead of what is checked and committed. So when too much lies there as one tells of a frame, any frame that it has begun
//! since may be the one; those are then drawn one by one, and nobody is blamed before.

use super::{RangeWork, Run};
use crate::host::HostFailure;
use crate::host::protocol::FromHost;
use crate::plan::FrameRange;
use cyclorama_time::FrameNumber;

impl RangeWork<'_> {
    /// Looks how much the host has left on the disk.
    pub(super) fn within_disk(&self) -> Result<(), HostFailure> {
        let most = self.worker.confined.disk;
        self.worker.confined.excess().map_or(Ok(()), |bytes| Err(HostFailure::Disk { bytes, most }))
    }

    /// Whether `frame` is one of several of which one fills the disk, and is to be drawn by itself.
    pub(super) fn is_suspect(&self, frame: FrameNumber) -> bool {
        self.worker.suspects.is_some_and(|suspects| suspects.contains(frame))
    }

    /// Whether a host that told of the next frame of `run` can have begun a later one by then.
    pub(super) fn may_be_ahead(&self, run: &Run) -> bool {
        run.told && run.next < run.render.last && !self.is_suspect(run.next)
    }

    /// Ends a host that filled its folder. From the next frame of `run` to where the host had come, each is suspect.
    pub(super) async fn end_without_blame(&mut self, run: &Run) {
        let Some(host) = self.worker.host.take() else { return };
        let told = |message: FromHost| match message {
            FromHost::Frame { id, frame, .. } if id == run.render.id => Some(frame),
            _ => None,
        };
        let furthest = host.process.kill().await.into_iter().filter_map(told).max();
        let begun = furthest.map_or(run.next, |frame| frame.max(run.next)).0.saturating_add(1);
        let last = FrameNumber(begun).min(run.render.last);
        let (worker, first) = (&self.worker.options.name, run.next);
        tracing::warn!(
            worker,
            first = first.0,
            last = last.0,
            "the host left too much on the disk at one of these frames"
        );
        self.worker.suspects = Some(FrameRange { first, last });
    }
}
