//! What changed in a working folder since it was last published or hydrated. Reads only files that look different.

use std::convert::Infallible;
use std::path::Path;

use cyclorama_content::Digest;
use cyclorama_time::Clock;
use rayon::prelude::*;
use serde::Serialize;

use crate::local::read::{TakeError, read_steadily};
use crate::local::scan::{ScanError, Trouble, scan};
use crate::local::{Item, RelPath, ScannedFile, State};
use crate::tree::Entry;

/// What is different about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It was not there.
    Added,
    /// Its content is another one, or it is another kind of thing.
    Changed,
    /// It is gone.
    Removed,
}

/// A path that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// From the folder.
    pub path: String,
    /// What is different.
    pub what: What,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Files and links that changed, sorted by path.
    pub differences: Vec<Difference>,
    /// What could not be published as it is.
    pub troubles: Vec<Trouble>,
    /// Files there are.
    pub files: u64,
}

/// Compares the folder `root` with what is known of it.
///
/// # Errors
/// [`ScanError`] when the folder cannot be looked through.
pub fn status(root: &Path, state: &State, clock: &dyn Clock) -> Result<Status, ScanError> {
    let found = scan(root)?;
    let mut items = Vec::new();
    found.root.walk(&mut |path, item| {
        if !matches!(item, Item::Folder(_)) {
            items.push((path.to_owned(), item));
        }
    });
    let mut differences: Vec<Difference> = items
        .par_iter()
        .filter_map(|(path, item)| {
            let what = match item {
                Item::File(file) => of_file(root, path, file, state, clock)?,
                Item::Symlink { target, .. } => of_link(path, target, state)?,
                Item::Folder(_) => return None,
            };
            Some(Difference { path: path.clone(), what })
        })
        .collect();
    let there: std::collections::HashSet<&str> = items.iter().map(|(path, _)| path.as_str()).collect();
    let gone = state
        .entries()
        .filter(|(path, known)| !matches!(known.entry, Entry::Folder(_)) && !there.contains(path));
    differences.extend(gone.map(|(path, _)| Difference { path: path.to_owned(), what: What::Removed }));
    differences.sort();
    Ok(Status { differences, files: found.root.totals().0, troubles: found.troubles })
}

fn of_file(root: &Path, path: &str, file: &ScannedFile, state: &State, clock: &dyn Clock) -> Option<What> {
    if state.unchanged(path, &file.stamp).is_some() {
        return None;
    }
    let Some(known) = state.get(path) else { return Some(What::Added) };
    let Entry::File(entry) = &known.entry else { return Some(What::Changed) };
    if entry.size != file.stamp.size {
        return Some(What::Changed);
    }
    let place = RelPath::new(path).ok()?.below(root);
    let content = read_steadily(&place, clock, |reader, _| {
        Digest::of_reader(reader).map_err(TakeError::<Infallible>::Read)
    });
    // A file that cannot be read now has changed as far as anybody can tell.
    (content.ok().map(|steady| steady.value) != Some(entry.content)).then_some(What::Changed)
}

fn of_link(path: &str, target: &str, state: &State) -> Option<What> {
    match state.get(path).map(|known| &known.entry) {
        None => Some(What::Added),
        Some(Entry::Symlink(link)) if link.target == target => None,
        Some(_) => Some(What::Changed),
    }
}
