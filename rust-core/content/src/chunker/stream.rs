//! The chunks of what is read piece by piece, lent out of one buffer.

use std::io::{self, Read};

use super::Chunker;

/// Reads and cuts. The memory it takes is one buffer of a few of the longest chunks, whatever the file's size.
#[derive(Debug)]
pub struct ChunkStream<'a, R> {
    chunker: &'a Chunker,
    reader: R,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not been handed out.
    start: usize,
    end: usize,
    is_end: bool,
}

impl<'a, R: Read> ChunkStream<'a, R> {
    /// `buffer` may come from [`Self::into_buffer`] of an earlier stream.
    pub(super) fn new(chunker: &'a Chunker, reader: R, mut buffer: Vec<u8>) -> Self {
        let wanted = SHORTEST_BUFFER.max(2 * chunker.class.max as usize);
        if buffer.len() < wanted {
            buffer.resize(wanted, 0);
        }
        Self { chunker, reader, buffer, start: 0, end: 0, is_end: false }
    }

    /// The next chunk; `None` after the last one.
    ///
    /// # Errors
    /// When reading fails; chunks handed out before stay valid, and the rest of the file is unknown.
    pub fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(length) = self.chunker.first(unread, self.is_end) {
                let chunk = self.start..self.start + length;
                self.start = chunk.end;
                return Ok(Some(&self.buffer[chunk]));
            }
            if self.is_end {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// The buffer, for the next file.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// The reader, as it was given.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.is_end = true;
                    break;
                }
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Enough for few, long reads.
const SHORTEST_BUFFER: usize = 1 << 20;
