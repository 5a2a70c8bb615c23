//! Sorted pages of keys from a tree of folders.

use std::fs::{self, FileType};
use std::io;
use std::path::Path;

use super::{Listing, StoreError};
use crate::Key;

/// One page of the keys below `root`, in the order of the whole key's bytes. Not `sized`, every size is 0.
pub(super) fn page(
    root: &Path,
    prefix: &str,
    start_after: Option<&Key>,
    limit: usize,
    sized: bool,
) -> Result<Listing, StoreError> {
    let start_after = start_after.map_or("", Key::as_str);
    let mut walk = Walk { prefix, start_after, limit, sized, found: Vec::new() };
    // What is a key is a path below the root; any other prefix is looked for from there.
    let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    let walked = match Key::new(folder) {
        Ok(_) => walk.folder(&root.join(folder), &prefix[..=folder.len()]),
        Err(_) => walk.folder(root, ""),
    };
    walked.map_err(|source| match source.kind() {
        io::ErrorKind::PermissionDenied => match Key::new(prefix.trim_end_matches('/')) {
            Ok(key) => StoreError::Refused { key, source },
            Err(_) => StoreError::Io { operation: "list", key: prefix.to_owned(), source },
        },
        _ => StoreError::Io { operation: "list", key: prefix.to_owned(), source },
    })?;
    let mut objects = walk.found;
    let more = objects.len() > limit;
    objects.truncate(limit);
    let next = objects.last().filter(|_| more).map(|(key, _)| key.clone());
    Ok(Listing { objects, next })
}

struct Walk<'a> {
    prefix: &'a str,
    start_after: &'a str,
    limit: usize,
    sized: bool,
    found: Vec<(Key, u64)>,
}

impl Walk<'_> {
    /// Visits one folder; `name` is its key with a slash behind it, or nothing for the root.
    fn folder(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let mut children = Vec::new();
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            // Not there yet, removed while we walked, or an object.
            Err(error) if is_no_folder(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(child) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            // A folder sorts by its name with the slash, as the keys below it do.
            let key = format!("{name}{child}{}", if kind.is_dir() { "/" } else { "" });
            if !child.starts_with('.') && self.may_hold(&key, kind) {
                children.push((key, kind, entry));
            }
        }
        children.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        for (key, kind, entry) in children {
            if self.found.len() > self.limit {
                return Ok(());
            }
            if kind.is_dir() {
                self.folder(&entry.path(), &key)?;
            } else if let Ok(key) = Key::new(key) {
                let size = if self.sized { entry.metadata().ok().map(|meta| meta.len()) } else { Some(0) };
                self.found.extend(size.map(|size| (key, size)));
            }
        }
        Ok(())
    }

    fn may_hold(&self, key: &str, kind: FileType) -> bool {
        if kind.is_dir() {
            let wanted = key.starts_with(self.prefix) || self.prefix.starts_with(key);
            wanted && (key > self.start_after || self.start_after.starts_with(key))
        } else {
            kind.is_file() && key.starts_with(self.prefix) && key > self.start_after
        }
    }
}

/// The last is what some systems say of a path that leads through a file.
fn is_no_folder(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}
