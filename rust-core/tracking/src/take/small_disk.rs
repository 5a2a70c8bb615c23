//! Disks of tests: a small one, and a share that says only when it syncs that it is full.

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::Sink;

/// A disk with room for `room` bytes.
#[derive(Clone)]
pub(crate) struct SmallDisk {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: Arc<AtomicUsize>,
}

impl SmallDisk {
    pub(crate) fn new(room: usize) -> Self {
        Self { bytes: Arc::default(), room: Arc::new(AtomicUsize::new(room)) }
    }

    /// Somebody removed other files.
    pub(crate) fn make_room(&self, room: usize) {
        self.room.store(room, Ordering::Relaxed);
    }

    pub(crate) fn held(&self) -> Vec<u8> {
        self.bytes.lock().expect("one user").clone()
    }
}

impl Write for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.bytes.lock().expect("one user");
        let fits = bytes.len().min(self.room.load(Ordering::Relaxed).saturating_sub(held.len()));
        held.extend(&bytes[..fits]);
        if fits == 0 && !bytes.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for SmallDisk {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.bytes.lock().expect("one user").truncate(len as usize);
        Ok(())
    }
}

/// A share with room for `room` bytes. It takes every write; a sync that fails forgets what was written since the last
/// good one, and the next finds nothing to do and is a success, as of real ones.
#[derive(Clone)]
pub(crate) struct Share(Arc<Mutex<Server>>);

struct Server {
    bytes: Vec<u8>,
    room: usize,
    /// Bytes that lie on its disk.
    safe: usize,
    dirty: bool,
    fails: bool,
    sent: usize,
}

impl Share {
    pub(crate) fn new(room: usize) -> Self {
        let server = Server { bytes: Vec::new(), room, safe: 0, dirty: false, fails: false, sent: 0 };
        Self(Arc::new(Mutex::new(server)))
    }

    pub(crate) fn make_room(&self, room: usize) {
        self.server().room = room;
    }

    /// The next sync fails.
    pub(crate) fn fail_once(&self) {
        self.server().fails = true;
    }

    pub(crate) fn held(&self) -> Vec<u8> {
        self.server().bytes.clone()
    }

    /// Bytes that were written to it, again and again.
    pub(crate) fn sent(&self) -> usize {
        self.server().sent
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().expect("one user")
    }
}

impl Write for Share {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut server = self.server();
        server.bytes.extend(bytes);
        server.sent += bytes.len();
        server.dirty = true;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Share {
    fn sync(&mut self) -> io::Result<()> {
        let mut server = self.server();
        let full = server.bytes.len() > server.room;
        if std::mem::take(&mut server.dirty) && (std::mem::take(&mut server.fails) || full) {
            let safe = server.safe;
            server.bytes[safe..].fill(0);
            return Err(io::ErrorKind::StorageFull.into());
        }
        server.safe = server.bytes.len();
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut server = self.server();
        server.bytes.truncate(len as usize);
        server.safe = server.safe.min(len as usize);
        Ok(())
    }
}

/// What no compressor makes smaller.
pub(crate) fn noise(frame: u32, bytes: usize) -> Vec<u8> {
    let mut state = frame + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 9) as u8
    };
    (0..bytes).map(|_| next()).collect()
}
