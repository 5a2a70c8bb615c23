//! A running session: the handle of one thread that hears a port and tells the others.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::Clock as _;
use cyclorama_tracking::live::LiveOptions;

use super::{
    TrackingConfig,
    board::board,
    directory,
    hearing::{Hearing, tried_again},
    shared::{Shared, locked},
    wanted::{Opened, Wanted, lens::Lens, no_thread},
};
use crate::{Status, failure::Failure, time};

/// See the module.
pub(crate) struct Tracking {
    shared: Arc<Shared>,
    number: u64,
    cancel: Cancel,
    thread: Mutex<Option<Thread>>,
}

struct Thread {
    handle: thread::JoinHandle<()>,
    /// Hangs up when the thread's work is over.
    over: mpsc::Receiver<()>,
}

/// Stopping takes no longer than this.
const LONGEST_STOP: Duration = Duration::from_millis(500);
/// How often the listener is woken until then.
const KNOCKS: Duration = Duration::from_millis(2);

impl Tracking {
    /// Opens the port, and begins to read the lens file beside it; where one of them fails, goes on trying. Fails only where
    /// trying again would change nothing.
    pub(super) fn start(config: &TrackingConfig) -> Result<Self, Failure> {
        let wanted = Wanted::read(config)?;
        let (board, reader) = board();
        let (shared, orders) = Shared::new(reader, wanted.live().clone(), Some(wanted.info()));
        let session = Self::of(shared);
        let lens = Lens::begin(wanted.lens_file(), &session.shared);
        let opened = wanted.open(None);
        match &opened {
            Ok(opened) => session.shared.listens_at(opened.address),
            Err(failure) => session.shared.falls_deaf(failure.clone()),
        }
        session.spawn(Hearing { wanted, lens, orders, board }, opened)?;
        Ok(session)
    }

    /// One that never listened, and never will.
    pub(super) fn failed(failure: Failure) -> Self {
        tracing::error!(target: "cyclorama", "{}", failure.text);
        let session = Self::of(Shared::new(board().1, LiveOptions::default(), None).0);
        session.shared.end(failure.status);
        session.shared.falls_deaf(failure);
        session
    }

    pub(super) fn end(&self) -> Result<(), Failure> {
        self.cancel.cancel();
        self.shared.end(Status::Cancelled);
        let Some(thread) = locked(&self.thread).take() else { return Ok(()) };
        let mut knock = None;
        for _ in 0..LONGEST_STOP.as_millis() / KNOCKS.as_millis() {
            // It may have begun to listen only now.
            knock = knock.or_else(|| self.shared.address().and_then(Knock::at));
            knock.iter().for_each(Knock::knock);
            // It answers by hanging up.
            if thread.over.recv_timeout(KNOCKS) != Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = thread.handle.join();
                return Ok(());
            }
        }
        Err(Failure::new(Status::Timeout, "the tracking thread does not end; it is left alone"))
    }

    pub(super) fn standing(&self) -> (Status, String) {
        if self.cancel.is_cancelled() {
            return (Status::Cancelled, "stopped".to_owned());
        }
        match self.shared.deaf() {
            None => {
                // Heard it is, if without its lens.
                let lens = self.shared.lens().words(time::clock().now());
                (Status::Ok, lens.map(|lens| lens.text).unwrap_or_default())
            }
            Some(why) if self.shared.is_over() => (why.status, why.text),
            Some(why) => (why.status, tried_again(&why.text)),
        }
    }

    /// Not heard now, but tried again and again.
    pub(super) fn is_tried_again(&self) -> bool {
        self.shared.deaf().is_some() && !self.shared.is_over()
    }

    pub(super) fn heard_at(&self) -> Option<SocketAddr> {
        self.shared.address()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn session_number(&self) -> u64 {
        self.number
    }

    fn of(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { number: directory::enter(&shared), shared, cancel: Cancel::new(), thread: Mutex::new(None) }
    }

    fn spawn(&self, hearing: Hearing, opened: Result<Opened, Failure>) -> Result<(), Failure> {
        let (shared, cancel) = (self.shared.clone(), self.cancel.clone());
        let (alive, over) = mpsc::channel::<()>();
        let body = move || {
            hearing.until_over(&shared, opened, &cancel);
            shared.end(Status::Cancelled);
            drop(alive);
        };
        let handle = thread::Builder::new().name("cyclorama-track".to_owned()).spawn(body);
        let handle = handle.map_err(|error| no_thread(&error))?;
        *locked(&self.thread) = Some(Thread { handle, over });
        Ok(())
    }
}

impl Drop for Tracking {
    fn drop(&mut self) {
        // Whoever drops it cannot be told that the thread is slow.
        let _ = self.end();
    }
}

/// Wakes a listener that waits for its next datagram: with an empty one.
struct Knock(UdpSocket, SocketAddr);

impl Knock {
    fn at(mut address: SocketAddr) -> Option<Self> {
        if address.ip().is_unspecified() {
            let here =
                if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            address.set_ip(here);
        }
        Some(Self(UdpSocket::bind((address.ip(), 0)).ok()?, address))
    }

    fn knock(&self) {
        // Without it the listener wakes by itself, a little later.
        let _ = self.0.send_to(&[], self.1);
    }
}

#[cfg(test)]
impl Tracking {
    pub(crate) fn heard_port(&self) -> u16 {
        self.heard_at().map_or(0, |address| address.port())
    }
}
