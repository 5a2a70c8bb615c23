//! What a killed hydrate left: it had written down what it was about to write, so what it wrote is known as its own.
//!
//! Without this, files of a version that never became the folder's own would look as if somebody had made them by hand.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::Path;

use cyclorama_content::{ChunkIds, Digest};
use cyclorama_time::Clock;
use rayon::prelude::*;

use super::decide::{Plan, Todo};
use super::judge::target;
use crate::local::read::{TakeError, read_steadily};
use crate::local::{RelPath, Stamp, State};
use crate::publish::{BaseEntry, Folders};
use crate::tree::Entry;

/// Adds to `state` what a run had `intended` that was cut off and is in place; says whether that was anything. What is published from here is
/// then compared with the folder as that run left it: what it brought is nobody's edit.
pub(crate) fn absorb(
    state: &mut State,
    intended: &State,
    (root, ids): (&Path, &ChunkIds),
    clock: &dyn Clock,
) -> bool {
    let intended = intended.records();
    let found: Vec<_> = (0..intended.len())
        .into_par_iter()
        .filter_map(|at| {
            let intended = intended.at(at);
            let (path, entry) = (intended.path().to_owned(), intended.entry());
            let stamp = in_place(&path, &entry, state, root, clock)?;
            Some(BaseEntry { path, entry, stamp })
        })
        .collect();
    let any = !found.is_empty();
    if any {
        state.remember(found);
        if state.root.is_some() {
            let records = state.records();
            let entries = records.iter().map(|record| (record.path(), record.entry()));
            state.root = Some(Folders::default().build(entries, ids).node);
        }
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
            let stamp = Stamp::at(&place, &metadata);
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

/// Writes down what is about to be written.
pub(super) fn save_intended(plan: &Plan, root: &Path, store: &str) -> io::Result<()> {
    let is_meant = |todo: &Todo| matches!(todo, Todo::Folder { .. } | Todo::Write { .. });
    let count = plan.todo.iter().filter(|todo| is_meant(todo)).count();
    let mut saving = State::save_intended(root, store, count)?;
    for (_, known) in plan.todo.iter().zip(plan.tree.iter()).filter(|(todo, _)| is_meant(todo)) {
        saving.put(known, None)?;
    }
    saving.end()
}
