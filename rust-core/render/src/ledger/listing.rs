//! What a job's listings say, brought up to date at the cost of what is still open.
//!
//! A frame that was listed as committed stays so until it is taken back, which is marked (`leases/again-*`) once it is
//! gone. So whoever has listed a job before asks only for frames that it did not see, and whoever begins with a job of a
//! hundred thousand frames believes what others have packed (see [`super::packed`]).

use std::collections::{BTreeMap, BTreeSet};

use cyclorama_assets::Key;
use cyclorama_assets::store::LONGEST_PAGE;
use cyclorama_time::{FrameNumber, UtcTime};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::job::number;
use super::state::frame_of;
use super::{FrameRecord, Job, JobState, LeaseName, LeaseRecord, LeaseState, LedgerError, Part, Status};
use crate::plan::FrameRange;

/// So many listings or records are asked for at once.
const AT_ONCE: usize = 16;
/// Two gaps this close are asked for together: one page holds what lies between.
const NEAR: i64 = 500;
/// A long run is listed in pieces of this many frames at once.
const PIECE: i64 = 8_000;

impl Job {
    /// What the ledger's listings say now. Reads no records, and lists none of the pictures.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn state(&self) -> Result<JobState, LedgerError> {
        let mut state = JobState::default();
        self.refresh(&mut state).await?;
        Ok(state)
    }

    /// Brings an earlier listing up to date.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails; `state` is then to be refreshed again before it is used.
    pub async fn refresh(&self, state: &mut JobState) -> Result<(), LedgerError> {
        let parts = ["cancelled.json", "failed/", "leases/"].map(|part| format!("{}/{part}", self.home));
        // Together: a store on S3 takes as long for three listings as for one.
        let listed = try_join_all(parts.iter().map(|prefix| self.writer.list(prefix))).await?;
        let keys: Vec<_> = listed.into_iter().flatten().map(|(key, _)| key).collect();
        let mut now = JobState::fold(&self.home, &keys);
        let known = std::mem::take(state);
        if known.taken_back == now.taken_back {
            (now.committed, now.packed, now.believed) = (known.committed, known.packed, known.believed);
        }
        if now.committed.is_empty() {
            self.unpack(&mut now).await?;
        }
        // Only after the marks, or a frame that is just being taken back could be kept with its mark.
        let wanted = pieces(self.plan.frames, &now.committed);
        now.committed.extend(self.listed_of(wanted).await?);
        now.failed = &now.failed - &now.committed;
        *state = now;
        Ok(())
    }

    /// The state with everything a person wants to know `now`.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn status(&self, now: UtcTime) -> Result<Status, LedgerError> {
        self.status_of(&self.state().await?, now).await
    }

    /// As [`Job::status`], for a listing that is known already.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn status_of(&self, state: &JobState, now: UtcTime) -> Result<Status, LedgerError> {
        const SPEED_SAMPLES: usize = 12;
        let leases = self.open_leases(state).await?;
        let mut seconds = Vec::new();
        if !state.is_settled_all(&self.plan) {
            let step = state.committed.len().div_ceil(SPEED_SAMPLES).max(1);
            let sampled = state.committed.iter().rev().step_by(step).copied();
            let records = self.frames_of(sampled).await?;
            seconds.extend(records.into_values().map(|record| record.frame.render_seconds));
        }
        let mut status = Status::new(&self.plan, state, &leases, &seconds);
        if status.is_idle() {
            status.waits_until = self.hours().await?.closed_until(now);
        }
        status.borders_unjudged = self.is_unjudged(state).await?;
        Ok(status)
    }

    /// The last sign of life of each who holds an open part, as far as `state` knows of them. One that is the same after a lease's whole
    /// duration is that of nobody.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn signs_of_life(
        &self,
        state: &JobState,
    ) -> Result<BTreeMap<LeaseName, (u64, u64)>, LedgerError> {
        let leases = self.open_leases(state).await?;
        let held = leases.into_iter().filter(|(_, record)| record.state == LeaseState::Held);
        Ok(held.map(|(part, record)| (part.name, (record.epoch, record.beat))).collect())
    }

    /// The leases of open parts, whatever became of them.
    async fn open_leases(&self, state: &JobState) -> Result<Vec<(Part, LeaseRecord)>, LedgerError> {
        let open = state.open(&self.plan).into_iter().filter(|part| state.leases.contains(&part.name));
        let leases: Vec<_> = stream::iter(open)
            .map(|part| async move {
                let record: Option<LeaseRecord> = self.writer.read(&self.lease_key(part.name)?).await?;
                Ok::<_, LedgerError>(record.map(|record| (part, record)))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(leases.into_iter().flatten().collect())
    }

    /// The commit records of these frames, several asked for at once; those that do not exist are left out.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn frames_of(
        &self,
        frames: impl IntoIterator<Item = FrameNumber>,
    ) -> Result<BTreeMap<FrameNumber, FrameRecord>, LedgerError> {
        let read = |frame| async move { Ok::<_, LedgerError>((frame, self.frame(frame).await?)) };
        let frames: Vec<FrameNumber> = frames.into_iter().collect();
        let records: Vec<(FrameNumber, Option<FrameRecord>)> =
            stream::iter(frames).map(read).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(records.into_iter().filter_map(|(frame, record)| Some((frame, record?))).collect())
    }

    /// Frames of `wanted` that are committed, by their names; several runs at once.
    pub(super) async fn listed_of(
        &self,
        wanted: Vec<FrameRange>,
    ) -> Result<BTreeSet<FrameNumber>, LedgerError> {
        let found: Vec<Vec<FrameNumber>> =
            stream::iter(wanted).map(|run| self.listed(run)).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Frames of `run` that are committed, by their names.
    pub(super) async fn listed(&self, run: FrameRange) -> Result<Vec<FrameNumber>, LedgerError> {
        let prefix = format!("{}/frames/", self.home);
        let ordered = is_ordered(run);
        let before = (ordered && run.first.0 > 0).then(|| number(FrameNumber(run.first.0 - 1)));
        let mut after = before.map(|name| Key::new(format!("{prefix}{name}"))).transpose()?;
        let limit = usize::try_from(run.count()).map_or(LONGEST_PAGE, |count| count.min(LONGEST_PAGE));
        let mut found = Vec::new();
        loop {
            let page = self.writer.page_of_keys(&prefix, after.as_ref(), limit).await?;
            let frames =
                page.objects.iter().filter_map(|(key, _)| frame_of(key.as_str().strip_prefix(&prefix)?));
            let mut past = false;
            for frame in frames {
                past |= frame > run.last;
                found.extend(Some(frame).filter(|frame| run.contains(*frame)));
            }
            match page.next {
                Some(next) if !(ordered && past) => after = Some(next),
                _ => return Ok(found),
            }
        }
    }
}

/// Whether the names of these frames sort as their numbers do: six digits each, and none below zero.
fn is_ordered(frames: FrameRange) -> bool {
    frames.first.0 >= 0 && frames.last.0 < 1_000_000
}

/// What has to be listed to know all of `frames`, when `committed` is known.
pub(super) fn pieces(frames: FrameRange, committed: &BTreeSet<FrameNumber>) -> Vec<FrameRange> {
    let mut gaps: Vec<FrameRange> = Vec::new();
    let mut gap = |first: i64, last: i64| match gaps.last_mut() {
        Some(before) if before.last.0 + NEAR >= first => before.last = FrameNumber(last),
        _ => gaps.push(FrameRange { first: FrameNumber(first), last: FrameNumber(last) }),
    };
    let mut next = frames.first.0;
    for frame in committed.range(frames.first..=frames.last) {
        if frame.0 > next {
            gap(next, frame.0 - 1);
        }
        next = frame.0 + 1;
    }
    if next <= frames.last.0 {
        gap(next, frames.last.0);
    }
    if !is_ordered(frames) {
        // One listing in whatever order.
        return if gaps.is_empty() { gaps } else { vec![frames] };
    }
    gaps.into_iter().flat_map(|gap| gap.chunks(PIECE as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(first: i64, last: i64) -> FrameRange {
        FrameRange { first: FrameNumber(first), last: FrameNumber(last) }
    }

    #[test]
    fn only_what_is_not_known_is_asked_for_and_neighbours_together() {
        let known = |frames: &[FrameRange]| frames.iter().flat_map(|range| range.iter()).collect();
        assert_eq!(pieces(range(0, 99), &known(&[range(0, 99)])), []);
        let most = known(&[range(0, 39_999), range(40_048, 99_999)]);
        assert_eq!(pieces(range(0, 99_999), &most), [range(40_000, 40_047)]);
        let two = known(&[range(10, 400), range(410, 90_000), range(90_100, 99_999)]);
        assert_eq!(pieces(range(0, 99_999), &two), [range(0, 409), range(90_001, 90_099)]);
        assert_eq!(
            pieces(range(0, 99_999), &BTreeSet::new()).len(),
            13,
            "nothing is known: at once, in pieces"
        );
        assert_eq!(pieces(range(-9, 99_999), &two), [range(-9, 99_999)], "names below zero are in no order");
    }

    proptest! {
        #[test]
        fn every_frame_that_is_not_known_is_asked_for(known in prop::collection::btree_set(0i64..3000, 0..200)) {
            let known: BTreeSet<_> = known.into_iter().map(FrameNumber).collect();
            let asked: BTreeSet<_> =
                pieces(range(0, 2999), &known).into_iter().flat_map(FrameRange::iter).collect();
            prop_assert!(range(0, 2999).iter().all(|frame| asked.contains(&frame) || known.contains(&frame)));
        }
    }
}
