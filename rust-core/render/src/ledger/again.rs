//! What is opened again: the leases of the dead, frames that were given up, and frames that proved to be wrong.

use cyclorama_assets::Condition;
use cyclorama_assets::store::{Written, nonce};
use cyclorama_time::{FrameNumber, StageTime};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::job::{json, number};
use super::{Job, JobState, LeaseName, LeaseRecord, LeaseState, LeaseWatch, LedgerError, RenderedFrame};

impl Job {
    /// Gives back what `worker` holds, for whoever knows that it is dead; `state` is refreshed. Returns how many leases.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read; what is left expires by itself.
    pub async fn free(&self, worker: &str, state: &mut JobState) -> Result<u32, LedgerError> {
        self.refresh(state).await?;
        let open = state.open(&self.plan).into_iter().map(|part| part.name);
        let open: Vec<_> = open.filter(|name| state.leases.contains(name)).collect();
        let theirs = |record: &LeaseRecord| record.worker == worker && record.state == LeaseState::Held;
        let freed: Vec<bool> = stream::iter(open)
            .map(|name| self.release_if(name, theirs, LeaseRecord::was_lost))
            .buffer_unordered(8)
            .try_collect()
            .await?;
        Ok(freed.into_iter().filter(|freed| *freed).count() as u32)
    }

    /// Those of `names` that may be taken over: given back, or held by somebody whose heart stood still for as long as `watch` looked by
    /// `now`. Each with the number of its holdings so far. Several records are read at once.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn abandoned(
        &self,
        names: Vec<LeaseName>,
        watch: &mut LeaseWatch,
        now: StageTime,
    ) -> Result<Vec<(LeaseName, u64)>, LedgerError> {
        let read = |name| async move {
            Ok::<_, LedgerError>((name, self.read_lease(&self.lease_key(name)?).await?))
        };
        let leases: Vec<_> = stream::iter(names).map(read).buffered(8).try_collect().await?;
        let mut found = Vec::new();
        for (name, lease) in leases {
            let Some((record, etag)) = lease else { continue };
            let is_free = match record.state {
                LeaseState::Done => false,
                LeaseState::Released => true,
                LeaseState::Held => watch.is_expired(name, &etag, now),
            };
            found.extend(is_free.then_some((name, record.epoch)));
        }
        Ok(found)
    }

    /// Makes a lease free whose frames are missing though it says that they are done, as whoever took frames back may
    /// leave it when it is killed.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn reopen(&self, name: LeaseName) -> Result<(), LedgerError> {
        self.release_if(name, |record| record.state == LeaseState::Done, |_| false).await.map(drop)
    }

    /// Replaces a lease record of which `wanted` holds by a released one, and says there whether its holder was `lost`. False when it does
    /// not, or somebody was faster.
    async fn release_if(
        &self,
        name: LeaseName,
        wanted: impl Fn(&LeaseRecord) -> bool,
        lost: impl Fn(&LeaseRecord) -> bool,
    ) -> Result<bool, LedgerError> {
        let key = self.lease_key(name)?;
        match self.read_lease(&key).await? {
            Some((record, etag)) if wanted(&record) => {
                let (lost, beat) = (lost(&record), record.beat + 1);
                let open = LeaseRecord { state: LeaseState::Released, beat, lost, ..record };
                let written =
                    self.writer.compare_and_put(&key, json(&open), &Condition::Matches(etag)).await?;
                Ok(matches!(written, Written::Ours(_)))
            }
            _ => Ok(false),
        }
    }

    /// Opens every given-up frame again. Returns how many.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn retry(&self) -> Result<usize, LedgerError> {
        let failed = self.state().await?.failed;
        for frame in &failed {
            for (key, _) in self.writer.list(&format!("{}/attempts/{:06}-", self.home, frame.0)).await? {
                self.writer.delete(&key).await?;
            }
            self.writer.delete(&self.home.join(&format!("failed/{}", number(*frame)))?).await?;
            self.reopen_part_of(*frame).await?;
        }
        Ok(failed.len())
    }

    /// Takes back committed frames so that they are rendered again: their pictures proved to be damaged, or they stand
    /// behind a seam (see [`crate::mend`]).
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn reject(&self, frames: &[RenderedFrame]) -> Result<(), LedgerError> {
        self.reject_while(frames, || true).await
    }

    /// As [`Job::reject`], as long as `holds`: whoever may not any more stops, and what is gone by then is marked all the same.
    ///
    /// # Errors
    /// As [`Job::reject`].
    pub(crate) async fn reject_while(
        &self,
        frames: &[RenderedFrame],
        holds: impl Fn() -> bool,
    ) -> Result<(), LedgerError> {
        if frames.is_empty() || !holds() {
            return Ok(());
        }
        // First: whoever lists from here on believes no pack, until the mark below puts all that were written out of use.
        let mark = self.mark_taking().await?;
        for frame in frames.iter().take_while(|_| holds()) {
            // The picture first: its name says what it should hold, so a damaged one would be taken for the next.
            self.writer.delete(&self.blob_key(frame.frame, frame.blob)?).await?;
            self.writer.delete(&self.frame_key(frame.frame)?).await?;
            self.writer.delete(&self.redraw_key(frame.frame)?).await?;
        }
        // Only now: whoever lists after this mark sees that they are gone.
        self.mark_again(&mark).await?;
        if !holds() {
            // Somebody may have set that mark already, and listed what went only now.
            self.mark_again(&nonce()).await?;
        }
        for frame in frames {
            self.reopen_part_of(frame.frame).await?;
        }
        Ok(())
    }

    /// Sets the marks of everybody who began to take frames back and is not through with it as far as `state` says. For whoever knows
    /// that they are dead; whoever lists from here on sees what is gone. Whether there were any.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub(crate) async fn end_taking(&self, state: &JobState) -> Result<bool, LedgerError> {
        let mut begun = state.taking.difference(&state.taken_back).peekable();
        let is_any = begun.peek().is_some();
        for mark in begun {
            self.mark_again(mark).await?;
        }
        Ok(is_any)
    }

    pub(super) async fn reopen_part_of(&self, frame: FrameNumber) -> Result<(), LedgerError> {
        let Some(range) = self.plan.range_of(frame) else { return Ok(()) };
        let first = self.plan.ranges[range as usize].first;
        let before = |split: &FrameNumber| *split > first && *split <= frame;
        let from = self.splits(range).await?.into_iter().rfind(before);
        self.reopen(LeaseName { range, from }).await
    }
}
