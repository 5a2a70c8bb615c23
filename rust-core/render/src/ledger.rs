//! The frame ledger: the only truth about a job, kept in an object store with conditional writes.
//!
//! Who renders what is a lease, taken and kept by compare-and-swap. A frame exists when its commit record was
//! created, which happens once. Everything else is a fold of listings, so any machine can compute it and no
//! server is needed. Nothing here reads a clock: the present is passed in, and clocks of different machines are
//! never compared. The layout is documented in `docs/formats/ledger.md`.

mod again;
mod asked;
mod attempts;
mod commit;
mod job;
mod judged;
mod lease;
mod listing;
mod overlap;
mod packed;
mod part;
mod records;
mod state;

use std::sync::Arc;

use bytes::Bytes;
use cyclorama_assets::store::{Patient, ProbeError, RecordError, probe_conditional};
use cyclorama_assets::{Key, KeyError, Store, StoreError};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::FrameNumber;
use futures::future::{try_join, try_join_all, try_join3};

pub use asked::AskedRecord;
pub use attempts::{Attempts, Verdict};
pub use commit::{Commit, Picture};
pub use job::Job;
pub use lease::{Acquired, Lease, LeaseWatch};
pub use overlap::Overlap;
pub use part::{LeaseName, Part};
pub use records::{
    AttemptNote, FailedFrame, FrameRecord, HolderPace, LeaseRecord, LeaseState, RenderedFrame,
};
use records::{HoursRecord, RedrawRecord, WalkInRecord};
pub use state::{JobState, LeaseStatus, Status};

use crate::forecast::Hours;
use crate::plan::{Plan, Planned};

/// What a ledger says about itself in `ledger.json`.
const MARK: &[u8] = b"{\"schema\":\"cyclorama.ledger/1\"}\n";

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The store failed, and trying again did not help.
    #[error("the ledger's store failed")]
    Store(#[from] StoreError),
    /// The store's conditional writes cannot be trusted.
    #[error("this store cannot keep a ledger")]
    Untrusted(#[from] ProbeError),
    /// Nothing at this place is a ledger.
    #[error("there is no ledger in `{0}`")]
    NoLedger(String),
    /// The ledger is of another version.
    #[error("the ledger in `{0}` is of another version")]
    Version(String),
    /// The ledger has no such job.
    #[error("the ledger has no job `{0}`")]
    NoJob(String),
    /// The ledger has no job at all.
    #[error("the ledger has no jobs yet")]
    Empty,
    /// A stored record cannot be read.
    #[error("the ledger's `{key}` cannot be read")]
    Record {
        /// Which.
        key: Key,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// An input's bytes do not match its digest.
    #[error("the job's input `{0}` is damaged")]
    Input(String),
    /// A frame's picture is missing, or its bytes do not match its digest.
    #[error("the picture of frame {} is damaged or missing", .0.0)]
    Blob(FrameNumber),
    /// Somebody else has taken the range over.
    #[error("the lease of range {0} was lost")]
    LeaseLost(u32),
    /// A name does not fit a key.
    #[error("a name of the job cannot be stored")]
    Name(#[from] KeyError),
}

impl From<RecordError> for LedgerError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(source) => Self::Store(source),
            RecordError::Damaged { key, source } => Self::Record { key, source },
        }
    }
}

impl Classify for LedgerError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(source) => source.kind(),
            Self::Untrusted(source) => source.kind(),
            Self::NoLedger(_) | Self::NoJob(_) | Self::Empty => Kind::NotFound,
            Self::Version(_) => Kind::Refused,
            Self::Record { .. } | Self::Input(_) | Self::Blob(_) => Kind::Integrity,
            Self::LeaseLost(_) => Kind::Conflict,
            Self::Name(_) => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(source) => source.hint(),
            Self::Untrusted(source) => source.hint(),
            Self::NoLedger(_) => {
                Some("check --ledger, or start a job with `cyclorama render submit`".to_owned())
            }
            Self::Empty => Some("start a job with `cyclorama render submit`".to_owned()),
            Self::Version(_) => Some("use the version of Cyclorama that made it".to_owned()),
            _ => None,
        }
    }
}

/// A ledger in a store. It may hold several jobs. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    writer: Patient,
}

impl Ledger {
    /// The ledger in `store`, made if there is none. A new one first races the store to prove its conditions.
    ///
    /// # Errors
    /// [`LedgerError::Untrusted`] when conditional writes do not hold, [`LedgerError::Store`] when it fails.
    pub async fn create(store: Arc<dyn Store>) -> Result<Self, LedgerError> {
        let begun = Self::begin(store).await?;
        if begun.is_new {
            put_mark(&begun.writer).await?;
        }
        Ok(Self { writer: begun.writer })
    }

    /// The ledger in `store`, or what is to become one: its conditions are proven, and nothing says yet that it is a ledger. For whoever
    /// does not know yet whether there will be a job: the store keeps nothing of it.
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub async fn begin(store: Arc<dyn Store>) -> Result<Begun, LedgerError> {
        match Self::open(Arc::clone(&store)).await {
            Ok(Self { writer }) => Ok(Begun { writer, is_new: false }),
            Err(LedgerError::NoLedger(_)) => {
                let trial = store.trial().unwrap_or_else(|| Arc::clone(&store));
                probe_conditional(&*trial, None).await?;
                Ok(Begun { writer: Patient::new(store), is_new: true })
            }
            Err(error) => Err(error),
        }
    }

    /// The ledger in `store`.
    ///
    /// # Errors
    /// [`LedgerError::NoLedger`] when there is none, [`LedgerError::Version`] when it is not ours to read.
    pub async fn open(store: Arc<dyn Store>) -> Result<Self, LedgerError> {
        let writer = Patient::new(store);
        match writer.get(&mark()?).await? {
            None => Err(LedgerError::NoLedger(writer.store().describe())),
            Some(object) if object.bytes == MARK => Ok(Self { writer }),
            Some(_) => Err(LedgerError::Version(writer.store().describe())),
        }
    }

    /// The store as a person would write it.
    pub fn describe(&self) -> String {
        self.writer.store().describe()
    }

    /// Adds a job. The same plan again is the same job, which goes on where it stands; its marks of
    /// cancellation are removed, since somebody wants it again, and at any hour.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn submit(&self, planned: &Planned) -> Result<Job, LedgerError> {
        self.submit_within(planned, Hours::default()).await
    }

    /// As [`Ledger::submit`], and notes that it is worked on in these hours only. They are for whoever asks how the job stands:
    /// workers are told theirs when they are started.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn submit_within(&self, planned: &Planned, hours: Hours) -> Result<Job, LedgerError> {
        Begun { writer: self.writer.clone(), is_new: false }.submit_within(planned, hours).await
    }

    /// The job of this name, or the newest one.
    ///
    /// # Errors
    /// [`LedgerError::NoJob`] or [`LedgerError::Empty`] when there is none.
    pub async fn job(&self, name: Option<&str>) -> Result<Job, LedgerError> {
        let plan = match name {
            Some(name) => self.plan(name).await?.ok_or_else(|| LedgerError::NoJob(name.to_owned()))?,
            None => self.jobs().await?.into_iter().next().ok_or(LedgerError::Empty)?,
        };
        Job::new(self.writer.clone(), plan)
    }

    /// The plans of all jobs, newest first.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails, [`LedgerError::Record`] when a plan cannot be read.
    pub async fn jobs(&self) -> Result<Vec<Plan>, LedgerError> {
        let (mut plans, mut after) = (Vec::new(), None);
        loop {
            let page = self.writer.page("jobs/", after.as_ref(), 1).await?;
            let Some((key, _)) = page.objects.first() else { break };
            let Some(name) = key.as_str().split('/').nth(1) else { break };
            plans.extend(self.plan(name).await?);
            // Skips the rest of this job: no key in a job sorts after this one.
            after = Some(Key::new(format!("jobs/{name}/zz"))?);
        }
        plans.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.job.cmp(&b.job)));
        Ok(plans)
    }

    async fn plan(&self, name: &str) -> Result<Option<Plan>, LedgerError> {
        let Ok(home) = job::home(name) else { return Ok(None) };
        Ok(self.writer.read(&home.join("plan.json")?).await?)
    }
}

/// A ledger that may still have to say that it is one.
pub struct Begun {
    writer: Patient,
    is_new: bool,
}

impl Begun {
    /// As [`Ledger::submit_within`].
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn submit_within(self, planned: &Planned, hours: Hours) -> Result<Job, LedgerError> {
        let Self { writer, is_new } = self;
        let home = job::home(&planned.plan.job)?;
        let marked = async { if is_new { put_mark(&writer).await } else { Ok(()) } };
        let inputs = planned.plan.inputs.iter().zip(&planned.inputs).map(|(input, bytes)| {
            let (key, bytes) =
                (home.join(&format!("inputs/{}", input.digest)), Bytes::copy_from_slice(bytes));
            let writer = &writer;
            async move { Ok::<_, LedgerError>(writer.put_if_absent(&key?, bytes).await?) }
        });
        let plan = async {
            let plan = planned.plan.to_json().into();
            Ok::<_, LedgerError>(writer.stage(&home.join("plan.json")?, plan, None).await?)
        };
        let (plan, _, ()) = try_join3(plan, try_join_all(inputs), marked).await?;
        // The plan comes last: a job that can be seen is complete.
        writer.put_staged_if_absent(&plan).await?;
        let ledger = Ledger { writer };
        let job = ledger.job(Some(&planned.plan.job)).await?;
        try_join(job.note_hours(hours), job.resume()).await?;
        Ok(job)
    }
}

async fn put_mark(writer: &Patient) -> Result<(), LedgerError> {
    Ok(writer.put_if_absent(&mark()?, Bytes::from_static(MARK)).await?)
}

fn mark() -> Result<Key, KeyError> {
    Key::new("ledger.json")
}

#[cfg(test)]
mod left_tests;
#[cfg(test)]
mod packed_tests;
#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod tests;
