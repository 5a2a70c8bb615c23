//! Bytes that are made ready beside other work, and get their name afterwards.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::Key;

/// What [`super::Store::stage`] made ready to be written. Nobody else sees it; once every clone is dropped nothing is left but what
/// was written.
#[derive(Clone)]
pub struct Staged {
    key: Key,
    bytes: Bytes,
    ready: Option<Arc<dyn Any + Send + Sync>>,
}

impl Staged {
    /// `bytes` that shall be `key`, with nothing done to them yet.
    pub fn new(key: Key, bytes: Bytes) -> Self {
        Self { key, bytes, ready: None }
    }

    /// The same, with what a store did to them.
    pub(super) fn with<T: Any + Send + Sync>(key: Key, bytes: Bytes, ready: T) -> Self {
        Self { key, bytes, ready: Some(Arc::new(ready)) }
    }

    /// What they shall be called.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// All of them.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What a store did to them, where that is a `T`.
    pub(super) fn ready<T: Any>(&self) -> Option<&T> {
        self.ready.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, ready) = (self.bytes.len(), self.ready.is_some());
        f.debug_struct("Staged")
            .field("key", &self.key)
            .field("bytes", &bytes)
            .field("ready", &ready)
            .finish()
    }
}
