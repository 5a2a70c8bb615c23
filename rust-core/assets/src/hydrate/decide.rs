//! Judges a version against a folder before anything is written: what is there already, what is to be written, what
//! was changed by hand, and what must be refused.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::fs;
use std::path::Path;

use cyclorama_content::Digest;
use cyclorama_time::Clock;
use rayon::prelude::*;

use super::select::Wanted;
use super::{HydrateError, OnEdit, Report};
use crate::local::read::{TakeError, read_steadily};
use crate::local::{OWN_FOLDER, RelPath, Stamp, State, names, scan};
use crate::repository::Found;
use crate::tree::{Entry, FileEntry, SymlinkEntry};

/// What is known before it is decided.
pub(super) struct Decision<'a> {
    pub(super) root: &'a Path,
    pub(super) clock: &'a dyn Clock,
    pub(super) state: State,
    pub(super) on_edit: OnEdit,
}

/// A file or link of the version, and what has to be done for it.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) path: RelPath,
    pub(super) entry: Entry,
    pub(super) todo: Todo,
}

/// What has to be done for a file or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// It is there, and looks like this.
    Nothing(Option<Stamp>),
    /// The content is there; permissions or time are not.
    Touch,
    /// It is to be written.
    Write {
        /// The version of it that lies there, to take bytes from.
        over: Option<FileEntry>,
    },
    /// It was changed by hand, and stays.
    Keep,
}

/// Everything that is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    /// Files and links, sorted by path.
    pub(super) wishes: Vec<Wish>,
    /// Folders that must be there, sorted.
    pub(super) folders: Vec<(RelPath, Entry)>,
    /// What the last version brought and this one does not have, with how it looked.
    pub(super) removals: Vec<(RelPath, Option<Stamp>)>,
    /// Folders of the last version that this one does not have, deepest first.
    pub(super) empty_folders: Vec<RelPath>,
    /// What is remembered and neither in the version's wanted part nor gone from the version.
    pub(super) untouched: Vec<(String, crate::local::Remembered)>,
    /// Content that lies unchanged in a file that is not written over.
    pub(super) on_disk: HashMap<Digest, RelPath>,
}

impl Plan {
    pub(super) fn report(&self) -> Report {
        let mut report = Report::default();
        for wish in &self.wishes {
            let Entry::File(file) = &wish.entry else { continue };
            report.files += 1;
            report.bytes = report.bytes.saturating_add(file.size);
            match wish.todo {
                Todo::Write { .. } => {
                    report.files_written += 1;
                    report.bytes_new = report.bytes_new.saturating_add(file.size);
                }
                Todo::Keep => report.kept.push(wish.path.to_string()),
                Todo::Nothing(_) | Todo::Touch => {}
            }
        }
        report.files_removed = self.removals.len() as u64;
        report
    }
}

impl Decision<'_> {
    pub(super) fn decide(self, tree: Vec<Found>, wanted: &Wanted) -> Result<Plan, HydrateError> {
        let is_folder = |entry: &Entry| matches!(entry, Entry::Folder(_));
        let paths: HashMap<String, bool> =
            tree.iter().map(|(path, entry)| (path.clone(), is_folder(entry))).collect();
        let chosen = choose(tree, wanted)?;
        let (folders, rest): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|(_, entry)| matches!(entry, Entry::Folder(_)));
        let wishes: Vec<Wish> = rest
            .into_par_iter()
            .map(|(path, entry)| {
                let todo = self.judge(&path, &entry);
                Wish { path, entry, todo }
            })
            .collect();
        let wishes = self.settle_edits(wishes)?;
        let (removals, empty_folders, untouched) = self.leftovers(&paths, &wishes);
        let mut on_disk = on_disk(&wishes);
        // What was moved lies under its old name until the end.
        on_disk.extend(removals.iter().filter_map(|(path, _)| Some((self.still_there(path)?, path.clone()))));
        Ok(Plan { wishes, folders, removals, empty_folders, untouched, on_disk })
    }

    /// What is to be done for one file or link. An edit is told as [`Todo::Keep`].
    fn judge(&self, path: &RelPath, entry: &Entry) -> Todo {
        let place = path.below(self.root);
        let Ok(metadata) = fs::symlink_metadata(&place) else { return Todo::Write { over: None } };
        match entry {
            Entry::Symlink(link) => self.judge_link(path, &place, &metadata, link),
            Entry::File(file) if metadata.is_file() => {
                self.judge_file(path, &place, &Stamp::of(&metadata), file)
            }
            _ => self.judge_other(path, &place, &metadata),
        }
    }

    fn judge_file(&self, path: &RelPath, place: &Path, stamp: &Stamp, file: &FileEntry) -> Todo {
        if let Some(known) = self.state.unchanged(path.as_str(), stamp) {
            return match known {
                _ if known.content != file.content || known.size != file.size => {
                    Todo::Write { over: Some(known.clone()) }
                }
                _ if is_dressed_as(known, file) && stamp.mtime_ns == file.mtime_ns => {
                    Todo::Nothing(Some(*stamp))
                }
                _ => Todo::Touch,
            };
        }
        let read = read_steadily(place, self.clock, |reader, _| {
            Digest::of_reader(reader).map_err(TakeError::<Infallible>::Read)
        });
        let Ok(content) = read.map(|steady| steady.value) else { return Todo::Keep };
        if content == file.content {
            return Todo::Touch;
        }
        match self.state.get(path.as_str()).map(|known| &known.entry) {
            // Somebody touched it and left it as it was.
            Some(Entry::File(known)) if known.content == content => Todo::Write { over: Some(known.clone()) },
            _ => Todo::Keep,
        }
    }

    fn judge_link(&self, path: &RelPath, place: &Path, metadata: &fs::Metadata, link: &SymlinkEntry) -> Todo {
        if metadata.is_symlink() && target(place).as_deref() == Some(&link.target) {
            return Todo::Nothing(None);
        }
        self.judge_other(path, place, metadata)
    }

    /// Something else lies in the place: it may go if the last version brought it just so.
    fn judge_other(&self, path: &RelPath, place: &Path, metadata: &fs::Metadata) -> Todo {
        let known = self.state.get(path.as_str()).map(|known| (&known.entry, known.stamp));
        let is_ours = match known {
            Some((Entry::Symlink(link), _)) => target(place).as_deref() == Some(&link.target),
            Some((Entry::File(_), Some(stamp))) => metadata.is_file() && Stamp::of(metadata) == stamp,
            // The files in it decide; it goes when nothing is left in it.
            Some((Entry::Folder(_), _)) => metadata.is_dir(),
            _ => false,
        };
        if is_ours { Todo::Write { over: None } } else { Todo::Keep }
    }

    /// The content of a file of the last version that nobody touched.
    fn still_there(&self, path: &RelPath) -> Option<Digest> {
        let metadata = fs::symlink_metadata(path.below(self.root)).ok()?;
        let known = self.state.unchanged(path.as_str(), &Stamp::of(&metadata))?;
        (metadata.is_file() && known.size > 0).then_some(known.content)
    }

    fn settle_edits(&self, mut wishes: Vec<Wish>) -> Result<Vec<Wish>, HydrateError> {
        let edited = |wish: &&mut Wish| wish.todo == Todo::Keep;
        match self.on_edit {
            OnEdit::Keep => {}
            OnEdit::Replace => {
                wishes.iter_mut().filter(edited).for_each(|wish| wish.todo = Todo::Write { over: None });
            }
            OnEdit::Stop => {
                let paths: Vec<String> =
                    wishes.iter_mut().filter(edited).map(|wish| wish.path.to_string()).collect();
                if !paths.is_empty() {
                    return Err(HydrateError::Edited(paths));
                }
            }
        }
        Ok(wishes)
    }

    /// What the last version brought and this one does not have.
    #[expect(clippy::type_complexity, reason = "three lists that are made in one pass")]
    fn leftovers(
        &self,
        paths: &HashMap<String, bool>,
        wishes: &[Wish],
    ) -> (Vec<(RelPath, Option<Stamp>)>, Vec<RelPath>, Vec<(String, crate::local::Remembered)>) {
        let (mut removals, mut folders, mut untouched) = (Vec::new(), Vec::new(), Vec::new());
        let wished: HashSet<&str> = wishes.iter().map(|wish| wish.path.as_str()).collect();
        for (text, known) in self.state.entries() {
            let Ok(path) = RelPath::new(text) else { continue };
            // Whether there is a folder of that name now, or something else; none when there is nothing.
            let now = paths.get(text).copied();
            match &known.entry {
                Entry::Folder(_) if now != Some(true) => folders.push(path),
                Entry::File(_) | Entry::Symlink(_) if now != Some(false) => {
                    removals.push((path, known.stamp));
                }
                Entry::File(_) | Entry::Symlink(_) if !wished.contains(text) => {
                    untouched.push((text.to_owned(), known.clone()));
                }
                _ => {}
            }
        }
        removals.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        folders.sort_unstable_by(|a, b| b.cmp(a));
        (removals, folders, untouched)
    }
}

/// The part that is wanted, every name of it checked, with the folders that lead there.
fn choose(tree: Vec<Found>, wanted: &Wanted) -> Result<Vec<(RelPath, Entry)>, HydrateError> {
    let mut leading: HashSet<String> = HashSet::new();
    if !wanted.is_all() {
        for (path, _) in
            tree.iter().filter(|(path, entry)| !matches!(entry, Entry::Folder(_)) && wanted.has(path))
        {
            let mut rest = path.as_str();
            while let Some((folder, _)) = rest.rsplit_once('/') {
                if !leading.insert(folder.to_owned()) {
                    break;
                }
                rest = folder;
            }
        }
    }
    let (mut chosen, mut refused) = (Vec::with_capacity(tree.len()), Vec::new());
    let mut in_folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, entry) in tree {
        let is_folder = matches!(entry, Entry::Folder(_));
        if !(wanted.is_all() || if is_folder { leading.contains(&path) } else { wanted.has(&path) }) {
            continue;
        }
        match allowed(&path, &entry) {
            Ok(path) => {
                let names = in_folders.entry(path.folder().unwrap_or("").to_owned()).or_default();
                names.push(path.name().to_owned());
                chosen.push((path, entry));
            }
            Err(why) => refused.push((path, why)),
        }
    }
    for (folder, names) in &in_folders {
        for (first, second) in names::twins(names.iter().map(String::as_str)) {
            let path = if folder.is_empty() { second.to_owned() } else { format!("{folder}/{second}") };
            refused.push((path, names::Why::Twin(first.to_owned()).to_string()));
        }
    }
    if refused.is_empty() { Ok(chosen) } else { Err(HydrateError::Refused(refused)) }
}

/// The path, if it may be made here.
fn allowed(path: &str, entry: &Entry) -> Result<RelPath, String> {
    let path = RelPath::new(path).map_err(|problem| problem.why.to_string())?;
    if names::folded(path.as_str().split('/').next().unwrap_or_default()) == OWN_FOLDER {
        return Err("lies where cyclorama keeps its own records".to_owned());
    }
    if let Entry::Symlink(link) = entry
        && !scan::stays_inside(path.folder().unwrap_or(""), &link.target)
    {
        return Err(format!("links to `{}`, outside the project", link.target));
    }
    Ok(path)
}

/// Content of files that lie on this disk just so, and stay there.
fn on_disk(wishes: &[Wish]) -> HashMap<Digest, RelPath> {
    let there = wishes.iter().filter(|wish| matches!(wish.todo, Todo::Nothing(Some(_)) | Todo::Touch));
    there
        .filter_map(|wish| match &wish.entry {
            Entry::File(file) if file.size > 0 => Some((file.content, wish.path.clone())),
            _ => None,
        })
        .collect()
}

fn is_dressed_as(known: &FileEntry, file: &FileEntry) -> bool {
    known.mode == file.mode && known.mtime_ns == file.mtime_ns
}

pub(super) fn target(place: &Path) -> Option<String> {
    Some(fs::read_link(place).ok()?.to_string_lossy().replace('\\', "/"))
}
