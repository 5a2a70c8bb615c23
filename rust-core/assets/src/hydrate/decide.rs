//! Judges a version against a folder before anything is written: what is there already, what is to be written, what
//! was changed by hand, and what must be refused.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cyclorama_content::Digest;
use cyclorama_time::Clock;
use rayon::prelude::*;

use super::check::check;
use super::judge::Judge;
use super::respelt::Respelt;
use super::select::{Wanted, lies_in};
use super::{HydrateError, OnEdit, Report};
use crate::local::names::folded;
use crate::local::{Record, Records, RelPath, Stamp, State};

/// What is known before it is decided.
pub(super) struct Decision<'a> {
    pub(super) root: &'a Path,
    pub(super) clock: &'a dyn Clock,
    pub(super) state: State,
    pub(super) on_edit: OnEdit,
    /// Whether the file system takes names that differ in capital letters alone for one.
    pub(super) is_case_blind: bool,
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

pub(super) const WRITE: Todo = Todo::Write { over: None, is_blocked: false };

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
    /// How what lies in each place looks: what is there already, what is to be touched, and what is to be written over.
    pub(super) stamps: Vec<Option<Stamp>>,
    /// What was known of the folder before.
    pub(super) state: State,
    /// What the last version brought and this one does not have: numbers in the state.
    pub(super) removals: Vec<u32>,
    /// Folders of the last version that this one does not have, deepest first.
    pub(super) empty_folders: Vec<u32>,
    /// What is remembered and neither in the version's wanted part nor gone from the version.
    pub(super) untouched: Vec<u32>,
    /// What lies here under another spelling of its path, which the file system takes for the same: numbers in the state
    /// and in the version, each folder before what is in it.
    pub(super) respelt: Vec<(u32, u32)>,
    /// Whether the file system takes names that differ in capital letters alone for one.
    pub(super) is_case_blind: bool,
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

    /// How a path looks where the file system does not tell some from others.
    pub(super) fn seen(&self, path: &str) -> String {
        if self.is_case_blind { folded(path) } else { path.to_owned() }
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
        let respelt = match self.is_case_blind {
            true => Respelt::find(self.state.records(), &tree, wanted),
            false => Respelt::default(),
        };
        let judge = Judge {
            root: self.root,
            clock: self.clock,
            state: &self.state,
            respelt: &respelt,
            unread: Mutex::default(),
        };
        todo.par_iter_mut().zip(stamps.par_iter_mut()).enumerate().for_each(|(number, (todo, stamp))| {
            if *todo == Todo::Keep {
                (*todo, *stamp) = judge.judge(tree.at(number));
            }
        });
        let unread = judge.unread.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.settle_edits(&tree, &mut todo, &mut stamps, unread)?;
        let (removals, empty_folders, untouched) = self.leftovers(&tree, &todo, &respelt);
        let Self { state, is_case_blind, root, .. } = self;
        let mut plan = Plan {
            tree,
            todo,
            stamps,
            state,
            removals,
            empty_folders,
            untouched,
            respelt: respelt.pairs,
            is_case_blind,
            copies: HashMap::new(),
        };
        plan.copies = on_disk(&plan, root);
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

    fn settle_edits(
        &self,
        tree: &Records,
        todo: &mut [Todo],
        stamps: &mut [Option<Stamp>],
        unread: Vec<(String, io::Error)>,
    ) -> Result<(), HydrateError> {
        let edited = todo.iter_mut().zip(stamps).enumerate().filter(|(_, (todo, _))| **todo == Todo::Keep);
        match self.on_edit {
            OnEdit::Stop => {
                let is_read = |path: &String| unread.iter().all(|(unread, _)| unread != path);
                let paths = edited.map(|(number, _)| tree.at(number).path().to_owned());
                let paths: Vec<String> = paths.filter(is_read).collect();
                if !paths.is_empty() {
                    return Err(HydrateError::Edited(paths));
                }
                if let Some((path, source)) = unread.into_iter().min_by(|a, b| a.0.cmp(&b.0)) {
                    return Err(HydrateError::Unreadable { path, source });
                }
            }
            // It is no content of the version, however it looks.
            OnEdit::Keep => edited.for_each(|(_, (_, stamp))| *stamp = None),
            OnEdit::Replace => edited.for_each(|(number, (todo, _))| {
                let there = look_at(&self.root.join(tree.at(number).path()));
                let is_blocked = there.is_some_and(|there| there.is_dir());
                *todo = Todo::Write { over: None, is_blocked };
            }),
        }
        Ok(())
    }

    /// What the last version brought and this one does not have: what goes, folders that go when they are empty, and
    /// what stays since only a part of this version is wanted.
    fn leftovers(&self, tree: &Records, todo: &[Todo], respelt: &Respelt) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let (mut removals, mut folders, mut untouched) = (Vec::new(), Vec::new(), Vec::new());
        let (mut seeker, stay) = (tree.seeker(), respelt.stay());
        for (at, known) in self.state.records().iter().enumerate() {
            if RelPath::new(known.path()).is_err() || stay.contains(&(at as u32)) {
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

pub(super) fn look_at(place: &Path) -> Option<fs::Metadata> {
    fs::symlink_metadata(place).ok()
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
            let place = path.below(root);
            look_at(&place)
                .is_some_and(|found| found.is_file() && known.stamp() == Some(Stamp::at(&place, &found)))
        };
        offer(known, Copied::Before(*at), &is_so);
    }
    found
}
