//! One job of a ledger: its inputs, leases, frames and marks.

use std::collections::BTreeMap;

use bytes::Bytes;
use cyclorama_assets::store::{Patient, Written, nonce};
use cyclorama_assets::{Condition, ETag, Key, KeyError, StoreError};
use cyclorama_content::Digest;
use cyclorama_time::{FrameNumber, StageTime, UtcTime};
use futures::future::try_join_all;
use serde::Serialize;

use super::{
    Acquired, AttemptNote, FailedFrame, FrameRecord, JobState, Lease, LeaseRecord, LeaseState, LeaseWatch,
    LedgerError, RenderedFrame, Status, WalkInRecord,
};
use crate::plan::Plan;

/// How a commit ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// The frame exists now, by this record.
    Committed(Box<FrameRecord>),
    /// It existed already; this rendering was dropped.
    Late(Box<FrameRecord>),
}

/// A job in its ledger. Cheap to clone.
#[derive(Clone)]
pub struct Job {
    writer: Patient,
    plan: Plan,
    home: Key,
}

/// Where a job lives.
pub(super) fn home(name: &str) -> Result<Key, KeyError> {
    if name.contains('/') { Err(KeyError(name.to_owned())) } else { Key::new(format!("jobs/{name}")) }
}

impl Job {
    pub(super) fn new(writer: Patient, plan: Plan) -> Result<Self, LedgerError> {
        let home = home(&plan.job)?;
        Ok(Self { writer, plan, home })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The bytes of an input of the plan, checked against its digest.
    ///
    /// # Errors
    /// [`LedgerError::Input`] when they are missing or damaged.
    pub async fn input(&self, name: &str) -> Result<Bytes, LedgerError> {
        let damaged = || LedgerError::Input(name.to_owned());
        let input = self.plan.inputs.iter().find(|input| input.name == name).ok_or_else(damaged)?;
        let key = self.home.join(&format!("inputs/{}", input.digest))?;
        match self.writer.get(&key).await? {
            Some(object) if Digest::of(&object.bytes) == input.digest => Ok(object.bytes),
            _ => Err(damaged()),
        }
    }

    /// What the ledger's listings say now. Reads no records, and lists none of the pictures.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn state(&self) -> Result<JobState, LedgerError> {
        let parts =
            ["cancelled.json", "failed/", "frames/", "leases/"].map(|part| format!("{}/{part}", self.home));
        // Together: a store on S3 takes as long for four listings as for one.
        let listed = try_join_all(parts.iter().map(|prefix| self.writer.list(prefix))).await?;
        let keys: Vec<_> = listed.into_iter().flatten().map(|(key, _)| key).collect();
        Ok(JobState::fold(&self.home, &keys))
    }

    /// The state with everything a person wants to know.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn status(&self) -> Result<Status, LedgerError> {
        const SPEED_SAMPLES: usize = 12;
        let state = self.state().await?;
        let mut leases = BTreeMap::new();
        let open = |range: &&u32| {
            self.plan.ranges.get(**range as usize).is_some_and(|range| !state.missing(*range).is_empty())
        };
        for range in state.leased.iter().filter(open) {
            if let Some(record) = self.writer.read::<LeaseRecord>(&self.lease_key(*range)?).await? {
                leases.insert(*range, record);
            }
        }
        let mut seconds = Vec::new();
        if !state.is_settled_all(&self.plan) {
            let step = state.committed.len().div_ceil(SPEED_SAMPLES).max(1);
            for frame in state.committed.iter().rev().step_by(step) {
                let record: Option<FrameRecord> = self.writer.read(&self.frame_key(*frame)?).await?;
                seconds.extend(record.map(|record| record.frame.render_seconds));
            }
        }
        Ok(Status::new(&self.plan, &state, &leases, &seconds))
    }

    /// Tries to lease `range` at `now`: free, given back, or held by somebody whose heart stopped for the whole
    /// duration while `watch` looked.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn lease(
        &self,
        range: u32,
        worker: &str,
        watch: &mut LeaseWatch,
        now: StageTime,
    ) -> Result<Acquired, LedgerError> {
        let key = self.lease_key(range)?;
        let (epoch, seen) = match self.read_lease(&key).await? {
            None => (1, None),
            Some((record, etag)) => match record.state {
                LeaseState::Done => return Ok(Acquired::Done),
                LeaseState::Held if !watch.is_expired(range, &etag, now) => return Ok(Acquired::Busy),
                LeaseState::Held | LeaseState::Released => (record.epoch + 1, Some(etag)),
            },
        };
        let record = LeaseRecord {
            schema: "cyclorama.lease/1".to_owned(),
            range,
            worker: worker.to_owned(),
            epoch,
            beat: 0,
            nonce: nonce(),
            state: LeaseState::Held,
        };
        let condition = Condition::unchanged(seen.as_ref());
        match self.writer.compare_and_put(&key, json(&record), &condition).await? {
            Written::Ours(etag) => {
                watch.forget(range);
                Ok(Acquired::Held(Lease { record, etag }))
            }
            Written::Theirs(_) => Ok(Acquired::Busy),
        }
    }

    /// Shows that the holder lives.
    ///
    /// # Errors
    /// [`LedgerError::LeaseLost`] when somebody took the range over: stop working on it.
    pub async fn heartbeat(&self, lease: &mut Lease) -> Result<(), LedgerError> {
        let record = LeaseRecord { beat: lease.record.beat + 1, ..lease.record.clone() };
        lease.etag = self.rewrite(lease, &record).await?;
        lease.record = record;
        Ok(())
    }

    /// Ends a lease: as done when all frames of the range are settled, else for others to take at once.
    ///
    /// # Errors
    /// [`LedgerError::LeaseLost`] when somebody took the range over before; nothing is left to give back then.
    pub async fn release(&self, lease: Lease, done: bool) -> Result<(), LedgerError> {
        let state = if done { LeaseState::Done } else { LeaseState::Released };
        let record = LeaseRecord { beat: lease.record.beat + 1, state, ..lease.record.clone() };
        self.rewrite(&lease, &record).await.map(drop)
    }

    /// Gives back what `worker` holds, for whoever knows that it is dead. Returns how many ranges.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read; what is left expires by itself.
    pub async fn free(&self, worker: &str) -> Result<u32, LedgerError> {
        let mut freed = 0;
        for range in self.state().await?.leased {
            let key = self.lease_key(range)?;
            if let Some((record, etag)) = self.read_lease(&key).await?
                && record.worker == worker
                && record.state == LeaseState::Held
            {
                let open = LeaseRecord { state: LeaseState::Released, beat: record.beat + 1, ..record };
                let written =
                    self.writer.compare_and_put(&key, json(&open), &Condition::Matches(etag)).await?;
                freed += u32::from(matches!(written, Written::Ours(_)));
            }
        }
        Ok(freed)
    }

    /// Stores a verified frame and creates its commit record, once for all workers.
    ///
    /// Whoever comes late finds the record there and drops its own picture.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails: the frame is then not committed, or by a record that the next
    /// listing shows.
    pub async fn commit(
        &self,
        (range, epoch): (u32, u64),
        worker: &str,
        frame: RenderedFrame,
        picture: Bytes,
        now: UtcTime,
    ) -> Result<Commit, LedgerError> {
        let key = self.frame_key(frame.frame)?;
        let blob = self.blob_key(frame.frame, frame.blob)?;
        let ours = frame.blob;
        self.writer.put_if_absent(&blob, picture).await?;
        let record = FrameRecord {
            schema: "cyclorama.frame/1".to_owned(),
            frame,
            worker: worker.to_owned(),
            range,
            epoch,
            nonce: nonce(),
            committed: now,
        };
        let written = self.writer.compare_and_put(&key, json(&record), &Condition::unchanged(None)).await?;
        let Written::Theirs(present) = written else {
            return Ok(Commit::Committed(Box::new(record)));
        };
        let winner = present.ok_or_else(|| StoreError::NotFound { key: key.clone() })?;
        let winner: FrameRecord =
            serde_json::from_slice(&winner.bytes).map_err(|source| LedgerError::Record { key, source })?;
        if winner.frame.blob != ours {
            self.writer.delete(&blob).await?;
        }
        Ok(Commit::Late(Box::new(winner)))
    }

    /// Marks a frame as given up, so that the job can end without it.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn give_up(
        &self,
        frame: FrameNumber,
        worker: &str,
        attempts: u32,
        reason: &str,
    ) -> Result<(), LedgerError> {
        let record = FailedFrame {
            schema: "cyclorama.failed-frame/1".to_owned(),
            frame,
            worker: worker.to_owned(),
            attempts,
            reason: reason.to_owned(),
        };
        let key = self.home.join(&format!("failed/{}", number(frame)))?;
        Ok(self.writer.put(&key, json(&record)).await?)
    }

    /// Notes an attempt that went wrong.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn note(
        &self,
        frame: FrameNumber,
        worker: &str,
        reason: &str,
        at: UtcTime,
    ) -> Result<(), LedgerError> {
        let note = AttemptNote {
            schema: "cyclorama.attempt/1".to_owned(),
            frame,
            worker: worker.to_owned(),
            reason: reason.to_owned(),
            at,
        };
        let key = self.home.join(&format!("attempts/{:06}-{}.json", frame.0, nonce()))?;
        Ok(self.writer.put(&key, json(&note)).await?)
    }

    /// How many attempts at `frame` went wrong so far, by anybody.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn attempts(&self, frame: FrameNumber) -> Result<u32, LedgerError> {
        let prefix = format!("{}/attempts/{:06}-", self.home, frame.0);
        Ok(self.writer.list(&prefix).await?.len() as u32)
    }

    /// All notes of attempts that went wrong, by frame.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a note cannot be read.
    pub async fn notes(&self) -> Result<Vec<AttemptNote>, LedgerError> {
        self.records("attempts/").await
    }

    /// The frames that were given up, with reasons.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn failures(&self) -> Result<Vec<FailedFrame>, LedgerError> {
        let state = self.state().await?;
        let failures: Vec<FailedFrame> = self.records("failed/").await?;
        Ok(failures.into_iter().filter(|failure| state.failed.contains(&failure.frame)).collect())
    }

    /// The commit records, by frame.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn frames(&self) -> Result<Vec<FrameRecord>, LedgerError> {
        let mut frames: Vec<FrameRecord> = self.records("frames/").await?;
        frames.sort_by_key(|record| record.frame.frame);
        Ok(frames)
    }

    /// The commit record of one frame, `None` while it does not exist.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn frame(&self, frame: FrameNumber) -> Result<Option<FrameRecord>, LedgerError> {
        Ok(self.writer.read(&self.frame_key(frame)?).await?)
    }

    /// The bytes of a committed frame's file, checked against the digest in its record.
    ///
    /// # Errors
    /// [`LedgerError::Blob`] when they are missing or damaged.
    pub async fn picture(&self, frame: &RenderedFrame) -> Result<Bytes, LedgerError> {
        match self.writer.get(&self.blob_key(frame.frame, frame.blob)?).await? {
            Some(object) if Digest::of(&object.bytes) == frame.blob => Ok(object.bytes),
            _ => Err(LedgerError::Blob(frame.frame)),
        }
    }

    /// How many frames to render and throw away ahead of a range: the plan's number, or what it was raised to.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn walk_in(&self) -> Result<u32, LedgerError> {
        let raised: Option<WalkInRecord> = self.writer.read(&self.home.join("walk-in.json")?).await?;
        Ok(raised.map_or(0, |raised| raised.frames).max(self.plan.walk_in))
    }

    /// Raises the walk-in of everything that is rendered from now on.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn raise_walk_in(&self, frames: u32) -> Result<(), LedgerError> {
        let record = WalkInRecord { schema: "cyclorama.walk-in/1".to_owned(), frames };
        Ok(self.writer.put(&self.home.join("walk-in.json")?, json(&record)).await?)
    }

    /// Asks all workers to stop after the frame in flight. What is committed stays.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn cancel(&self) -> Result<(), LedgerError> {
        let key = self.home.join("cancelled.json")?;
        Ok(self.writer.put(&key, Bytes::from_static(b"{\"schema\":\"cyclorama.cancel/1\"}\n")).await?)
    }

    /// Takes a cancellation back.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn resume(&self) -> Result<(), LedgerError> {
        Ok(self.writer.delete(&self.home.join("cancelled.json")?).await?)
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
            self.reopen_range_of(*frame).await?;
        }
        Ok(failed.len())
    }

    /// Takes back a committed frame so that it is rendered again: its picture proved to be damaged, or it stands
    /// behind a seam (see [`crate::engine::mend`]).
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn reject(&self, frame: &RenderedFrame) -> Result<(), LedgerError> {
        // The picture first: its name says what it should hold, so a damaged one would be taken for the next.
        self.writer.delete(&self.blob_key(frame.frame, frame.blob)?).await?;
        self.writer.delete(&self.frame_key(frame.frame)?).await?;
        self.reopen_range_of(frame.frame).await
    }

    async fn reopen_range_of(&self, frame: FrameNumber) -> Result<(), LedgerError> {
        let Some(range) = self.plan.range_of(frame) else { return Ok(()) };
        let key = self.lease_key(range)?;
        if let Some((record, etag)) = self.read_lease(&key).await?
            && record.state == LeaseState::Done
        {
            let open = LeaseRecord { state: LeaseState::Released, beat: record.beat + 1, ..record };
            self.writer.compare_and_put(&key, json(&open), &Condition::unchanged(Some(&etag))).await?;
        }
        Ok(())
    }

    async fn rewrite(&self, lease: &Lease, record: &LeaseRecord) -> Result<ETag, LedgerError> {
        let key = self.lease_key(record.range)?;
        let condition = Condition::unchanged(Some(&lease.etag));
        match self.writer.compare_and_put(&key, json(record), &condition).await? {
            Written::Ours(etag) => Ok(etag),
            Written::Theirs(_) => Err(LedgerError::LeaseLost(record.range)),
        }
    }

    async fn read_lease(&self, key: &Key) -> Result<Option<(LeaseRecord, ETag)>, LedgerError> {
        Ok(self.writer.read_version(key).await?)
    }

    async fn records<T: serde::de::DeserializeOwned>(&self, part: &str) -> Result<Vec<T>, LedgerError> {
        let mut records = Vec::new();
        for (key, _) in self.writer.list(&format!("{}/{part}", self.home)).await? {
            records.extend(self.writer.read(&key).await?);
        }
        Ok(records)
    }

    fn lease_key(&self, range: u32) -> Result<Key, KeyError> {
        self.home.join(&format!("leases/{range:05}"))
    }

    fn frame_key(&self, frame: FrameNumber) -> Result<Key, KeyError> {
        self.home.join(&format!("frames/{}", number(frame)))
    }

    fn blob_key(&self, frame: FrameNumber, digest: Digest) -> Result<Key, KeyError> {
        self.home.join(&format!("blobs/{:06}-{digest}", frame.0))
    }
}

fn number(frame: FrameNumber) -> String {
    format!("{:06}.json", frame.0)
}

fn json<T: Serialize>(record: &T) -> Bytes {
    serde_json::to_vec(record)
        .map(Bytes::from)
        .unwrap_or_else(|error| unreachable!("a record is JSON: {error}"))
}
