//! One file that is made of chunks: which it needs, which lie in the version before it, and how far it has grown.

use std::collections::HashMap;
use std::fs::File;
use std::io;

use cyclorama_content::{ChunkId, Digest, Hasher};

use crate::Repository;
use crate::hydrate::HydrateError;
use crate::index::Location;
use crate::local::workspace::Part;
use crate::local::{RelPath, Stamp, Workspace, WriteError};
use crate::repository::RepositoryError;
use crate::tree::FileEntry;

/// What a file is made of.
#[derive(Debug)]
pub(super) struct FileWork {
    pub(super) path: RelPath,
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) mtime_ns: i64,
    content: Digest,
    pub(super) pieces: Vec<Piece>,
}

/// A chunk of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) id: ChunkId,
    offset: u64,
    length: u32,
    /// Where the version that lies in the file's place has the same bytes.
    old: Option<u64>,
}

impl FileWork {
    /// The file `entry` at `path`, over the version `over` of it. Where its chunks lie is told to `place`.
    pub(super) fn new(
        repository: &Repository,
        path: RelPath,
        entry: &FileEntry,
        over: Option<&FileEntry>,
        mut place: impl FnMut(&Piece, &Location),
    ) -> Result<Self, HydrateError> {
        let old = over.map(|over| offsets(repository, over)).unwrap_or_default();
        let (mut pieces, mut offset) = (Vec::with_capacity(entry.chunks.len()), 0u64);
        for id in &entry.chunks {
            let found = repository.locate(id).ok_or(RepositoryError::UnknownChunk { chunk: *id })?;
            let piece = Piece { id: *id, offset, length: found.raw, old: old.get(id).copied() };
            place(&piece, &found);
            pieces.push(piece);
            offset += u64::from(found.raw);
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
        Ok(Self { path, size, mode, mtime_ns, content, pieces })
    }

    /// How many of its chunks have to come from the store.
    pub(super) fn missing(&self) -> usize {
        self.pieces.iter().filter(|piece| piece.is_missing()).count()
    }

    fn failed(&self) -> impl Fn(io::Error) -> HydrateError {
        let path = self.path.to_string();
        move |source| HydrateError::Part { path: path.clone(), source }
    }
}

impl Piece {
    /// Whether it has to come from the store.
    pub(super) fn is_missing(&self) -> bool {
        self.old.is_none()
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

/// A file that grows: what it is made of, and how far it has grown.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) work: FileWork,
    part: Part,
    /// Chunks that have not come yet.
    missing: usize,
    /// The digest so far, as long as everything came in order; made with the first of several chunks, since it is
    /// larger than most files.
    hasher: Option<Box<Hasher>>,
    in_order: bool,
}

impl Growing {
    /// Makes the file with what the version before it has; says how many bytes that were.
    ///
    /// # Errors
    /// [`WriteError::Touched`] when that version does not lie there any more.
    pub(super) fn begin(
        work: FileWork,
        repository: &Repository,
        workspace: &Workspace,
    ) -> Result<(Self, u64), HydrateError> {
        let mut part = workspace.part(work.size)?;
        let (mut shared, mut in_order) = (0, work.pieces.len() > 1);
        let touched = || HydrateError::from(WriteError::Touched { path: work.path.to_string() });
        let mut source = None;
        let mut buffer = Vec::new();
        for (piece, from) in work.pieces.iter().filter_map(|piece| Some((piece, piece.old?))) {
            in_order = false;
            if source.is_none() {
                source = match workspace.open_file(&work.path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(touched()),
                    opened => Some(opened.map_err(work.failed())?),
                };
            }
            let Some(source) = &source else { continue };
            buffer.resize(piece.length as usize, 0);
            match read_exact_at(source, from, &mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(touched()),
                read => read.map_err(work.failed())?,
            }
            if repository.ids().of(&buffer) != piece.id {
                // Somebody wrote into it since it was looked at.
                return Err(touched());
            }
            part.write_at(piece.offset, &buffer).map_err(work.failed())?;
            shared += u64::from(piece.length);
        }
        let missing = work.missing();
        Ok((Self { work, part, missing, hasher: None, in_order }, shared))
    }

    /// Adds the chunk of this number.
    pub(super) fn add(&mut self, number: usize, bytes: &[u8]) -> Result<(), HydrateError> {
        let Self { work, part, .. } = self;
        let offset = work.pieces[number].offset;
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

    /// Closes its file until the next chunk comes.
    pub(super) fn rest(&mut self) {
        self.part.rest();
    }

    pub(super) fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Moves the file, proven as a whole, into its place, where something lies that looked as `there`, and says how it
    /// looks.
    pub(super) fn place(self, workspace: &Workspace, there: Option<Stamp>) -> Result<Stamp, HydrateError> {
        let Self { work, mut part, hasher, .. } = self;
        if work.pieces.len() > 1 {
            let digest = match hasher {
                Some(hasher) if hasher.len() == work.size => hasher.finish(),
                _ => part
                    .wake()
                    .and_then(|()| part.reader())
                    .and_then(Digest::of_reader)
                    .map_err(work.failed())?,
            };
            if digest != work.content {
                return Err(HydrateError::WrongFile { path: work.path.to_string() });
            }
        }
        Ok(workspace.place(part, &work.path, work.mode, work.mtime_ns, there)?)
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
