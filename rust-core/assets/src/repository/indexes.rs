//! The index objects that were loaded, searched together.

mod replaced;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use cyclorama_content::ChunkId;
use futures::{StreamExt, TryStreamExt, stream};

use self::replaced::Replaced;
use super::{Repository, RepositoryError};
use crate::{
    IndexId, Key,
    index::{Index, Location},
    seal::Sealed,
    store::list_as,
};

/// An index object that was loaded.
type Loaded = (IndexId, Arc<Index>);

/// Loaded index objects, the newest last, and whose place those that were read took.
#[derive(Debug, Default)]
pub(super) struct Indexes(RwLock<Arc<Vec<Loaded>>>, Mutex<Replaced>);

impl Indexes {
    fn all(&self) -> Arc<Vec<Loaded>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replaced(&self) -> MutexGuard<'_, Replaced> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, change: impl FnOnce(&mut Vec<Loaded>)) {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut all = (**guard).clone();
        change(&mut all);
        all.sort_by_key(|(id, _)| *id);
        all.dedup_by_key(|(id, _)| *id);
        *guard = Arc::new(all);
    }

    /// As [`Indexes::add`], in place of all that are there but those that `stay`.
    fn renew(&self, read: Vec<Loaded>, stay: impl Fn(&IndexId) -> bool) {
        let replaced = self.replaced();
        self.replace(|all| {
            all.retain(|(id, _)| stay(id));
            all.extend(read);
            let there: HashSet<_> = all.iter().map(|(id, _)| *id).collect();
            all.retain(|(id, _)| !replaced.is_covered(id, &there));
        });
    }

    /// Adds index objects that were read, and drops each whose place another one has taken, also of those that were there.
    fn add(&self, read: Vec<Loaded>) {
        let mut replaced = self.replaced();
        replaced.learn(&read);
        self.replace(|all| {
            all.extend(read);
            let there: HashSet<_> = all.iter().map(|(id, _)| *id).collect();
            all.retain(|(id, _)| !replaced.is_covered(id, &there));
        });
    }
}

impl Repository {
    /// Where a chunk lies, as far as the loaded index objects know.
    pub fn locate(&self, chunk: &ChunkId) -> Option<Location> {
        self.0.indexes.all().iter().rev().find_map(|(_, index)| index.find(chunk))
    }

    /// Every place where a chunk lies, as far as the loaded index objects know; the newest first, each pack once.
    pub(crate) fn places(&self, chunk: &ChunkId) -> Vec<Location> {
        let mut places: Vec<Location> = Vec::new();
        for (_, index) in self.0.indexes.all().iter().rev() {
            let new = index.find(chunk).filter(|new| places.iter().all(|place| place.pack != new.pack));
            places.extend(new);
        }
        places
    }

    /// Searches these index objects from now on, and no others.
    pub(crate) fn use_indexes(&self, indexes: Vec<Loaded>) {
        self.0.indexes.replace(|all| *all = indexes);
    }

    /// Writes none under these names: damaged ones stand there, and are taken away.
    pub(crate) fn avoid_indexes(&self, damaged: &[IndexId]) {
        let mut replaced = self.0.indexes.replaced();
        damaged.iter().for_each(|id| replaced.avoid(*id));
    }

    /// The loaded index objects.
    pub(crate) fn loaded_indexes(&self) -> Arc<Vec<Loaded>> {
        self.0.indexes.all()
    }

    /// Loads those of the index objects that are not loaded yet and whose place none of the loaded ones took. One that is
    /// gone was merged into another, so then everything there is gets loaded.
    ///
    /// # Errors
    /// [`RepositoryError`] when one is damaged or the store fails.
    pub async fn load_indexes(&self, ids: &[IndexId]) -> Result<(), RepositoryError> {
        let there: HashSet<_> = self.0.indexes.all().iter().map(|(id, _)| *id).collect();
        let mut missing = ids.to_vec();
        {
            let replaced = self.0.indexes.replaced();
            missing.retain(|id| !there.contains(id) && !replaced.is_covered(id, &there));
        }
        let read = stream::iter(missing)
            .map(|id| async move {
                match self.index(id).await {
                    Ok(index) => Ok(Some((id, index))),
                    Err(RepositoryError::Store(crate::StoreError::NotFound { .. })) => Ok(None),
                    Err(other) => Err(other),
                }
            })
            .buffer_unordered(AT_ONCE);
        let read: Vec<Option<Loaded>> = read.try_collect().await?;
        let is_whole = read.iter().all(Option::is_some);
        let read: Vec<Loaded> = read.into_iter().flatten().collect();
        let named: HashSet<_> = read.iter().map(|(id, _)| *id).collect();
        self.0.indexes.add(read);
        // One that is gone was merged. The others were loaded first, for no listing may know them yet.
        if is_whole { Ok(()) } else { self.load_listed(Missing::PassedOver, &named).await }
    }

    /// Loads every index object of the store that no other takes the place of, in place of those loaded. Where a listing goes on
    /// showing objects that are gone, as some stores' listings do for a while, the others have to do: what a version needs it
    /// lists itself.
    ///
    /// # Errors
    /// [`RepositoryError`] when one is damaged or the store fails.
    pub async fn load_all_indexes(&self) -> Result<(), RepositoryError> {
        self.load_listed(Missing::PassedOver, &HashSet::new()).await
    }

    /// The same for who must know all there is to know, and rather fails with [`crate::StoreError::NotFound`].
    pub(crate) async fn load_every_index(&self) -> Result<(), RepositoryError> {
        self.load_listed(Missing::Refused, &HashSet::new()).await
    }

    /// What is `named` by a version and was read stays, whatever a listing says; and so does what was made a moment ago, as by this
    /// process itself, which no listing may know yet. Not for who must know what there is.
    async fn load_listed(&self, last: Missing, named: &HashSet<IndexId>) -> Result<(), RepositoryError> {
        let mut tries = 0;
        let (listed, (read, is_whole)) = loop {
            tries += 1;
            let listed = self.list_indexes().await?;
            let missing = if tries < LISTINGS { Missing::Refused } else { last };
            // One that went away since the listing was merged into one that the listing does not know.
            match self.read_indexes(listed.clone(), missing).await {
                Ok(read) => break (listed, read),
                Err(RepositoryError::Store(crate::StoreError::NotFound { .. })) if tries < LISTINGS => {}
                Err(error) => return Err(error),
            }
        };
        if !is_whole {
            // What is loaded may be what took the place of what is gone.
            self.0.indexes.add(read);
            return Ok(());
        }
        let young = self.now().plus_nanos(-YOUNG);
        let stays = |id: &IndexId| {
            last == Missing::PassedOver && (named.contains(id) || id.made().nanos() > young.nanos())
        };
        let kept = self.0.indexes.all().iter().map(|(id, _)| *id).filter(stays).collect::<Vec<_>>();
        let there = listed.into_iter().chain(read.iter().map(|(id, _)| *id)).chain(kept).collect();
        self.0.indexes.replaced().forget(there, young);
        self.0.indexes.renew(read, stays);
        Ok(())
    }

    /// These index objects but those that another one takes the place of, and whether all of them are there.
    async fn read_indexes(
        &self,
        mut ids: Vec<IndexId>,
        missing: Missing,
    ) -> Result<(Vec<Loaded>, bool), RepositoryError> {
        let loaded = self.0.indexes.all();
        let mut there: HashSet<_> = ids.iter().copied().collect();
        {
            let replaced = self.0.indexes.replaced();
            ids.retain(|id| !replaced.is_covered(id, &there));
        }
        let mut reading = stream::iter(ids)
            .map(|id| {
                let known = loaded.binary_search_by_key(&id, |(known, _)| *known);
                let known = known.ok().map(|at| Arc::clone(&loaded[at].1));
                async move {
                    match known {
                        Some(index) => Ok((id, index)),
                        None => Ok((id, self.index(id).await?)),
                    }
                }
            })
            .buffer_unordered(AT_ONCE);
        let (mut read, mut is_whole) = (Vec::<Loaded>::new(), true);
        while let Some(one) = reading.next().await {
            match one {
                Ok(one) => read.push(one),
                Err(RepositoryError::Store(crate::StoreError::NotFound { .. }))
                    if missing == Missing::PassedOver =>
                {
                    is_whole = false;
                }
                Err(other) => return Err(other),
            }
        }
        let mut replaced = self.0.indexes.replaced();
        replaced.learn(&read);
        there = read.iter().map(|(id, _)| *id).collect();
        read.retain(|(id, _)| !replaced.is_covered(id, &there));
        Ok((read, is_whole))
    }

    /// Index objects that the store has, as far as is known, though `by` says all that they say.
    pub(crate) fn indexes_left_behind(&self, by: &HashSet<IndexId>) -> Vec<IndexId> {
        self.0.indexes.replaced().left_behind(by)
    }

    /// The store does not have this index object any more.
    pub(crate) fn index_was_removed(&self, id: &IndexId) {
        self.0.indexes.replaced().removed(id);
    }

    /// The ids of every index object of the store, oldest first.
    pub(crate) async fn list_indexes(&self) -> Result<Vec<IndexId>, RepositoryError> {
        let take = |key: &Key, _| IndexId::from_key(key);
        Ok(list_as(&**self.store(), IndexId::PREFIX, None, take).await?)
    }

    /// One index object, checked.
    pub(crate) async fn index(&self, id: IndexId) -> Result<Arc<Index>, RepositoryError> {
        let stored = self.object("index", &id.to_string(), &id.key(), |bytes| id.names(bytes)).await?;
        self.decode_index(id, &stored)
    }

    /// One index object, checked, whatever a cache holds.
    pub(crate) async fn stored_index(&self, id: IndexId) -> Result<Arc<Index>, RepositoryError> {
        let stored = self.stored_object(&id.key(), |bytes| id.names(bytes)).await?;
        self.decode_index(id, &stored)
    }

    fn decode_index(&self, id: IndexId, stored: &Bytes) -> Result<Arc<Index>, RepositoryError> {
        let key = id.key();
        let mut buffer = Vec::new();
        let decoded = match self.sealer().open(Sealed::Index, b"", stored, &mut buffer) {
            Ok(plain) if plain.len() == stored.len() => Index::decode(stored),
            Ok(_) => Index::decode(&Bytes::from(buffer)),
            Err(error) => Err(error),
        };
        decoded.map(Arc::new).map_err(|source| RepositoryError::Damaged { key, source })
    }

    /// Stores an index object (`plain`, as built) and counts it as loaded. Its packs must be stored before.
    pub(crate) async fn put_index(&self, plain: Vec<u8>) -> Result<(IndexId, u64), RepositoryError> {
        let stored = Bytes::from(self.sealer().seal(Sealed::Index, b"", &plain));
        let mut id = IndexId::of(&stored, self.now());
        // One of the same content and millisecond, whose place another took, must not come back.
        while self.0.indexes.replaced().knows(&id) {
            id = IndexId::of(&stored, id.made().plus_nanos(1_000_000));
        }
        let key = id.key();
        let index = Index::decode(&plain.into())
            .map_err(|source| RepositoryError::Damaged { key: key.clone(), source })?;
        let length = stored.len() as u64;
        self.put_object(&key, stored.clone()).await?;
        self.0.cache.put("index", &id.to_string(), &stored).await;
        self.0.indexes.add(vec![(id, Arc::new(index))]);
        Ok((id, length))
    }
}

/// What becomes of index objects that are listed and not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Refused,
    PassedOver,
}

/// So many listings are asked for, where each shows something that is not there.
const LISTINGS: u32 = 4;
/// Whose place was taken is remembered for so long at least, in nanoseconds.
const YOUNG: i64 = 60_000_000_000;
/// Index objects read at the same time.
const AT_ONCE: usize = 8;
