//! Content identity: digests, the names of chunks, and where files are cut into them.
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

mod chunk;
mod chunker;
mod digest;
mod xxh128;

pub use chunk::{ChunkId, ChunkIds};
pub use chunker::{ChunkClass, ChunkStream, Chunker, Chunking, ChunkingError};
pub use digest::{Digest, Hasher, ParseDigestError};
pub use xxh128::{FileDigests, FileHasher, ParseXxh128Error, Xxh128};
