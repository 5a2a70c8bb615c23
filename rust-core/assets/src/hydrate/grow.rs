//! Writes what has to be written: from files on this disk where they have it, and from the store.
//!
//! Chunks arrive in the order they lie in the store, and files grow as their chunks come, many at a time. A file is
//! moved into place when its last chunk is in it and the whole of it was proven.

mod file;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cyclorama_content::{ChunkId, Digest};

use self::file::{FileWork, Growing};
use super::decide::{Plan, Todo};
use super::{HydrateError, Options};
use crate::Repository;
use crate::local::{RelPath, Stamp, Workspace};
use crate::repository::{Batch, FetchPlan};
use crate::tree::{Entry, FileEntry};

/// What is to be written, sorted by where it comes from.
#[derive(Debug)]
pub(super) struct Growth {
    /// Copies of files on this disk, which one, and as which.
    shared: Vec<(usize, FileEntry, RelPath, RelPath)>,
    /// Files that are made of chunks.
    files: Vec<FileWork>,
    wanted: HashSet<ChunkId>,
    fetch: FetchPlan,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Grown {
    /// How files look in their places, by their number in the plan.
    pub(super) stamps: HashMap<usize, Stamp>,
    pub(super) downloaded: u64,
    pub(super) shared: u64,
}

impl Growth {
    /// Sorts the files of `plan` that have to be written.
    pub(super) fn plan(repository: &Repository, plan: &Plan) -> Result<Self, HydrateError> {
        let mut growth = Self {
            shared: Vec::new(),
            files: Vec::new(),
            wanted: HashSet::new(),
            fetch: FetchPlan::default(),
        };
        for (number, wish) in plan.wishes.iter().enumerate() {
            let (Entry::File(entry), Todo::Write { over }) = (&wish.entry, &wish.todo) else { continue };
            match plan.on_disk.get(&entry.content) {
                Some(source) if *source != wish.path => {
                    growth.shared.push((number, entry.clone(), wish.path.clone(), source.clone()));
                }
                _ => growth.take(repository, number, &wish.path, entry, over.as_ref())?,
            }
        }
        growth.fetch = repository.plan(growth.wanted.iter().copied())?;
        Ok(growth)
    }

    /// Bytes that will cross the network.
    pub(super) fn bytes(&self) -> u64 {
        self.fetch.bytes
    }

    fn take(
        &mut self,
        repository: &Repository,
        number: usize,
        path: &RelPath,
        entry: &FileEntry,
        over: Option<&FileEntry>,
    ) -> Result<(), HydrateError> {
        let work = FileWork::new(repository, number, path, entry, over)?;
        self.wanted.extend(work.missing());
        self.files.push(work);
        Ok(())
    }

    pub(super) async fn run(
        mut self,
        repository: &Repository,
        workspace: Arc<Workspace>,
        options: &Options,
    ) -> Result<Grown, HydrateError> {
        let mut grown = Grown::default();
        let failed = self.copy_shared(&workspace, options, &mut grown).await?;
        for (number, entry, path) in failed {
            self.take(repository, number, &path, &entry, None)?;
        }
        if !self.wanted.is_empty() {
            self.fetch = repository.plan(self.wanted.iter().copied())?;
        }
        grown.downloaded = self.fetch.bytes;
        let Self { files, fetch, .. } = self;
        let garden = Arc::new(Garden::new(repository.clone(), workspace, files, options));
        garden.plant_complete().await?;
        garden.water(fetch, options).await?;
        let Done { stamps, shared } = garden.harvest()?;
        grown.stamps.extend(stamps);
        grown.shared += shared;
        Ok(grown)
    }

    /// Copies files that lie on this disk under another name; gives back those that turned out to be something else.
    async fn copy_shared(
        &mut self,
        workspace: &Arc<Workspace>,
        options: &Options,
        grown: &mut Grown,
    ) -> Result<Vec<(usize, FileEntry, RelPath)>, HydrateError> {
        let (shared, workspace) = (std::mem::take(&mut self.shared), Arc::clone(workspace));
        let (progress, cancel) = (options.progress.clone(), options.cancel.clone());
        let copying = tokio::task::spawn_blocking(move || {
            let (mut stamps, mut failed, mut bytes) = (Vec::new(), Vec::new(), 0);
            for (number, entry, path, source) in shared {
                cancel.check()?;
                let copy = workspace.copy_of(&source).ok().filter(|part| {
                    part.reader().and_then(Digest::of_reader).is_ok_and(|digest| digest == entry.content)
                });
                match copy {
                    None => failed.push((number, entry, path)),
                    Some(part) => {
                        stamps.push((number, workspace.place(part, &path, entry.mode, entry.mtime_ns)?));
                        bytes += entry.size;
                        progress.add_done(entry.size);
                    }
                }
            }
            Ok::<_, HydrateError>((stamps, failed, bytes))
        });
        let (stamps, failed, bytes) = copying.await??;
        grown.stamps.extend(stamps);
        grown.shared += bytes;
        Ok(failed)
    }
}

/// Files growing, shared by the threads that write.
struct Garden {
    repository: Repository,
    workspace: Arc<Workspace>,
    files: Vec<FileWork>,
    growing: Vec<Mutex<Growing>>,
    /// Where each chunk belongs: number of the file and offset.
    places: HashMap<ChunkId, Places>,
    progress: cyclorama_progress::Progress,
    /// Files that have begun and are not complete.
    begun: AtomicUsize,
    done: Mutex<Done>,
}

/// Where a chunk belongs: nearly always in one place.
type Places = ((u32, u64), Vec<(u32, u64)>);

#[derive(Default)]
struct Done {
    stamps: Vec<(usize, Stamp)>,
    shared: u64,
}

impl Garden {
    fn new(
        repository: Repository,
        workspace: Arc<Workspace>,
        files: Vec<FileWork>,
        options: &Options,
    ) -> Self {
        let mut places: HashMap<ChunkId, Places> = HashMap::new();
        for (at, work) in files.iter().enumerate() {
            for (chunk, offset) in work.missing_at() {
                let place = (at as u32, offset);
                let known = places.entry(chunk);
                known.and_modify(|places| places.1.push(place)).or_insert_with(|| (place, Vec::new()));
            }
        }
        let growing = files.iter().map(|work| Mutex::new(Growing::waiting(work))).collect();
        let progress = options.progress.clone();
        Self {
            repository,
            workspace,
            files,
            growing,
            places,
            progress,
            begun: AtomicUsize::new(0),
            done: Mutex::default(),
        }
    }

    /// Files that need nothing from the store: empty ones, and those whose every chunk lies in the version before.
    async fn plant_complete(self: &Arc<Self>) -> Result<(), HydrateError> {
        let this = Arc::clone(self);
        let planting = tokio::task::spawn_blocking(move || {
            let mut complete =
                this.files.iter().enumerate().filter(|(_, work)| work.missing().next().is_none());
            complete.try_for_each(|(at, _)| this.grow(at, None))
        });
        planting.await?
    }

    /// Takes chunks as they come and writes them.
    async fn water(self: &Arc<Self>, plan: FetchPlan, options: &Options) -> Result<(), HydrateError> {
        let (bytes, raw) = (plan.bytes as f64, self.raw_bytes().max(1) as f64);
        let (this, progress, cancel) = (Arc::clone(self), options.progress.clone(), options.cancel.clone());
        let write = move |batch: Batch| {
            cancel.check()?;
            let length: usize = batch.iter().map(|(_, bytes)| bytes.len()).sum();
            progress.add_transferred((bytes * length as f64 / raw) as u64);
            this.write(&batch)
        };
        self.repository.fetch_into(plan, options.at_once, write).await
    }

    fn raw_bytes(&self) -> u64 {
        self.places.keys().filter_map(|id| self.repository.locate(id)).map(|place| u64::from(place.raw)).sum()
    }

    fn write(&self, batch: &Batch) -> Result<(), HydrateError> {
        for (id, bytes) in batch {
            let places = self.places.get(id).ok_or(HydrateError::Unasked(*id))?;
            for (at, offset) in std::iter::once(&places.0).chain(&places.1) {
                self.grow(*at as usize, Some((*offset, bytes)))?;
            }
        }
        Ok(())
    }

    /// Adds a chunk to a file, and places the file when that was the last.
    fn grow(&self, at: usize, chunk: Option<(u64, &[u8])>) -> Result<(), HydrateError> {
        let work = &self.files[at];
        let mut growing = self.growing[at].lock().unwrap_or_else(PoisonError::into_inner);
        if !growing.is_begun() {
            self.begun.fetch_add(1, Ordering::Relaxed);
        }
        let shared = growing.begin(work, &self.repository, &self.workspace)?;
        if let Some((offset, bytes)) = chunk {
            growing.add(work, offset, bytes)?;
        }
        if growing.is_complete() {
            let part = growing.finish(work)?;
            drop(growing);
            self.begun.fetch_sub(1, Ordering::Relaxed);
            let stamp = self.workspace.place(part, &work.path, work.mode, work.mtime_ns)?;
            self.progress.add_done(work.size);
            self.done.lock().unwrap_or_else(PoisonError::into_inner).stamps.push((work.number, stamp));
        } else if self.begun.load(Ordering::Relaxed) > MOST_OPEN {
            growing.rest();
        }
        if shared > 0 {
            self.done.lock().unwrap_or_else(PoisonError::into_inner).shared += shared;
        }
        Ok(())
    }

    /// What was done, once nothing grows any more.
    fn harvest(&self) -> Result<Done, HydrateError> {
        let done = std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
        if done.stamps.len() == self.files.len() {
            return Ok(done);
        }
        let placed: HashSet<usize> = done.stamps.iter().map(|(number, _)| *number).collect();
        let lost = self.files.iter().find(|work| !placed.contains(&work.number));
        let path = lost.map(|work| work.path.to_string()).unwrap_or_default();
        Err(HydrateError::WrongFile { path })
    }
}

/// Files open at the same time. Chunks of many files may lie in each pack, and systems allow a process 1024, or fewer.
const MOST_OPEN: usize = 256;
