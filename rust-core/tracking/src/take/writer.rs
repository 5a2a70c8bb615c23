//! Writes a take while it happens.
//!
//! Records gather in memory for at most [`CHUNK_NANOS`], then go to the file as one chunk in one write; once a
//! second the file is brought to the disk. A write that fails is undone, so the file always ends at a whole
//! chunk, and what could not be written waits in memory for the next attempt, up to 16 MiB; so does what could not
//! be brought to the disk. A disk that refuses never ends a take: it only has to be asked again.

use std::{
    fs::OpenOptions,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use cyclorama_content::{Digest, Hasher};
use cyclorama_time::{StageTime, Timecode};

use super::{
    TakeError, TakeInfo, TakeSummary,
    format::{ChunkHeader, Index, IndexEntry, MAX_INFO, Span, encode_start},
    gather::{Open, encode_chunk},
    place::sync_folder,
    record::MAX_DATAGRAM,
    sink::{Sink, TakeFile},
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

/// A take being recorded. Dropped without [`Writer::close`], it stays as a killed recorder leaves it.
pub struct Writer {
    file: TakeFile,
    path: PathBuf,
    synced_at: Option<StageTime>,
    chain: Digest,
    digest: Hasher,
    /// Records that stand in the file.
    records: u64,
    entries: Vec<IndexEntry>,
    /// Chunks that are sealed, in the file or not.
    sealed: u32,
    waiting: Waiting,
    /// Datagrams that were not taken.
    lost: u64,
    /// When the disk refused last, and what it said; nothing once it has taken everything.
    refused: Option<(StageTime, TakeError)>,
    open: Open,
    compressor: zstd::bulk::Compressor<'static>,
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

    fn start(sink: Box<dyn Sink>, path: &Path, info: &[u8]) -> Result<Self, TakeError> {
        let (start, chain) = encode_start(info);
        let compressor = zstd::bulk::Compressor::new(COMPRESSION);
        let compressor = compressor.map_err(|source| TakeError::io("create", path, source))?;
        let file = TakeFile::begin(sink, &start).map_err(|source| write_error(path, 0, source))?;
        let mut digest = Hasher::new();
        digest.update(chain.as_bytes());
        Ok(Self {
            file,
            path: path.to_owned(),
            synced_at: None,
            chain,
            digest,
            records: 0,
            entries: Vec::new(),
            sealed: 0,
            waiting: Waiting::default(),
            lost: 0,
            refused: None,
            open: Open::default(),
            compressor,
        })
    }

    /// Adds one datagram. While the disk refuses, it waits in memory, and [`Self::refused`] says so.
    ///
    /// # Errors
    /// When so much waits that no more fits: the file stays whole, and this datagram is lost; those before it are
    /// kept for the next attempt, and those after it are taken again once there is room. Also when the datagram is too
    /// long.
    pub fn record(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        timecode: Option<Timecode>,
    ) -> Result<(), TakeError> {
        if bytes.len() > MAX_DATAGRAM {
            self.lost += 1;
            return Err(TakeError::DatagramTooLong { bytes: bytes.len() });
        }
        let held = arrived.nanos_since(self.open.span.first_arrival);
        let full = self.open.payload.len() + bytes.len() > CHUNK_BYTES;
        if self.open.span.records > 0 && (full || !(0..CHUNK_NANOS).contains(&held)) {
            self.flush_at(arrived);
            if self.open.span.records > 0 {
                self.lost += 1;
                return Err(TakeError::NoRoom { waiting: self.unwritten() });
            }
        }
        self.synced_at.get_or_insert(arrived);
        self.open.add(arrived, source, bytes, timecode);
        Ok(())
    }

    /// Writes what is gathered once it is old enough, asks a disk that refused once more, and brings the file to the
    /// disk once a second. Call it often, also while nothing arrives; what the disk says is at [`Self::refused`].
    pub fn sync_if_due(&mut self, now: StageTime) {
        let waiting = self.open.span.records > 0;
        let due = self.refused.as_ref().is_some_and(|(last, _)| now.nanos_since(*last) >= AGAIN_NANOS);
        if due || (waiting && now.nanos_since(self.open.span.first_arrival) >= CHUNK_NANOS) {
            self.flush_at(now);
        }
        let due = self.synced_at.is_some_and(|last| now.nanos_since(last) >= SYNC_NANOS);
        // A file in doubt is synced only after something is written again: else the answer says nothing.
        if due && self.file.is_unsynced() && !self.file.is_doubtful() {
            self.synced_at = Some(now);
            if let Err(error) = self.sync() {
                self.refused = Some((now, error));
            }
        }
    }

    /// Datagrams taken so far.
    pub fn records(&self) -> u64 {
        self.records + self.unwritten()
    }

    /// Datagrams that are missing in the file: those that were not taken, and those that wait for the disk.
    pub(crate) fn missing(&self) -> u64 {
        self.lost + self.unwritten()
    }

    /// Datagrams that were not taken.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Why something waits in memory: what the disk said last. Nothing once it has taken all of it.
    pub fn refused(&self) -> Option<&TakeError> {
        self.refused.as_ref().map(|(_, error)| error)
    }

    /// Bytes in the file so far.
    pub fn bytes(&self) -> u64 {
        self.file.written()
    }

    /// Writes what is left and the index. The take is then complete, on the disk.
    ///
    /// # Errors
    /// When the disk refuses; the take then opens as one that was not closed.
    pub fn close(mut self) -> Result<TakeSummary, TakeError> {
        self.finish()
    }

    /// As [`Self::close`]; where the disk refuses, all that is left waits on, and it can be tried again.
    pub(crate) fn finish(&mut self) -> Result<TakeSummary, TakeError> {
        self.seal();
        // A sync that fails once, as a share's may, is no reason to leave a take without its end.
        self.complete().or_else(|error| if self.file.is_doubtful() { self.complete() } else { Err(error) })
    }

    fn complete(&mut self) -> Result<TakeSummary, TakeError> {
        self.drain()?;
        let index =
            Index { records: self.records, digest: self.digest.finish(), entries: self.entries.clone() };
        let bytes = index.encode(self.file.written());
        self.file.write(&bytes).map_err(|source| write_error(&self.path, self.records, source))?;
        let written = self.file.written();
        self.sync()?;
        Ok(TakeSummary::of(&index, true, written, 0))
    }

    /// Seals what is gathered and writes what waits, unless the disk refused just now. Where no more may wait, what
    /// is gathered stays so.
    fn flush_at(&mut self, now: StageTime) {
        if self.waiting.is_full() {
            self.drain_at(now);
        }
        if !self.waiting.is_full() {
            self.seal();
            self.drain_at(now);
        }
    }

    /// Writes what waits, unless the disk refused just now.
    fn drain_at(&mut self, now: StageTime) {
        let since = self.refused.as_ref().map(|(last, _)| now.nanos_since(*last));
        // Arrivals lag behind the present by which it was asked.
        if since.is_some_and(|nanos| (-AGAIN_NANOS..AGAIN_NANOS).contains(&nanos)) {
            return;
        }
        let drained = self.drain();
        // After a refusal only what lies on the disk counts as taken.
        let outcome = if since.is_some() { drained.and_then(|()| self.sync()) } else { drained };
        self.refused = outcome.err().map(|error| (now, error));
    }

    /// Records that do not stand in the file.
    fn unwritten(&self) -> u64 {
        self.waiting.records() + u64::from(self.open.span.records)
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
        while let Some(chunk) = self.waiting.first() {
            let (offset, span) = (self.file.written(), chunk.span);
            self.file.write(&chunk.bytes).map_err(|source| write_error(&self.path, self.records, source))?;
            self.records += u64::from(span.records);
            self.entries.push(IndexEntry { offset, span });
            self.waiting.done();
            // A share may say only when it syncs that it is full: then no more is sent in vain than one chunk.
            if self.file.is_doubtful() || self.waiting.needs_sync() {
                self.sync()?;
            }
        }
        Ok(())
    }

    /// Brings the file to the disk. Where that fails, all since the last time waits to be written again.
    fn sync(&mut self) -> Result<(), TakeError> {
        let Err(source) = self.file.sync() else {
            self.waiting.safe();
            return Ok(());
        };
        let (chunks, records) = self.waiting.again();
        self.records -= records;
        self.entries.truncate(self.entries.len() - chunks);
        Err(write_error(&self.path, self.records, source))
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
