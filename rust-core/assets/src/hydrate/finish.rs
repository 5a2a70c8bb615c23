//! The end of hydrating: permissions, links, empty folders and removals, and then remembering all of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_content::{ChunkId, ChunkIds};

use super::HydrateError;
use super::decide::{Plan, Todo};
use crate::local::{Boot, RelPath, Stamp, State, Unsettled, Workspace, WriteError};
use crate::publish::Folders;
use crate::tree::Entry;
use crate::{RefName, SnapshotId};

/// What is left to do, and what is to be remembered.
pub(super) struct Finish {
    pub(super) workspace: Arc<Workspace>,
    pub(super) plan: Plan,
    pub(super) stamps: HashMap<usize, Stamp>,
    pub(super) ids: ChunkIds,
    pub(super) store: String,
    pub(super) snapshot: SnapshotId,
    /// The version's top folder; none when only a part of it was wanted.
    pub(super) root: Option<ChunkId>,
    pub(super) reference: Option<RefName>,
    /// What earlier runs wrote and may not have reached the disk.
    pub(super) unsettled: Option<Unsettled>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) removed: u64,
    pub(super) kept: Vec<String>,
}

impl Finish {
    pub(super) fn run(mut self) -> Result<Finished, HydrateError> {
        for (path, _) in &self.plan.folders {
            self.workspace.make_folder(path.as_str())?;
        }
        self.dress_and_link()?;
        let finished = self.remove()?;
        let mut state = self.state();
        state.unsettled = self.unsettled()?;
        if !self.stamps.is_empty() {
            // A change right after a file was placed shows in its stamp only when the file system's clock has ticked.
            std::thread::park_timeout(TICK);
            state.restamp(|path, stamp| {
                if let (Some(known), Ok(path)) = (*stamp, RelPath::new(path)) {
                    *stamp = self.workspace.stamp(&path).filter(|now| *now == known);
                }
            });
        }
        let saved = state.save(self.workspace.path(), &self.store);
        saved
            .and_then(|()| State::forget_intended(self.workspace.path(), &self.store))
            .map_err(HydrateError::State)?;
        Ok(finished)
    }

    /// What may not have reached the disk now. Waiting for the disk would take longer than all the rest; so what was
    /// written is trusted until the machine is started again, and the disk is asked when there was nothing to write.
    fn unsettled(&self) -> Result<Option<Unsettled>, HydrateError> {
        let since_ns = self.stamps.values().map(|stamp| stamp.ctime_ns).min();
        let before = self.unsettled.map(|unsettled| unsettled.since_ns);
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
        for (number, wish) in self.plan.wishes.iter().enumerate() {
            match (&wish.entry, &wish.todo) {
                (Entry::File(file), Todo::Touch) => {
                    let stamp = self.workspace.touch(&wish.path, file.mode, file.mtime_ns)?;
                    self.stamps.insert(number, stamp);
                }
                (Entry::Symlink(link), Todo::Write { .. }) => {
                    self.workspace.make_link(&wish.path, &link.target)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what the last version brought and this one does not have, unless somebody changed it.
    fn remove(&self) -> Result<Finished, HydrateError> {
        let mut finished = Finished::default();
        for (path, known) in &self.plan.removals {
            let place = path.below(self.workspace.path());
            // A folder of this version has the name by now.
            if std::fs::symlink_metadata(place).is_ok_and(|metadata| metadata.is_dir()) {
                continue;
            }
            match (self.workspace.stamp(path), known) {
                (Some(now), Some(known)) if now != *known => finished.kept.push(path.to_string()),
                (Some(_), None) => finished.kept.push(path.to_string()),
                _ => {
                    match self.workspace.remove(path) {
                        Ok(()) => finished.removed += 1,
                        // The folder it was in may have become something else.
                        Err(WriteError::Io { source, .. })
                            if source.kind() == std::io::ErrorKind::NotADirectory => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        for path in &self.plan.empty_folders {
            self.workspace.remove_empty_folder(path);
        }
        Ok(finished)
    }

    fn state(&mut self) -> State {
        let mut state = State::of(self.snapshot, self.reference.clone());
        for (path, entry) in std::mem::take(&mut self.plan.folders) {
            state.insert(path.to_string(), entry, None);
        }
        for (number, wish) in std::mem::take(&mut self.plan.wishes).into_iter().enumerate() {
            let stamp = match wish.todo {
                Todo::Nothing(stamp) => stamp,
                // Changed by hand: an edit of this version, to be read when it is published.
                Todo::Keep => None,
                Todo::Touch | Todo::Write { .. } => self.stamps.get(&number).copied(),
            };
            state.insert(wish.path.to_string(), wish.entry, stamp);
        }
        for (path, known) in std::mem::take(&mut self.plan.untouched) {
            state.insert(path, known.entry, known.stamp);
        }
        state.root = self.root.or_else(|| {
            let listing = state.entries().map(|(path, known)| (path.to_owned(), known.entry.clone()));
            Some(Folders::default().build(listing.collect(), &self.ids).node)
        });
        state
    }
}

/// Makes way where a file of the last version lies in the place of a folder of this one, or the other way round.
///
/// # Errors
/// [`HydrateError::Edited`] when something that the last version did not bring is in the way.
pub(super) fn clear_way(workspace: &Workspace, plan: &Plan) -> Result<(), HydrateError> {
    let metadata = |path: &RelPath| std::fs::symlink_metadata(path.below(workspace.path())).ok();
    let in_the_way = |path: &RelPath| Err(HydrateError::Edited(vec![path.to_string()]));
    let remove = |path: &RelPath| match plan.removals.iter().find(|(removal, _)| removal == path) {
        Some((_, known)) if workspace.stamp(path) == *known => {
            workspace.remove(path).map_err(HydrateError::from)
        }
        _ => in_the_way(path),
    };
    for (path, _) in &plan.folders {
        if metadata(path).is_some_and(|metadata| !metadata.is_dir()) {
            remove(path)?;
        }
    }
    for wish in plan.wishes.iter().filter(|wish| matches!(wish.todo, Todo::Write { .. })) {
        if !metadata(&wish.path).is_some_and(|metadata| metadata.is_dir()) {
            continue;
        }
        let below = format!("{}/", wish.path);
        for (path, _) in plan.removals.iter().filter(|(path, _)| path.as_str().starts_with(&below)) {
            remove(path)?;
        }
        for path in plan.empty_folders.iter().filter(|path| path.as_str().starts_with(&below)) {
            workspace.remove_empty_folder(path);
        }
        if !workspace.remove_empty_folder(&wish.path) {
            return in_the_way(&wish.path);
        }
    }
    Ok(())
}

const TICK: Duration = Duration::from_millis(60);
