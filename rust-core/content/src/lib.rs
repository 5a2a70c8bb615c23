//! Content identity: one digest type for the whole product.
//!
//! Pure computation over bytes the caller hands in; opens no files.
//!
//! ```
//! use cyclorama_content::{Digest, Hasher};
//!
//! let whole = Digest::of(b"one take");
//! assert_eq!(Hasher::new().update(b"one ").update(b"take").finish(), whole);
//! assert_eq!(Digest::of_reader(&b"one take"[..])?, whole);
//! # Ok::<(), std::io::Error>(())
//! ```

mod digest;

pub use digest::{Digest, Hasher, ParseDigestError};
