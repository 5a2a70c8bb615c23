//! Hydrating: bringing a version of the content into a working folder.
//!
//! Nothing is written before all of it was judged: names that cannot exist here, links that lead out, and files that
//! somebody changed by hand stop it while the folder is as it was. What is on this disk already is not fetched. Every
//! chunk is proven by its id, a file appears when it is whole, and only what an earlier version brought is removed.

mod check;
mod decide;
mod error;
mod finish;
mod grow;
mod judge;
mod respelt;
pub(crate) mod resume;
mod room;
mod select;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cyclorama_content::ChunkIds;
use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::Clock;

pub use error::HydrateError;
pub use select::{Select, SelectError};

use self::decide::{Decision, Plan};
use self::grow::Growth;
use crate::local::workspace::is_case_blind;
use crate::local::{Records, State, Workspace};
use crate::{RefName, Repository, Snapshot, SnapshotId};

/// What happens to files that somebody changed by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEdit {
    /// Nothing is written, and the files are named.
    #[default]
    Stop,
    /// They stay as they are, and count as edits of the new version.
    Keep,
    /// The version's own take their place.
    Replace,
}

/// How to hydrate.
#[derive(Clone)]
pub struct Options {
    /// The ref it comes by, to be remembered.
    pub reference: Option<RefName>,
    /// Which part of it.
    pub select: Select,
    /// What happens to files changed by hand.
    pub on_edit: OnEdit,
    /// Find out what would be done, and do nothing.
    pub dry_run: bool,
    /// Bytes that may be taken from the disk; as many as are free where none is given.
    pub room: Option<u64>,
    /// Requests at the same time. Each holds up to 4 MiB on its way.
    pub at_once: usize,
    /// Tells when a file was looked at, by the clock that files get their times from.
    pub clock: Arc<dyn Clock>,
    /// Bytes of content that are in place, of those to be written; transferred are bytes fetched.
    pub progress: Progress,
    /// Stops at the next safe point.
    pub cancel: Cancel,
}

impl Options {
    /// All of it, stopping at files changed by hand.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            reference: None,
            select: Select::all(),
            on_edit: OnEdit::Stop,
            dry_run: false,
            room: None,
            at_once: AT_ONCE,
            clock,
            progress: Progress::new(),
            cancel: Cancel::new(),
        }
    }
}

/// What was hydrated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files of the version, or of the part of it that was wanted.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were written.
    pub files_written: u64,
    /// Files that were removed.
    pub files_removed: u64,
    /// Bytes of files that were written.
    pub bytes_new: u64,
    /// Bytes that crossed the network for content.
    pub bytes_downloaded: u64,
    /// Bytes that were taken from files on this disk instead.
    pub bytes_shared: u64,
    /// Files changed by hand that stayed, or were in the way of something and stayed.
    pub kept: Vec<String>,
    /// Symbolic links that this system does not let anybody make. They are left out, and stay in the version that is
    /// published from here.
    pub skipped: Vec<String>,
    /// Bytes that the disk lacks for what would be written; only a dry run finds other than 0.
    pub bytes_missing: u64,
}

/// Brings `snapshot` into the folder `root`, which is made where it is not there.
///
/// # Errors
/// [`HydrateError`]. Unless it says otherwise nothing was written, or what was written is whole and the same command
/// goes on from there.
pub async fn hydrate(
    repository: &Repository,
    id: SnapshotId,
    snapshot: &Snapshot,
    root: &Path,
    options: &Options,
) -> Result<Report, HydrateError> {
    repository.load_indexes(&snapshot.indexes).await?;
    let tree = repository.records_below(snapshot.root).await?;
    options.cancel.check()?;
    let wanted = options.select.wanted(&tree)?;
    let (place, store, dry_run) = (root.to_owned(), repository.format().id.clone(), options.dry_run);
    let (clock, ids) = (Arc::clone(&options.clock), repository.ids().clone());
    let opened = tokio::task::spawn_blocking(move || {
        let workspace = if dry_run { None } else { Some(Arc::new(Workspace::open(&place)?)) };
        let state = known(workspace.as_deref(), (&place, &ids), &store, &clock)?;
        Ok::<_, HydrateError>((workspace, state))
    });
    let (workspace, state) = opened.await??;
    let plan = decided(root, tree, wanted, state, options).await?;
    let mut report = plan.report();
    let growth = Growth::plan(repository, &plan)?;
    let needed = growth.room();
    let missing = room::missing(root, needed, options.room).await?;
    let Some(workspace) = workspace else {
        report.bytes_missing = missing;
        report.bytes_downloaded = growth.bytes();
        return Ok(report);
    };
    if missing > 0 {
        return Err(HydrateError::NoRoom { folder: root.to_owned(), needed, missing });
    }
    options.progress.set_total(report.bytes_new);
    let begun = {
        let (workspace, store) = (Arc::clone(&workspace), repository.format().id.clone());
        tokio::task::spawn_blocking(move || {
            resume::save_intended(&plan, workspace.path(), &store).map_err(HydrateError::State)?;
            finish::clear_way(&workspace, &plan).map(|()| plan)
        })
    };
    let plan = begun.await??;
    let growth = growth.run(repository, Arc::clone(&workspace), plan, options).await?;
    report.bytes_downloaded = growth.downloaded;
    report.bytes_shared = growth.shared;
    let finish = finish::Finish {
        workspace,
        plan: growth.plan,
        stamps: growth.stamps,
        ids: repository.ids().clone(),
        store: repository.format().id.clone(),
        snapshot: id,
        root: (options.select.is_all()).then_some(snapshot.root),
        reference: options.reference.clone(),
        skipped: HashSet::new(),
    };
    let finished = tokio::task::spawn_blocking(move || finish.run()).await??;
    report.files_removed = finished.removed;
    report.kept.extend(finished.kept);
    report.kept.sort();
    report.skipped = finished.skipped;
    report.skipped.sort();
    Ok(report)
}

/// What is known of the folder, with what a killed run had written into it.
fn known(
    workspace: Option<&Workspace>,
    (root, ids): (&Path, &ChunkIds),
    store: &str,
    clock: &dyn Clock,
) -> Result<State, HydrateError> {
    let (mut state, intended) = (State::load(root, store), State::load_intended(root, store));
    if resume::absorb(&mut state, &intended, (root, ids), clock) && workspace.is_some() {
        state.save(root, store).map_err(HydrateError::State)?;
    }
    if let (Some(workspace), Some(unsettled)) = (workspace, state.unsettled)
        && clock.utc().nanos().saturating_sub(unsettled.since_ns) > LONG_AGO_NS
    {
        // By now the system has written it by itself; this takes no time.
        workspace.sync()?;
        state.unsettled = None;
    }
    Ok(state)
}

async fn decided(
    root: &Path,
    tree: Records,
    wanted: select::Wanted,
    state: State,
    options: &Options,
) -> Result<Plan, HydrateError> {
    let (root, clock): (PathBuf, _) = (root.to_owned(), Arc::clone(&options.clock));
    let on_edit = options.on_edit;
    let deciding = tokio::task::spawn_blocking(move || {
        let is_case_blind = is_case_blind(&root);
        let decision = Decision { root: &root, clock: &clock, state, on_edit, is_case_blind };
        decision.decide(tree, &wanted)
    });
    deciding.await?
}

/// Systems write what waits for the disk within half a minute.
const LONG_AGO_NS: i64 = 120_000_000_000;
/// One that begins or ends leaves the others' share of the connection full.
const AT_ONCE: usize = 8;

#[cfg(test)]
mod tests;
