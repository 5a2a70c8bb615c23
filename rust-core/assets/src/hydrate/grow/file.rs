//! One file that is made of chunks: which it needs, which lie in the version before it, and how far it has grown.

use std::collections::HashMap;
use std::fs::File;
use std::io;

use cyclorama_content::{ChunkId, Digest, Hasher};

use crate::Repository;
use crate::hydrate::HydrateError;
use crate::local::workspace::Part;
use crate::local::{RelPath, Workspace};
use crate::repository::RepositoryError;
use crate::tree::FileEntry;

/// What a file is made of.
#[derive(Debug)]
pub(super) struct FileWork {
    /// Its number in the plan.
    pub(super) number: usize,
    pub(super) path: RelPath,
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) mtime_ns: i64,
    content: Digest,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    id: ChunkId,
    offset: u64,
    length: u32,
    /// Where the version that lies in the file's place has the same bytes.
    old: Option<u64>,
}

impl FileWork {
    pub(super) fn new(
        repository: &Repository,
        number: usize,
        path: &RelPath,
        entry: &FileEntry,
        over: Option<&FileEntry>,
    ) -> Result<Self, HydrateError> {
        let old = over.map(|over| offsets(repository, over)).unwrap_or_default();
        let (mut pieces, mut offset) = (Vec::with_capacity(entry.chunks.len()), 0u64);
        for id in &entry.chunks {
            let place = repository.locate(id).ok_or(RepositoryError::UnknownChunk { chunk: *id })?;
            pieces.push(Piece { id: *id, offset, length: place.raw, old: old.get(id).copied() });
            offset += u64::from(place.raw);
        }
        if offset != entry.size {
            return Err(HydrateError::WrongSize { path: path.to_string(), chunks: offset, size: entry.size });
        }
        // The one chunk of a file is the file: its digest and its id say the same.
        if let [only] = entry.chunks[..]
            && repository.ids().of_digest(&entry.content) != only
        {
            return Err(HydrateError::WrongFile { path: path.to_string() });
        }
        if entry.chunks.is_empty() && entry.content != Digest::of(b"") {
            return Err(HydrateError::WrongFile { path: path.to_string() });
        }
        let FileEntry { size, mode, mtime_ns, content, .. } = *entry;
        Ok(Self { number, path: path.clone(), size, mode, mtime_ns, content, pieces })
    }

    /// Chunks that have to come from the store.
    pub(super) fn missing(&self) -> impl Iterator<Item = ChunkId> {
        self.missing_at().map(|(id, _)| id)
    }

    /// The same, with their offsets.
    pub(super) fn missing_at(&self) -> impl Iterator<Item = (ChunkId, u64)> {
        self.pieces.iter().filter(|piece| piece.old.is_none()).map(|piece| (piece.id, piece.offset))
    }

    fn failed(&self) -> impl Fn(io::Error) -> HydrateError {
        let path = self.path.to_string();
        move |source| HydrateError::Part { path: path.clone(), source }
    }
}

/// Where each chunk of a file begins, as far as their lengths are known.
fn offsets(repository: &Repository, file: &FileEntry) -> HashMap<ChunkId, u64> {
    let (mut known, mut offset) = (HashMap::new(), 0);
    for id in &file.chunks {
        let Some(place) = repository.locate(id) else { break };
        known.entry(*id).or_insert(offset);
        offset += u64::from(place.raw);
    }
    known
}

/// How far a file has grown.
#[derive(Debug)]
pub(super) struct Growing {
    part: Option<Part>,
    /// Chunks that have not come yet.
    missing: usize,
    /// The digest so far, as long as everything came in order; made with the first of several chunks, since it is
    /// larger than most files.
    hasher: Option<Box<Hasher>>,
    in_order: bool,
}

impl Growing {
    pub(super) fn waiting(work: &FileWork) -> Self {
        Self { part: None, missing: work.missing().count(), hasher: None, in_order: work.pieces.len() > 1 }
    }

    /// Makes the file with what the version before it has, the first time; says how many bytes that were.
    pub(super) fn begin(
        &mut self,
        work: &FileWork,
        repository: &Repository,
        workspace: &Workspace,
    ) -> Result<u64, HydrateError> {
        if self.part.is_some() {
            return Ok(0);
        }
        let part = workspace.part(work.size)?;
        let mut shared = 0;
        let old: Vec<_> = work.pieces.iter().filter_map(|piece| Some((piece, piece.old?))).collect();
        if !old.is_empty() {
            self.in_order = false;
            let source = workspace.open_file(&work.path).map_err(work.failed())?;
            let mut buffer = Vec::new();
            for (piece, from) in old {
                buffer.resize(piece.length as usize, 0);
                read_exact_at(&source, from, &mut buffer).map_err(work.failed())?;
                if repository.ids().of(&buffer) != piece.id {
                    // Somebody wrote into it since it was looked at.
                    return Err(HydrateError::Edited(vec![work.path.to_string()]));
                }
                part.write_at(piece.offset, &buffer).map_err(work.failed())?;
                shared += u64::from(piece.length);
            }
        }
        self.part = Some(part);
        Ok(shared)
    }

    pub(super) fn add(&mut self, work: &FileWork, offset: u64, bytes: &[u8]) -> Result<(), HydrateError> {
        let Some(part) = &mut self.part else { return Ok(()) };
        part.wake().and_then(|()| part.write_at(offset, bytes)).map_err(work.failed())?;
        self.missing = self.missing.saturating_sub(1);
        // The whole file was proven with its only chunk, if it has but one.
        self.in_order &= self.hasher.as_ref().map_or(0, |hasher| hasher.len()) == offset;
        if self.in_order {
            self.hasher.get_or_insert_default().update(bytes);
        } else {
            self.hasher = None;
        }
        Ok(())
    }

    /// Whether it has begun and is not complete: its file is open, or rests.
    pub(super) fn is_begun(&self) -> bool {
        self.part.is_some()
    }

    /// Closes its file until the next chunk comes.
    pub(super) fn rest(&mut self) {
        if let Some(part) = &mut self.part {
            part.rest();
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.part.is_some() && self.missing == 0
    }

    /// The file, proven as a whole.
    pub(super) fn finish(&mut self, work: &FileWork) -> Result<Part, HydrateError> {
        let wrong = || HydrateError::WrongFile { path: work.path.to_string() };
        let part = self.part.take().ok_or_else(wrong)?;
        if work.pieces.len() > 1 {
            let digest = match self.hasher.take() {
                Some(hasher) if hasher.len() == work.size => hasher.finish(),
                _ => part.reader().and_then(Digest::of_reader).map_err(work.failed())?,
            };
            if digest != work.content {
                return Err(wrong());
            }
        }
        Ok(part)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(mut file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(buffer)
}
