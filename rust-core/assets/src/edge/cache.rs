//! Pieces of objects on this machine's disk: bounded, written whole or not at all, checked whenever they are read.
//!
//! A piece is a file of its own: the bytes, then the BLAKE3 digest of its name and its bytes. What does not fit its
//! digest is removed and counts as absent. When room is needed, what was not used for longest goes.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use cyclorama_content::{Digest, Hasher};

use super::BLOCK;

/// A cache in a folder of its own.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    capacity: u64,
    index: Mutex<Index>,
    /// Locked while this lives: two edges in one folder would count and remove each other's pieces.
    _lock: fs::File,
}

/// What is there, and in which order it was used.
#[derive(Debug, Default)]
struct Index {
    pieces: HashMap<String, Piece>,
    order: BTreeMap<u64, String>,
    next: u64,
    bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    size: u64,
    used: u64,
}

/// What looking for a piece gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looked {
    There(Bytes),
    Absent,
    /// It was there and damaged; it has been removed.
    Damaged,
}

impl Cache {
    /// Opens the cache in `folder`, with what an earlier run left there. What is too much is removed. While another has
    /// the folder open it is [`io::ErrorKind::WouldBlock`].
    pub(super) fn open(folder: &Path, capacity: u64) -> io::Result<Self> {
        let mut found = Vec::new();
        fs::create_dir_all(folder)?;
        let lock = fs::File::create(folder.join("lock"))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let metadata = entry.metadata()?;
            if !metadata.is_file() || !is_piece(name.trim_end_matches(TEMPORARY)) {
                continue;
            }
            if name.ends_with(TEMPORARY) {
                fs::remove_file(entry.path())?;
            } else {
                found.push((metadata.modified().ok(), name, metadata.len()));
            }
        }
        found.sort();
        let mut index = Index::default();
        for (_, name, size) in found {
            index.add(name, size);
        }
        let cache = Self { folder: folder.to_owned(), capacity, index: Mutex::new(index), _lock: lock };
        cache.make_room();
        Ok(cache)
    }

    /// The piece of this name. Blocks.
    pub(super) fn get(&self, name: &str) -> Looked {
        if !self.locked().touch(name) {
            return Looked::Absent;
        }
        match read_piece(&self.folder.join(name), name) {
            Some(bytes) => Looked::There(bytes),
            None => {
                self.remove(name);
                Looked::Damaged
            }
        }
    }

    /// Keeps a piece, where there is room. Blocks.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let size = bytes.len() as u64 + DIGEST as u64;
        if size > self.capacity {
            return Ok(());
        }
        let temporary = self.folder.join(format!("{name}{TEMPORARY}"));
        let written = fs::File::create(&temporary)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.write_all(digest_of(name, bytes).as_bytes())
            })
            .and_then(|()| fs::rename(&temporary, self.folder.join(name)));
        if let Err(problem) = written {
            let _ = fs::remove_file(&temporary);
            return Err(problem);
        }
        self.locked().add(name.to_owned(), size);
        self.make_room();
        Ok(())
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.locked().bytes
    }

    fn make_room(&self) {
        loop {
            let mut index = self.locked();
            if index.bytes <= self.capacity {
                return;
            }
            let Some(name) = index.order.values().next().cloned() else { return };
            index.forget(&name);
            drop(index);
            let _ = fs::remove_file(self.folder.join(name));
        }
    }

    fn remove(&self, name: &str) {
        self.locked().forget(name);
        let _ = fs::remove_file(self.folder.join(name));
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn add(&mut self, name: String, size: u64) {
        self.forget(&name);
        let used = self.next;
        self.next += 1;
        self.bytes += size;
        self.order.insert(used, name.clone());
        self.pieces.insert(name, Piece { size, used });
    }

    fn touch(&mut self, name: &str) -> bool {
        let Some(Piece { size, .. }) = self.pieces.get(name).copied() else { return false };
        self.add(name.to_owned(), size);
        true
    }

    fn forget(&mut self, name: &str) {
        if let Some(piece) = self.pieces.remove(name) {
            self.order.remove(&piece.used);
            self.bytes -= piece.size;
        }
    }
}

/// The name of a piece: the `block`th of the object `key` in the store that `store` describes.
pub(super) fn piece_name(store: &str, key: &str, block: u64) -> String {
    Digest::of(format!("{store}\n{key}\n{block}").as_bytes()).to_string()
}

fn is_piece(name: &str) -> bool {
    name.parse::<Digest>().is_ok()
}

fn digest_of(name: &str, bytes: &[u8]) -> Digest {
    Hasher::new().update(name.as_bytes()).update(bytes).finish()
}

fn read_piece(path: &Path, name: &str) -> Option<Bytes> {
    if fs::metadata(path).ok()?.len() > BLOCK + DIGEST as u64 {
        return None;
    }
    let mut bytes = fs::read(path).ok()?;
    let digest: [u8; DIGEST] = *bytes.last_chunk()?;
    bytes.truncate(bytes.len() - DIGEST);
    (digest_of(name, &bytes).as_bytes() == &digest).then(|| bytes.into())
}

const DIGEST: usize = 32;
const TEMPORARY: &str = ".part";
