//! Says whether a take is intact, and if not, exactly what is lost.

use std::path::Path;

use cyclorama_content::{Digest, Hasher};
use cyclorama_time::Timecode;
use serde::Serialize;

use super::{ReadSeek, Reader, TakeError, TakeSummary, parts::Ending, record::RecordReader};

/// How a take is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Closed, and every byte is right.
    Intact,
    /// Not closed: everything up to its last whole chunk is right.
    Recovered,
    /// Something within it is wrong.
    Damaged,
}

/// One damaged stretch of a take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Damage {
    /// Its chunk, counted from 0; `None` for the index.
    pub chunk: Option<u32>,
    /// First byte of it in the file.
    pub from: u64,
    /// Byte after its last.
    pub to: u64,
    /// What is wrong.
    pub cause: &'static str,
    /// Records lost with it, where known.
    pub records: Option<u32>,
    /// First timecode lost, where known.
    pub first_timecode: Option<Timecode>,
    /// Last timecode lost, where known.
    pub last_timecode: Option<Timecode>,
}

/// What a check of every byte found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// How it is.
    pub state: State,
    /// What it holds. Of a damaged take, what is declared.
    pub summary: TakeSummary,
    /// Records that can be read.
    pub readable: u64,
    /// All that is wrong, in the order of the file.
    pub damage: Vec<Damage>,
}

/// Checks every byte of a take.
///
/// # Errors
/// When it cannot be read, is no take, or its start is so damaged that nothing can be said of the rest.
pub fn verify(path: &Path) -> Result<VerifyReport, TakeError> {
    report(&Reader::open(path)?)
}

/// Checks every byte of a take from any source.
///
/// # Errors
/// As [`verify`].
pub fn verify_source(source: Box<dyn ReadSeek>) -> Result<VerifyReport, TakeError> {
    report(&Reader::from_source(source)?)
}

fn report(reader: &Reader) -> Result<VerifyReport, TakeError> {
    let (mut damage, mut readable) = (Vec::new(), 0);
    let mut before = Some(reader.start.digest);
    let mut digest = Hasher::new();
    digest.update(reader.start.digest.as_bytes());
    for number in 0..reader.parts.parts.len() {
        match checked_chunk(reader, number, before.as_ref()) {
            Ok((records, chain)) => {
                readable += u64::from(records);
                digest.update(chain.as_bytes());
                before = Some(chain);
            }
            Err((TakeError::Damaged { cause, .. }, chain)) => {
                damage.push(chunk_damage(reader, number, cause));
                before = chain;
            }
            Err((other, _)) => return Err(other),
        }
    }
    let parts = &reader.parts;
    let mut index_damage = |cause| {
        let (from, to) = (parts.parts.last().map_or(reader.start.end, |part| part.to), parts.len);
        damage.push(Damage { from, to, cause, ..Damage::NOWHERE });
    };
    match parts.ending {
        Ending::IndexDamaged => index_damage("the index does not match its digest"),
        Ending::Closed if damage_free(readable, reader) && digest.finish() != parts.digest => {
            index_damage("the index states another digest than the chunks have");
        }
        Ending::Closed | Ending::Open => {}
    }
    let state = match (damage.is_empty(), parts.ending) {
        (false, _) => State::Damaged,
        (true, Ending::Open) => State::Recovered,
        (true, _) => State::Intact,
    };
    Ok(VerifyReport { state, summary: reader.summary(), readable, damage })
}

fn damage_free(readable: u64, reader: &Reader) -> bool {
    reader.summary().records == readable
}

/// The number of records and the chain of a chunk in which everything is right.
fn checked_chunk(
    reader: &Reader,
    number: usize,
    before: Option<&Digest>,
) -> Result<(u32, Digest), (TakeError, Option<Digest>)> {
    let chunk = reader.chunk(number, before)?;
    let (span, chain) = (chunk.header.span, chunk.header.chain);
    let damaged = |cause| (reader.damaged(number, cause), Some(chain));
    let mut records = RecordReader::new(chunk.payload, span.first_arrival);
    let mut seen = super::format::Span { first_arrival: span.first_arrival, ..Default::default() };
    while let Some(record) = records.next() {
        let record = record.map_err(damaged)?;
        seen.records += 1;
        seen.last_arrival = record.arrived;
        seen.first_timecode = seen.first_timecode.or(record.timecode);
        seen.last_timecode = record.timecode.or(seen.last_timecode);
    }
    if chunk.header.sequence as usize != number
        && reader.parts.parts[..number].iter().all(|p| p.lost.is_none())
    {
        return Err(damaged("its number is not its place"));
    }
    if seen == span {
        Ok((seen.records, chain))
    } else {
        Err(damaged("it holds other records than it declares"))
    }
}

fn chunk_damage(reader: &Reader, number: usize, cause: &'static str) -> Damage {
    let part = reader.parts.parts[number];
    Damage {
        chunk: Some(number as u32),
        from: part.from,
        to: part.to,
        cause,
        records: part.span.map(|span| span.records),
        first_timecode: part.span.and_then(|span| span.first_timecode),
        last_timecode: part.span.and_then(|span| span.last_timecode),
    }
}

impl Damage {
    const NOWHERE: Self = Self {
        chunk: None,
        from: 0,
        to: 0,
        cause: "",
        records: None,
        first_timecode: None,
        last_timecode: None,
    };
}
