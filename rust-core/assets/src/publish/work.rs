//! What there is to do: what changed since the version this folder had, and what came of reading it.

mod again;

use std::collections::HashMap;
use std::sync::Arc;

use cyclorama_content::{ChunkId, Digest};
use tokio::sync::mpsc;

use super::{
    Base, PublishError, ReadProblem, Report, Scanned, ScannedKind, Source,
    journal::ReadFile,
    known::Known,
    read::{Counts, Job, Outcomes, Reading},
    send::Sender,
};
use crate::{
    RepositoryError, SnapshotId,
    local::{Arena, Record, Records},
    tree::{Entry, FileEntry, FolderEntry, SymlinkEntry},
    unreal::{DependencyTable, is_package},
};

/// The folder as it will be published, while it is being found out.
pub(super) struct Work<'a> {
    /// What is there, sorted by path.
    scan: Arc<Vec<Scanned>>,
    base: &'a Base,
    /// What is known of each of it.
    now: Vec<Now>,
    /// Of each thing of the base, whether it is there.
    seen: Vec<bool>,
    /// Files that were there at the scan and not when they were read, by their numbers in it.
    lost: Vec<u32>,
    /// Bytes of files that were to be read, so far.
    asked: u64,
    /// What came of reading, without paths.
    read: Arena,
    /// Nothing is to be read, added or removed.
    pub(super) is_unchanged: bool,
    /// Files that could not be read, and why.
    pub(super) left: Vec<(String, String)>,
    /// What the packages that were read refer to.
    pub(super) learnt: DependencyTable,
}

/// What is known of something that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    /// It is as it was before: the number of that in the base.
    Same(u32),
    /// It could not be read, and what it was before stays.
    Before(u32),
    /// It is to be read.
    Unread,
    /// It was read: the number of what came of it.
    Read(u32),
    /// It is a folder or a link, and all is known.
    Seen,
    /// It is not there any more.
    Gone,
    /// It cannot be had, and nothing was there before.
    Left,
}

impl<'a> Work<'a> {
    /// Compares what was found, sorted by path, with what was there. A file that looks as it did is not read; where its
    /// stamp is the same nobody has changed its permissions either, and the file system keeps no better ones.
    pub(super) fn compare(scan: &Arc<Vec<Scanned>>, base: &'a Base) -> Self {
        let before = &base.entries;
        let (mut seeker, mut seen, mut all_same) = (before.seeker(), vec![false; before.len()], true);
        let mut now = Vec::with_capacity(scan.len());
        for Scanned { path, kind } in scan.iter() {
            let at = seeker.find(path);
            let known = at.map(|at| before.at(at));
            let (is_same, this) = match kind {
                &ScannedKind::File { stamp, .. } => match (known, at) {
                    (Some(known), Some(at)) if known.is_file() && known.stamp() == Some(stamp) => {
                        (true, Now::Same(at as u32))
                    }
                    _ => (false, Now::Unread),
                },
                ScannedKind::Folder => (known.is_some_and(|known| known.is_folder()), Now::Seen),
                ScannedKind::Symlink(_) => {
                    (known.is_some_and(|known| known.entry() == made(path, kind)), Now::Seen)
                }
            };
            if let Some(at) = at {
                seen[at] = true;
            }
            all_same &= is_same;
            now.push(this);
        }
        let is_unchanged = all_same && scan.len() == before.len();
        let (scan, read, learnt) = (Arc::clone(scan), Arena::default(), DependencyTable::default());
        let (lost, left) = (Vec::new(), Vec::new());
        Self { scan, base, now, seen, lost, asked: 0, read, is_unchanged, left, learnt }
    }

    /// Bytes of all files that are to be read.
    pub(super) fn to_read(&self) -> u64 {
        let unread = self.now.iter().zip(self.scan.iter()).filter(|(now, _)| **now == Now::Unread);
        unread.map(|(_, found)| found.size()).sum()
    }

    /// Files and links that look changed, or are gone, sorted. A file that was only touched is one of them.
    pub(super) fn changed(&self) -> Vec<&str> {
        let before = &self.base.entries;
        let mut seeker = before.seeker();
        let mut changed = Vec::new();
        for (Scanned { path, kind }, now) in self.scan.iter().zip(&self.now) {
            let is_same = match kind {
                ScannedKind::File { .. } => matches!(now, Now::Same(_)),
                ScannedKind::Folder => true,
                ScannedKind::Symlink(_) => {
                    seeker.find(path).is_some_and(|at| before.at(at).entry() == made(path, kind))
                }
            };
            if !is_same {
                changed.push(path.as_str());
            }
        }
        changed.extend(self.missing().filter(|known| !known.is_folder()).map(|known| known.path()));
        changed.sort_unstable();
        changed
    }

    /// What was there before and was not found.
    fn missing(&self) -> impl Iterator<Item = Record<'a>> {
        let base: &'a Base = self.base;
        base.entries.iter().zip(&self.seen).filter(|(_, seen)| !**seen).map(|(known, _)| known)
    }

    /// What a publish says that found nothing to do.
    pub(super) fn nothing_to_do(self, snapshot: SnapshotId) -> Report {
        let sizes = self.base.entries.iter().filter_map(|known| known.look());
        let (files, bytes) = sizes.fold((0, 0), |(files, bytes), (size, ..)| (files + 1, bytes + size));
        Report {
            snapshot,
            unchanged: true,
            merged: false,
            files,
            bytes,
            bytes_new: 0,
            bytes_uploaded: 0,
            bytes_adopted: 0,
            removed: Vec::new(),
            left: Vec::new(),
            held: Vec::new(),
            records: None,
            base: None,
        }
    }

    /// Keeps what is known only of files whose chunks the store has; others are read again. A killed publish may
    /// know some of the files that are to be read.
    pub(super) fn reuse(&mut self, recovered: Vec<ReadFile>, known: &Known) {
        for now in &mut self.now {
            if let Now::Same(at) = *now
                && !known.holds(self.base.entries.at(at as usize).chunks())
            {
                *now = Now::Unread;
            }
        }
        let mut recovered: HashMap<String, ReadFile> =
            recovered.into_iter().map(|file| (file.path.clone(), file)).collect();
        if recovered.is_empty() {
            return;
        }
        for (now, Scanned { path, kind }) in self.now.iter_mut().zip(self.scan.iter()) {
            if let (Now::Unread, &ScannedKind::File { stamp, mode }) = (*now, kind)
                && let Some(file) = recovered.remove(path)
                && file.stamp == stamp
                && known.holds(file.entry.chunks.iter().copied())
            {
                let entry = Entry::File(FileEntry { mode: mode.unwrap_or(file.entry.mode), ..file.entry });
                *now = Now::Read(self.read.push("", &entry, Some(stamp)) as u32);
            }
        }
    }

    /// Reads what must be read and sends what is new; says how many bytes that were.
    pub(super) async fn read(
        &mut self,
        sender: &mut Sender<'_>,
        source: Arc<dyn Source>,
    ) -> Result<u64, PublishError> {
        let unread = self.now.iter().enumerate().filter(|(_, now)| **now == Now::Unread);
        let jobs: Vec<Job> =
            unread.map(|(at, _)| Job { number: at as u32, mode: self.mode(&self.scan[at]) }).collect();
        self.asked += jobs.iter().map(|job| self.scan[job.number as usize].size()).sum::<u64>();
        let total = self.asked;
        let options = sender.options.clone();
        let (packs, receiver) = mpsc::channel(1);
        let task = {
            let (repository, known) = (sender.repository.clone(), Arc::clone(&sender.known));
            let (journal, scan) = (Arc::clone(&sender.journal), Arc::clone(&self.scan));
            let read = std::mem::take(&mut self.read);
            tokio::task::spawn_blocking(move || {
                let reading = Reading {
                    repository: &repository,
                    source: &*source,
                    scan: &scan,
                    known: &known,
                    packs,
                    journal: &journal,
                    level: options.level,
                    threads: options.threads,
                    total,
                    progress: &options.progress,
                    cancel: &options.cancel,
                };
                let counts = Counts::default();
                let outcomes = reading.run(jobs, read, &counts)?;
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
        self.settle(outcomes, &sender.known);
        Ok(bytes_new)
    }

    /// The permission bits a file is published with: where the system has none, those it had before.
    fn mode(&self, found: &Scanned) -> u32 {
        if let ScannedKind::File { mode: Some(mode), .. } = found.kind {
            return mode;
        }
        let before = self.base.entries.get(&found.path).and_then(|known| known.look());
        before.map_or(USUAL_MODE, |(_, mode, _)| mode)
    }

    /// Takes what came of reading; a file that could not be read keeps the version it had, if the store does.
    fn settle(&mut self, outcomes: Outcomes, known: &Known) {
        let Outcomes { arena, read, problems } = outcomes;
        self.read = arena;
        for (job, number) in read {
            self.now[job as usize] = Now::Read(number);
        }
        for (job, problem) in problems {
            let path = &self.scan[job as usize].path;
            if matches!(problem, ReadProblem::Gone) {
                self.now[job as usize] = Now::Gone;
                self.lost.push(job);
                continue;
            }
            self.now[job as usize] = Now::Left;
            if let Some(at) = self.base.entries.find(path)
                && let before = self.base.entries.at(at)
                && before.is_file()
                && known.holds(before.chunks())
            {
                self.now[job as usize] = Now::Before(at as u32);
            }
            self.left.push((path.clone(), problem.to_string()));
        }
    }

    /// Everything that will be published, sorted by path.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Entry)> {
        self.now.iter().zip(self.scan.iter()).filter_map(|(now, Scanned { path, kind })| {
            let entry = match self.record(*now, path) {
                Some(record) => record.entry(),
                None if *now == Now::Seen => made(path, kind),
                None => return None,
            };
            Some((path.as_str(), entry))
        })
    }

    /// The contents of all packages that will be published, sorted.
    pub(super) fn packages(&self) -> Vec<Digest> {
        let records = self.now.iter().zip(self.scan.iter()).filter(|(_, found)| is_package(&found.path));
        let records = records.filter_map(|(now, found)| self.record(*now, &found.path)?.look());
        let mut packages: Vec<_> = records.map(|(.., content)| content).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }

    /// What this folder has now.
    pub(super) fn into_entries(self) -> Records {
        let mut all = Arena::default();
        for (now, Scanned { path, kind }) in self.now.iter().zip(self.scan.iter()) {
            match (*now, self.record(*now, path)) {
                (Now::Before(_), Some(record)) => _ = all.push(path, &record.entry(), None),
                (_, Some(record)) => all.push_record(path, record),
                (Now::Seen, None) => _ = all.push(path, &made(path, kind), None),
                (_, None) => {}
            }
        }
        all.into_records()
    }

    fn record<'b>(&'b self, now: Now, path: &'b str) -> Option<Record<'b>> {
        match now {
            Now::Same(at) | Now::Before(at) => Some(self.base.entries.at(at as usize)),
            Now::Read(number) => Some(self.read.at(number as usize).moved_to(path)),
            Now::Unread | Now::Seen | Now::Gone | Now::Left => None,
        }
    }
}

/// A folder, whose node nobody looks at, or a link.
fn made(path: &str, kind: &ScannedKind) -> Entry {
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    match kind {
        ScannedKind::Symlink(target) => Entry::Symlink(SymlinkEntry { name, target: target.clone() }),
        ScannedKind::Folder | ScannedKind::File { .. } => {
            let node = ChunkId::from_bytes([0; 32]);
            Entry::Folder(FolderEntry { name, node, files: 0, bytes: 0 })
        }
    }
}

/// Permission bits of a file on a system that has none.
const USUAL_MODE: u32 = 0o644;
