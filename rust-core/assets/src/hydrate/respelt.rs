//! What the last version had under another spelling, where the file system does not tell capital letters apart: it is the
//! very file that is wanted now, and must not go.

use std::collections::{HashMap, HashSet};

use super::select::Wanted;
use crate::local::names::folded;
use crate::local::{Records, RelPath};

/// Numbers in the state, and in the version, of what is only spelt otherwise.
#[derive(Debug, Default)]
pub(super) struct Respelt {
    /// By the folded path.
    known: HashMap<String, u32>,
    /// Each folder before what is in it.
    pub(super) pairs: Vec<(u32, u32)>,
}

impl Respelt {
    /// What is wanted of `tree` and was known as something of the same kind under another spelling.
    pub(super) fn find(known: &Records, tree: &Records, wanted: &Wanted) -> Self {
        let mut seeker = tree.seeker();
        let mut gone = HashMap::new();
        for (at, record) in known.iter().enumerate() {
            if seeker.find(record.path()).is_none() && RelPath::new(record.path()).is_ok() {
                gone.insert(folded(record.path()), at as u32);
            }
        }
        let mut respelt = Self::default();
        if gone.is_empty() {
            return respelt;
        }
        let mut seeker = known.seeker();
        for (number, record) in tree.iter().enumerate().filter(|(number, _)| wanted.has(*number)) {
            if seeker.find(record.path()).is_some() {
                continue;
            }
            let path = folded(record.path());
            let is_like = |at: &u32| known.at(*at as usize).is_folder() == record.is_folder();
            if let Some(at) = gone.get(&path).copied().filter(is_like) {
                respelt.pairs.push((at, number as u32));
                respelt.known.insert(path, at);
            }
        }
        respelt
    }

    /// The number in the state of what is `path` now.
    pub(super) fn before(&self, path: &str) -> Option<u32> {
        if self.known.is_empty() { None } else { self.known.get(&folded(path)).copied() }
    }

    /// Numbers in the state of what stays under another spelling.
    pub(super) fn stay(&self) -> HashSet<u32> {
        self.pairs.iter().map(|(at, _)| *at).collect()
    }
}
