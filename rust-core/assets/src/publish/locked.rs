//! Whether somebody else has locked what is about to be published.

use super::{PublishError, work::Work};
use crate::Repository;
use crate::locks::{Held, Locks, Owner};

/// Whether others have locked what changed, and what to do then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskLocks {
    /// Who publishes: their own locks stand in nobody's way.
    pub owner: Owner,
    /// Stop before anything is sent. Otherwise the report tells, and the publish goes on.
    pub refuse: bool,
}

/// What others have locked of what looks changed. Where nothing must be refused, locks that cannot be read stop nobody.
pub(super) async fn by_others(
    repository: &Repository,
    work: &Work<'_>,
    ask: Option<&AskLocks>,
) -> Result<Vec<Held>, PublishError> {
    let Some(AskLocks { owner, refuse }) = ask else { return Ok(Vec::new()) };
    let locks = Locks::new(repository.store().clone());
    match locks.check(work.changed(), owner).await {
        Ok(held) if *refuse && !held.is_empty() => Err(PublishError::Locked { held }),
        Err(error) if *refuse => Err(error.into()),
        Ok(held) => Ok(held),
        Err(error) => {
            tracing::warn!(%error, "whether somebody has locked what changed is not known");
            Ok(Vec::new())
        }
    }
}
