//! Reading and moving refs, and noticing when one goes back.

use futures::{StreamExt, TryStreamExt, stream};

use super::{Repository, RepositoryError};
use crate::{
    Condition, ETag, Ref, RefName, StoreError, Writers,
    seal::Sealed,
    store::{LONGEST_PAGE, Patient},
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
    /// [`RepositoryError::Rollback`] when it is older than this machine has seen it, others when it cannot be read.
    pub async fn read_ref(&self, name: &RefName) -> Result<Option<Pointer>, RepositoryError> {
        let key = name.key();
        let object = match self.store().get(&key).await {
            Ok(object) => object,
            Err(StoreError::NotFound { .. }) => {
                return match self.0.cache.seen(name.as_str()).await {
                    Some((seen, _)) if !self.0.accept_rollback => {
                        Err(RepositoryError::Rollback { name: name.clone(), seen, found: 0 })
                    }
                    _ => Ok(None),
                };
            }
            Err(source) => return Err(source.into()),
        };
        let mut buffer = Vec::new();
        let value = self
            .sealer()
            .open(Sealed::Ref, name.as_str().as_bytes(), &object.bytes, &mut buffer)
            .and_then(|bytes| Ref::decode(bytes, name))
            .map_err(|source| RepositoryError::Damaged { key, source })?;
        self.check_progress(&value).await?;
        Ok(Some(Pointer { value, etag: object.etag }))
    }

    /// All refs, by name.
    ///
    /// # Errors
    /// [`RepositoryError`] when one of them cannot be read.
    pub async fn refs(&self) -> Result<Vec<Pointer>, RepositoryError> {
        let mut names = Vec::new();
        let mut after = None;
        loop {
            let page = self.store().list(RefName::PREFIX, after.as_ref(), LONGEST_PAGE).await?;
            let found = page
                .objects
                .iter()
                .filter_map(|(key, _)| RefName::new(key.as_str().strip_prefix(RefName::PREFIX)?).ok());
            names.extend(found);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let read: Vec<_> = stream::iter(names)
            .map(|name| async move { self.read_ref(&name).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Moves a ref from what was read to `new`; `None` in place of what was read makes it. Returns whether the move
    /// took place: `false` means that somebody else moved it first, and nothing changed.
    ///
    /// # Errors
    /// [`RepositoryError`] when the store fails.
    pub async fn move_ref(&self, from: Option<&Pointer>, new: &Ref) -> Result<bool, RepositoryError> {
        let key = new.name.key();
        let bytes = self.sealer().seal(Sealed::Ref, new.name.as_str().as_bytes(), &new.encode());
        let condition = match (self.format().writers, from) {
            (Writers::Single, _) => Condition::Always,
            (Writers::Many, Some(pointer)) => Condition::Matches(pointer.etag.clone()),
            (Writers::Many, None) => Condition::Absent,
        };
        if condition == Condition::Always && self.read_ref(&new.name).await?.as_ref() != from {
            return Ok(false);
        }
        match self.store().put(&key, bytes.into(), condition).await {
            Ok(_) => {}
            Err(StoreError::Precondition { .. }) => {
                // The answer to a move that took place may get lost, and its repetition be refused.
                let ours = matches!(self.read_ref(&new.name).await?, Some(pointer) if pointer.value == *new);
                if !ours {
                    return Ok(false);
                }
            }
            Err(source) => return Err(source.into()),
        }
        self.0.cache.remember(new.name.as_str(), new.sequence, new.snapshot).await;
        Ok(true)
    }

    /// Removes a ref that is as it was read. Returns whether that took place: `false` means that somebody moved it.
    ///
    /// # Errors
    /// [`RepositoryError`] when the store fails.
    pub async fn delete_ref(&self, pointer: &Pointer) -> Result<bool, RepositoryError> {
        let name = &pointer.value.name;
        let removed = match self.format().writers {
            Writers::Many => {
                Patient::new(self.store().clone()).delete_version(&name.key(), &pointer.etag).await?
            }
            Writers::Single => {
                let same = self.read_ref(name).await?.as_ref() == Some(pointer);
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

/// Refs read at the same time.
const AT_ONCE: usize = 16;
