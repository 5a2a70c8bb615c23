//! Takes: what a tracker sent, exactly as it arrived, in one append-only file.
//!
//! A take holds raw datagrams with their arrival times, so that replay runs through the same decoder as the
//! stage and gives the same bits. A recorder that is killed leaves a take that opens up to its last whole
//! chunk; a damaged byte is named, never passed on. Nothing here decodes datagrams except [`import()`], and no
//! file is ever changed once it is closed. The layout stands in `docs/formats/take.md`.

mod check;
mod error;
mod format;
mod gather;
mod import;
mod info;
mod layout;
mod parts;
mod place;
mod reader;
mod record;
mod recover;
mod sink;
mod waiting;
mod writer;

pub use check::{Damage, State, VerifyReport, verify, verify_source};
pub use error::TakeError;
pub use import::{ImportOptions, Imported, import};
pub use info::{Lost, TakeInfo, TakeSummary};
pub use reader::{ReadSeek, Reader, Records};
pub use record::Record;
pub use recover::{Recovered, recover};
pub use sink::Sink;
pub use writer::Writer;

/// Reads `bytes` as a take, every record of it; the entry for fuzzing. Whatever the bytes are, it returns.
pub fn fuzz_bytes(bytes: &[u8]) {
    let source = || Box::new(std::io::Cursor::new(bytes.to_vec()));
    let _ = verify_source(source());
    if let Ok(reader) = Reader::from_source(source()) {
        for record in reader.records() {
            let _ = record;
        }
    }
}

#[cfg(test)]
pub(crate) mod small_disk;
#[cfg(test)]
mod tests;
