//! Chunks that are sealed and not on the disk yet: usually none, many while a disk is full.

use std::collections::VecDeque;

use super::format::Span;

/// What may wait in memory, bytes as they are written: hours of one tracker.
const MOST: usize = 16 << 20;

/// A chunk as it will lie in the file.
pub(super) struct Sealed {
    pub(super) span: Span,
    pub(super) bytes: Vec<u8>,
}

/// See the module. The first to wait is the first to be written.
#[derive(Default)]
pub(super) struct Waiting {
    chunks: VecDeque<Sealed>,
    bytes: usize,
    records: u64,
    /// Used again, so that a disk that takes everything costs no memory.
    spare: Vec<u8>,
}

impl Waiting {
    /// Room for the bytes of a chunk; empty.
    pub(super) fn room(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.clear();
        bytes
    }

    pub(super) fn push(&mut self, chunk: Sealed) {
        self.bytes += chunk.bytes.len();
        self.records += u64::from(chunk.span.records);
        self.chunks.push_back(chunk);
    }

    pub(super) fn first(&self) -> Option<&Sealed> {
        self.chunks.front()
    }

    /// The first one is written.
    pub(super) fn done(&mut self) {
        let Some(chunk) = self.chunks.pop_front() else { return };
        self.bytes -= chunk.bytes.len();
        self.records -= u64::from(chunk.span.records);
        self.spare = chunk.bytes;
    }

    /// Whether no more fits.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > MOST
    }

    /// Records in the chunks that wait.
    pub(super) fn records(&self) -> u64 {
        self.records
    }
}
