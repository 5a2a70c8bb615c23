//! Proof that a store's conditions hold: it is raced once before it is trusted.
//!
//! Some servers answer 200 to a conditional write and ignore the condition; some shared folders have no working
//! hard links or locks. Two machines would then both believe that they own the same work.

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::UtcTime;
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
                 or AWS S3; where people take turns, `assets init --single-writer` makes a store here all the same"
                    .to_owned(),
            ),
        }
    }
}

/// Races the store against itself and removes every trace: of several writers at once exactly one may create an
/// object, exactly one may replace it, and a removal under a stale version must fail.
///
/// The name of what is written says when the probe `began`, so that a collection can tell what a killed one left from what
/// is racing. Where nobody collects, nobody needs it.
///
/// # Errors
/// [`ProbeError`]; all but `Store` mean that the store must not be used by more than one writer.
pub async fn probe_conditional(store: &dyn Store, began: Option<UtcTime>) -> Result<(), ProbeError> {
    let mut left = RACES;
    loop {
        left -= 1;
        match probe_once(store, began).await {
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

async fn probe_once(store: &dyn Store, began: Option<UtcTime>) -> Result<(), ProbeError> {
    let key = new_key(began);
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
    if store.get_at_most(key, LONGEST).await?.bytes == winner { Ok(()) } else { Err(ProbeError::LostWrite) }
}

fn new_key(began: Option<UtcTime>) -> Key {
    let millis = began.map(|began| u64::try_from(began.nanos() / 1_000_000).unwrap_or(0));
    let began = millis.map(|millis| format!("{millis:012x}")).unwrap_or_default();
    Key::new(format!("{PROBE}{began}{:016x}", rand::random::<u64>()))
        .unwrap_or_else(|KeyError(name)| unreachable!("{name} is portable"))
}

/// When the probe began that wrote this object, by its own clock; nothing for other objects, and where the name does not say.
pub(crate) fn probe_began(key: &Key) -> Option<UtcTime> {
    let digits = key.as_str().strip_prefix(PROBE)?;
    let is_ours = digits.len() == 28 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let millis = i64::from_str_radix(digits.get(..12).filter(|_| is_ours)?, 16).ok()?;
    Some(UtcTime::from_nanos(millis.saturating_mul(1_000_000)))
}

/// How the names of what a probe writes begin. A probe that was killed leaves them.
pub(crate) const PROBE: &str = "cyclorama-probe-";
/// No probe writes more bytes.
const LONGEST: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_s_object_says_when_it_began() {
        let noon = UtcTime::from_nanos(1_764_072_000_123_000_000);
        assert_eq!(probe_began(&new_key(Some(noon))), Some(noon));
        assert_ne!(new_key(Some(noon)), new_key(Some(noon)));
        assert_eq!(probe_began(&new_key(None)), None);
        for other in
            ["cyclorama-probe-", "cyclorama-probe-of-somebody", "packs/a", "cyclorama-probe-\u{e9}\u{e9}"]
        {
            assert_eq!(Key::new(other).ok().as_ref().and_then(probe_began), None, "{other}");
        }
    }
}
