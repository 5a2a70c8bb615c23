//! Writes what has to be written: from files on this disk where they have it, and from the store.
//!
//! Chunks arrive in the order they lie in the store, and files grow as their chunks come, many at a time. A file is
//! moved into place when its last chunk is in it and the whole of it was proven.

mod file;
mod garden;

use std::sync::{Arc, Mutex};

use cyclorama_content::{ChunkId, Digest};

use self::file::FileWork;
use self::garden::{Done, Garden};
use super::decide::{Copied, Plan};
use super::{HydrateError, Options};
use crate::Repository;
use crate::local::{Stamp, Workspace, WriteError};
use crate::repository::Wants;

/// What is to be written, sorted by where it comes from. Files are known by their numbers in the plan.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// Copies of files on this disk.
    shared: Vec<(usize, Copied)>,
    /// Files that need nothing from the store: empty ones, and those whose every chunk lies in the version before.
    complete: Vec<usize>,
    /// How many files are made of chunks.
    files: usize,
    places: Places,
    wants: Wants,
    /// Bytes that files made of chunks take at least, and bytes of those in whose places they come.
    taken: u64,
    freed: u64,
}

/// Where chunks belong.
#[derive(Debug, Default)]
struct Places(Vec<Place>);

/// Where a chunk belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The beginning of its id.
    key: u64,
    /// Into which file.
    file: u32,
    /// As which of that file's chunks.
    number: u32,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Grown {
    pub(super) plan: Arc<Plan>,
    /// How files look in their places, as far as that is known.
    pub(super) stamps: Vec<Option<Stamp>>,
    pub(super) downloaded: u64,
    pub(super) shared: u64,
}

impl Growth {
    /// Sorts the files of `plan` that have to be written.
    pub(super) fn plan(repository: &Repository, plan: &Plan) -> Result<Self, HydrateError> {
        let mut growth = Self::default();
        for (number, _) in plan.writes().filter(|(number, _)| plan.tree.at(*number).is_file()) {
            match plan.copies.get(&(number as u32)) {
                Some(copied) => growth.shared.push((number, *copied)),
                None => growth.take(repository, plan, number)?,
            }
        }
        growth.places.sort();
        Ok(growth)
    }

    /// Bytes that will cross the network.
    pub(super) fn bytes(self) -> u64 {
        self.wants.into_plan().bytes
    }

    /// Bytes that the disk must have free at least. What may share its blocks, and zeros, which may be holes, are not counted.
    pub(super) fn room(&self) -> u64 {
        self.taken.saturating_sub(self.freed)
    }

    fn take(&mut self, repository: &Repository, plan: &Plan, number: usize) -> Result<(), HydrateError> {
        let (mut at, mut missing, mut before) = (0, false, None);
        self.freed += plan.stamps.get(number).copied().flatten().map_or(0, |there| there.size);
        work(repository, plan, number, |id, is_missing, place| {
            // Only zeros are the same again and again.
            if before.replace(*id) != Some(*id) {
                self.taken += u64::from(place.raw);
            }
            if is_missing {
                self.places.0.push(Place { key: key(id), file: number as u32, number: at });
                self.wants.add(*id, place);
                missing = true;
            }
            at += 1;
        })?;
        self.files += 1;
        if !missing {
            self.complete.push(number);
        }
        Ok(())
    }

    pub(super) async fn run(
        mut self,
        repository: &Repository,
        workspace: Arc<Workspace>,
        mut plan: Plan,
        options: &Options,
    ) -> Result<Grown, HydrateError> {
        let mut done = Done { stamps: std::mem::take(&mut plan.stamps), ..Done::default() };
        let plan = Arc::new(plan);
        let failed = self.copy_shared(&workspace, &plan, options, &mut done).await?;
        for number in &failed {
            self.take(repository, &plan, *number)?;
        }
        if !failed.is_empty() {
            self.places.sort();
        }
        let Self { complete, files, places, wants, .. } = self;
        let fetch = wants.into_plan();
        let downloaded = fetch.bytes;
        let garden = Arc::new(Garden {
            repository: repository.clone(),
            workspace,
            plan,
            places,
            growing: Mutex::default(),
            progress: options.progress.clone(),
            done: Mutex::new(done),
        });
        garden.plant_complete(complete).await?;
        garden.water(fetch, options).await?;
        let Done { stamps, placed, shared, touched } = std::mem::take(&mut *garden.lock_done());
        if !touched.is_empty() {
            let paths = touched.into_iter().map(|number| garden.plan.path(number).to_string());
            return Err(HydrateError::EditedMeanwhile(paths.collect()));
        }
        if placed != files {
            let lost = garden
                .plan
                .writes()
                .find(|(number, _)| garden.plan.tree.at(*number).is_file() && stamps[*number].is_none());
            let path = lost.map(|(number, _)| garden.plan.path(number).to_string()).unwrap_or_default();
            return Err(HydrateError::WrongFile { path });
        }
        Ok(Grown { plan: Arc::clone(&garden.plan), stamps, downloaded, shared })
    }

    /// Copies files that lie on this disk under another name; gives back those that turned out to be something else.
    async fn copy_shared(
        &mut self,
        workspace: &Arc<Workspace>,
        plan: &Arc<Plan>,
        options: &Options,
        done: &mut Done,
    ) -> Result<Vec<usize>, HydrateError> {
        let (shared, workspace, plan) =
            (std::mem::take(&mut self.shared), Arc::clone(workspace), Arc::clone(plan));
        let (progress, cancel) = (options.progress.clone(), options.cancel.clone());
        let there: Vec<_> = shared.iter().map(|(number, _)| done.stamps[*number]).collect();
        let copying = tokio::task::spawn_blocking(move || {
            let (mut stamps, mut failed, mut touched, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
            for ((number, copied), there) in shared.into_iter().zip(there) {
                cancel.check()?;
                let Some(entry) = plan.tree.at(number).file() else { continue };
                let source = match copied {
                    Copied::Here(source) => plan.path(source as usize),
                    Copied::Before(source) => plan.before(source).0,
                };
                let copy = workspace.copy_of(&source).ok().filter(|part| {
                    part.reader().and_then(Digest::of_reader).is_ok_and(|digest| digest == entry.content)
                });
                match copy {
                    None => failed.push(number),
                    Some(part) => {
                        let path = plan.path(number);
                        match workspace.place(part, &path, entry.mode, entry.mtime_ns, there) {
                            Ok(stamp) => stamps.push((number, stamp)),
                            Err(WriteError::Touched { .. }) => touched.push(number),
                            Err(error) => return Err(error.into()),
                        }
                        bytes += entry.size;
                        progress.add_done(entry.size);
                    }
                }
            }
            Ok::<_, HydrateError>((stamps, failed, touched, bytes))
        });
        let (stamps, failed, touched, bytes) = copying.await??;
        done.touched.extend(touched);
        for (number, stamp) in stamps {
            done.stamps[number] = Some(stamp);
        }
        done.shared += bytes;
        Ok(failed)
    }
}

impl Places {
    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.shrink_to_fit();
    }

    /// Where a chunk belongs, and perhaps where another one does whose id begins alike.
    fn of(&self, id: &ChunkId) -> &[Place] {
        let key = key(id);
        let from = self.0.partition_point(|place| place.key < key);
        let rest = &self.0[from..];
        &rest[..rest.iter().take_while(|place| place.key == key).count()]
    }
}

fn key(id: &ChunkId) -> u64 {
    let mut key = [0; 8];
    key.copy_from_slice(&id.as_bytes()[..8]);
    u64::from_le_bytes(key)
}

/// What the file of this number is made of; each chunk is told to `place`, whether it has to come, and where it lies.
fn work(
    repository: &Repository,
    plan: &Plan,
    number: usize,
    mut place: impl FnMut(&ChunkId, bool, &crate::index::Location),
) -> Result<FileWork, HydrateError> {
    let wrong = || HydrateError::WrongFile { path: plan.tree.at(number).path().to_owned() };
    let entry = plan.tree.at(number).file().ok_or_else(wrong)?;
    let over = match plan.todo[number] {
        super::decide::Todo::Write { over: Some(over), .. } => plan.before(over).1.file(),
        _ => None,
    };
    FileWork::new(repository, plan.path(number), &entry, over.as_ref(), |piece, location| {
        place(&piece.id, piece.is_missing(), location);
    })
}
