//! What changed in a working folder since it was last published or hydrated. Reads only files that look different.

use std::convert::Infallible;
use std::path::Path;

use cyclorama_content::Digest;
use cyclorama_time::Clock;
use rayon::prelude::*;
use serde::Serialize;

use crate::local::read::{TakeError, read_steadily};
use crate::local::scan::{ScanError, Trouble, scan};
use crate::local::{Item, Record, RelPath, ScannedFile, State};
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
    let known = state.records();
    let (mut seen, mut seeker) = (vec![false; known.len()], known.seeker());
    let mut suspects = Vec::new();
    let mut files = 0;
    found.root.walk(&mut |path, item| {
        let at = seeker.find(path);
        if let Some(at) = at {
            seen[at] = !matches!(item, Item::Folder(_));
        }
        match item {
            Item::File(file) => {
                files += 1;
                if at.is_none_or(|at| !known.at(at).is_file() || known.at(at).stamp() != Some(file.stamp)) {
                    suspects.push((path.to_owned(), item, at));
                }
            }
            Item::Symlink { .. } => suspects.push((path.to_owned(), item, at)),
            Item::Folder(_) => {}
        }
    });
    let mut differences: Vec<Difference> = suspects
        .par_iter()
        .filter_map(|(path, item, at)| {
            let known = at.map(|at| known.at(at));
            let what = match item {
                Item::File(file) => of_file(root, path, file, known, clock)?,
                Item::Symlink { target, .. } => of_link(target, known)?,
                Item::Folder(_) => return None,
            };
            Some(Difference { path: path.clone(), what })
        })
        .collect();
    let gone = known.iter().zip(&seen).filter(|(known, seen)| !known.is_folder() && !**seen);
    differences
        .extend(gone.map(|(known, _)| Difference { path: known.path().to_owned(), what: What::Removed }));
    differences.sort();
    Ok(Status { differences, files, troubles: found.troubles })
}

/// What is different about a file that does not look as it did.
fn of_file(
    root: &Path,
    path: &str,
    file: &ScannedFile,
    known: Option<Record<'_>>,
    clock: &dyn Clock,
) -> Option<What> {
    let Some(known) = known else { return Some(What::Added) };
    let Some((size, _, known)) = known.look() else { return Some(What::Changed) };
    if size != file.stamp.size {
        return Some(What::Changed);
    }
    let place = RelPath::new(path).ok()?.below(root);
    let content = read_steadily(&place, clock, |reader, _| {
        Digest::of_reader(reader).map_err(TakeError::<Infallible>::Read)
    });
    // A file that cannot be read now has changed as far as anybody can tell.
    (content.ok().map(|steady| steady.value) != Some(known)).then_some(What::Changed)
}

fn of_link(target: &str, known: Option<Record<'_>>) -> Option<What> {
    match known.map(|known| known.entry()) {
        None => Some(What::Added),
        Some(Entry::Symlink(link)) if link.target == target => None,
        Some(_) => Some(What::Changed),
    }
}
