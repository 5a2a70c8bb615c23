//! Listeners, each on a thread of its own, and one queue in which everything they hear is in order.
//!
//! The queue is bounded: when whoever reads it is too slow, datagrams wait in the kernel, and what the kernel drops
//! is counted there. Buffers that were read go back to their listener, so that nothing is allocated for a datagram
//! once some are on their way.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::StageTime;

use crate::udp::{self, ListenError, Listener};

/// A datagram as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Which listener heard it.
    pub lane: usize,
    /// When.
    pub arrived: StageTime,
    /// From whom.
    pub source: Option<SocketAddr>,
    /// Its payload.
    pub bytes: Vec<u8>,
}

/// Running listeners. Dropped, they stop.
pub struct Receivers {
    queue: mpsc::Receiver<Result<Datagram, ListenError>>,
    /// Where each listener takes buffers from.
    spent: Vec<mpsc::SyncSender<Vec<u8>>>,
    cancel: Cancel,
    dropped: Vec<Arc<AtomicU64>>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// Datagrams that may wait in the queue.
const ROOM: usize = 8_192;
/// Buffers that wait to be used again, of each listener; those of a long wait beyond them are given up.
const SPARE: usize = 1_024;
/// A stopped listener ends within this.
const LONGEST_WAIT: Duration = Duration::from_millis(20);
/// Says that the system does not count what it drops.
const UNKNOWN: u64 = u64::MAX;

impl Receivers {
    /// Starts `listeners`; the first is lane 0.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(listeners: Vec<Listener>) -> std::io::Result<Self> {
        let (sender, queue) = mpsc::sync_channel(ROOM);
        let cancel = Cancel::new();
        let mut receivers =
            Self { queue, spent: Vec::new(), cancel, dropped: Vec::new(), threads: Vec::new() };
        for (lane, listener) in listeners.into_iter().enumerate() {
            let dropped = Arc::new(AtomicU64::new(UNKNOWN));
            receivers.dropped.push(dropped.clone());
            let (spent, spare) = mpsc::sync_channel(SPARE);
            receivers.spent.push(spent);
            let (cancel, ear) =
                (receivers.cancel.clone(), Ear { lane, queue: sender.clone(), spare, dropped });
            let thread = thread::Builder::new()
                .name(format!("tracking-listener-{lane}"))
                .spawn(move || ear.listen(listener, &cancel))?;
            receivers.threads.push(thread);
        }
        Ok(receivers)
    }

    /// The next datagram, or `None` when none comes within `wait`.
    ///
    /// # Errors
    /// When a listener failed; the others go on.
    pub fn next_within(&self, wait: Duration) -> Result<Option<Datagram>, ListenError> {
        match self.queue.recv_timeout(wait) {
            Ok(heard) => heard.map(Some),
            Err(mpsc::RecvTimeoutError::Timeout) => Ok(None),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                // Every listener has told of its failure; nobody is left to wait for.
                thread::park_timeout(wait);
                Ok(None)
            }
        }
    }

    /// Gives the buffer of a datagram back to its listener.
    pub fn done_with(&self, datagram: Datagram) {
        if let Some(spent) = self.spent.get(datagram.lane) {
            // Where enough wait already, it is let go.
            let _ = spent.try_send(datagram.bytes);
        }
    }

    /// Datagrams the system dropped, where it says so.
    pub fn dropped(&self) -> Option<u64> {
        let counts: Vec<u64> = self.dropped.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let known = counts.iter().filter(|count| **count != UNKNOWN);
        counts.iter().any(|count| *count != UNKNOWN).then(|| known.sum())
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        self.cancel.cancel();
        // A listener that waits for room in the queue gets it.
        while self.queue.try_recv().is_ok() {}
        for thread in self.threads.drain(..) {
            while !thread.is_finished() {
                let _ = self.queue.recv_timeout(Duration::from_millis(1));
            }
            let _ = thread.join();
        }
    }
}

/// What a listener's thread works with.
struct Ear {
    lane: usize,
    queue: mpsc::SyncSender<Result<Datagram, ListenError>>,
    spare: mpsc::Receiver<Vec<u8>>,
    dropped: Arc<AtomicU64>,
}

impl Ear {
    fn listen(self, mut listener: Listener, cancel: &Cancel) {
        // Without it a busy machine only stamps later; the kernel's own times stay right.
        let _ = udp::raise_priority();
        while !cancel.is_cancelled() {
            let heard = match listener.recv(LONGEST_WAIT) {
                Ok(None) => continue,
                Ok(Some(datagram)) => Ok(self.owned(&datagram)),
                Err(error) => Err(error),
            };
            self.dropped.store(listener.dropped().unwrap_or(UNKNOWN), Ordering::Relaxed);
            let failed = heard.is_err();
            if self.queue.send(heard).is_err() || failed {
                return;
            }
        }
    }

    /// A datagram in a buffer that was used before, where there is one.
    fn owned(&self, datagram: &udp::Datagram<'_>) -> Datagram {
        let mut bytes = self.spare.try_recv().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(datagram.bytes);
        Datagram { lane: self.lane, arrived: datagram.arrived, source: datagram.source, bytes }
    }
}
