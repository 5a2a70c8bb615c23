//! Writes a take while it happens.
//!
//! Records gather in memory for at most [`CHUNK_NANOS`], then go to the file as one chunk in one write; once a
//! second the file is brought to the disk. A write that fails is undone, so the file always ends at a whole
//! chunk, and what could not be written waits in memory for the next attempt, up to 16 MiB.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use cyclorama_content::{Digest, Hasher};
use cyclorama_time::{StageTime, Timecode};

use super::{
    TakeError, TakeInfo, TakeSummary,
    format::{ChunkHeader, Codec, Index, IndexEntry, MAX_INFO, Span, encode_start},
    record::{MAX_DATAGRAM, RecordWriter},
    waiting::{Sealed, Waiting},
};

/// Longest time between the first and the last arrival of a chunk.
const CHUNK_NANOS: i64 = 500_000_000;
/// A chunk is written once its payload is this long.
const CHUNK_BYTES: usize = 256 << 10;
/// How often the file is brought to the disk.
const SYNC_NANOS: i64 = 1_000_000_000;
/// How long a disk that refused is left alone.
const AGAIN_NANOS: i64 = 1_000_000_000;
/// Fast enough for any tracker; takes are mostly repetition.
const COMPRESSION: i32 = 3;

/// Where a take's bytes go: a file, or a test's stand-in for a failing disk.
pub trait Sink: Write + Send {
    /// Brings everything written so far to the disk.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&mut self) -> io::Result<()>;
    /// Takes back everything after the first `len` bytes; the next write goes there.
    ///
    /// # Errors
    /// What the system says.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)?;
        io::Seek::seek(self, io::SeekFrom::Start(len)).map(drop)
    }
}

/// A take being recorded. Dropped without [`Writer::close`], it stays as a killed recorder leaves it.
pub struct Writer {
    sink: Box<dyn Sink>,
    path: PathBuf,
    /// Bytes of whole parts in the file.
    written: u64,
    /// A failed write could not be undone yet.
    torn: bool,
    unsynced: bool,
    synced_at: Option<StageTime>,
    chain: Digest,
    digest: Hasher,
    /// Records that stand in the file.
    records: u64,
    entries: Vec<IndexEntry>,
    /// Chunks that are sealed, in the file or not.
    sealed: u32,
    waiting: Waiting,
    /// When the disk refused last, and what it said; nothing once it has taken everything.
    refused: Option<(StageTime, TakeError)>,
    open: Open,
    compressor: zstd::bulk::Compressor<'static>,
}

/// The chunk that is being gathered.
#[derive(Default)]
struct Open {
    span: Span,
    records: RecordWriter,
    payload: Vec<u8>,
}

impl Writer {
    /// Begins a take in a new file, which no other recorder can open as long as this one lives.
    ///
    /// # Errors
    /// When the file exists, cannot be made or written, or the information is too long.
    pub fn create(path: &Path, info: &TakeInfo) -> Result<Self, TakeError> {
        let fail = |source| TakeError::io("create", path, source);
        let info = encode_info(info)?;
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(fail)?;
        file.try_lock().map_err(|refused| match refused {
            std::fs::TryLockError::WouldBlock => TakeError::Busy { path: path.to_owned() },
            std::fs::TryLockError::Error(source) => fail(source),
        })?;
        let made = Self::start(Box::new(file), path, &info).inspect_err(|_| {
            // Nothing of value stands in it yet, and an empty take would only puzzle people.
            let _ = std::fs::remove_file(path);
        })?;
        sync_folder(path);
        Ok(made)
    }

    /// Begins a take on any sink.
    ///
    /// # Errors
    /// When the sink refuses the start of the take, or the information is too long.
    pub fn to_sink(sink: Box<dyn Sink>, info: &TakeInfo) -> Result<Self, TakeError> {
        Self::start(sink, Path::new("the take"), &encode_info(info)?)
    }

    fn start(mut sink: Box<dyn Sink>, path: &Path, info: &[u8]) -> Result<Self, TakeError> {
        let (start, chain) = encode_start(info);
        let compressor = zstd::bulk::Compressor::new(COMPRESSION);
        let compressor = compressor.map_err(|source| TakeError::io("create", path, source))?;
        let outcome = sink.write_all(&start).and_then(|()| sink.sync());
        outcome.map_err(|source| write_error(path, 0, source))?;
        let mut digest = Hasher::new();
        digest.update(chain.as_bytes());
        Ok(Self {
            sink,
            path: path.to_owned(),
            written: start.len() as u64,
            torn: false,
            unsynced: false,
            synced_at: None,
            chain,
            digest,
            records: 0,
            entries: Vec::new(),
            sealed: 0,
            waiting: Waiting::default(),
            refused: None,
            open: Open::default(),
            compressor,
        })
    }

    /// Adds one datagram. While the disk refuses, it waits in memory, and [`Self::refused`] says so.
    ///
    /// # Errors
    /// When so much waits that no more fits: the file stays whole, and this datagram is not in the take; those
    /// before it are kept for the next attempt. Also when the datagram is too long.
    pub fn record(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        timecode: Option<Timecode>,
    ) -> Result<(), TakeError> {
        if bytes.len() > MAX_DATAGRAM {
            return Err(TakeError::DatagramTooLong { bytes: bytes.len() });
        }
        let held = arrived.nanos_since(self.open.span.first_arrival);
        let full = self.open.payload.len() + bytes.len() > CHUNK_BYTES;
        if self.open.span.records > 0 && (full || !(0..CHUNK_NANOS).contains(&held)) {
            self.flush_at(arrived)?;
        }
        self.synced_at.get_or_insert(arrived);
        self.open.add(arrived, source, bytes, timecode);
        Ok(())
    }

    /// Writes what is gathered once it is old enough, and brings the file to the disk once a second. Call it
    /// often, also while nothing arrives.
    ///
    /// # Errors
    /// When no more can wait for a disk that refuses, or it cannot be made sure of what was written; the file stays
    /// whole.
    pub fn sync_if_due(&mut self, now: StageTime) -> Result<(), TakeError> {
        let waiting = self.open.span.records > 0;
        let due = self.refused.as_ref().is_some_and(|(last, _)| now.nanos_since(*last) >= AGAIN_NANOS);
        if due || (waiting && now.nanos_since(self.open.span.first_arrival) >= CHUNK_NANOS) {
            self.flush_at(now)?;
        }
        let due = self.synced_at.is_some_and(|last| now.nanos_since(last) >= SYNC_NANOS);
        if due && self.unsynced {
            self.sync()?;
            self.synced_at = Some(now);
        }
        Ok(())
    }

    /// Datagrams taken so far.
    pub fn records(&self) -> u64 {
        self.records + self.waiting.records() + u64::from(self.open.span.records)
    }

    /// Why something waits in memory: what the disk said last. Nothing once it has taken all of it.
    pub fn refused(&self) -> Option<&TakeError> {
        self.refused.as_ref().map(|(_, error)| error)
    }

    /// Bytes in the file so far.
    pub fn bytes(&self) -> u64 {
        self.written
    }

    /// Writes what is left and the index. The take is then complete, on the disk.
    ///
    /// # Errors
    /// When the disk refuses; the take then opens as one that was not closed.
    pub fn close(mut self) -> Result<TakeSummary, TakeError> {
        self.seal();
        self.drain()?;
        let digest = self.digest.finish();
        let index = Index { records: self.records, digest, entries: std::mem::take(&mut self.entries) };
        let bytes = index.encode(self.written);
        self.write(&bytes)?;
        self.sync()?;
        Ok(summary(&index, true, self.written, 0))
    }

    /// Seals what is gathered and writes what waits, unless the disk refused just now.
    fn flush_at(&mut self, now: StageTime) -> Result<(), TakeError> {
        if self.waiting.is_full() {
            self.drain()?;
            self.refused = None;
        }
        self.seal();
        let lately = self.refused.as_ref().map(|(last, _)| now.nanos_since(*last));
        if lately.is_none_or(|nanos| !(0..AGAIN_NANOS).contains(&nanos)) {
            self.refused = self.drain().err().map(|error| (now, error));
        }
        Ok(())
    }

    /// What is gathered becomes a chunk.
    fn seal(&mut self) {
        if self.open.span.records == 0 {
            return;
        }
        let (span, payload) = (self.open.span, &self.open.payload);
        let chain = ChunkHeader::chain(&self.chain, self.sealed, &span, payload);
        let mut bytes = self.waiting.room();
        encode_chunk(&mut self.compressor, &mut bytes, self.sealed, span, chain, payload);
        self.waiting.push(Sealed { span, bytes });
        self.sealed += 1;
        self.chain = chain;
        self.digest.update(chain.as_bytes());
        self.open.payload.clear();
        self.open.span = Span::default();
    }

    /// Writes what waits, the first first, until the disk refuses.
    fn drain(&mut self) -> Result<(), TakeError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let outcome = loop {
            let Some(chunk) = waiting.first() else { break Ok(()) };
            let offset = self.written;
            if let Err(error) = self.write(&chunk.bytes) {
                break Err(error);
            }
            self.records += u64::from(chunk.span.records);
            self.entries.push(IndexEntry { offset, span: chunk.span });
            waiting.done();
        };
        self.waiting = waiting;
        outcome
    }

    /// Writes all of `bytes` or nothing.
    fn write(&mut self, bytes: &[u8]) -> Result<(), TakeError> {
        let Self { sink, written, torn, .. } = self;
        let undone = if *torn { sink.cut(*written) } else { Ok(()) };
        let outcome = undone.and_then(|()| {
            *torn = false;
            sink.write_all(bytes)
        });
        self.unsynced = true;
        match outcome {
            Ok(()) => {
                self.written += bytes.len() as u64;
                Ok(())
            }
            Err(source) => {
                // If this fails too, a torn tail stays, which readers leave out, until the next attempt.
                self.torn = self.sink.cut(self.written).is_err();
                Err(write_error(&self.path, self.records, source))
            }
        }
    }

    fn sync(&mut self) -> Result<(), TakeError> {
        self.sink.sync().map_err(|source| write_error(&self.path, self.records, source))?;
        self.unsynced = false;
        Ok(())
    }
}

impl Open {
    fn add(&mut self, arrived: StageTime, from: Option<SocketAddr>, bytes: &[u8], label: Option<Timecode>) {
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

/// The figures of a take from its index.
pub(super) fn summary(index: &Index, closed: bool, bytes: u64, torn_bytes: u64) -> TakeSummary {
    let spans = || index.entries.iter().map(|entry| &entry.span);
    TakeSummary {
        closed,
        records: index.records,
        chunks: index.entries.len() as u32,
        bytes,
        torn_bytes,
        first_arrival: spans().next().map(|span| span.first_arrival),
        last_arrival: spans().next_back().map(|span| span.last_arrival),
        first_timecode: spans().find_map(|span| span.first_timecode),
        last_timecode: spans().rev().find_map(|span| span.last_timecode),
        digest: index.digest,
    }
}

/// A folder's entry for a new file survives a power cut only once the folder is on the disk too. Where a
/// system cannot do that (Windows), there is nothing to be done.
pub(super) fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn encode_info(info: &TakeInfo) -> Result<Vec<u8>, TakeError> {
    let bytes = serde_json::to_vec(info).map_err(TakeError::InfoMeaning)?;
    if bytes.len() > MAX_INFO { Err(TakeError::InfoTooLong { bytes: bytes.len() }) } else { Ok(bytes) }
}

fn write_error(path: &Path, records: u64, source: io::Error) -> TakeError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::WriteZero => {
            TakeError::DiskFull { records }
        }
        _ => TakeError::io("write", path, source),
    }
}
