//! Published snapshots for AWS Deadline Cloud: its manifests, and the whole objects that its workers fetch.
//!
//! [`manifest_of`] makes a job-attachments manifest (version 2023-03-03, the bytes that the official tool writes) from a
//! snapshot without reading a file, since every entry knows its xxh128. [`assemble()`] makes the objects that a manifest
//! names, beside the bucket, from chunks: only those that are not there, and each only once its digests are right.
//! Nothing here talks to the Deadline service or submits a job; `docs/deadline.md` shows what to do with the result.

mod assemble;
mod canonical;
mod manifest;
mod snapshot;

pub use assemble::{AssembleError, AssembleOptions, Assembled, assemble};
pub use manifest::{Manifest, ManifestError, ManifestFile};
pub use snapshot::{Attachments, Place, manifest_of};

#[cfg(test)]
mod tests;
