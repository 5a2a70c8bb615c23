//! Judges a version against a folder before anything is written: what is there already, what is to be written, what
//! was changed by hand, and what must be refused.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::path::Path;

use cyclorama_content::Digest;
use cyclorama_time::Clock;
use rayon::prelude::*;

use super::select::{Wanted, lies_in};
use super::{HydrateError, OnEdit, Report};
use crate::local::read::{TakeError, read_steadily};
use crate::local::{OWN_FOLDER, Record, Records, RelPath, Stamp, State, names, scan};
use crate::tree::{Entry, FileEntry, SymlinkEntry};

/// What is known before it is decided.
pub(super) struct Decision<'a> {
    pub(super) root: &'a Path,
    pub(super) clock: &'a dyn Clock,
    pub(super) state: State,
    pub(super) on_edit: OnEdit,
}

/// What has to be done for one thing of the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// It is not wanted.
    Unwanted,
    /// It is a folder.
    Folder {
        /// Whether something lies there that is none.
        is_blocked: bool,
        /// Whether nothing lies there, so that nothing can be in it.
        is_new: bool,
    },
    /// It is there as it should be.
    Nothing,
    /// The content is there; permissions or time are not.
    Touch,
    /// It is to be written.
    Write {
        /// The version of it that lies there, to take bytes from: its number in the state.
        over: Option<u32>,
        /// Whether a folder lies there.
        is_blocked: bool,
    },
    /// It was changed by hand, and stays.
    Keep,
}

const WRITE: Todo = Todo::Write { over: None, is_blocked: false };

/// Where on this disk a content lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// In the file of this number of the version, which is there already.
    Here(u32),
    /// In that of this number in the state, which goes.
    Before(u32),
}

/// Everything that is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    /// What is in the version, wanted or not, sorted by path.
    pub(super) tree: Records,
    /// What has to be done for each.
    pub(super) todo: Vec<Todo>,
    /// How each file looks, as far as that is known.
    pub(super) stamps: Vec<Option<Stamp>>,
    /// What was known of the folder before.
    pub(super) state: State,
    /// What the last version brought and this one does not have: numbers in the state.
    pub(super) removals: Vec<u32>,
    /// Folders of the last version that this one does not have, deepest first.
    pub(super) empty_folders: Vec<u32>,
    /// What is remembered and neither in the version's wanted part nor gone from the version.
    pub(super) untouched: Vec<u32>,
    /// Files to be written whose content lies unchanged in a file that is not written over.
    pub(super) copies: HashMap<u32, Copied>,
}

impl Plan {
    pub(super) fn report(&self) -> Report {
        let mut report = Report { files_removed: self.removals.len() as u64, ..Report::default() };
        for (todo, file) in self.todo.iter().zip(self.tree.iter()) {
            let Some((size, ..)) = file.look().filter(|_| *todo != Todo::Unwanted) else { continue };
            report.files += 1;
            report.bytes = report.bytes.saturating_add(size);
            match todo {
                Todo::Write { .. } => {
                    report.files_written += 1;
                    report.bytes_new = report.bytes_new.saturating_add(size);
                }
                Todo::Keep => report.kept.push(file.path().to_owned()),
                _ => {}
            }
        }
        report
    }

    /// The path of the thing of this number of the version.
    pub(super) fn path(&self, number: usize) -> RelPath {
        RelPath::known(self.tree.at(number).path())
    }

    /// What was known of something by its number in the state, and its path.
    pub(super) fn before(&self, number: u32) -> (RelPath, Record<'_>) {
        let known = self.state.records().at(number as usize);
        (RelPath::known(known.path()), known)
    }

    /// Numbers of what has to be written, with what lies there.
    pub(super) fn writes(&self) -> impl Iterator<Item = (usize, Option<u32>)> {
        self.todo.iter().enumerate().filter_map(|(number, todo)| match todo {
            Todo::Write { over, .. } => Some((number, *over)),
            _ => None,
        })
    }
}

impl Decision<'_> {
    pub(super) fn decide(self, tree: Records, wanted: &Wanted) -> Result<Plan, HydrateError> {
        check(&tree, wanted)?;
        let mut todo = self.folders(&tree, wanted);
        let mut stamps = vec![None; tree.len()];
        todo.par_iter_mut().zip(stamps.par_iter_mut()).enumerate().for_each(|(number, (todo, stamp))| {
            if *todo == Todo::Keep {
                (*todo, *stamp) = self.judge(tree.at(number));
            }
        });
        self.settle_edits(&tree, &mut todo)?;
        let (removals, empty_folders, untouched) = self.leftovers(&tree, &todo);
        let state = self.state;
        let mut plan =
            Plan { tree, todo, stamps, state, removals, empty_folders, untouched, copies: HashMap::new() };
        plan.copies = on_disk(&plan, self.root);
        Ok(plan)
    }

    /// What is to be done for folders, and for what lies in one that is not there. The rest is to be judged.
    fn folders(&self, tree: &Records, wanted: &Wanted) -> Vec<Todo> {
        let mut todo = Vec::with_capacity(tree.len());
        let mut above: Vec<(usize, bool)> = Vec::new();
        for (number, known) in tree.iter().enumerate() {
            while above.last().is_some_and(|(last, _)| !lies_in(known.path(), tree.at(*last).path())) {
                above.pop();
            }
            let is_new = above.last().is_some_and(|(_, is_new)| *is_new);
            todo.push(if !wanted.has(number) {
                Todo::Unwanted
            } else if known.is_folder() {
                let there = if is_new { None } else { look_at(&self.root.join(known.path())) };
                let is_blocked = there.as_ref().is_some_and(|there| !there.is_dir());
                above.push((number, there.is_none()));
                Todo::Folder { is_blocked, is_new: there.is_none() }
            } else if is_new {
                WRITE
            } else {
                Todo::Keep
            });
        }
        todo
    }

    /// What is to be done for one file or link, and how it looks. An edit is told as [`Todo::Keep`].
    fn judge(&self, wish: Record<'_>) -> (Todo, Option<Stamp>) {
        let place = RelPath::known(wish.path()).below(self.root);
        let Some(metadata) = look_at(&place) else { return (WRITE, None) };
        match wish.entry() {
            Entry::Symlink(link) => (self.judge_link(wish.path(), &place, &metadata, &link), None),
            Entry::File(file) if metadata.is_file() => {
                self.judge_file(wish.path(), &place, &Stamp::of(&metadata), &file)
            }
            _ => (self.judge_other(wish.path(), &place, &metadata), None),
        }
    }

    fn judge_file(&self, path: &str, place: &Path, stamp: &Stamp, file: &FileEntry) -> (Todo, Option<Stamp>) {
        let known = self.state.records().find(path);
        let known = known.map(|at| (at as u32, self.state.records().at(at)));
        if let Some((at, record)) = known.filter(|(_, known)| known.stamp() == Some(*stamp))
            && let Some(known) = record.file()
        {
            return match known {
                _ if known.content != file.content || known.size != file.size => (over(at), None),
                _ if is_dressed_as(&known, file) && stamp.mtime_ns == file.mtime_ns => {
                    (Todo::Nothing, Some(*stamp))
                }
                _ => (Todo::Touch, None),
            };
        }
        let read = read_steadily(place, self.clock, |reader, _| {
            Digest::of_reader(reader).map_err(TakeError::<Infallible>::Read)
        });
        let Ok(content) = read.map(|steady| steady.value) else { return (Todo::Keep, None) };
        if content == file.content {
            return (Todo::Touch, None);
        }
        let todo = match known.and_then(|(at, known)| Some((at, known.look()?))) {
            // Somebody touched it and left it as it was.
            Some((at, (.., known))) if known == content => over(at),
            _ => Todo::Keep,
        };
        (todo, None)
    }

    fn judge_link(&self, path: &str, place: &Path, metadata: &fs::Metadata, link: &SymlinkEntry) -> Todo {
        if metadata.is_symlink() && target(place).as_deref() == Some(&link.target) {
            return Todo::Nothing;
        }
        self.judge_other(path, place, metadata)
    }

    /// Something else lies in the place: it may go if the last version brought it just so.
    fn judge_other(&self, path: &str, place: &Path, metadata: &fs::Metadata) -> Todo {
        let known = self.state.get(path).map(|known| (known.entry(), known.stamp()));
        let is_ours = match known {
            Some((Entry::Symlink(link), _)) => target(place).as_ref() == Some(&link.target),
            Some((Entry::File(_), Some(stamp))) => metadata.is_file() && Stamp::of(metadata) == stamp,
            // The files in it decide; it goes when nothing is left in it.
            Some((Entry::Folder(_), _)) => metadata.is_dir(),
            _ => false,
        };
        if is_ours { Todo::Write { over: None, is_blocked: metadata.is_dir() } } else { Todo::Keep }
    }

    fn settle_edits(&self, tree: &Records, todo: &mut [Todo]) -> Result<(), HydrateError> {
        let mut edited = todo.iter_mut().enumerate().filter(|(_, todo)| **todo == Todo::Keep).peekable();
        match self.on_edit {
            OnEdit::Stop if edited.peek().is_some() => {
                let paths = edited.map(|(number, _)| tree.at(number).path().to_owned());
                return Err(HydrateError::Edited(paths.collect()));
            }
            OnEdit::Keep | OnEdit::Stop => {}
            OnEdit::Replace => edited.for_each(|(number, todo)| {
                let there = look_at(&self.root.join(tree.at(number).path()));
                let is_blocked = there.is_some_and(|there| there.is_dir());
                *todo = Todo::Write { over: None, is_blocked };
            }),
        }
        Ok(())
    }

    /// What the last version brought and this one does not have: what goes, folders that go when they are empty, and
    /// what stays since only a part of this version is wanted.
    fn leftovers(&self, tree: &Records, todo: &[Todo]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let (mut removals, mut folders, mut untouched) = (Vec::new(), Vec::new(), Vec::new());
        let mut seeker = tree.seeker();
        for (at, known) in self.state.records().iter().enumerate() {
            if RelPath::new(known.path()).is_err() {
                continue;
            }
            let (at, now) = (at as u32, seeker.find(known.path()));
            // Whether there is a folder of that name now, or something else; none when there is nothing.
            match (known.is_folder(), now.map(|now| tree.at(now).is_folder()), now) {
                (true, Some(true), _) => {}
                (true, ..) => folders.push(at),
                (false, Some(false), Some(now)) if todo[now] == Todo::Unwanted => untouched.push(at),
                (false, Some(false), _) => {}
                (false, ..) => removals.push(at),
            }
        }
        folders.reverse();
        (removals, folders, untouched)
    }
}

fn over(at: u32) -> Todo {
    Todo::Write { over: Some(at), is_blocked: false }
}

fn look_at(place: &Path) -> Option<fs::Metadata> {
    fs::symlink_metadata(place).ok()
}

/// Refuses a version of which something wanted may not be made here: each name of it, and names of one folder that are
/// one name elsewhere.
fn check(tree: &Records, wanted: &Wanted) -> Result<(), HydrateError> {
    let mut refused = Vec::new();
    let mut open = vec![Open { path: None, names: Vec::new() }];
    for (number, known) in tree.iter().enumerate().filter(|(number, _)| wanted.has(*number)) {
        while let Some(Open { path: Some(folder), .. }) = open.last()
            && !lies_in(known.path(), folder)
        {
            open.pop().into_iter().for_each(|closed| closed.check(&mut refused));
        }
        match allowed(known) {
            Err(why) => refused.push((known.path().to_owned(), why)),
            Ok(()) => {
                let name = known.path().rsplit('/').next().unwrap_or_default();
                open.iter_mut().last().into_iter().for_each(|folder| folder.names.push(name));
                if known.is_folder() {
                    open.push(Open { path: Some(tree.at(number).path()), names: Vec::new() });
                }
            }
        }
    }
    open.into_iter().rev().for_each(|closed| closed.check(&mut refused));
    if refused.is_empty() { Ok(()) } else { Err(HydrateError::Refused(refused)) }
}

/// A folder whose names are still coming.
struct Open<'a> {
    /// None of the top.
    path: Option<&'a str>,
    names: Vec<&'a str>,
}

impl Open<'_> {
    fn check(self, refused: &mut Vec<(String, String)>) {
        for (first, second) in names::twins(self.names) {
            let path = self.path.map_or_else(|| second.to_owned(), |folder| format!("{folder}/{second}"));
            refused.push((path, names::Why::Twin(first.to_owned()).to_string()));
        }
    }
}

/// Whether something may be made here.
fn allowed(known: Record<'_>) -> Result<(), String> {
    let path = RelPath::new(known.path()).map_err(|problem| problem.why.to_string())?;
    if names::folded(path.as_str().split('/').next().unwrap_or_default()) == OWN_FOLDER {
        return Err("lies where cyclorama keeps its own records".to_owned());
    }
    if !known.is_file()
        && let Entry::Symlink(link) = known.entry()
        && !scan::stays_inside(path.folder().unwrap_or(""), &link.target)
    {
        return Err(format!("links to `{}`, outside the project", link.target));
    }
    Ok(())
}

/// For files to be written, where their content lies on this disk just so and stays until they are written: in files of
/// this version, or, since what was moved lies under its old name until the end, in files that go.
fn on_disk(plan: &Plan, root: &Path) -> HashMap<u32, Copied> {
    let is_there = |todo: &Todo| matches!(todo, Todo::Nothing | Todo::Touch);
    if plan.removals.is_empty() && !plan.todo.iter().any(is_there) {
        return HashMap::new();
    }
    let key = |content: &Digest| {
        let mut key = [0; 8];
        key.copy_from_slice(&content.as_bytes()[..8]);
        u64::from_le_bytes(key)
    };
    let wishes = plan.writes().filter_map(|(number, _)| {
        let (size, _, content) = plan.tree.at(number).look()?;
        (size > 0).then(|| (key(&content), number as u32))
    });
    let mut wishes: Vec<(u64, u32)> = wishes.collect();
    wishes.sort_unstable();
    let mut found = HashMap::new();
    let mut offer = |known: Record<'_>, copied: Copied, is_so: &dyn Fn() -> bool| {
        let Some((_, _, content)) = known.look() else { return };
        let from = wishes.partition_point(|(wish, _)| *wish < key(&content));
        let alike = wishes[from..].iter().take_while(|(wish, _)| *wish == key(&content));
        let alike = alike.filter(|(_, number)| {
            plan.tree.at(*number as usize).look().is_some_and(|(.., wish)| wish == content)
        });
        let mut alike = alike.peekable();
        if alike.peek().is_some() && is_so() {
            found.extend(alike.map(|(_, number)| (*number, copied)));
        }
    };
    for (number, todo) in plan.todo.iter().enumerate().filter(|(_, todo)| is_there(todo)) {
        let is_so = || *todo == Todo::Touch || plan.stamps[number].is_some();
        offer(plan.tree.at(number), Copied::Here(number as u32), &is_so);
    }
    for at in &plan.removals {
        let (path, known) = plan.before(*at);
        let is_so = || {
            look_at(&path.below(root))
                .is_some_and(|metadata| metadata.is_file() && known.stamp() == Some(Stamp::of(&metadata)))
        };
        offer(known, Copied::Before(*at), &is_so);
    }
    found
}

fn is_dressed_as(known: &FileEntry, file: &FileEntry) -> bool {
    known.mode == file.mode && known.mtime_ns == file.mtime_ns
}

pub(super) fn target(place: &Path) -> Option<String> {
    Some(fs::read_link(place).ok()?.to_string_lossy().replace('\\', "/"))
}
