//! Where bytes live, and how a project's content gets there and back.
//!
//! Below, an object [`store`] is a flat map from [`Key`] to bytes with conditional writes; half-written objects are
//! never visible. Above it, the content store: files are cut into chunks, chunks lie in packs, folders are nodes
//! named by what they hold, snapshots name a root folder, and refs name a snapshot. Everything but refs is
//! immutable. `docs/formats/store.md` describes each byte.

pub mod archive;
mod codec;
pub mod deadline;
#[doc(hidden)]
pub mod decoders;
pub mod diff;
pub mod edge;
pub mod follow;
mod format;
pub mod gc;
pub mod history;
pub mod hydrate;
mod index;
mod key;
pub mod lease;
pub mod local;
pub mod locks;
mod object;
mod pack;
mod place;
pub mod publish;
mod refs;
pub mod repository;
mod seal;
mod snapshot;
pub mod status;
pub mod store;
pub mod tree;
pub mod unreal;
pub mod verify;
pub mod versions;
pub mod wake;
mod wire;
pub mod working;

pub use format::{Format, FormatOptions, OpenFormatError, SealFormat, Writers};
pub use index::Location;
pub use key::{Key, KeyError};
pub use object::{IndexId, PackId, SnapshotId};
pub use place::Place;
pub use refs::{Ref, RefName, RefNameError};
pub use repository::{Repository, RepositoryError, RepositoryOptions, Revision, RevisionError};
pub use seal::{KeyFile, KeyProblem, KeyService, KeySource, MasterKey, WrappedKey};
pub use snapshot::{Snapshot, SnapshotStats, SnapshotTooLong};
pub use store::{
    Condition, ETag, Listing, Object, Store, StoreError, folder::FolderStore, memory::MemoryStore,
};
pub use wire::FormatError;
