//! From a snapshot's folder to a manifest, and where manifests and objects lie in a bucket.

use cyclorama_content::{ChunkId, Xxh128};

use super::{Manifest, ManifestFile, assemble::AssembleError};
use crate::tree::{Entry, FileEntry};
use crate::{Key, Repository};

/// Where job attachments lie: the root prefix's `Data` and `Manifests`, for one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `farm-...`.
    pub farm: String,
    /// `queue-...`.
    pub queue: String,
    /// What tells one submission from another; 32 hex digits, as a rule the beginning of the snapshot's id.
    pub guid: String,
}

impl Place {
    /// The key of a manifest for files below `source_root`, as the official tool names it.
    ///
    /// # Errors
    /// [`AssembleError::Key`] when farm, queue or guid have characters that no key has.
    pub fn manifest_key(&self, source_root: &str) -> Result<Key, AssembleError> {
        let root = Xxh128::of(source_root.as_bytes());
        let Self { farm, queue, guid } = self;
        Ok(Key::new(format!("Manifests/{farm}/{queue}/Inputs/{guid}/{root}_input"))?)
    }
}

/// The key of the object that is a whole file.
pub(super) fn data_key(hash: Xxh128) -> Key {
    Key::new(format!("Data/{hash}.xxh128")).expect("hex digits make a portable key")
}

/// A snapshot's folder as job attachments see it.
#[derive(Clone, Debug)]
pub struct Attachments {
    /// Its manifest.
    pub manifest: Manifest,
    /// The files, for [`super::assemble()`].
    pub files: Vec<FileEntry>,
    /// Symbolic links, which manifests cannot name: their paths.
    pub links: Vec<String>,
}

/// The manifest of a snapshot's folder. Only files whose path `wanted` says yes to are in it. No file is read.
///
/// # Errors
/// [`AssembleError`] when the store fails, or nothing is left to be named.
pub async fn manifest_of(
    repository: &Repository,
    root: ChunkId,
    wanted: impl Fn(&str) -> bool,
) -> Result<Attachments, AssembleError> {
    let (mut named, mut files, mut links) = (Vec::new(), Vec::new(), Vec::new());
    for (path, entry) in repository.walk(root, |_| true).await? {
        match entry {
            Entry::File(file) if wanted(&path) => {
                let mtime_us = file.mtime_ns.div_euclid(1000);
                named.push(ManifestFile { hash: file.xxh128, mtime_us, path, size: file.size });
                files.push(file);
            }
            Entry::Symlink(_) if wanted(&path) => links.push(path),
            _ => {}
        }
    }
    let manifest = Manifest::new(named).map_err(AssembleError::Manifest)?;
    Ok(Attachments { manifest, files, links })
}
