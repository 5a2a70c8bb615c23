//! What a killed hydrate left: it had written down what it was about to write, so what it wrote is known as its own.
//!
//! Without this, files of a version that never became the folder's own would look as if somebody had made them by hand.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use cyclorama_content::Digest;
use cyclorama_time::Clock;
use rayon::prelude::*;

use super::decide::{Plan, Todo, target};
use crate::local::read::{TakeError, read_steadily};
use crate::local::{RelPath, Stamp, State};
use crate::tree::Entry;

/// Adds to `state` what of `intended` is in place; says whether that was anything.
pub(super) fn absorb(state: &mut State, intended: &State, root: &Path, clock: &dyn Clock) -> bool {
    let candidates: Vec<_> = intended.entries().collect();
    let found: Vec<_> = candidates
        .into_par_iter()
        .filter_map(|(path, intended)| {
            let stamp = in_place(path, &intended.entry, state, root, clock)?;
            Some((path.to_owned(), intended.entry.clone(), stamp))
        })
        .collect();
    let any = !found.is_empty();
    for (path, entry, stamp) in found {
        state.insert(path, entry, stamp);
    }
    any
}

/// Whether what was intended for `path` lies there now, and how it looks.
fn in_place(
    path: &str,
    intended: &Entry,
    state: &State,
    root: &Path,
    clock: &dyn Clock,
) -> Option<Option<Stamp>> {
    let place = RelPath::new(path).ok()?.below(root);
    let metadata = fs::symlink_metadata(&place).ok()?;
    match intended {
        Entry::Folder(_) => (metadata.is_dir() && state.get(path).is_none()).then_some(None),
        Entry::Symlink(link) => {
            (metadata.is_symlink() && target(&place).as_deref() == Some(&link.target)).then_some(None)
        }
        Entry::File(file) => {
            let stamp = Stamp::of(&metadata);
            if !metadata.is_file() || stamp.size != file.size || state.unchanged(path, &stamp).is_some() {
                return None;
            }
            let read = read_steadily(&place, clock, |reader, _| {
                Digest::of_reader(reader).map_err(TakeError::<Infallible>::Read)
            });
            let steady = read.ok()?;
            (steady.value == file.content).then_some(Some(steady.stamp))
        }
    }
}

/// What is about to be written.
pub(super) fn intended(plan: &Plan) -> State {
    let mut state = State::default();
    for (path, entry) in &plan.folders {
        state.insert(path.to_string(), entry.clone(), None);
    }
    for wish in &plan.wishes {
        if matches!(wish.todo, Todo::Write { .. }) {
            state.insert(wish.path.to_string(), wish.entry.clone(), None);
        }
    }
    state
}
