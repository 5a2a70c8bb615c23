//! Content identity: one digest type for the whole product.
//!
//! Pure computation over bytes the caller hands in; opens no files.

mod digest;

pub use digest::{Digest, Hasher, ParseDigestError};
