//! Pieces by name: from the disk, or from the store behind, once for all who ask at the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::BLOCK;
use super::cache::{Cache, Looked, piece_name};
use crate::{Key, Store, StoreError};

/// What an edge has done since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EdgeStats {
    /// Pieces that were on the disk.
    pub hits: u64,
    /// Pieces fetched from the store.
    pub misses: u64,
    /// Pieces that were on the disk and damaged.
    pub damaged: u64,
    /// Bytes fetched from the store.
    pub bytes_fetched: u64,
    /// Bytes sent to readers.
    pub bytes_served: u64,
    /// Bytes on the disk now.
    pub bytes_kept: u64,
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    damaged: AtomicU64,
    fetched: AtomicU64,
    served: AtomicU64,
}

type Flight = Shared<BoxFuture<'static, Result<Bytes, Arc<StoreError>>>>;

/// A store behind a cache.
pub(super) struct Origin {
    store: Arc<dyn Store>,
    name: String,
    cache: Cache,
    flights: Mutex<HashMap<String, Flight>>,
    /// What is being fetched. It goes on when those who asked have left.
    fetching: Mutex<JoinSet<()>>,
    fetches: Semaphore,
    counters: Counters,
}

impl Origin {
    pub(super) fn new(store: Arc<dyn Store>, cache: Cache) -> Self {
        Self {
            name: store.describe(),
            store,
            cache,
            flights: Mutex::default(),
            fetching: Mutex::default(),
            fetches: Semaphore::new(FETCHES),
            counters: Counters::default(),
        }
    }

    pub(super) fn stats(&self) -> EdgeStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { hits, misses, damaged, fetched, served } = &self.counters;
        EdgeStats {
            hits: read(hits),
            misses: read(misses),
            damaged: read(damaged),
            bytes_fetched: read(fetched),
            bytes_served: read(served),
            bytes_kept: self.cache.bytes(),
        }
    }

    /// `length` bytes from `offset`; fewer at the end of the object. With `anew` from the store, whatever is kept.
    pub(super) async fn range(
        self: &Arc<Self>,
        key: &Key,
        offset: u64,
        length: u64,
        anew: bool,
    ) -> Result<Bytes, Arc<StoreError>> {
        let end = offset.saturating_add(length);
        let mut bytes = BytesMut::new();
        let mut at = offset;
        while at < end {
            let block = at / BLOCK;
            let piece = self.piece(key, block, anew).await?;
            let from = ((at - block * BLOCK) as usize).min(piece.len());
            let to = ((end - block * BLOCK).min(BLOCK) as usize).min(piece.len());
            if from == 0 && to == piece.len() && length == piece.len() as u64 {
                self.counters.served.fetch_add(length, Ordering::Relaxed);
                return Ok(piece);
            }
            bytes.extend_from_slice(&piece[from..to]);
            if (piece.len() as u64) < BLOCK {
                break;
            }
            at = (block + 1) * BLOCK;
        }
        self.counters.served.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.freeze())
    }

    /// One piece. Whoever asks while it is on its way waits for the same fetch, which goes on when they leave.
    async fn piece(self: &Arc<Self>, key: &Key, block: u64, anew: bool) -> Result<Bytes, Arc<StoreError>> {
        let name = piece_name(&self.name, key.as_str(), block);
        let flight = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(flight) = flights.get(&name) {
                flight.clone()
            } else {
                let (this, key, own) = (Arc::clone(self), key.clone(), name.clone());
                let (tell, told) = oneshot::channel();
                let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
                while fetching.try_join_next().is_some() {}
                fetching.spawn(async move {
                    let found = this.find(&key, block, &own, anew).await;
                    this.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&own);
                    // Nobody may be left to hear it.
                    let _ = tell.send(found);
                });
                let flight = async move {
                    told.await.unwrap_or_else(|lost| {
                        let source = std::io::Error::other(lost);
                        Err(Arc::new(StoreError::Io { operation: "read", key: String::new(), source }))
                    })
                };
                let flight = flight.boxed().shared();
                flights.insert(name, flight.clone());
                flight
            }
        };
        flight.await
    }

    async fn find(
        self: &Arc<Self>,
        key: &Key,
        block: u64,
        name: &str,
        anew: bool,
    ) -> Result<Bytes, Arc<StoreError>> {
        let (this, looked_for) = (Arc::clone(self), name.to_owned());
        let look = move || if anew { Looked::Absent } else { this.cache.get(&looked_for) };
        match tokio::task::spawn_blocking(look).await.unwrap_or(Looked::Absent) {
            Looked::There(bytes) => {
                self.counters.hits.fetch_add(1, Ordering::Relaxed);
                return Ok(bytes);
            }
            Looked::Damaged => {
                self.counters.damaged.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%key, block, "a cached piece was damaged; it is fetched again");
            }
            Looked::Absent => {}
        }
        let bytes = {
            let _place = self.fetches.acquire().await;
            self.store.get_range(key, block * BLOCK, BLOCK).await.map_err(Arc::new)?
        };
        self.counters.misses.fetch_add(1, Ordering::Relaxed);
        self.counters.fetched.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let (this, kept, name) = (Arc::clone(self), bytes.clone(), name.to_owned());
        let put = tokio::task::spawn_blocking(move || this.cache.put(&name, &kept)).await;
        if let Ok(Err(problem)) = put {
            tracing::warn!(%problem, "a piece could not be kept; it is served all the same");
        }
        Ok(bytes)
    }
}

/// Fetches from the store at the same time.
const FETCHES: usize = 32;
