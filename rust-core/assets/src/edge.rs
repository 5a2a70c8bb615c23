//! One cache for many machines on a stage: what one of them fetched from afar, the others have from next door.
//!
//! [`Edge`] is a small read-only HTTP server in front of a store, with a bounded cache on its disk: N readers of the
//! same bytes cost one fetch. [`EdgeStore`] is its client and a store itself: what never changes (packs, index,
//! snapshots) it reads through the edge, everything else and every write goes straight to the store, and when the
//! edge is gone or answers nonsense, so does the rest. The edge is not trusted: what it sends is checked by digest on
//! the way and, as always, by each chunk's id; what turns out wrong it is asked to fetch anew, and then not at all. Nobody reads from an edge without its token, unless it listens on this
//! machine only.

mod cache;
mod client;
mod origin;
mod server;
mod token;

pub use client::EdgeStore;
pub use origin::EdgeStats;
pub(crate) use server::parse_range;
pub use server::{Edge, EdgeError, EdgeOptions};
pub use token::Token;

/// Bytes of one piece of an object, as it is fetched and kept.
const BLOCK: u64 = 1 << 20;
/// Bytes of one answer.
const LONGEST_ANSWER: u64 = 16 << 20;
/// Carries the BLAKE3 digest of an answer's body.
const DIGEST_HEADER: &str = "cyclorama-blake3";
/// The value of `cache-control` that asks for bytes of the store itself, whatever is kept.
const ANEW: &str = "no-cache";

/// Whether an object of this name never changes, so that any copy of it is as good as the one in the store.
fn never_changes(key: &crate::Key) -> bool {
    let first = key.as_str().split('/').next();
    matches!(first, Some("packs" | "index" | "snap"))
}

#[cfg(test)]
mod tests;
