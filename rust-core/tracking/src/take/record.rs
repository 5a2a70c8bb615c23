//! Records within a chunk: one datagram each, with the time and place it came from.
//!
//! Arrival times are differences from the record before; senders are numbered as they first appear in the
//! chunk, so that every chunk stands alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use cyclorama_time::{StageTime, Timecode};

use super::layout::{Fields, put_timecode, put_varint, unzigzag, zigzag};

/// One datagram as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it arrived.
    pub arrived: StageTime,
    /// Who sent it, where known.
    pub source: Option<SocketAddr>,
    /// Timecode of the samples in it, where they carry one.
    pub timecode: Option<Timecode>,
    /// Its payload.
    pub bytes: Vec<u8>,
}

/// Longest payload of a record.
pub(super) const MAX_DATAGRAM: usize = 65_535;

/// Senders of a chunk that are recognised; further ones are written out each time.
const SEARCHED: usize = 64;

const HAS_TIMECODE: u8 = 1;
const HAS_SOURCE: u8 = 2;
const NEW_SOURCE: u8 = 4;
const ALL_FLAGS: u8 = HAS_TIMECODE | HAS_SOURCE | NEW_SOURCE;

/// Appends records to a chunk's payload.
#[derive(Default)]
pub(super) struct RecordWriter {
    sources: Vec<SocketAddr>,
    last: i64,
}

impl RecordWriter {
    /// Starts a chunk whose first record arrives at `first`.
    pub(super) fn start(&mut self, first: StageTime) {
        self.sources.clear();
        self.last = first.nanos();
    }

    pub(super) fn append(
        &mut self,
        out: &mut Vec<u8>,
        arrived: StageTime,
        source: Option<SocketAddr>,
        timecode: Option<Timecode>,
        bytes: &[u8],
    ) {
        // Address and port only, and a bounded search: a flood of forged senders must not slow us down.
        let source = source.map(|from| SocketAddr::new(from.ip(), from.port()));
        let known =
            source.and_then(|from| self.sources.iter().take(SEARCHED).position(|known| *known == from));
        let mut flags = if timecode.is_some() { HAS_TIMECODE } else { 0 };
        flags |= match (source, known) {
            (None, _) => 0,
            (Some(_), Some(_)) => HAS_SOURCE,
            (Some(_), None) => HAS_SOURCE | NEW_SOURCE,
        };
        out.push(flags);
        put_varint(out, zigzag(arrived.nanos().wrapping_sub(self.last)));
        self.last = arrived.nanos();
        if let Some(from) = source {
            match known {
                Some(index) => put_varint(out, index as u64),
                None => {
                    put_address(out, from);
                    self.sources.push(from);
                }
            }
        }
        if timecode.is_some() {
            put_timecode(out, timecode);
        }
        put_varint(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }
}

/// Reads the records of one chunk's payload. After an error nothing more comes.
pub(super) struct RecordReader {
    payload: Vec<u8>,
    at: usize,
    sources: Vec<SocketAddr>,
    last: i64,
}

impl RecordReader {
    pub(super) fn new(payload: Vec<u8>, first: StageTime) -> Self {
        Self { payload, at: 0, sources: Vec::new(), last: first.nanos() }
    }

    pub(super) fn next(&mut self) -> Option<Result<Record, &'static str>> {
        if self.at >= self.payload.len() {
            return None;
        }
        let payload = std::mem::take(&mut self.payload);
        let mut fields = Fields(&payload[self.at..]);
        let record = self.read(&mut fields);
        self.at = payload.len() - fields.0.len();
        self.payload = payload;
        if record.is_none() {
            self.at = self.payload.len();
        }
        Some(record.ok_or("a record in it makes no sense"))
    }

    fn read(&mut self, fields: &mut Fields<'_>) -> Option<Record> {
        let flags = fields.u8()?;
        if flags & !ALL_FLAGS != 0 {
            return None;
        }
        self.last = self.last.wrapping_add(unzigzag(fields.varint()?));
        let source = match flags & (HAS_SOURCE | NEW_SOURCE) {
            0 => None,
            HAS_SOURCE => {
                let index = usize::try_from(fields.varint()?).ok()?;
                Some(*self.sources.get(index)?)
            }
            NEW_SOURCE => return None,
            _ => {
                let from = address(fields)?;
                self.sources.push(from);
                Some(from)
            }
        };
        let timecode = if flags & HAS_TIMECODE != 0 { Some(fields.timecode()??) } else { None };
        let len = usize::try_from(fields.varint()?).ok().filter(|len| *len <= MAX_DATAGRAM)?;
        let bytes = fields.bytes(len)?.to_vec();
        Some(Record { arrived: StageTime::from_nanos(self.last), source, timecode, bytes })
    }
}

fn put_address(out: &mut Vec<u8>, address: SocketAddr) {
    match address.ip() {
        IpAddr::V4(ip) => {
            out.push(4);
            out.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(6);
            out.extend(ip.octets());
        }
    }
    out.extend(address.port().to_le_bytes());
}

fn address(fields: &mut Fields<'_>) -> Option<SocketAddr> {
    let ip = match fields.u8()? {
        4 => IpAddr::V4(Ipv4Addr::from(fields.array::<4>()?)),
        6 => IpAddr::V6(Ipv6Addr::from(fields.array::<16>()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, fields.u16()?))
}
