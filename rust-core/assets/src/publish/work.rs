//! What there is to do: what changed since the version this folder had, and what came of reading it.

use std::collections::HashMap;
use std::sync::Arc;

use cyclorama_content::ChunkId;
use tokio::sync::mpsc;

use super::{
    Base, BaseEntry, PublishError, ReadProblem, Report, Scanned, ScannedKind, Source,
    journal::ReadFile,
    known::Known,
    read::{Counts, Job, Outcome, Reading},
    send::Sender,
};
use crate::{
    RepositoryError, SnapshotId,
    tree::{Entry, FileEntry, FolderEntry, SymlinkEntry},
    unreal::DependencyTable,
};

/// The folder as it will be published, while it is being found out.
pub(super) struct Work {
    /// What is known of it.
    pub(super) entries: Vec<BaseEntry>,
    /// What has to be read.
    jobs: Vec<Job>,
    /// What it was before.
    pub(super) before: Vec<(String, Entry)>,
    /// Nothing is to be read, added or removed.
    pub(super) is_unchanged: bool,
    /// Files that could not be read, and why.
    pub(super) left: Vec<(String, String)>,
    /// What the packages that were read refer to.
    pub(super) learnt: DependencyTable,
}

impl Work {
    /// Compares what was found with what was there. A file that looks as it did is not read.
    pub(super) fn compare(scan: &[Scanned], base: &Base) -> Self {
        let before: Vec<_> =
            base.entries.iter().map(|known| (known.path.clone(), known.entry.clone())).collect();
        let count = base.entries.len();
        let mut known: HashMap<&str, &BaseEntry> =
            base.entries.iter().map(|known| (known.path.as_str(), known)).collect();
        let (mut entries, mut jobs, mut same) = (Vec::with_capacity(scan.len()), Vec::new(), 0);
        for Scanned { path, kind } in scan {
            let known = known.remove(path.as_str());
            let path = path.clone();
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let entry = match kind {
                &ScannedKind::File { stamp, mode } => match known {
                    Some(known) if known.stamp == Some(stamp) && is_file_of(&known.entry, mode) => {
                        same += 1;
                        entries.push(known.clone());
                        continue;
                    }
                    _ => {
                        jobs.push(Job { path, stamp, mode });
                        continue;
                    }
                },
                ScannedKind::Folder => {
                    same += usize::from(matches!(known, Some(BaseEntry { entry: Entry::Folder(_), .. })));
                    let node = ChunkId::from_bytes([0; 32]);
                    Entry::Folder(FolderEntry { name, node, files: 0, bytes: 0 })
                }
                ScannedKind::Symlink(target) => {
                    let link = Entry::Symlink(SymlinkEntry { name, target: target.clone() });
                    same += usize::from(known.is_some_and(|known| known.entry == link));
                    link
                }
            };
            entries.push(BaseEntry { path, entry, stamp: None });
        }
        let is_unchanged = jobs.is_empty() && same == count && entries.len() == count;
        Self { entries, jobs, before, is_unchanged, left: Vec::new(), learnt: DependencyTable::default() }
    }

    /// What a publish says that found nothing to do.
    pub(super) fn nothing_to_do(self, snapshot: SnapshotId) -> Report {
        let sizes = self.entries.iter().filter_map(|known| match &known.entry {
            Entry::File(file) => Some(file.size),
            _ => None,
        });
        let (files, bytes) = sizes.fold((0, 0), |(files, bytes), size| (files + 1, bytes + size));
        Report {
            snapshot,
            unchanged: true,
            merged: false,
            files,
            bytes,
            bytes_new: 0,
            bytes_uploaded: 0,
            bytes_adopted: 0,
            left: Vec::new(),
            base: None,
        }
    }

    /// Keeps what is known only of files whose chunks the store has; others are read again. A killed publish may
    /// know some of the files that are to be read.
    pub(super) fn reuse(&mut self, recovered: Vec<ReadFile>, known: &Known) {
        let (kept, lost) =
            std::mem::take(&mut self.entries).into_iter().partition(|entry| match &entry.entry {
                Entry::File(file) => known.holds(file),
                _ => true,
            });
        self.entries = kept;
        self.jobs.extend(Vec::into_iter(lost).filter_map(|known: BaseEntry| match known.entry {
            Entry::File(file) => Some(Job { path: known.path, stamp: known.stamp?, mode: file.mode }),
            _ => None,
        }));
        let mut recovered: HashMap<String, ReadFile> =
            recovered.into_iter().map(|file| (file.path.clone(), file)).collect();
        let entries = &mut self.entries;
        self.jobs.retain(|job| match recovered.remove(&job.path) {
            Some(file) if file.stamp == job.stamp && known.holds(&file.entry) => {
                let entry = Entry::File(FileEntry { mode: job.mode, ..file.entry });
                entries.push(BaseEntry { path: file.path, entry, stamp: Some(file.stamp) });
                false
            }
            _ => true,
        });
    }

    /// Reads what must be read and sends what is new; says how many bytes that were.
    pub(super) async fn read(
        &mut self,
        sender: &mut Sender<'_>,
        source: Arc<dyn Source>,
    ) -> Result<u64, PublishError> {
        let jobs = Arc::new(std::mem::take(&mut self.jobs));
        let options = sender.options.clone();
        options.progress.set_total(jobs.iter().map(|job| job.stamp.size).sum());
        let (packs, receiver) = mpsc::channel(1);
        let task = {
            let (repository, known) = (sender.repository.clone(), Arc::clone(&sender.known));
            let (journal, jobs) = (Arc::clone(&sender.journal), Arc::clone(&jobs));
            tokio::task::spawn_blocking(move || {
                let reading = Reading {
                    repository: &repository,
                    source: &*source,
                    known: &known,
                    packs,
                    journal: &journal,
                    level: options.level,
                    threads: options.threads,
                    progress: &options.progress,
                    cancel: &options.cancel,
                };
                let counts = Counts::default();
                let outcomes = reading.run(&jobs, &counts)?;
                Ok((outcomes, counts.bytes_new.into_inner(), counts.learnt.into_table()))
            })
        };
        let sent = sender.run(receiver).await;
        let read: std::io::Result<_> = task.await.map_err(RepositoryError::from)?;
        sent?;
        if let Err(cancelled) = sender.options.cancel.check() {
            // What is on its way need not be sent again.
            sender.drain().await?;
            return Err(cancelled.into());
        }
        let (outcomes, bytes_new, learnt) = read.map_err(PublishError::Memory)?;
        self.learnt.absorb(&learnt);
        for (job, outcome) in jobs.iter().zip(outcomes) {
            if let Some(outcome) = outcome {
                self.settle(job, outcome, &sender.known);
            }
        }
        Ok(bytes_new)
    }

    /// Takes what came of reading a file; a file that could not be read keeps the version it had, if the store does.
    fn settle(&mut self, job: &Job, outcome: Outcome, known: &Known) {
        let path = job.path.clone();
        match outcome {
            Ok((entry, stamp)) => {
                self.entries.push(BaseEntry { path, entry: Entry::File(entry), stamp: Some(stamp) });
            }
            Err(ReadProblem::Gone) => {}
            Err(problem) => {
                let before = self.before.iter().find(|(before, _)| *before == path);
                if let Some((_, entry @ Entry::File(file))) = before
                    && known.holds(file)
                {
                    self.entries.push(BaseEntry { path: path.clone(), entry: entry.clone(), stamp: None });
                }
                self.left.push((path, problem.to_string()));
            }
        }
    }

    /// Everything that will be published.
    pub(super) fn listing(&self) -> Vec<(String, Entry)> {
        self.entries.iter().map(|known| (known.path.clone(), known.entry.clone())).collect()
    }
}

fn is_file_of(entry: &Entry, mode: u32) -> bool {
    matches!(entry, Entry::File(file) if file.mode == mode)
}
