//! Reading and moving refs, and noticing when one goes back.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};

use super::{LONGEST_SEAL, Repository, RepositoryError};
use crate::{
    Condition, ETag, Key, Ref, RefName, StoreError, Writers,
    seal::Sealed,
    snapshot::LONGEST_JSON,
    store::{Patient, list_as},
};

/// A ref as it was read, and the version that a move must replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// What it says.
    pub value: Ref,
    etag: ETag,
}

impl Repository {
    /// A ref, or nothing when there is none of this name. One request.
    ///
    /// # Errors
    /// [`RepositoryError::Rollback`] when it is older than this machine has seen it, [`RepositoryError::Vanished`] when it is
    /// gone since, others when it cannot be read.
    pub async fn read_ref(&self, name: &RefName) -> Result<Option<Pointer>, RepositoryError> {
        if let Some(pointer) = self.read_any_ref(name).await?
            && !pointer.value.tentative
        {
            return Ok(Some(pointer));
        }
        if let Some((seen, _)) = self.0.cache.seen(name.as_str()).await {
            // Another process of this machine may have made it while the answer was on its way.
            if let Some(pointer) = self.read_any_ref(name).await?
                && !pointer.value.tentative
            {
                return Ok(Some(pointer));
            }
            if !self.0.accept_rollback {
                return Err(RepositoryError::Vanished { name: name.clone(), seen });
            }
            self.0.cache.forget("refs", name.as_str()).await;
        }
        Ok(None)
    }

    /// A ref, also one that is still being made. One that went back is read once more: another process of this machine may have
    /// moved it on, and noted that, while the answer was on its way.
    pub(super) async fn read_any_ref(&self, name: &RefName) -> Result<Option<Pointer>, RepositoryError> {
        match self.read_ref_once(name).await {
            Err(RepositoryError::Rollback { .. }) => self.read_ref_once(name).await,
            read => read,
        }
    }

    async fn read_ref_once(&self, name: &RefName) -> Result<Option<Pointer>, RepositoryError> {
        let key = name.key();
        let object = match self.store().get_at_most(&key, LONGEST_JSON + LONGEST_SEAL).await {
            Ok(object) => object,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(source.into()),
        };
        let mut buffer = Vec::new();
        let value = self
            .sealer()
            .open(Sealed::Ref, name.as_str().as_bytes(), &object.bytes, &mut buffer)
            .and_then(|bytes| Ref::decode(bytes, name))
            .map_err(|source| RepositoryError::Damaged { key, source })?;
        if !value.tentative {
            self.check_progress(&value).await?;
        }
        Ok(Some(Pointer { value, etag: object.etag }))
    }

    /// All refs, by name.
    ///
    /// # Errors
    /// [`RepositoryError`] when one of them cannot be read.
    pub async fn refs(&self) -> Result<Vec<Pointer>, RepositoryError> {
        let names = self.ref_names().await?;
        let read: Vec<_> = stream::iter(names)
            .map(|name| async move { self.read_ref(&name).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// The names of everything under `refs/`, also of refs that are still being made.
    pub(super) async fn ref_names(&self) -> Result<Vec<RefName>, RepositoryError> {
        let name = |key: &Key, _| RefName::new(key.as_str().strip_prefix(RefName::PREFIX)?).ok();
        Ok(list_as(&**self.store(), RefName::PREFIX, None, name).await?)
    }

    /// Moves a ref from what was read to `new`; `None` in place of what was read makes it. Returns whether the move
    /// took place: `false` means that somebody else moved it first, or that a collection came in between that `new`
    /// knows nothing of, and nothing changed.
    ///
    /// # Errors
    /// [`RepositoryError`] when the store fails, or ignores conditions on the way it is reached.
    pub async fn move_ref(&self, from: Option<&Pointer>, new: &Ref) -> Result<bool, RepositoryError> {
        let moved = match from {
            Some(from) => self.replace_ref(from, new).await?,
            None => self.create_ref(new).await?,
        };
        if moved {
            self.0.cache.remember(new.name.as_str(), new.sequence, new.snapshot).await;
        }
        Ok(moved)
    }

    /// Puts `new` in the place of exactly what was read.
    pub(super) async fn replace_ref(&self, from: &Pointer, new: &Ref) -> Result<bool, RepositoryError> {
        if self.format().writers == Writers::Single {
            let _turn = self.in_turn(&new.by).await?;
            return match self.read_any_ref(&new.name).await?.as_ref() == Some(from) {
                true => Ok(self.put_ref(new, Condition::Always).await?.is_ok()),
                false => Ok(false),
            };
        }
        self.trust().await?;
        Ok(self.put_ref(new, Condition::Matches(from.etag.clone())).await?.is_ok())
    }

    /// Makes a ref, in two steps: it is there for collections before it is looked whether there was one in between,
    /// and for everybody afterwards. So no collection misses it, and nobody sees it point to what was collected.
    async fn create_ref(&self, new: &Ref) -> Result<bool, RepositoryError> {
        if self.format().writers == Writers::Single {
            let _turn = self.in_turn(&new.by).await?;
            return match self.read_any_ref(&new.name).await? {
                Some(_) => Ok(false),
                // As below: a collection had its turn in between.
                None if self.newest_epoch().await? > new.gc_epoch => Ok(false),
                None => Ok(self.put_ref(new, Condition::Always).await?.is_ok()),
            };
        }
        self.trust().await?;
        let claim = new.tentatively();
        let claimed = match self.put_ref(&claim, Condition::Absent).await? {
            Ok(claimed) => claimed,
            Err(Some(other)) if other.value.tentative => {
                // Somebody is at it. Who is not done after a while was killed.
                tokio::time::sleep(CLAIM).await;
                if self.read_any_ref(&new.name).await?.as_ref() != Some(&other) {
                    return Ok(false);
                }
                match self.put_ref(&claim, Condition::Matches(other.etag)).await? {
                    Ok(claimed) => claimed,
                    Err(_) => return Ok(false),
                }
            }
            Err(_) => return Ok(false),
        };
        if self.newest_epoch().await? > new.gc_epoch {
            return Ok(false);
        }
        Ok(self.put_ref(new, Condition::Matches(claimed.etag)).await?.is_ok())
    }

    /// Writes a ref under a condition; says what is there instead where that did not hold.
    async fn put_ref(
        &self,
        new: &Ref,
        condition: Condition,
    ) -> Result<Result<Pointer, Option<Pointer>>, RepositoryError> {
        let bytes = self.sealer().seal(Sealed::Ref, new.name.as_str().as_bytes(), &new.encode());
        match self.store().put(&new.name.key(), bytes.into(), condition).await {
            Ok(etag) => Ok(Ok(Pointer { value: new.clone(), etag })),
            // The answer to a move that took place may get lost, and its repetition be refused.
            Err(StoreError::Precondition { .. }) => Ok(match self.read_any_ref(&new.name).await? {
                Some(pointer) if pointer.value == *new => Ok(pointer),
                other => Err(other),
            }),
            Err(source) => Err(source.into()),
        }
    }

    /// Removes a ref that is as it was read. Returns whether that took place: `false` means that somebody moved it.
    ///
    /// # Errors
    /// [`RepositoryError`] when the store fails.
    pub async fn delete_ref(&self, pointer: &Pointer) -> Result<bool, RepositoryError> {
        let name = &pointer.value.name;
        let removed = match self.format().writers {
            Writers::Many => {
                self.trust().await?;
                Patient::new(self.store().clone()).delete_version(&name.key(), &pointer.etag).await?
            }
            Writers::Single => {
                let _turn = self.in_turn(&pointer.value.by).await?;
                let same = self.read_any_ref(name).await?.as_ref() == Some(pointer);
                if same {
                    self.store().delete(&name.key(), Condition::Always).await?;
                }
                same
            }
        };
        if removed {
            self.0.cache.forget("refs", name.as_str()).await;
        }
        Ok(removed)
    }

    async fn check_progress(&self, value: &Ref) -> Result<(), RepositoryError> {
        let name = value.name.as_str();
        let seen = self.0.cache.seen(name).await;
        if let Some((seen, snapshot)) = seen {
            let back = value.sequence < seen || (value.sequence == seen && value.snapshot != snapshot);
            if back && !self.0.accept_rollback {
                let (name, found) = (value.name.clone(), value.sequence);
                return Err(RepositoryError::Rollback { name, seen, found });
            }
        }
        if seen != Some((value.sequence, value.snapshot)) {
            self.0.cache.remember(name, value.sequence, value.snapshot).await;
        }
        Ok(())
    }
}

/// Whoever makes a ref is done within this time, or takes another turn.
const CLAIM: Duration = Duration::from_millis(500);
/// Refs read at the same time.
const AT_ONCE: usize = 16;
