//! The chunk of a take that is being gathered, and what becomes of it.

use std::net::SocketAddr;

use cyclorama_content::Digest;
use cyclorama_time::{StageTime, Timecode};

use super::{
    format::{ChunkHeader, Codec, Span},
    record::RecordWriter,
};

/// The records that are gathered.
#[derive(Default)]
pub(super) struct Open {
    pub(super) span: Span,
    pub(super) payload: Vec<u8>,
    records: RecordWriter,
}

impl Open {
    /// Adds a record.
    pub(super) fn add(
        &mut self,
        arrived: StageTime,
        from: Option<SocketAddr>,
        bytes: &[u8],
        label: Option<Timecode>,
    ) {
        if self.span.records == 0 {
            self.span.first_arrival = arrived;
            self.records.start(arrived);
        }
        self.records.append(&mut self.payload, arrived, from, label, bytes);
        self.span.records += 1;
        self.span.last_arrival = arrived;
        self.span.first_timecode = self.span.first_timecode.or(label);
        self.span.last_timecode = label.or(self.span.last_timecode);
    }
}

/// Appends a whole chunk to `out`.
pub(super) fn encode_chunk(
    compressor: &mut zstd::bulk::Compressor<'_>,
    out: &mut Vec<u8>,
    sequence: u32,
    span: Span,
    chain: Digest,
    payload: &[u8],
) {
    // What does not shrink, or what the compressor refuses for lack of memory, is stored as it is.
    let packed = compressor.compress(payload).ok().filter(|packed| packed.len() < payload.len());
    let (codec, stored) = packed.as_deref().map_or((Codec::Stored, payload), |packed| (Codec::Zstd, packed));
    let header = ChunkHeader {
        sequence,
        span,
        payload_len: payload.len() as u32,
        stored_len: stored.len() as u32,
        codec,
        chain,
        stored_check: ChunkHeader::check(stored),
    };
    out.extend(header.encode());
    out.extend_from_slice(stored);
}
