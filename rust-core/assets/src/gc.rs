//! Collecting garbage: what no version needs any more is condemned first, and removed a grace period later.
//!
//! There is no lock, and publishing, reading and other collections go on meanwhile. What makes that safe is an order of
//! steps, not time. A record condemns snapshots and packs for ever; then every ref is rewritten where it is, so that
//! whoever moves one has read it since and knows the record; then everything that refs and uncondemned snapshots need is
//! marked; and only what is condemned and not marked is removed. Nothing can come to need it again. The grace period is
//! for readers of versions that are condemned, and for nobody's safety else. Killed at any moment, the next collection
//! goes on. `docs/formats/store.md` has the steps and the argument.

mod condemn;
mod keep;
mod mark;
mod move_out;
pub(crate) mod record;
mod report;
mod sweep;
mod view;

use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Cancelled, Progress};

pub use keep::{Keep, KeepRule, KeepRuleError, age};
pub use report::GcReport;

use self::{mark::Marks, view::View};
use crate::{Repository, RepositoryError, StoreError, Writers};

/// How to collect.
#[derive(Clone, Debug)]
pub struct GcOptions {
    /// Which versions stay.
    pub keep: Keep,
    /// How long something must have been there before it is condemned, and condemned before it is removed.
    pub grace: Duration,
    /// A pack of which at least this part is needed by nobody is condemned, and the rest of it moved out; 0 to 1.
    pub move_out_from: f64,
    /// Find out what would be done, and do nothing.
    pub dry_run: bool,
    /// Who collects, for a store of one writer.
    pub owner: String,
    /// Versions looked at.
    pub progress: Progress,
    /// Stops at the next safe point.
    pub cancel: Cancel,
}

impl GcOptions {
    /// All of the history stays; two weeks of grace.
    pub fn new() -> Self {
        Self {
            keep: Keep::default(),
            grace: GRACE,
            move_out_from: MOVE_OUT_FROM,
            dry_run: false,
            owner: String::new(),
            progress: Progress::new(),
            cancel: Cancel::new(),
        }
    }

    fn grace_ms(&self) -> u64 {
        u64::try_from(self.grace.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for GcOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a collection did not go through. What it did so far is sound, and the next one goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GcError {
    /// The content store. A version that cannot be read whole is never taken for one that needs nothing.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Another collection condemned at the same moment.
    #[error("another collection is at work in this store")]
    Raced,
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<StoreError> for GcError {
    fn from(source: StoreError) -> Self {
        Self::Repository(source.into())
    }
}

impl Classify for GcError {
    fn kind(&self) -> Kind {
        match self {
            // What is looked for here is needed by something that is there.
            Self::Repository(RepositoryError::Store(StoreError::NotFound { .. })) => Kind::Integrity,
            Self::Repository(source) => source.kind(),
            Self::Raced => Kind::Conflict,
            Self::Cancelled(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(RepositoryError::Store(StoreError::NotFound { .. })) => Some(
                "see what is damaged, and how it is mended, with: cyclorama assets verify STORE".to_owned(),
            ),
            Self::Repository(source) => source.hint(),
            Self::Raced => Some("collect again when it is done".to_owned()),
            Self::Cancelled(_) => None,
        }
    }
}

/// Removes what was condemned long enough ago, and condemns what is not needed any more.
///
/// # Errors
/// [`GcError`]; nothing that is needed is removed then either. [`RepositoryError::Probe`] where the object store does
/// not keep its conditions and is not marked for one writer.
pub async fn gc(repository: &Repository, options: &GcOptions) -> Result<GcReport, GcError> {
    if options.dry_run {
        return collect(repository, options).await;
    }
    match repository.format().writers {
        Writers::Many => {
            repository.prove().await?;
            collect(repository, options).await
        }
        Writers::Single => {
            repository.take_turn(&options.owner).await?;
            let collected = collect(repository, options).await;
            repository.end_turn().await;
            collected
        }
    }
}

async fn collect(repository: &Repository, options: &GcOptions) -> Result<GcReport, GcError> {
    let mut report = GcReport { dry_run: options.dry_run, ..GcReport::default() };
    for _ in 0..PASSES {
        let (view, marks) = look(repository, options).await?;
        view.describe(&marks, &mut report);
        sweep::sweep(repository, options, &view, &marks, &mut report).await?;
        let condemned = condemn::condemn(repository, options, &view, &marks, &mut report).await?;
        // Without grace, what is condemned is due.
        if !condemned || options.dry_run || !options.grace.is_zero() {
            break;
        }
    }
    Ok(report)
}

/// What is there and what is needed. Something that is not there is damage only if it is not there at a second look at
/// the same refs, or at the last look: they may have moved on, and another collection may have removed what they led to before.
async fn look(repository: &Repository, options: &GcOptions) -> Result<(View, Marks), GcError> {
    let (mut before, mut looks) = (None, 0);
    loop {
        looks += 1;
        let error = match View::read(repository, options).await {
            Ok(view) => match Marks::of(repository, options, &view).await {
                Ok(marks) => return Ok((view, marks)),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let refs: Vec<_> = repository.fence(0).await?.into_iter().map(|found| found.snapshot).collect();
        let now = (refs, repository.newest_epoch().await?);
        if error.kind() != Kind::Integrity || before.as_ref() == Some(&now) || looks == LOOKS {
            return Err(error);
        }
        before = Some(now);
    }
}

/// Readers of a version that is not needed any more may take this long.
pub(crate) const GRACE: Duration = Duration::from_secs(14 * 24 * 3600);
/// Moving out half a pack costs as much as it frees.
const MOVE_OUT_FROM: f64 = 0.5;
/// Nobody has to wait for a damaged store's refs to rest.
const LOOKS: u32 = 5;
/// Condemning, removing, and looking once more.
const PASSES: u32 = 3;

#[cfg(test)]
mod tests;
