//! Files growing as their chunks come, and moved into their places.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cyclorama_content::ChunkId;

use super::file::Growing;
use super::{Place, Places, work};
use crate::Repository;
use crate::hydrate::decide::Plan;
use crate::hydrate::{HydrateError, Options};
use crate::local::{Stamp, Workspace, WriteError};
use crate::repository::{Batch, FetchPlan};

/// Files growing, shared by the threads that write.
pub(super) struct Garden {
    pub(super) repository: Repository,
    pub(super) workspace: Arc<Workspace>,
    pub(super) plan: Arc<Plan>,
    pub(super) places: Places,
    /// Files that have begun and are not complete.
    pub(super) growing: Mutex<HashMap<u32, Bed>>,
    pub(super) progress: cyclorama_progress::Progress,
    pub(super) done: Mutex<Done>,
}

/// The place of a file that grows; empty before its first chunk is in it.
type Bed = Arc<Mutex<Option<Growing>>>;

impl Garden {
    pub(super) async fn plant_complete(self: &Arc<Self>, complete: Vec<usize>) -> Result<(), HydrateError> {
        let this = Arc::clone(self);
        let planting = tokio::task::spawn_blocking(move || {
            complete.into_iter().try_for_each(|number| match this.begin(number)? {
                Some(growing) => this.place(number, growing),
                None => Ok(()),
            })
        });
        planting.await?
    }

    /// Takes chunks as they come and writes them.
    pub(super) async fn water(
        self: &Arc<Self>,
        plan: FetchPlan,
        options: &Options,
    ) -> Result<(), HydrateError> {
        let (bytes, raw) = (plan.bytes as f64, plan.raw.max(1) as f64);
        let (this, progress, cancel) = (Arc::clone(self), options.progress.clone(), options.cancel.clone());
        let write = move |batch: Batch| {
            cancel.check()?;
            let length: usize = batch.iter().map(|(_, bytes)| bytes.len()).sum();
            progress.add_transferred((bytes * length as f64 / raw) as u64);
            this.write(&batch)
        };
        self.repository.fetch_into(plan, options.at_once, write).await
    }

    fn write(&self, batch: &Batch) -> Result<(), HydrateError> {
        for (id, bytes) in batch {
            let mut places = self.places.of(id).iter().filter(|place| self.is_at(id, **place)).peekable();
            if places.peek().is_none() {
                return Err(HydrateError::Unasked(*id));
            }
            places.try_for_each(|place| self.grow(*place, bytes))?;
        }
        Ok(())
    }

    fn is_at(&self, id: &ChunkId, place: Place) -> bool {
        self.plan.tree.at(place.file as usize).chunk(place.number as usize) == Some(*id)
    }

    /// Adds a chunk to a file, and places the file when that was the last.
    fn grow(&self, Place { file, number, .. }: Place, bytes: &[u8]) -> Result<(), HydrateError> {
        let at = file as usize;
        if self.plan.tree.at(at).chunk_count() == 1 {
            let Some(mut growing) = self.begin(at)? else { return Ok(()) };
            growing.add(number as usize, bytes)?;
            return self.place(at, growing);
        }
        let (bed, begun) = {
            let mut growing = self.lock_growing();
            let bed = Arc::clone(growing.entry(file).or_default());
            (bed, growing.len())
        };
        let mut bed = bed.lock().unwrap_or_else(PoisonError::into_inner);
        let begun_before = bed.take();
        let Some(mut growing) = begun_before.map_or_else(|| self.begin(at), |growing| Ok(Some(growing)))?
        else {
            return Ok(());
        };
        growing.add(number as usize, bytes)?;
        if growing.is_complete() {
            self.lock_growing().remove(&file);
            return self.place(at, growing);
        }
        if begun > MOST_OPEN {
            growing.rest();
        }
        *bed = Some(growing);
        Ok(())
    }

    /// Begins a file; none where somebody changed what lies in its place.
    fn begin(&self, number: usize) -> Result<Option<Growing>, HydrateError> {
        if self.lock_done().touched.contains(&number) {
            return Ok(None);
        }
        let work = work(&self.repository, &self.plan, number, |_, _, _| {})?;
        match Growing::begin(work, &self.repository, &self.workspace) {
            Ok((growing, shared)) => {
                if shared > 0 {
                    self.lock_done().shared += shared;
                }
                Ok(Some(growing))
            }
            Err(HydrateError::Write(WriteError::Touched { .. })) => {
                self.give_up(number);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn place(&self, number: usize, growing: Growing) -> Result<(), HydrateError> {
        let size = growing.work.size;
        let there = self.lock_done().stamps[number];
        let stamp = match growing.place(&self.workspace, there) {
            Err(HydrateError::Write(WriteError::Touched { .. })) => {
                self.give_up(number);
                return Ok(());
            }
            placed => placed?,
        };
        self.progress.add_done(size);
        let mut done = self.lock_done();
        done.stamps[number] = Some(stamp);
        done.placed += 1;
        Ok(())
    }

    /// Leaves what somebody saved in the place of a file. The others go on.
    fn give_up(&self, number: usize) {
        let mut done = self.lock_done();
        if done.touched.insert(number) {
            done.placed += 1;
        }
    }

    fn lock_growing(&self) -> MutexGuard<'_, HashMap<u32, Bed>> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct Done {
    /// How what lies in each place looks: before it is placed what may go from there, then the file itself.
    pub(super) stamps: Vec<Option<Stamp>>,
    /// Files made of chunks that are in their places, or have none any more.
    pub(super) placed: usize,
    pub(super) shared: u64,
    /// Files whose places somebody saved something to meanwhile. That stays.
    pub(super) touched: BTreeSet<usize>,
}

/// Files open at the same time. Chunks of many files may lie in each pack, and systems allow a process 1024, or fewer.
const MOST_OPEN: usize = 256;
