//! One job of a ledger: its inputs, leases, frames and marks.

use bytes::Bytes;
use cyclorama_assets::store::{Patient, Written, nonce};
use cyclorama_assets::{Condition, ETag, Key, KeyError};
use cyclorama_content::Digest;
use cyclorama_time::{FrameNumber, StageTime};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use super::{
    Acquired, FrameRecord, HolderPace, HoursRecord, Lease, LeaseName, LeaseRecord, LeaseState, LeaseWatch,
    LedgerError, RedrawRecord, RenderedFrame, WalkInRecord,
};
use crate::forecast::Hours;
use crate::plan::Plan;

/// A job in its ledger. Cheap to clone.
#[derive(Clone)]
pub struct Job {
    pub(super) writer: Patient,
    pub(super) plan: Plan,
    pub(super) home: Key,
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

    /// Tries to take a lease at `now`: free, given back, or held by somebody whose heart stopped for the whole
    /// duration while `watch` looked. One that begins within a range is free when nobody has split there yet, and taking
    /// it is the split.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn lease(
        &self,
        name: impl Into<LeaseName>,
        worker: &str,
        watch: &mut LeaseWatch,
        now: StageTime,
    ) -> Result<Acquired, LedgerError> {
        let name = name.into();
        let key = self.lease_key(name)?;
        let (epoch, seen, lost) = match self.read_lease(&key).await? {
            None => (1, None, None),
            Some((record, etag)) => match record.state {
                LeaseState::Done => return Ok(Acquired::Done),
                LeaseState::Held if !watch.is_expired(name, &etag, now) => return Ok(Acquired::Busy),
                LeaseState::Held | LeaseState::Released => {
                    (record.epoch + 1, Some(etag), record.was_lost().then_some(record.worker))
                }
            },
        };
        match self.take(name, worker, epoch, seen.as_ref()).await? {
            Some(lease) => {
                watch.forget(name);
                Ok(Acquired::Held(Lease { lost, ..lease }))
            }
            None => Ok(Acquired::Busy),
        }
    }

    /// Takes a lease that nobody had, as far as a listing says: as [`Job::lease`], without looking first.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails.
    pub async fn lease_new(&self, name: impl Into<LeaseName>, worker: &str) -> Result<Acquired, LedgerError> {
        Ok(self.take(name.into(), worker, 1, None).await?.map_or(Acquired::Busy, Acquired::Held))
    }

    /// Writes a lease in place of exactly the version that was seen; none when another is there.
    async fn take(
        &self,
        name: LeaseName,
        worker: &str,
        epoch: u64,
        seen: Option<&ETag>,
    ) -> Result<Option<Lease>, LedgerError> {
        let record = LeaseRecord {
            schema: "cyclorama.lease/1".to_owned(),
            range: name.range,
            from: name.from,
            worker: worker.to_owned(),
            epoch,
            beat: 0,
            nonce: nonce(),
            state: LeaseState::Held,
            leaving: false,
            lost: false,
            pace: None,
        };
        let condition = Condition::unchanged(seen);
        let written = self.writer.compare_and_put(&self.lease_key(name)?, json(&record), &condition).await?;
        Ok(match written {
            Written::Ours(etag) => Some(Lease { record, etag, lost: None }),
            Written::Theirs(_) => None,
        })
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

    /// Where range `index` was split so far: the first frames of its further parts, in order.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn splits(&self, index: u32) -> Result<Vec<FrameNumber>, LedgerError> {
        let whole = LeaseName::from(index);
        let listed = self.writer.list(&format!("{}/leases/{whole}-", self.home)).await?;
        let name = |key: &Key| LeaseName::parse(key.as_str().rsplit('/').next()?);
        let mut splits: Vec<_> = listed.iter().filter_map(|(key, _)| name(key)?.from).collect();
        splits.sort_unstable();
        Ok(splits)
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
        Ok(self.raised().await?.1)
    }

    /// For how many runs the walk-in was raised last, and to how many frames: to none and the plan's number where it never was.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn raised(&self) -> Result<(u32, u32), LedgerError> {
        let raised: Option<WalkInRecord> = self.writer.read(&self.home.join("walk-in.json")?).await?;
        let (runs, frames) = raised.map_or((0, 0), |raised| (raised.runs, raised.frames));
        Ok((runs, frames.max(self.plan.walk_in)))
    }

    /// Raises the walk-in of everything that is rendered from now on, for so many `runs` that began with a seam.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn raise_walk_in(&self, frames: u32, runs: u32) -> Result<(), LedgerError> {
        let record = WalkInRecord { schema: "cyclorama.walk-in/1".to_owned(), frames, runs };
        Ok(self.writer.put(&self.home.join("walk-in.json")?, json(&record)).await?)
    }

    /// When the job is worked on, as whoever submitted it last said; at any hour where nobody said anything.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn hours(&self) -> Result<Hours, LedgerError> {
        let noted: Option<HoursRecord> = self.writer.read(&self.hours_key()?).await?;
        Ok(noted.map(|noted| noted.hours()).unwrap_or_default())
    }

    pub(super) async fn note_hours(&self, hours: Hours) -> Result<(), LedgerError> {
        let key = self.hours_key()?;
        if hours == Hours::default() {
            return Ok(self.writer.delete(&key).await?);
        }
        Ok(self.writer.put(&key, json(&HoursRecord::new(hours))).await?)
    }

    /// Whether a frame's commit record is there; cheaper than reading it.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn is_committed(&self, frame: FrameNumber) -> Result<bool, LedgerError> {
        Ok(self.writer.head(&self.frame_key(frame)?).await?.is_some())
    }

    /// Says that `worker` draws `frame` beside the one that holds it. Once for each frame: false when it was said before.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn claim_redraw(&self, frame: FrameNumber, worker: &str) -> Result<bool, LedgerError> {
        let record = RedrawRecord {
            schema: "cyclorama.redraw/1".to_owned(),
            frame,
            worker: worker.to_owned(),
            nonce: nonce(),
        };
        let key = self.redraw_key(frame)?;
        let written = self.writer.compare_and_put(&key, json(&record), &Condition::unchanged(None)).await?;
        Ok(matches!(written, Written::Ours(_)))
    }

    /// Takes back what [`Job::claim_redraw`] said, unless the frame is there: nothing came of it, and others may try.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn end_redraw(&self, frame: FrameNumber) -> Result<(), LedgerError> {
        if !self.is_committed(frame).await? {
            self.writer.delete(&self.redraw_key(frame)?).await?;
        }
        Ok(())
    }

    /// How the holder of a lease gets on, as it said last.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn pace_of(&self, name: LeaseName) -> Result<Option<HolderPace>, LedgerError> {
        let record = self.read_lease(&self.lease_key(name)?).await?;
        Ok(record.filter(|(record, _)| record.state == LeaseState::Held).and_then(|(record, _)| record.pace))
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

    async fn rewrite(&self, lease: &Lease, record: &LeaseRecord) -> Result<ETag, LedgerError> {
        let key = self.lease_key(LeaseName { range: record.range, from: record.from })?;
        let condition = Condition::unchanged(Some(&lease.etag));
        match self.writer.compare_and_put(&key, json(record), &condition).await? {
            Written::Ours(etag) => Ok(etag),
            Written::Theirs(_) => Err(LedgerError::LeaseLost(record.range)),
        }
    }

    pub(super) async fn read_lease(&self, key: &Key) -> Result<Option<(LeaseRecord, ETag)>, LedgerError> {
        Ok(self.writer.read_version(key).await?)
    }

    pub(super) async fn records<T: serde::de::DeserializeOwned>(
        &self,
        part: &str,
    ) -> Result<Vec<T>, LedgerError> {
        let listed = self.writer.list(&format!("{}/{part}", self.home)).await?;
        let read = |(key, _): (Key, u64)| async move { Ok::<_, LedgerError>(self.writer.read(&key).await?) };
        let records: Vec<Option<T>> = stream::iter(listed).map(read).buffered(16).try_collect().await?;
        Ok(records.into_iter().flatten().collect())
    }

    pub(super) fn lease_key(&self, name: LeaseName) -> Result<Key, KeyError> {
        self.home.join(&format!("leases/{name}"))
    }

    fn hours_key(&self) -> Result<Key, KeyError> {
        self.home.join("hours.json")
    }

    pub(super) fn redraw_key(&self, frame: FrameNumber) -> Result<Key, KeyError> {
        self.home.join(&format!("redraws/{}", number(frame)))
    }

    pub(super) fn frame_key(&self, frame: FrameNumber) -> Result<Key, KeyError> {
        self.home.join(&format!("frames/{}", number(frame)))
    }

    pub(super) fn blob_key(&self, frame: FrameNumber, digest: Digest) -> Result<Key, KeyError> {
        self.home.join(&format!("blobs/{:06}-{digest}", frame.0))
    }
}

/// The name of what is kept of a frame.
pub(super) fn number(frame: FrameNumber) -> String {
    format!("{:06}.json", frame.0)
}

/// A record as it is stored.
pub(super) fn json<T: Serialize>(record: &T) -> Bytes {
    serde_json::to_vec(record)
        .map(Bytes::from)
        .unwrap_or_else(|error| unreachable!("a record is JSON: {error}"))
}
