//! What Unreal's packages say about themselves, read from their headers alone, without Unreal.
//!
//! [`read`] tells what a `.uasset` or `.umap` is, who saved it and what it refers to; [`dependencies`] only the last.
//! [`Packages`] knows which file a package name means; [`Walk`] collects everything that a map needs, on a folder
//! ([`closure_of_folder`]), in a store ([`closure_of_snapshot`], and [`part_of_snapshot`] for a render) or with an editor's answers; [`explain()`] says in an artist's
//! words what a header proves about a change. Export bodies are never read, nothing is ever written, and what a header
//! does not prove is not claimed. Public facts of the format up to object version 1018 of Unreal 5 are known;
//! `docs/unreal-packages.md` lists what is read and what is not.

mod closure;
mod cursor;
mod difference;
mod error;
mod explain;
mod folder;
mod header;
mod kept;
mod packages;
mod part;
mod registry;
mod snapshot;
mod summary;
mod table;
mod tables;
mod version;

pub use closure::{Closure, Follow, Missing, UnknownPackage, Unread, Walk, WalkState};
pub use difference::{explain_differences, explain_status};
pub use error::HeaderError;
pub use explain::{ActorOf, actor_of, explain, explain_one};
pub use folder::{closure_of_folder, dependencies_of_file, read_file};
pub use header::{Asset, Dependencies, Export, Header, dependencies, read};
pub(crate) use kept::tables_with;
pub use kept::{KeptTable, load_kept};
pub(crate) use packages::is_package;
pub use packages::{Package, Packages};
pub use part::{Part, part_of_snapshot};
pub use snapshot::{ClosureError, closure_of_snapshot, header_of_file};
pub use summary::{PackageFlags, Saved};
pub use table::{DependencyTable, Known, TableError};
pub use version::{EngineVersion, Versions};

/// Bytes to read from the beginning of a package at first. Nearly every header is shorter.
pub const FIRST_READ: usize = 64 << 10;
/// Bytes of the longest header that is read.
pub const LONGEST_HEADER: u64 = 256 << 20;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
