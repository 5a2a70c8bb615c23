//! Reads takes, whole ones and those whose recorder was killed.

use std::{
    fs::File,
    io::{Read, Seek},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use cyclorama_content::Digest;
use cyclorama_time::{StageTime, Timecode};

use super::{
    Record, TakeError, TakeInfo, TakeSummary,
    format::{Index, IndexEntry},
    parts::{self, Chunk, Ending, LoadError, Parts, Start},
    record::RecordReader,
};

/// What a take can be read from.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// An open take. Reading it never changes it.
pub struct Reader {
    file: Mutex<Box<dyn ReadSeek>>,
    path: PathBuf,
    pub(super) start: Start,
    pub(super) parts: Parts,
    info: TakeInfo,
}

impl Reader {
    /// Opens a take. One that was not closed opens up to its last whole chunk.
    ///
    /// # Errors
    /// When there is no such file, it cannot be read, it is no take or its start is damaged. Damaged chunks
    /// are met while reading.
    pub fn open(path: &Path) -> Result<Self, TakeError> {
        let file = File::open(path).map_err(|source| TakeError::io("read", path, source))?;
        Self::new(Box::new(file), path.to_owned())
    }

    /// Opens a take from any bytes.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn from_source(source: Box<dyn ReadSeek>) -> Result<Self, TakeError> {
        Self::new(source, PathBuf::from("the take"))
    }

    fn new(mut file: Box<dyn ReadSeek>, path: PathBuf) -> Result<Self, TakeError> {
        let fail = |source| TakeError::io("read", &path, source);
        let start = parts::start(&mut *file).map_err(fail)??;
        let info = serde_json::from_slice(&start.info).map_err(TakeError::InfoMeaning)?;
        let parts = parts::find(&mut *file, &start).map_err(fail)?;
        Ok(Self { file: Mutex::new(file), path, start, parts, info })
    }

    /// What the take says about itself.
    pub fn info(&self) -> &TakeInfo {
        &self.info
    }

    /// Identity of the content: the same for every copy, however it is compressed.
    pub fn digest(&self) -> Digest {
        self.parts.digest
    }

    /// The take in figures.
    pub fn summary(&self) -> TakeSummary {
        let whole = self.parts.parts.iter().filter(|part| part.lost.is_none());
        let entries: Vec<_> =
            whole.filter_map(|part| part.span.map(|span| IndexEntry { offset: part.from, span })).collect();
        let records = entries.iter().map(|entry| u64::from(entry.span.records)).sum();
        let index = Index { records, digest: self.parts.digest, entries };
        let torn = if self.parts.ending == Ending::Open { self.parts.len - self.parts.end } else { 0 };
        TakeSummary::of(&index, self.parts.ending == Ending::Closed, self.parts.end, torn)
    }

    /// All records in the order they arrived. A damaged chunk is one error; reading goes on after it.
    pub fn records(&self) -> Records<'_> {
        Records { reader: self, next: 0, before: Some(self.start.digest), open: None }
    }

    /// Records from the chunk that holds `arrived` on; those before it in that chunk come too.
    pub fn records_from(&self, arrived: StageTime) -> Records<'_> {
        let holds = |span: &super::format::Span| span.last_arrival >= arrived;
        let parts = &self.parts.parts;
        let next = parts.iter().position(|part| part.span.as_ref().is_some_and(holds)).unwrap_or(parts.len());
        Records { reader: self, next, before: None, open: None }
    }

    /// Records from the chunk that holds `timecode` on; nothing when no chunk does.
    pub fn records_from_timecode(&self, timecode: Timecode) -> Records<'_> {
        let holds = |span: &super::format::Span| match (span.first_timecode, span.last_timecode) {
            (Some(first), Some(last)) => {
                timecode.frames_since(first) >= 0 && last.frames_since(timecode) >= 0
            }
            _ => false,
        };
        let parts = &self.parts.parts;
        let next = parts.iter().position(|part| part.span.as_ref().is_some_and(holds)).unwrap_or(parts.len());
        Records { reader: self, next, before: None, open: None }
    }

    /// The chunk of part `number`, checked.
    pub(super) fn chunk(
        &self,
        number: usize,
        before: Option<&Digest>,
    ) -> Result<Chunk, (TakeError, Option<Digest>)> {
        let part = self.parts.parts[number];
        let damaged =
            |cause| TakeError::Damaged { chunk: number as u32, from: part.from, to: part.to, cause };
        if let Some(cause) = part.lost {
            return Err((damaged(cause), None));
        }
        match parts::load(&mut **self.file(), (part.from, Some(part.to)), self.parts.len, before) {
            Ok(chunk) if part.span.is_some_and(|span| span != chunk.header.span) => {
                Err((damaged("the index tells of it differently"), Some(chunk.header.chain)))
            }
            Ok(chunk) => Ok(chunk),
            Err(LoadError::Io(source)) => Err((TakeError::io("read", &self.path, source), None)),
            Err(LoadError::Refused(refused)) => {
                Err((damaged(refused.cause), refused.header.map(|(header, _)| header.chain)))
            }
        }
    }

    pub(super) fn damaged(&self, number: usize, cause: &'static str) -> TakeError {
        let part = self.parts.parts[number];
        TakeError::Damaged { chunk: number as u32, from: part.from, to: part.to, cause }
    }

    fn file(&self) -> MutexGuard<'_, Box<dyn ReadSeek>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records of a take, in order.
pub struct Records<'a> {
    reader: &'a Reader,
    /// The part to open next.
    next: usize,
    before: Option<Digest>,
    open: Option<(RecordReader, u32)>,
}

impl Iterator for Records<'_> {
    type Item = Result<Record, TakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((records, left)) = &mut self.open {
                let number = self.next - 1;
                let damaged = |cause| Some(Err(self.reader.damaged(number, cause)));
                match (records.next(), *left) {
                    (Some(Ok(record)), 1..) => {
                        *left -= 1;
                        return Some(Ok(record));
                    }
                    (None, 0) => self.open = None,
                    (Some(Err(cause)), _) => {
                        self.open = None;
                        return damaged(cause);
                    }
                    (Some(Ok(_)), 0) | (None, 1..) => {
                        self.open = None;
                        return damaged("it holds another number of records than it declares");
                    }
                }
                continue;
            }
            if self.next >= self.reader.parts.parts.len() {
                return None;
            }
            self.next += 1;
            match self.reader.chunk(self.next - 1, self.before.as_ref()) {
                Ok(chunk) => {
                    self.before = Some(chunk.header.chain);
                    let span = chunk.header.span;
                    self.open = Some((RecordReader::new(chunk.payload, span.first_arrival), span.records));
                }
                Err((error, chain)) => {
                    self.before = chain;
                    return Some(Err(error));
                }
            }
        }
    }
}
