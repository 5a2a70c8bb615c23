//! Taking turns, in a store that takes one writer at a time.
//!
//! Whoever moves, makes or removes a ref has the turn; everything else that is written is named by its content, and
//! may be written by several at once. A store that keeps its conditions needs no turns: here they cost nothing.

use tokio::sync::{Mutex, MutexGuard};

use super::{Repository, RepositoryError};
use crate::{Writers, store::SingleWriter};

/// The claim that is held, if any.
#[derive(Default)]
pub(super) struct Turn(Mutex<Option<SingleWriter>>);

impl Repository {
    /// Takes the turn to write, unless it is ours already or nobody takes turns in this store.
    ///
    /// # Errors
    /// [`RepositoryError::Claim`] when somebody else writes.
    pub async fn take_turn(&self, owner: &str) -> Result<(), RepositoryError> {
        if self.format().writers == Writers::Single {
            drop(self.claimed(owner).await?);
        }
        Ok(())
    }

    /// Lets the next one write. Where that cannot be told to the store, the claim falls silent by itself.
    pub async fn end_turn(&self) {
        if self.format().writers == Writers::Single
            && let Some(writer) = self.0.turn.0.lock().await.take()
            && let Err(error) = writer.release().await
        {
            tracing::debug!(%error, "the claim could not be removed");
        }
    }

    /// Has the turn for as long as what it gives is kept, in this process and among all others.
    pub(super) async fn in_turn(&self, owner: &str) -> Result<impl Send + use<'_>, RepositoryError> {
        let held = self.claimed(owner).await?;
        if let Some(writer) = &*held {
            writer.check().await?;
        }
        Ok(held)
    }

    async fn claimed(&self, owner: &str) -> Result<MutexGuard<'_, Option<SingleWriter>>, RepositoryError> {
        let mut held = self.0.turn.0.lock().await;
        if held.is_none() {
            *held = Some(SingleWriter::claim(self.store().clone(), owner).await?);
        }
        Ok(held)
    }
}
