//! What a collection did.

use serde::Serialize;

/// What a collection did, or would do. Bytes are of packs, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GcReport {
    /// Nothing was changed; a real collection would do as much.
    pub dry_run: bool,
    /// The number of the newest record; 0 where nothing was ever condemned.
    pub epoch: u64,
    /// Versions that stay.
    pub versions_kept: u64,
    /// Bytes of chunks that they need.
    pub bytes_kept: u64,
    /// Versions condemned now.
    pub versions_condemned: u64,
    /// Packs condemned now.
    pub packs_condemned: u64,
    /// Their bytes.
    pub bytes_condemned: u64,
    /// Packs, condemned now or before, whose needed rest was moved out.
    pub packs_moved: u64,
    /// Bytes of chunks that were moved.
    pub bytes_moved: u64,
    /// Versions removed.
    pub versions_removed: u64,
    /// Packs removed.
    pub packs_removed: u64,
    /// Their bytes.
    pub bytes_removed: u64,
    /// Index objects removed whose place another one took.
    pub indexes_removed: u64,
    /// Objects removed that killed probes of the store's conditions left.
    pub probes_removed: u64,
    /// Objects that the store refused to remove, as a bucket does that locks them. The next collection tries again.
    pub not_removed: u64,
    /// Why it refused the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Packs that are condemned and there still.
    pub packs_waiting: u64,
    /// Their bytes.
    pub bytes_waiting: u64,
    /// When the next of them may be removed, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_removal_ms: Option<u64>,
}
