//! Where bytes live: the object store every part of Cyclorama shares.
//!
//! A store is a flat map from [`Key`] to bytes with conditional writes. Half-written objects are never visible.

mod key;
pub mod store;

pub use key::{Key, KeyError};
pub use store::{
    Condition, ETag, Listing, Object, Store, StoreError, folder::FolderStore, memory::MemoryStore,
};
