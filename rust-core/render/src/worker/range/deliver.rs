//! From a file that a host told of to a frame that is committed, while the host draws the next.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_content::Digest;
use cyclorama_time::FrameNumber;
use cyclorama_tracking::udp::short_turns;
use futures::future::join;
use tokio::sync::oneshot;

use super::{RangeWork, Run};
use crate::host::Confinement;
use crate::host::protocol::ToHost;
use crate::ledger::{Commit, FrameRecord, LedgerError, Picture, RenderedFrame};
use crate::plan::BEAUTY;
use crate::verify::{Checked, Expected, expected, open_and_check};
use crate::worker::WorkerError;

impl RangeWork<'_> {
    /// Checks the file of the next frame and commits it.
    pub(super) async fn deliver(&mut self, run: &mut Run, path: &Path) -> Result<(), WorkerError> {
        let now = self.worker.clock.now();
        let seconds = now.nanos_since(run.since) as f64 * 1e-9;
        run.since = now;
        self.worker.report.spent.drawing += seconds;
        if let Some(host) = &mut self.worker.host {
            host.pace.record(seconds);
        }
        // The first one of a run was behind its walk-in.
        let drawn = if run.next == run.render.first { 1 + run.render.walk_in } else { 1 };
        self.tell(0, Some(seconds / f64::from(drawn)));
        let frame = run.next;
        let is_overlap = self.overlap(self.last(run)) == Some(frame);
        run.next = FrameNumber(frame.0 + 1);
        let is_through = self.is_through(run);
        let before = run.before.take();
        let wanted = expected(self.worker.job.plan(), &self.worker.camera, frame, before.as_ref());
        let (confined, path) = (self.worker.confined.clone(), path.to_owned());
        let clock = Arc::clone(&self.worker.clock);
        let (taken, given) = oneshot::channel();
        let checking = tokio::task::spawn_blocking(move || {
            let checked = take_and_check(&confined, &path, &wanted, taken);
            (checked, clock.now())
        });
        let (worker, own) = (&mut *self.worker, self.name);
        // It is on its way to the disk while it is checked. Where that fails, so does the commit, which says so.
        let staging = async {
            let (file, digest) = given.await.ok()?;
            // Only now: what a worker has taken waits nowhere any more.
            if is_through {
                worker.take_next(own);
            }
            if is_overlap { None } else { worker.job.stage(frame, file, digest).await.ok() }
        };
        let (checked, staged) = join(checking, staging).await;
        let (checked, at) = match checked {
            Ok(checked) => checked,
            Err(panic) => (Err(format!("it could not be decoded: {panic}")), self.worker.clock.now()),
        };
        self.worker.report.spent.checking += at.nanos_since(now) as f64 * 1e-9;
        match checked {
            Ok((_, file)) if is_overlap => {
                let (job, name) = (&self.worker.job, &self.worker.options.name);
                job.keep_overlap(name, frame, run.render.first, file).await?;
            }
            Ok((checked, file)) => {
                let picture = staged.map_or(Picture::Bytes(file), Picture::Staged);
                run.before = self.commit(run.render.first, frame, checked, picture, seconds).await?;
                self.worker.report.spent.committing += self.worker.since(at);
            }
            Err(reason) => self.failed(run, frame, &reason).await?,
        }
        if let Some(host) = &mut self.worker.host {
            // One that does not listen is noticed when it is listened to.
            let _ = host.process.say(&ToHost::Taken { id: run.render.id }).await;
        }
        Ok(())
    }

    /// Whether the host has drawn all of what is left of the lease, as far as is known.
    fn is_through(&self, run: &Run) -> bool {
        let last = self.last(run);
        let covers_the_rest = self.heart.as_ref().is_some_and(|heart| heart.last() <= run.frames.last);
        covers_the_rest && run.next > self.overlap(last).unwrap_or(last)
    }

    /// The record that now stands for the frame: ours, or that of whoever was faster.
    async fn commit(
        &mut self,
        run: FrameNumber,
        frame: FrameNumber,
        checked: Checked,
        picture: Picture,
        render_seconds: f64,
    ) -> Result<Option<FrameRecord>, LedgerError> {
        let Checked { pixels, file: blob, bytes, luminance } = checked;
        let (pass, luminance, run) = (BEAUTY.to_owned(), Some(luminance), Some(run));
        let rendered = RenderedFrame { frame, pass, blob, bytes, pixels, luminance, render_seconds, run };
        let (job, name) = (&self.worker.job, &self.worker.options.name);
        let utc = self.worker.clock.utc();
        let committed = job.commit((self.name.range, self.epoch), name, rendered, picture, utc).await?;
        match committed {
            Commit::Committed(record) => {
                self.worker.report.committed += 1;
                self.worker.report.redrawn += u64::from(self.heart.is_none());
                Ok(Some(*record))
            }
            Commit::Late(winner) => {
                self.worker.report.late += 1;
                if let Some(heart) = &self.heart {
                    // Whoever was faster may have split the rest off.
                    heart.end_before(&self.worker.job.splits(self.name.range).await?);
                }
                Ok(Some(*winner))
            }
        }
    }
}

/// The bytes of a file that a host reported, and what is known of them; else what is wrong, for people. `taken` hears the bytes and
/// their digest at once.
fn take_and_check(
    confined: &Confinement,
    path: &Path,
    wanted: &Expected,
    taken: oneshot::Sender<(Bytes, Digest)>,
) -> Result<(Checked, Bytes), String> {
    // Hosts may use every core, and this is little.
    short_turns();
    let unread = |error| format!("the host reported a file that cannot be read: {error}");
    let file = confined.take(path).map_err(unread)?;
    let digest = Digest::of(&file);
    // Nobody listens any more when the worker is dropped.
    let _ = taken.send((file.clone(), digest));
    let (checked, _) = open_and_check(&file, digest, wanted).map_err(|fault| fault.to_string())?;
    Ok((checked, file))
}
