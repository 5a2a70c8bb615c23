//! Packed status: what says of a thousand frames at once that they are committed, so that whoever begins to follow a large
//! job need not list each of them.
//!
//! The truth stays with the commit records. A pack is a name, nothing is read from it, and it holds only as long as nobody
//! has begun to take frames back since it was written. Before a job counts as ended, what only packs said is listed
//! ([`Job::has_ended`]). Why no pack can hide a frame that was taken back stands in `docs/formats/ledger.md`.

use std::collections::BTreeSet;

use bytes::Bytes;
use cyclorama_assets::store::nonce;
use cyclorama_assets::{Key, KeyError};
use cyclorama_content::Digest;
use cyclorama_time::FrameNumber;

use super::job::json;
use super::listing::pieces;
use super::records::PackedRecord;
use super::{Job, JobState, LedgerError};
use crate::plan::{FrameRange, Plan};

/// So many frames a pack stands for, from the plan's first on. A page of a listing holds as many.
pub(super) const BLOCK: i64 = 1000;

impl JobState {
    /// Frames were taken back and whoever did so has said that they are gone: nobody is in the middle of it.
    fn is_steady(&self) -> bool {
        self.taking.is_subset(&self.taken_back)
    }

    fn has_all(&self, frames: FrameRange) -> bool {
        self.committed.range(frames.first..=frames.last).count() as u64 == frames.count()
    }

    /// Which packs may be believed: those that were written since the last frame was taken back.
    pub(crate) fn generation(&self) -> String {
        let marks: String = self.taken_back.iter().flat_map(|mark| [mark.as_str(), "\n"]).collect();
        Digest::of(marks.as_bytes()).to_string().chars().take(16).collect()
    }
}

impl Job {
    /// Believes the packs of this generation, for a listing that knows no frame yet. The marks of what was taken back must
    /// have been listed before.
    pub(super) async fn unpack(&self, state: &mut JobState) -> Result<(), LedgerError> {
        if !is_worth_it(&self.plan) || !state.is_steady() {
            return Ok(());
        }
        let prefix = format!("{}/packed/{}/", self.home, state.generation());
        for (key, _) in self.writer.list(&prefix).await? {
            let index = key.as_str().strip_prefix(&prefix).and_then(|name| name.parse().ok());
            if let Some((index, frames)) = index.and_then(|index| Some((index, block(&self.plan, index)?))) {
                state.committed.extend(frames.iter());
                state.packed.insert(index);
                state.believed.insert(index);
            }
        }
        Ok(())
    }

    /// Packs what of `within` is wholly committed by `state`, a thousand frames at a time, for whoever lists next.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails; nothing is lost by it.
    pub async fn pack(&self, state: &mut JobState, within: FrameRange) -> Result<(), LedgerError> {
        if !is_worth_it(&self.plan) || !state.is_steady() {
            return Ok(());
        }
        let generation = state.generation();
        for index in blocks(&self.plan, within) {
            let Some(frames) = block(&self.plan, index) else { continue };
            if state.packed.contains(&index) || !state.has_all(frames) {
                continue;
            }
            let record = PackedRecord { schema: "cyclorama.packed/1".to_owned(), frames };
            self.writer.put_if_absent(&self.pack_key(&generation, index)?, json(&record)).await?;
            state.packed.insert(index);
        }
        Ok(())
    }

    /// Lists what `state` knows from packs alone. Where a pack was wrong all packs are put out of use, and its frames are
    /// open again. Returns whether all that was believed is true.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails.
    async fn confirm(&self, state: &mut JobState) -> Result<bool, LedgerError> {
        let believed = std::mem::take(&mut state.believed);
        let believed: BTreeSet<FrameNumber> = believed
            .iter()
            .filter_map(|index| block(&self.plan, *index))
            .flat_map(FrameRange::iter)
            .collect();
        let wanted = pieces(self.plan.frames, &(&state.committed - &believed));
        let absent: Vec<FrameNumber> = (&believed - &self.listed_of(wanted).await?).into_iter().collect();
        if absent.is_empty() {
            return Ok(true);
        }
        tracing::warn!(first = absent[0].0, count = absent.len(), "packs named frames that do not exist");
        self.mark_again(&nonce()).await?;
        for frame in absent {
            self.reopen_part_of(frame).await?;
        }
        self.refresh(state).await?;
        Ok(false)
    }

    /// Whether every frame of the plan is committed or given up, for whoever waits for that: what only packs say is listed
    /// first, and where one was wrong the job goes on. What is not packed then is packed for those who look later.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails.
    pub async fn has_ended(&self, state: &mut JobState) -> Result<bool, LedgerError> {
        if !state.is_settled_all(&self.plan) || !self.confirm(state).await? {
            return Ok(false);
        }
        self.pack(state, self.plan.frames).await?;
        Ok(true)
    }

    /// Says that frames are about to be taken back; returns what has to be said once they are gone.
    pub(super) async fn mark_taking(&self) -> Result<String, LedgerError> {
        let mark = nonce();
        let key = self.home.join(&format!("leases/taking-{mark}"))?;
        self.writer.put(&key, Bytes::from_static(b"{\"schema\":\"cyclorama.taking/1\"}\n")).await?;
        Ok(mark)
    }

    /// Says that frames are gone that were committed.
    pub(super) async fn mark_again(&self, mark: &str) -> Result<(), LedgerError> {
        let key = self.home.join(&format!("leases/again-{mark}"))?;
        Ok(self.writer.put(&key, Bytes::from_static(b"{\"schema\":\"cyclorama.again/1\"}\n")).await?)
    }

    fn pack_key(&self, generation: &str, index: u32) -> Result<Key, KeyError> {
        self.home.join(&format!("packed/{generation}/{index:05}"))
    }
}

/// Whether a job is large enough to be packed: a small one is listed in a page or two anyway.
fn is_worth_it(plan: &Plan) -> bool {
    plan.frames.count() >= 2 * BLOCK as u64
}

/// The frames of block `index`; none when the plan has no such block.
fn block(plan: &Plan, index: u32) -> Option<FrameRange> {
    let first = plan.frames.first.0.checked_add(i64::from(index) * BLOCK)?;
    let last = first.checked_add(BLOCK - 1)?.min(plan.frames.last.0);
    (first <= last).then_some(FrameRange { first: FrameNumber(first), last: FrameNumber(last) })
}

/// The blocks that `frames` touches.
fn blocks(plan: &Plan, frames: FrameRange) -> std::ops::RangeInclusive<u32> {
    let index = |frame: FrameNumber| {
        let within = frame.0.clamp(plan.frames.first.0, plan.frames.last.0) - plan.frames.first.0;
        u32::try_from(within / BLOCK).unwrap_or(u32::MAX)
    };
    index(frames.first)..=index(frames.last)
}
