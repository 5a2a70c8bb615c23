//! Writes a closed take from one that was not closed or is damaged. The old file is left as it is.

use std::{fs::OpenOptions, io::Write, path::Path};

use cyclorama_content::Hasher;

use super::{
    Damage, Lost, Reader, State, TakeError, TakeSummary,
    check::verify,
    format::{ChunkHeader, Index, IndexEntry, encode_start},
    gather::encode_chunk,
    place::Unfinished,
};

/// What recovery brought back.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Recovered {
    /// The new take.
    pub summary: TakeSummary,
    /// Bytes at the end of the old file that were no whole chunk.
    pub torn_bytes: u64,
    /// What is missing within; also noted in the new take's information.
    pub damage: Vec<Damage>,
}

/// Writes everything that is whole in the take at `from` to a new, closed take at `to`.
///
/// A take that only lacks its end keeps its digest: it is the same content, now closed.
///
/// # Errors
/// When `from` is no take or still being recorded, when `to` exists, or the disk refuses. Then nothing stands
/// at `to`.
pub fn recover(from: &Path, to: &Path) -> Result<Recovered, TakeError> {
    refuse_while_recording(from)?;
    let report = verify(from)?;
    let reader = Reader::open(from)?;
    let place = Unfinished::at(to)?;
    let fail = |source| TakeError::io("write", to, source);
    let lost_chunks: Vec<_> = report.damage.iter().filter_map(|damage| damage.chunk).collect();

    let info = if lost_chunks.is_empty() {
        reader.start.info.clone()
    } else {
        info_with_losses(&reader, &report.damage)?
    };
    let (mut bytes, mut chain) = encode_start(&info);
    let mut digest = Hasher::new();
    digest.update(chain.as_bytes());
    let mut file = OpenOptions::new().write(true).create_new(true).open(place.temporary()).map_err(fail)?;
    let mut compressor = zstd::bulk::Compressor::new(3).map_err(fail)?;
    let (mut entries, mut written, mut records) = (Vec::new(), 0u64, 0u64);
    for number in 0..reader.parts.parts.len() {
        if lost_chunks.contains(&(number as u32)) {
            continue;
        }
        let chunk = reader.chunk(number, None).map_err(|(error, _)| error)?;
        let (sequence, span) = (entries.len() as u32, chunk.header.span);
        chain = ChunkHeader::chain(&chain, sequence, &span, &chunk.payload);
        digest.update(chain.as_bytes());
        entries.push(IndexEntry { offset: written + bytes.len() as u64, span });
        records += u64::from(span.records);
        encode_chunk(&mut compressor, &mut bytes, sequence, span, chain, &chunk.payload);
        file.write_all(&bytes).map_err(fail)?;
        written += bytes.len() as u64;
        bytes.clear();
    }
    let index = Index { records, digest: digest.finish(), entries };
    let end = written + bytes.len() as u64;
    bytes.extend(index.encode(end));
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    drop(file);
    written += bytes.len() as u64;
    place.place()?;
    let torn_bytes = if report.state == State::Intact { 0 } else { report.summary.torn_bytes };
    Ok(Recovered { summary: TakeSummary::of(&index, true, written, 0), torn_bytes, damage: report.damage })
}

/// A recorder holds its file locked; a copy taken meanwhile would lack what comes next.
fn refuse_while_recording(path: &Path) -> Result<(), TakeError> {
    let file = std::fs::File::open(path).map_err(|source| TakeError::io("read", path, source))?;
    match file.try_lock_shared() {
        Err(std::fs::TryLockError::WouldBlock) => Err(TakeError::Busy { path: path.to_owned() }),
        // A file system without locks has no recorder's lock either.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(()),
    }
}

/// The old information, with fields we may not know, and a note of what is missing.
fn info_with_losses(reader: &Reader, damage: &[Damage]) -> Result<Vec<u8>, TakeError> {
    let mut info: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&reader.start.info).map_err(TakeError::InfoMeaning)?;
    let mut lost = reader.info().lost.clone();
    let mut after_records = 0;
    for (number, part) in reader.parts.parts.iter().enumerate() {
        match damage.iter().find(|damage| damage.chunk == Some(number as u32)) {
            Some(damage) => lost.push(Lost {
                after_records,
                records: damage.records,
                first_timecode: damage.first_timecode,
                last_timecode: damage.last_timecode,
            }),
            None => after_records += part.span.map_or(0, |span| u64::from(span.records)),
        }
    }
    info.insert("lost".into(), serde_json::to_value(lost).map_err(TakeError::InfoMeaning)?);
    serde_json::to_vec(&info).map_err(TakeError::InfoMeaning)
}
