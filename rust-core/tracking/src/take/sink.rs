//! The file of a take that is recorded: it always ends at a whole part, and it is known what of it lies on the disk.
//!
//! A sync that fails leaves nobody the wiser: the system may have thrown away what it held, and call the next attempt
//! a success. So what was written since the last good one counts as not written, and whoever holds it writes it again.

use std::{
    fs::File,
    io::{self, Write},
};

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

/// See the module.
pub(super) struct TakeFile {
    sink: Box<dyn Sink>,
    /// Bytes of whole parts that stand in it.
    written: u64,
    /// How many of them surely lie on the disk.
    synced: u64,
    /// Something lies behind `written` that is cut away before the next write. Until then it stays: of a process
    /// that is killed it may be all there is.
    torn: bool,
    unsynced: bool,
    doubtful: bool,
}

impl TakeFile {
    /// A file that begins with `start`, which lies on the disk.
    pub(super) fn begin(mut sink: Box<dyn Sink>, start: &[u8]) -> io::Result<Self> {
        sink.write_all(start)?;
        sink.sync()?;
        let written = start.len() as u64;
        Ok(Self { sink, written, synced: written, torn: false, unsynced: false, doubtful: false })
    }

    /// Bytes of whole parts that stand in it.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Whether something may have to be brought to the disk.
    pub(super) fn is_unsynced(&self) -> bool {
        self.unsynced
    }

    /// Whether the last sync failed.
    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Writes all of `bytes` or nothing.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsynced = true;
        if self.torn {
            self.sink.cut(self.written)?;
            self.torn = false;
        }
        let outcome = self.sink.write_all(bytes);
        match outcome {
            Ok(()) => self.written += bytes.len() as u64,
            // If this fails too, a torn tail stays, which readers leave out, until the next attempt.
            Err(_) => self.torn = self.sink.cut(self.written).is_err(),
        }
        outcome
    }

    /// Brings everything to the disk; where that fails, all since the last good sync counts as not written.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        let outcome = self.sink.sync();
        self.doubtful = outcome.is_err();
        match outcome {
            Ok(()) => {
                self.synced = self.written;
                self.unsynced = false;
            }
            Err(_) => {
                self.torn |= self.written > self.synced;
                self.written = self.synced;
            }
        }
        outcome
    }
}
