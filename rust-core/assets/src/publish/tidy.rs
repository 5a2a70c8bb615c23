//! Keeping index objects few, whoever publishes and however often: small ones are put together, and what others took the
//! place of is removed.

use std::collections::HashSet;

use futures::{StreamExt, stream};

use crate::{
    Condition, IndexId, Repository, StoreError,
    index::{FULL, Index, IndexBuilder},
};

/// Puts the smaller ones of many loaded index objects together, so that readers never need many. Says how many bytes were
/// written.
///
/// Once in a publish, when all index objects have just been loaded: who begins after that finds the merged one. If everybody
/// did it who tries to move a ref, they would leave behind the square of what they publish. Nothing counts on it: whoever
/// fails here leaves it to the next.
pub(super) async fn merge_small(repository: &Repository) -> u64 {
    let loaded = repository.loaded_indexes();
    if loaded.len() < MANY {
        return 0;
    }
    let mut by_size: Vec<_> = loaded.iter().collect();
    by_size.sort_by_key(|(_, index)| index.len());
    let mut merged = IndexBuilder::default();
    for (id, index) in by_size {
        if is_much_larger(index.len(), merged.len()) {
            break;
        }
        if fits(&merged, index) {
            merged.merge(*id, index);
        }
    }
    if merged.replaces() < 2 {
        return 0;
    }
    match repository.put_index(merged.finish()).await {
        Ok((_, bytes)) => bytes,
        Err(error) => {
            tracing::debug!(%error, "small index objects were not put together");
            0
        }
    }
}

/// Whether another index object can be merged into what is being built.
pub(super) fn fits(merged: &IndexBuilder, index: &Index) -> bool {
    let has_room = merged.len() + index.len() <= FULL && merged.has_room_for(index.packs().len());
    has_room && !merged.conflicts_with(index, |_| true)
}

/// Removes index objects whose place others took that the version `now` lists and the one before it, `before`, did not. So
/// each is removed once, by who published the first version that does without it. Versions of before list it still: whoever
/// is led to one that is not there loads all there are.
///
/// The version is published by then: what cannot be removed is left to a collection.
pub(super) async fn remove_replaced(repository: &Repository, before: &[IndexId], now: &[IndexId]) {
    let before: HashSet<_> = before.iter().collect();
    let new: HashSet<_> = now.iter().filter(|id| !before.contains(id)).copied().collect();
    let left = repository.indexes_left_behind(&new);
    let mut removing = stream::iter(left)
        .map(|id| async move { (id, repository.store().delete(&id.key(), Condition::Always).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((id, removed)) = removing.next().await {
        match removed {
            Ok(()) | Err(StoreError::NotFound { .. }) => repository.index_was_removed(&id),
            Err(error) => {
                tracing::debug!(%error, "an index object that nobody needs stays");
                return;
            }
        }
    }
}

/// Whether an index object of `next` chunks is so much larger than all smaller ones together, `before`, that it is not written
/// again for their sake. So a chunk is written again only when what it stands in grows by a good part, which is seldom. Were a
/// fixed number of objects put together, one of them would grow by what is new alone, and the whole be the square of that.
fn is_much_larger(next: usize, before: usize) -> bool {
    const MUCH: usize = 3;
    before > 0 && next > MUCH * before
}

/// Index objects from which on small ones are merged.
const MANY: usize = 8;
/// Removals at the same time.
const AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Publishes of `chunks` each, one after the other: chunks written again in all, and the most index objects at a time.
    fn merged(publishes: usize, chunks: usize) -> (usize, usize) {
        let (mut objects, mut written, mut most) = (Vec::new(), 0, 0);
        for _ in 0..publishes {
            objects.push(chunks);
            most = most.max(objects.len());
            if objects.len() < MANY {
                continue;
            }
            objects.sort_unstable();
            let (mut count, mut sum) = (0, 0);
            while objects.get(count).is_some_and(|next| !is_much_larger(*next, sum)) {
                sum += objects[count];
                count += 1;
            }
            if count >= 2 {
                objects.drain(..count);
                objects.push(sum);
                written += sum;
            }
        }
        (written, most)
    }

    #[test]
    fn a_chunk_s_place_is_written_again_seldom_however_often_somebody_publishes() {
        for (publishes, times) in [(100, 6), (1_000, 8), (10_000, 11), (100_000, 14)] {
            for chunks in [1, 4, 100] {
                let (written, most) = merged(publishes, chunks);
                assert!(written <= times * publishes * chunks, "{publishes} of {chunks}: {written}");
                assert!(most <= MANY + 3, "{publishes} of {chunks}: {most} to read");
            }
        }
    }
}
