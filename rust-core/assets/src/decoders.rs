//! The decoders of stored bytes that are private otherwise, for fuzzing: bytes in, what was understood out.

use bytes::Bytes;
use cyclorama_content::Digest;

use crate::{
    FormatError, MasterKey,
    codec::{Codec, Unpacker},
    edge, follow,
    gc::record::Record,
    index::Index,
    local::State,
    pack::read_footer,
    publish,
    seal::{Sealed, Sealer},
    store,
};

/// Reads an index object, and says how many rows it has. Each of them leads somewhere inside its pack.
///
/// # Errors
/// [`FormatError`] when it is none.
pub fn index(bytes: &[u8]) -> Result<usize, FormatError> {
    let index = Index::decode(&Bytes::copy_from_slice(bytes))?;
    let inside = index.iter().filter(|(_, place)| {
        u64::from(place.offset) + u64::from(place.stored) <= place.pack_size && place.raw > 0
    });
    Ok(inside.count())
}

/// Reads the footer of a pack of which `bytes` are the last, and says how many chunks the pack has.
///
/// # Errors
/// [`FormatError`] when it is none.
pub fn pack(bytes: &[u8], size: u64) -> Result<usize, FormatError> {
    read_footer(bytes, size, &Sealer::none()).map(|entries| entries.len())
}

/// Unpacks a stored chunk of `raw` bytes.
///
/// # Errors
/// [`FormatError`] when it does not unpack to exactly that.
pub fn chunk(packed: &[u8], raw: usize) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    let damaged = |_| FormatError::Damaged { object: "chunk", problem: "there is no memory for it" };
    Unpacker::new().map_err(damaged)?.unpack_into(Codec::Zstd, packed, raw, &mut out)?;
    Ok(out)
}

/// Reads the record of a collection whose check is made right, so that what follows is reached, and writes it again.
///
/// # Errors
/// [`FormatError`] when it is none of that epoch's.
pub fn collection(body: &[u8], epoch: u64) -> Result<Vec<u8>, FormatError> {
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(Digest::of(body).as_bytes());
    Record::decode(&bytes, epoch).map(|record| record.encode())
}

/// Reads what a working folder remembers, with a digest that fits, so that what follows is reached, and says how many
/// entries it has.
///
/// # Errors
/// [`FormatError`] when it is nothing that was ever remembered.
pub fn state(body: &[u8]) -> Result<usize, FormatError> {
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(Digest::of(body).as_bytes());
    State::decode(bytes).map(|state| state.records().len())
}

/// Reads a publisher's journal of these records, each with a check that fits, and says how many packs and files it
/// tells of.
pub fn journal(records: &[(u8, Vec<u8>)]) -> (usize, usize) {
    publish::journal_understood(records)
}

/// Reads the range that an edge is asked for: offset and length.
pub fn edge_range(header: &[u8]) -> Option<(u64, u64)> {
    edge::parse_range(header)
}

/// Reads who has the turn to write, as others are shown it, and writes the claim again.
pub fn claim(bytes: &[u8]) -> (String, Bytes) {
    store::owner_and_bytes(bytes)
}

/// Reads what a followed folder remembers, or the steps to its next version, and writes it again.
pub fn followed(bytes: &[u8]) -> Option<Vec<u8>> {
    follow::rewritten(bytes)
}

/// Seals a chunk's bytes with a key that everybody knows.
pub fn seal(plain: &[u8]) -> Vec<u8> {
    known_key().seal(Sealed::Chunk, b"a chunk", plain)
}

/// Opens what [`seal`] gave.
///
/// # Errors
/// [`FormatError`] for anything else.
pub fn open(sealed: &[u8]) -> Result<Vec<u8>, FormatError> {
    known_key().open(Sealed::Chunk, b"a chunk", sealed, &mut Vec::new()).map(<[u8]>::to_vec)
}

fn known_key() -> Sealer {
    Sealer::new(&MasterKey::from_bytes([7; 32]))
}
