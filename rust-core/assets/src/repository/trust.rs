//! Trusting an object store's conditions: they are proven before the first write that stands on them.
//!
//! The store was proven when it was made, but not every way to it: a gateway or another endpoint may ignore what the server
//! behind it keeps, and two publishers would then overwrite each other unseen. What was proven is remembered in the cache
//! under the store's name, endpoint included, so that each machine pays for it once.

use cyclorama_content::Digest;
use cyclorama_time::UtcTime;
use tokio::sync::OnceCell;

use super::{Repository, RepositoryError};
use crate::{
    Store, Writers,
    store::{ProbeError, probe_conditional},
};

/// Set once the conditions were proven, or need no proof.
pub(super) type Trust = OnceCell<()>;

impl Repository {
    /// Proves, once, that the object store keeps its conditions the way it is reached. Nothing to prove in a store of
    /// one writer. No request where this machine has proven it before, about forty otherwise.
    ///
    /// # Errors
    /// [`RepositoryError::Probe`] when conditions are ignored: nothing may be written then that stands on one.
    pub async fn trust(&self) -> Result<(), RepositoryError> {
        let trusted = self.0.trust.get_or_try_init(|| async {
            let known = self.0.cache.get(KIND, &self.way()).await.is_some();
            if known || self.format().writers == Writers::Single { Ok(()) } else { self.prove().await }
        });
        trusted.await.copied()
    }

    /// Proves that the object store keeps its conditions, whatever was proven before.
    ///
    /// # Errors
    /// As [`Repository::trust`].
    pub(crate) async fn prove(&self) -> Result<(), RepositoryError> {
        prove(&**self.store(), self.now()).await?;
        self.remember_proof().await;
        Ok(())
    }

    /// Remembers that the conditions were proven just now.
    pub(crate) async fn remember_proof(&self) {
        self.0.cache.put(KIND, &self.way(), self.store().describe().as_bytes()).await;
    }

    /// The way this store is reached, as a file's name.
    fn way(&self) -> String {
        Digest::of(self.store().describe().as_bytes()).to_string()
    }
}

/// Races an object store against itself, beginning `now`.
pub(crate) async fn prove(store: &dyn Store, now: UtcTime) -> Result<(), RepositoryError> {
    match probe_conditional(store, Some(now)).await {
        Ok(()) => Ok(()),
        Err(ProbeError::Store(source)) => Err(source.into()),
        Err(problem) => Err(RepositoryError::Probe(problem)),
    }
}

/// Where proofs are remembered in the cache.
const KIND: &str = "probed";
