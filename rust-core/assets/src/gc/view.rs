//! What is in a store at the moment of a collection, seen from behind its fence.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use cyclorama_time::UtcTime;

use super::{GcError, GcOptions, GcReport, mark::Marks, record::Record};
use crate::{
    Key, PackId, Ref, Repository, RepositoryError, Snapshot, SnapshotId, repository::Collected,
    store::list_until,
};

/// What is there. The order in which it was read is what makes it safe: first the refs are fenced, then everything
/// else is read, so that whatever a ref needs is seen.
pub(super) struct View {
    pub(super) now: UtcTime,
    pub(super) record: Record,
    /// Everything the record condemns.
    pub(super) collected: Collected,
    /// Versions that stay: what refs point to, and as much of their history as is wanted.
    pub(super) kept: BTreeMap<SnapshotId, Snapshot>,
    /// Versions that may be about to get a ref.
    pub(super) young: BTreeSet<SnapshotId>,
    /// Versions that nothing keeps and that are not condemned yet.
    pub(super) unkept: BTreeSet<SnapshotId>,
    /// Condemned versions that readers have time for still.
    pub(super) waiting: BTreeSet<SnapshotId>,
    /// Condemned versions that are to be removed.
    pub(super) due: BTreeSet<SnapshotId>,
    /// Packs and their bytes.
    pub(super) packs: BTreeMap<PackId, u64>,
    /// Condemned packs that may be removed, as far as nobody needs them.
    pub(super) due_packs: BTreeSet<PackId>,
    /// The rounds in which packs were condemned.
    rounds: HashMap<PackId, usize>,
    grace_ms: u64,
}

impl View {
    pub(super) async fn read(repository: &Repository, options: &GcOptions) -> Result<Self, GcError> {
        let record = repository.newest_record().await?.unwrap_or_default();
        let rounds = record.rounds.iter().enumerate();
        let rounds =
            rounds.flat_map(|(number, round)| round.packs.iter().map(move |pack| (*pack, number + 1)));
        let rounds = rounds.collect();
        // A dry run touches no ref: its answer is as good as the moment.
        let epoch = if options.dry_run { 0 } else { record.epoch };
        let refs = repository.fence(epoch).await?;
        repository.load_every_index().await?;
        let packs = list(repository, options, PackId::PREFIX, PackId::from_key).await?;
        let snapshots = list(repository, options, SnapshotId::PREFIX, SnapshotId::from_key).await?;
        let mut view = Self {
            now: repository.now(),
            collected: Collected::from(&record),
            record,
            kept: BTreeMap::new(),
            young: BTreeSet::new(),
            unkept: BTreeSet::new(),
            waiting: BTreeSet::new(),
            due: BTreeSet::new(),
            packs: packs.into_iter().collect(),
            due_packs: BTreeSet::new(),
            rounds,
            grace_ms: options.grace_ms(),
        };
        let snapshots: BTreeSet<_> = snapshots.into_iter().map(|(id, _)| id).collect();
        // Whoever makes a ref and was overtaken finds out by himself: what it points to need not be whole.
        let (claims, refs): (Vec<_>, Vec<_>) = refs.into_iter().partition(|found| found.tentative);
        for found in refs {
            view.keep_history(repository, options, &found, &snapshots).await?;
        }
        view.sort(&snapshots, &claims.iter().map(|claim| claim.snapshot).collect());
        Ok(view)
    }

    /// Keeps what a ref points to, and its history as far as a rule keeps it. Histories end where they were condemned.
    async fn keep_history(
        &mut self,
        repository: &Repository,
        options: &GcOptions,
        found: &Ref,
        there: &BTreeSet<SnapshotId>,
    ) -> Result<(), GcError> {
        let (name, head) = (&found.name, found.snapshot);
        let (mut queue, mut seen) = (VecDeque::from([(head, 0)]), HashSet::from([head]));
        while let Some((id, generation)) = queue.pop_front() {
            options.cancel.check()?;
            let is_head = generation == 0;
            let is_condemned = self.collected.snapshots.contains(&id);
            if !is_head && (is_condemned || !options.keep.keeps(generation, id.made(), self.now)) {
                continue;
            }
            let snapshot = match self.kept.get(&id) {
                Some(snapshot) => snapshot.clone(),
                None if there.contains(&id) => repository.snapshot(id).await?,
                None => {
                    let needed_by = format!("the history of ref `{name}`");
                    return Err(RepositoryError::LostSnapshot { snapshot: id, needed_by }.into());
                }
            };
            let parents = snapshot.parents.iter().filter(|parent| seen.insert(**parent));
            queue.extend(parents.map(|parent| (*parent, generation + 1)));
            self.kept.insert(id, snapshot);
        }
        Ok(())
    }

    fn sort(&mut self, snapshots: &BTreeSet<SnapshotId>, claimed: &HashSet<SnapshotId>) {
        let now_ms = self.now_ms();
        let (due, waiting): (Vec<_>, Vec<_>) =
            self.record.rounds.iter().partition(|round| round.is_due(now_ms));
        let waits: HashSet<_> = waiting.iter().flat_map(|round| &round.snapshots).copied().collect();
        for &id in snapshots {
            if self.kept.contains_key(&id) {
                continue;
            }
            let sorted = if waits.contains(&id) {
                &mut self.waiting
            } else if self.collected.snapshots.contains(&id) {
                &mut self.due
            } else if self.is_old(id.made()) && !claimed.contains(&id) {
                &mut self.unkept
            } else {
                &mut self.young
            };
            sorted.insert(id);
        }
        let is_there = |pack: &PackId| self.packs.contains_key(pack);
        let due = due.iter().flat_map(|round| &round.packs);
        self.due_packs = due.chain(&self.record.gone_packs).copied().filter(is_there).collect();
    }

    /// A number that is the greater, the later a pack was condemned, and the greatest if it was not.
    pub(super) fn condemned_when(&self, pack: &PackId) -> usize {
        match self.rounds.get(pack) {
            Some(round) => *round,
            None if self.collected.packs.contains(pack) => 0,
            None => usize::MAX,
        }
    }

    /// Whether something was there for long enough that nobody can be about to use it first.
    pub(super) fn is_old(&self, made: UtcTime) -> bool {
        let age_ms = self.now.nanos().saturating_sub(made.nanos()) / 1_000_000;
        u64::try_from(age_ms).is_ok_and(|age| age >= self.grace_ms)
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.now.nanos() / 1_000_000).unwrap_or(0)
    }

    /// Whether an index object's word about this pack is worth nothing any more.
    pub(super) fn is_gone(&self, pack: &PackId) -> bool {
        self.collected.packs.contains(pack) && !self.packs.contains_key(pack)
    }

    /// What there is to tell before anything is done.
    pub(super) fn describe(&self, marks: &Marks, report: &mut GcReport) {
        report.epoch = self.record.epoch;
        report.versions_kept = self.kept.len() as u64;
        report.bytes_kept = marks.bytes_kept();
    }
}

/// Everything under a prefix whose key means something.
pub(super) async fn list<T>(
    repository: &Repository,
    options: &GcOptions,
    prefix: &str,
    id: fn(&Key) -> Option<T>,
) -> Result<Vec<(T, u64)>, GcError> {
    let goes_on = || Ok::<_, GcError>(options.cancel.check()?);
    let take = |key: &Key, size| Some((id(key)?, size));
    list_until(&**repository.store(), prefix, None, goes_on, take).await
}
