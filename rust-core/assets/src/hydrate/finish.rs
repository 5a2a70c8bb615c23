//! The end of hydrating: permissions, links, empty folders and removals, and then remembering all of it.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_content::{ChunkId, ChunkIds};

use super::HydrateError;
use super::decide::{Plan, Todo};
use super::judge::target;
use crate::local::{Boot, Record, RelPath, Stamp, State, Unsettled, Workspace, WriteError};
use crate::publish::Folders;
use crate::tree::{Entry, path_order};
use crate::{RefName, SnapshotId};

/// What is left to do, and what is to be remembered.
pub(super) struct Finish {
    pub(super) workspace: Arc<Workspace>,
    /// How files look in it is known of those that were written.
    pub(super) plan: Arc<Plan>,
    pub(super) stamps: Vec<Option<Stamp>>,
    pub(super) ids: ChunkIds,
    pub(super) store: String,
    pub(super) snapshot: SnapshotId,
    /// The version's top folder; none when only a part of it was wanted.
    pub(super) root: Option<ChunkId>,
    pub(super) reference: Option<RefName>,
    /// Links of the version that this system does not let anybody make, by their numbers.
    pub(super) skipped: HashSet<usize>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) removed: u64,
    pub(super) kept: Vec<String>,
    pub(super) skipped: Vec<String>,
}

/// Something to be remembered.
#[derive(Clone, Copy)]
enum Row {
    /// Of this version, by its number there.
    Now(u32),
    /// Of what was known before, by its number there.
    Before(u32),
}

impl Finish {
    pub(super) fn run(mut self) -> Result<Finished, HydrateError> {
        for (number, _) in numbered(&self.plan.todo, |todo| matches!(todo, Todo::Folder { .. })) {
            self.workspace.make_folder(self.plan.tree.at(number).path())?;
        }
        self.dress_and_link()?;
        let mut finished = self.remove()?;
        finished.skipped = self.skipped.iter().map(|number| self.plan.path(*number).to_string()).collect();
        if numbered(&self.plan.todo, is_fresh).next().is_some() {
            // A change right after a file was placed shows in its stamp only when the file system's clock has ticked.
            std::thread::park_timeout(TICK);
        }
        let unsettled = self.unsettled()?;
        self.save(unsettled)
            .and_then(|()| State::forget_intended(self.workspace.path(), &self.store))
            .map_err(HydrateError::State)?;
        Ok(finished)
    }

    /// What may not have reached the disk now. Waiting for the disk would take longer than all the rest; so what was
    /// written is trusted until the machine is started again, and the disk is asked when there was nothing to write.
    fn unsettled(&self) -> Result<Option<Unsettled>, HydrateError> {
        let fresh = numbered(&self.plan.todo, is_fresh).filter_map(|(number, _)| self.stamps[number]);
        let since_ns = fresh.map(|stamp| stamp.ctime_ns).min();
        let before = self.plan.state.unsettled.map(|unsettled| unsettled.since_ns);
        match (since_ns, Boot::current()) {
            (Some(since_ns), Some(boot)) => {
                let since_ns = before.map_or(since_ns, |before| before.min(since_ns));
                Ok(Some(Unsettled { boot, since_ns }))
            }
            (None, _) if before.is_none() => Ok(None),
            _ => {
                self.workspace.sync()?;
                Ok(None)
            }
        }
    }

    fn dress_and_link(&mut self) -> Result<(), HydrateError> {
        let mut touched = Vec::new();
        for (number, todo) in numbered(&self.plan.todo, is_fresh) {
            let (path, there) = (self.plan.path(number), self.stamps[number]);
            let dressed = match (self.plan.tree.at(number).entry(), todo) {
                (Entry::File(file), Todo::Touch) => {
                    self.workspace.touch(&path, file.mode, file.mtime_ns, there).map(Some)
                }
                (Entry::Symlink(link), Todo::Write { .. }) => {
                    let is_folder = is_folder(&self.plan, &path, &link.target);
                    match self.workspace.make_link(&path, &link.target, is_folder, there) {
                        Err(WriteError::NoLinks { .. }) => {
                            self.skipped.insert(number);
                            // What an earlier version had there goes all the same.
                            self.workspace.remove_what_looked(&path, there).map(|()| None)
                        }
                        made => made.map(|()| None),
                    }
                }
                _ => continue,
            };
            match dressed {
                Ok(stamp) => self.stamps[number] = stamp,
                Err(WriteError::Touched { path }) => touched.push(path),
                Err(error) => return Err(error.into()),
            }
        }
        if touched.is_empty() { Ok(()) } else { Err(HydrateError::EditedMeanwhile(touched)) }
    }

    /// Removes what the last version brought and this one does not have, unless somebody changed it.
    fn remove(&self) -> Result<Finished, HydrateError> {
        let mut finished = Finished::default();
        for at in &self.plan.removals {
            let (path, known) = self.plan.before(*at);
            let place = path.below(self.workspace.path());
            match std::fs::symlink_metadata(&place) {
                // A folder of this version has the name by now.
                Ok(there) if there.is_dir() => continue,
                // Somebody put it there, as a link to another disk.
                Ok(there) if !there.is_file() && !is_link(&place, &known) => {
                    finished.kept.push(path.to_string());
                    continue;
                }
                _ => {}
            }
            match (self.workspace.stamp(&path), known.stamp()) {
                (Some(now), Some(known)) if now != known => finished.kept.push(path.to_string()),
                (Some(_), None) => finished.kept.push(path.to_string()),
                _ => {
                    match self.workspace.remove(&path) {
                        Ok(()) => finished.removed += 1,
                        // The folder it was in may have become something else.
                        Err(WriteError::Io { source, .. })
                            if source.kind() == std::io::ErrorKind::NotADirectory => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        for at in &self.plan.empty_folders {
            self.workspace.remove_empty_folder(&self.plan.before(*at).0);
        }
        Ok(finished)
    }

    /// Remembers what is there now.
    fn save(&self, unsettled: Option<Unsettled>) -> io::Result<()> {
        let plan = &self.plan;
        let mut rows: Vec<Row> = numbered(&plan.todo, |todo| *todo != Todo::Unwanted)
            .filter(|(number, _)| !self.skipped.contains(number))
            .map(|(number, _)| Row::Now(number as u32))
            .collect();
        if !plan.untouched.is_empty() {
            rows.extend(plan.untouched.iter().map(|at| Row::Before(*at)));
            rows.sort_by(|a, b| path_order(self.record(*a).path(), self.record(*b).path()));
        }
        let mut state = State::of(self.snapshot, self.reference.clone());
        state.unsettled = unsettled;
        // What was left out was not removed by anybody who publishes from here: so this is a part of the version.
        state.root = self.root.filter(|_| self.skipped.is_empty()).or_else(|| {
            let entries = rows.iter().map(|row| (self.record(*row).path(), self.record(*row).entry()));
            Some(Folders::default().build(entries, &self.ids).node)
        });
        let mut saving = state.save_with(self.workspace.path(), &self.store, rows.len())?;
        for row in rows {
            let stamp = match row {
                Row::Now(number) => self.stamps[number as usize],
                Row::Before(at) => plan.before(at).1.stamp(),
            };
            saving.put(self.record(row), stamp)?;
        }
        saving.end()
    }

    fn record(&self, row: Row) -> Record<'_> {
        match row {
            Row::Now(number) => self.plan.tree.at(number as usize),
            Row::Before(at) => self.plan.state.records().at(at as usize),
        }
    }
}

/// What is written or touched, and so looks otherwise than before.
fn is_fresh(todo: &Todo) -> bool {
    matches!(todo, Todo::Touch | Todo::Write { .. })
}

/// Those of which `which` holds, with their numbers.
fn numbered(todo: &[Todo], which: impl Fn(&Todo) -> bool) -> impl Iterator<Item = (usize, Todo)> {
    todo.iter().copied().enumerate().filter(move |(_, todo)| which(todo))
}

/// Whether a link at `path` leads to a folder of the version.
fn is_folder(plan: &Plan, path: &RelPath, target: &str) -> bool {
    let mut led: Vec<&str> = path.folder().map_or_else(Vec::new, |folder| folder.split('/').collect());
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(led.pop()),
            name => led.push(name),
        }
    }
    led.is_empty() || plan.tree.get(&led.join("/")).is_some_and(|there| there.is_folder())
}

/// Makes way where a file of the last version lies in the place of a folder of this one, or the other way round, and gives
/// what is spelt otherwise by now its new name.
///
/// # Errors
/// [`HydrateError::Edited`] when something that the last version did not bring is in the way.
pub(super) fn clear_way(workspace: &Workspace, plan: &Plan) -> Result<(), HydrateError> {
    let in_the_way = |path: &RelPath| Err(HydrateError::Edited(vec![path.to_string()]));
    let remove = |path: &RelPath| {
        let seen = plan.seen(path.as_str());
        let is_it = |at: &&u32| plan.seen(plan.before(**at).0.as_str()) == seen;
        match plan.removals.iter().find(is_it).map(|at| plan.before(*at).1) {
            Some(known) if is_as(workspace, path, &known) => {
                workspace.remove(path).map_err(HydrateError::from)
            }
            _ => in_the_way(path),
        }
    };
    for (number, todo) in plan.todo.iter().enumerate() {
        let path = match todo {
            Todo::Folder { is_blocked: true, .. } => {
                remove(&plan.path(number))?;
                continue;
            }
            Todo::Write { is_blocked: true, .. } => plan.path(number),
            _ => continue,
        };
        let below = format!("{}/", plan.seen(path.as_str()));
        let is_below = |path: &RelPath| plan.seen(path.as_str()).starts_with(&below);
        for path in plan.removals.iter().map(|at| plan.before(*at).0).filter(is_below) {
            remove(&path)?;
        }
        for path in plan.empty_folders.iter().map(|at| plan.before(*at).0).filter(is_below) {
            workspace.remove_empty_folder(&path);
        }
        if !workspace.remove_empty_folder(&path) {
            return in_the_way(&path);
        }
    }
    let stays = |number: u32| matches!(plan.todo[number as usize], Todo::Keep | Todo::Unwanted);
    for (at, number) in plan.respelt.iter().filter(|(_, number)| !stays(*number)) {
        workspace.respell(&plan.before(*at).0, &plan.path(*number as usize))?;
    }
    Ok(())
}

/// Whether the link that is known lies there, and no other.
fn is_link(place: &Path, known: &Record<'_>) -> bool {
    matches!(known.entry(), Entry::Symlink(link) if target(place).as_deref() == Some(&link.target))
}

/// Whether what is known lies there as it was left, or nothing does.
fn is_as(workspace: &Workspace, path: &RelPath, known: &Record<'_>) -> bool {
    let place = path.below(workspace.path());
    match std::fs::symlink_metadata(&place) {
        Ok(there) if there.is_file() => workspace.stamp(path) == known.stamp(),
        Ok(_) => is_link(&place, known),
        Err(_) => true,
    }
}

const TICK: Duration = Duration::from_millis(60);
