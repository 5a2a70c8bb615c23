//! Whose place index objects took.

use std::collections::{HashMap, HashSet};

use cyclorama_time::UtcTime;

use super::Loaded;
use crate::IndexId;

/// Which index objects took the place of which. All that were read count, until they are forgotten: what took the place of one
/// may have been replaced itself.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    by: HashMap<IndexId, HashSet<IndexId>>,
    /// Objects that the store has, as far as is known.
    there: HashSet<IndexId>,
}

impl Replaced {
    pub(super) fn learn(&mut self, read: &[Loaded]) {
        for (by, index) in read {
            self.there.insert(*by);
            for id in index.supersedes() {
                self.by.entry(*id).or_default().insert(*by);
            }
        }
    }

    /// No object may be written under this name.
    pub(super) fn avoid(&mut self, id: IndexId) {
        self.by.entry(id).or_default();
    }

    /// Whether this name is taken: by what was replaced, or by what is avoided.
    pub(super) fn knows(&self, id: &IndexId) -> bool {
        self.by.contains_key(id)
    }

    /// Whether one of those that are there says all that this one says. What took its place is not enough: a listing that
    /// is old may lack it.
    pub(super) fn is_covered(&self, id: &IndexId, there: &HashSet<IndexId>) -> bool {
        let (mut waiting, mut seen) = (vec![id], HashSet::from([id]));
        while let Some(id) = waiting.pop() {
            for by in self.by.get(id).into_iter().flatten().filter(|by| seen.insert(*by)) {
                if there.contains(by) {
                    return true;
                }
                waiting.push(by);
            }
        }
        false
    }

    /// Objects that the store has, as far as is known, though these say all that they say.
    pub(super) fn left_behind(&self, by: &HashSet<IndexId>) -> Vec<IndexId> {
        let left = |id: &&IndexId| self.knows(id) && !by.contains(*id) && self.is_covered(id, by);
        self.there.iter().filter(left).copied().collect()
    }

    /// The store does not have this one any more.
    pub(super) fn removed(&mut self, id: &IndexId) {
        self.there.remove(id);
    }

    /// Forgets what is not `there` any more, once that is half of it, so that who works for days needs little more memory than
    /// who has just begun. What was made since `young` stays, for its name may be made again; and so does what is avoided.
    pub(super) fn forget(&mut self, there: HashSet<IndexId>, young: UtcTime) {
        self.there = there;
        let there = &self.there;
        let goes = |id: &IndexId, by: &HashSet<IndexId>| {
            !by.is_empty() && !there.contains(id) && id.made().nanos() < young.nanos()
        };
        // Not for a few of many: all that stay are looked through.
        let going = self.by.iter().filter(|(id, by)| goes(id, by)).count();
        if going == 0 || 2 * going < self.by.len() {
            return;
        }
        let stays = self.by.iter().filter(|(id, by)| !goes(id, by));
        // Whoever took the place of one that is forgotten stands for it from now on.
        self.by = stays.map(|(id, _)| (*id, self.all_that_cover(id, &goes))).collect();
    }

    /// All that took an object's place, and the place of those, but what goes.
    fn all_that_cover(
        &self,
        id: &IndexId,
        goes: &impl Fn(&IndexId, &HashSet<IndexId>) -> bool,
    ) -> HashSet<IndexId> {
        let (mut waiting, mut found) = (vec![id], HashSet::new());
        let mut seen = HashSet::from([id]);
        while let Some(id) = waiting.pop() {
            for by in self.by.get(id).into_iter().flatten().filter(|by| seen.insert(*by)) {
                if !self.by.get(by).is_some_and(|above| goes(by, above)) {
                    found.insert(*by);
                }
                waiting.push(by);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::{Index, IndexBuilder};

    fn id(seconds: u32) -> IndexId {
        IndexId::of(b"", UtcTime::from_seconds(seconds.into()))
    }

    fn merged(by: u32, of: &[u32]) -> Loaded {
        let mut builder = IndexBuilder::default();
        builder.supersede(of.iter().copied().map(id));
        let index = Index::decode(&builder.finish().into()).expect("an index");
        (id(by), Arc::new(index))
    }

    fn set(ids: &[u32]) -> HashSet<IndexId> {
        ids.iter().copied().map(id).collect()
    }

    #[test]
    fn what_is_gone_is_forgotten_and_what_is_there_is_covered_as_before() {
        let mut replaced = Replaced::default();
        replaced.learn(&[merged(10, &[1, 2]), merged(20, &[10, 3]), merged(30, &[20, 4])]);
        replaced.avoid(id(5));
        // The removal of 2 failed.
        let there = set(&[2, 30]);
        replaced.forget(there.clone(), UtcTime::from_seconds(100.0));
        assert_eq!(replaced.by.len(), 2, "2, and what is avoided: {replaced:?}");
        assert!(replaced.is_covered(&id(2), &there), "30 stands for 10 and 20");
        assert!(!replaced.is_covered(&id(2), &set(&[2])), "an old listing");
        assert_eq!(replaced.left_behind(&set(&[30])), [id(2)]);
        replaced.removed(&id(2));
        assert_eq!(replaced.left_behind(&set(&[30])), []);
        assert!(replaced.knows(&id(5)));
    }

    #[test]
    fn the_name_of_what_is_young_is_not_made_again() {
        let mut replaced = Replaced::default();
        replaced.learn(&[merged(10, &[1, 2])]);
        replaced.forget(set(&[10]), UtcTime::from_seconds(2.0));
        assert!(!replaced.knows(&id(1)) && replaced.knows(&id(2)));
    }
}
