//! Reading, cutting, hashing and packing, on as many threads as the machine has.
//!
//! Each thread takes one file after another and fills a pack of its own, so chunks of a file lie together and the
//! threads share nothing but what is known already. Full packs go to whoever sends them; where that is slow, the
//! threads wait, and no more than a few packs are in memory.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use cyclorama_content::{ChunkId, Digest, FileDigests, FileHasher, Xxh128};
use cyclorama_progress::{Cancel, Progress};
use tokio::sync::mpsc;

use super::{
    journal::Journal,
    known::Known,
    packages::{Beginning, Learnt},
    source::{ReadProblem, Scanned, Source, Stamp},
};
use crate::{
    Repository,
    codec::Packer,
    index::KEY,
    local::Arena,
    pack::{Pack, PackBuilder},
    tree::{Entry, FileEntry},
};

/// What came of reading.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// The files, without paths.
    pub(super) arena: Arena,
    /// Which file it was, by its number in the scan, and the number of what it is in the arena.
    pub(super) read: Vec<(u32, u32)>,
    /// Those that could not be read.
    pub(super) problems: Vec<(u32, ReadProblem)>,
}

/// A file to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// Its number in the scan.
    pub(super) number: u32,
    /// Permission bits it is published with.
    pub(super) mode: u32,
}

/// Everything the reading threads share.
pub(super) struct Reading<'a> {
    pub(super) repository: &'a Repository,
    pub(super) source: &'a dyn Source,
    /// What is there.
    pub(super) scan: &'a [Scanned],
    pub(super) known: &'a Known,
    pub(super) packs: mpsc::Sender<Pack>,
    pub(super) journal: &'a Journal,
    pub(super) level: i32,
    pub(super) threads: usize,
    /// Bytes of all files that are read in this publish, as far as is known.
    pub(super) total: u64,
    pub(super) progress: &'a Progress,
    pub(super) cancel: &'a Cancel,
}

/// What the threads counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Bytes of chunks that were not known.
    pub(super) bytes_new: AtomicU64,
    /// What packages refer to.
    pub(super) learnt: Learnt,
}

impl Reading<'_> {
    /// Reads these files, and says what came of each. An interrupted or abandoned reading gives fewer.
    pub(super) fn run(&self, jobs: Vec<Job>, arena: Arena, counts: &Counts) -> io::Result<Outcomes> {
        let jobs = self.in_order(jobs);
        self.progress.set_total(self.total);
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(Outcomes { arena, ..Outcomes::default() });
        let threads = self.threads.clamp(1, jobs.len().max(1));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| -> io::Result<()> {
                        let mut worker = Worker::new(self, counts)?;
                        while let Some(&job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                            if self.cancel.is_cancelled() || self.packs.is_closed() {
                                return Ok(());
                            }
                            let outcome = worker.file(&self.scan[job.number as usize].path, job.mode);
                            self.progress.add_done(self.size(&job));
                            outcomes.lock().unwrap_or_else(PoisonError::into_inner).take(job.number, outcome);
                        }
                        worker.send();
                        Ok(())
                    })
                })
                .collect();
            workers.into_iter().try_for_each(|worker| match worker.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })?;
        Ok(outcomes.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// The order to read in: huge files first, so that none of them is left over for one thread at the end, and the
    /// others as they come, which is folder by folder.
    fn in_order(&self, mut jobs: Vec<Job>) -> Vec<Job> {
        let rank = |job: &Job| match self.size(job) {
            size if size >= HUGE => (0, Reverse(size)),
            _ => (1, Reverse(0)),
        };
        jobs.sort_by_key(rank);
        jobs
    }

    fn size(&self, job: &Job) -> u64 {
        self.scan[job.number as usize].size()
    }
}

impl Outcomes {
    fn take(&mut self, job: u32, outcome: Result<(FileEntry, Stamp), ReadProblem>) {
        match outcome {
            Ok((entry, stamp)) => {
                let number = self.arena.push("", &Entry::File(entry), Some(stamp));
                self.read.push((job, number as u32));
            }
            Err(problem) => self.problems.push((job, problem)),
        }
    }
}

/// One thread's tools.
struct Worker<'a> {
    shared: &'a Reading<'a>,
    counts: &'a Counts,
    packer: Packer,
    pack: PackBuilder,
    buffer: Vec<u8>,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Reading<'a>, counts: &'a Counts) -> io::Result<Self> {
        let packer = Packer::new(shared.level)?;
        Ok(Self { shared, counts, packer, pack: PackBuilder::default(), buffer: Vec::new() })
    }

    fn file(&mut self, path: &str, mode: u32) -> Result<(FileEntry, Stamp), ReadProblem> {
        let mut read = None;
        let source = self.shared.source;
        let stamp = source.read(path, &mut |reader, stamp| {
            read = Some(self.content(path, reader, stamp)?);
            Ok(())
        })?;
        let (digests, chunks, beginning) = read.ok_or(ReadProblem::Unstable)?;
        if digests.size != stamp.size {
            return Err(ReadProblem::Unstable);
        }
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let FileDigests { size, content, xxh128 } = digests;
        let entry = FileEntry { name, size, mtime_ns: stamp.mtime_ns, mode, content, xxh128, chunks };
        self.shared.journal.file(path, &stamp, &entry);
        if let Some(told) = beginning.told() {
            self.counts.learnt.learn(content, told);
            self.shared.journal.learnt(content, told);
        }
        Ok((entry, stamp))
    }

    /// Cuts and hashes one reading of a file, and looks at its beginning. A file of one chunk is hashed once.
    fn content(
        &mut self,
        path: &str,
        reader: &mut dyn Read,
        stamp: &Stamp,
    ) -> io::Result<(FileDigests, Vec<ChunkId>, Beginning)> {
        let repository = self.shared.repository;
        let chunker = repository.chunker(path, stamp.size);
        let mut stream = chunker.stream(reader, std::mem::take(&mut self.buffer));
        let mut hasher = FileHasher::new();
        let mut chunks = Vec::new();
        let (mut whole, mut beginning) = (None, Beginning::of(path));
        while let Some(chunk) = stream.next_chunk()? {
            if self.shared.cancel.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            let digest = Digest::of(chunk);
            let id = repository.ids().of_digest(&digest);
            if chunks.is_empty() && chunk.len() as u64 == stamp.size {
                whole = Some(FileDigests { size: stamp.size, content: digest, xxh128: Xxh128::of(chunk) });
            } else {
                hasher.update(chunk);
            }
            chunks.push(id);
            beginning.add(chunk);
            if self.shared.known.is_new(&id) {
                self.counts.bytes_new.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                let (codec, packed) = self.packer.pack(chunk);
                if self.pack.is_empty() {
                    self.pack = PackBuilder::with_target(room(self.shared));
                }
                self.pack.add(id, chunk.len() as u32, codec, packed, repository.sealer());
                if self.pack.len() >= repository.format().pack_target as usize {
                    send(&mut self.pack, self.shared);
                }
            }
        }
        self.buffer = stream.into_buffer();
        match whole {
            Some(digests) if chunks.len() == 1 => Ok((digests, chunks, beginning)),
            // It grew while it was read; the reader notices as well.
            Some(_) => Err(io::Error::other("the file grew")),
            None => Ok((hasher.finish(), chunks, beginning)),
        }
    }

    fn send(&mut self) {
        send(&mut self.pack, self.shared);
    }
}

/// Bytes that a pack may come to have: a whole one, or all there is to read.
fn room(shared: &Reading<'_>) -> usize {
    u64::from(shared.repository.format().pack_target).min(shared.total) as usize
}

/// Closes a pack and hands it on; waits while there are enough on their way.
fn send(pack: &mut PackBuilder, shared: &Reading<'_>) {
    if pack.is_empty() {
        return;
    }
    let full = std::mem::take(pack).finish(shared.repository.sealer(), shared.repository.now());
    let full = full.unless(|id| shared.known.is_condemned(id));
    // Nobody listening means that sending failed, and that the error is on its way.
    let _ = shared.packs.blocking_send(full);
}

/// Files from this size on are read first.
const HUGE: u64 = 32 << 20;

/// Chunks that some thread has taken care of, by as much of their ids as an index knows.
#[derive(Debug, Default)]
pub(super) struct Taken(Mutex<HashSet<[u8; KEY]>>);

impl Taken {
    /// Whether nobody has taken care of it yet; from now on somebody has.
    pub(super) fn take(&self, id: &ChunkId) -> bool {
        let mut key = [0; KEY];
        key.copy_from_slice(&id.as_bytes()[..KEY]);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key)
    }

    /// Forgets what need not be remembered any more.
    pub(super) fn retain(&self, keep: impl FnMut(&[u8; KEY]) -> bool) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(keep);
        taken.shrink_to_fit();
    }
}
