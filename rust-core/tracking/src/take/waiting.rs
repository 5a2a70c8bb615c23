//! Chunks that are sealed and not surely on the disk: usually those of the last second, many while a disk is full.

use std::collections::VecDeque;

use super::format::Span;

/// What may wait to be written, bytes as they are written: hours of one tracker.
const MOST: usize = 16 << 20;
/// So much of what is written is kept to be written again; then a sync is due, whatever the time.
const MOST_IN_DOUBT: usize = 8 << 20;
/// Buffers kept for use again: those of a second, so that a disk that takes everything asks the system for none.
const MOST_SPARE: usize = 4;

/// A chunk as it will lie in the file.
pub(super) struct Sealed {
    pub(super) span: Span,
    pub(super) bytes: Vec<u8>,
}

/// See the module. The first to wait is the first to be written.
#[derive(Default)]
pub(super) struct Waiting {
    /// First those that are written and not surely on the disk, then those that wait to be written.
    chunks: VecDeque<Sealed>,
    written: usize,
    written_bytes: usize,
    /// Of those that wait to be written.
    bytes: usize,
    records: u64,
    spare: Vec<Vec<u8>>,
}

impl Waiting {
    /// Room for the bytes of a chunk; empty.
    pub(super) fn room(&mut self) -> Vec<u8> {
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes
    }

    pub(super) fn push(&mut self, chunk: Sealed) {
        self.bytes += chunk.bytes.len();
        self.records += u64::from(chunk.span.records);
        self.chunks.push_back(chunk);
    }

    /// The one to be written next.
    pub(super) fn first(&self) -> Option<&Sealed> {
        self.chunks.get(self.written)
    }

    /// That one is written.
    pub(super) fn done(&mut self) {
        let Some(chunk) = self.chunks.get(self.written) else { return };
        self.bytes -= chunk.bytes.len();
        self.records -= u64::from(chunk.span.records);
        self.written_bytes += chunk.bytes.len();
        self.written += 1;
    }

    /// What is written lies on the disk: it is not needed any more.
    pub(super) fn safe(&mut self) {
        for chunk in self.chunks.drain(..std::mem::take(&mut self.written)) {
            if self.spare.len() < MOST_SPARE {
                self.spare.push(chunk.bytes);
            }
        }
        self.written_bytes = 0;
    }

    /// What is written must be written again: how many chunks, and their records.
    pub(super) fn again(&mut self) -> (usize, u64) {
        let chunks = std::mem::take(&mut self.written);
        let records = self.chunks.iter().take(chunks).map(|chunk| u64::from(chunk.span.records)).sum();
        self.bytes += std::mem::take(&mut self.written_bytes);
        self.records += records;
        (chunks, records)
    }

    /// Whether no more fits.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > MOST
    }

    /// Whether so much of what is written is in doubt that it has to be brought to the disk now.
    pub(super) fn needs_sync(&self) -> bool {
        self.written_bytes > MOST_IN_DOUBT
    }

    /// Records in the chunks that wait to be written.
    pub(super) fn records(&self) -> u64 {
        self.records
    }
}
