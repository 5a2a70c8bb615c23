//! Proof that a store's conditions hold: it is raced once before it is trusted.
//!
//! Some servers answer 200 to a conditional write and ignore the condition; some shared folders have no working
//! hard links or locks. Two machines would then both believe that they own the same work.

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use futures::future::join_all;

use super::{Condition, Store, StoreError};
use crate::{Key, KeyError};

/// Why a store cannot be trusted with conditional writes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A condition was ignored or judged wrongly.
    #[error(
        "{winners} of {tried} simultaneous `{operation}` writes to one object succeeded, where exactly one must"
    )]
    Unconditional {
        /// `create` or `replace`.
        operation: &'static str,
        /// How many were told that they had won.
        winners: usize,
        /// How many tried.
        tried: usize,
    },
    /// The object held something else than what its winner wrote.
    #[error("an object did not hold what the winner of a race wrote")]
    LostWrite,
    /// A removal took place though its condition did not hold.
    #[error("an object was removed under a condition that did not hold")]
    UnconditionalDelete,
    /// The store did not answer the probe.
    #[error("the store could not be probed")]
    Store(#[from] StoreError),
}

impl Classify for ProbeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(source) => source.kind(),
            _ => Kind::Refused,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(source) => source.hint(),
            _ => Some(
                "this store ignores conditional writes; use a local folder, an NFS share with working hard links, \
                 or AWS S3"
                    .to_owned(),
            ),
        }
    }
}

/// Races the store against itself and removes every trace: of several writers at once exactly one may create an
/// object, exactly one may replace it, and a removal under a stale version must fail.
///
/// # Errors
/// [`ProbeError`]; all but `Store` mean that the store must not be used by more than one writer.
pub async fn probe_conditional(store: &dyn Store) -> Result<(), ProbeError> {
    let mut left = RACES;
    loop {
        left -= 1;
        match probe_once(store).await {
            // A network that failed in the middle says nothing about the store.
            Err(ProbeError::Store(failure)) if failure.kind().is_transient() && left > 0 => {
                tracing::debug!(%failure, "the probe is repeated");
            }
            // Nobody won: each answer may have been lost on its way.
            Err(ProbeError::Unconditional { winners: 0, .. }) if left > 0 => {}
            verdict => return verdict,
        }
    }
}

/// How often a probe that came to nothing is repeated.
const RACES: u32 = 4;

async fn probe_once(store: &dyn Store) -> Result<(), ProbeError> {
    let key = Key::new(format!("{PROBE}{:016x}", rand::random::<u64>()))
        .unwrap_or_else(|KeyError(name)| unreachable!("{name} is portable"));
    let verdict = race(store, &key).await;
    let cleaned = store.delete(&key, Condition::Always).await;
    verdict?;
    Ok(cleaned?)
}

async fn race(store: &dyn Store, key: &Key) -> Result<(), ProbeError> {
    one_winner(store, key, "create", &Condition::Absent).await?;
    let (_, first) = store.head(key).await?;
    one_winner(store, key, "replace", &Condition::Matches(first.clone())).await?;
    match store.delete(key, Condition::Matches(first)).await {
        Err(StoreError::Precondition { .. }) => Ok(()),
        Err(other) => Err(other.into()),
        Ok(()) => Err(ProbeError::UnconditionalDelete),
    }
}

async fn one_winner(
    store: &dyn Store,
    key: &Key,
    operation: &'static str,
    condition: &Condition,
) -> Result<(), ProbeError> {
    const WRITERS: usize = 16;
    let writes = (0..WRITERS).map(|writer| async move {
        let bytes = Bytes::from(format!("{operation} by writer {writer}"));
        store.put(key, bytes.clone(), condition.clone()).await.map(|_| bytes)
    });
    let mut winners = Vec::new();
    for result in join_all(writes).await {
        match result {
            Ok(bytes) => winners.push(bytes),
            Err(StoreError::Precondition { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let [winner] = winners.as_slice() else {
        return Err(ProbeError::Unconditional { operation, winners: winners.len(), tried: WRITERS });
    };
    if store.get(key).await?.bytes == winner { Ok(()) } else { Err(ProbeError::LostWrite) }
}
/// How the names of what a probe writes begin. A probe that was killed leaves them.
pub(crate) const PROBE: &str = "cyclorama-probe-";
