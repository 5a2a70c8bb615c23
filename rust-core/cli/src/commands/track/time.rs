//! Time between machines: whoever is asked answers, whoever asks learns; see `tracking::offset`.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::Clock;
use cyclorama_tracking::{
    clock::WallReference,
    offset::{self, Asker, Offset},
};

use super::{listening, protocol::host_and_port};
use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
};

/// Above these flags in the help.
const HEADING: &str = "Time between machines";

/// Which machines share their time.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TimeArgs {
    /// Tell the time to machines that ask at this address (trusted networks only)
    #[arg(help_heading = HEADING, long, value_name = "IP:PORT")]
    time_bind: Option<SocketAddr>,
    /// Take the time from the machine that tells it there, instead of this machine's own wall clock
    #[arg(help_heading = HEADING, long, value_name = "HOST:PORT", value_parser = host_and_port)]
    time_from: Option<SocketAddr>,
}

/// Running ends of it. Dropped, they stop.
pub(crate) struct Time {
    cancel: Cancel,
    threads: Vec<thread::JoinHandle<()>>,
    asker: Option<Arc<Mutex<Asker>>>,
    clock: Arc<dyn Clock>,
}

/// No wait is longer than this.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// A question is asked so often, nanoseconds.
const ASK: i64 = 250_000_000;

impl TimeArgs {
    /// Starts what was asked for.
    pub(crate) fn start(&self, cx: &Context) -> Result<Time, Failure> {
        let mut time =
            Time { cancel: Cancel::new(), threads: Vec::new(), asker: None, clock: cx.clock.clone() };
        if let Some(address) = self.time_bind {
            let socket = open(address).doing_io(format!("tell the time at {address}"))?;
            let (cancel, clock, wall) = (time.cancel.clone(), cx.clock.clone(), listening::wall(cx));
            time.spawn(move || tell(&socket, clock.as_ref(), wall.within_nanos, &cancel))?;
        }
        if let Some(address) = self.time_from {
            let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
            let socket = open(any).and_then(|socket| socket.connect(address).map(|()| socket));
            let socket = socket.doing_io(format!("ask {address} for the time"))?;
            let asker = Arc::new(Mutex::new(Asker::default()));
            let (cancel, clock, theirs) = (time.cancel.clone(), cx.clock.clone(), asker.clone());
            time.asker = Some(asker);
            time.spawn(move || ask(&socket, clock.as_ref(), &theirs, &cancel))?;
        }
        Ok(time)
    }
}

impl Time {
    /// What the wall clock shows: the other machine's where one is asked and answers, else this one's.
    pub(crate) fn wall(&self, cx: &Context) -> WallReference {
        let theirs = self.asker.as_ref().and_then(|asker| locked(asker).wall(self.clock.now()));
        theirs.unwrap_or_else(|| listening::wall(cx))
    }

    /// How far the other machine's stage clock is from ours.
    pub(crate) fn offset(&self) -> Option<Offset> {
        self.asker.as_ref().and_then(|asker| locked(asker).offset(self.clock.now()))
    }

    fn spawn(&mut self, body: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
        let thread = thread::Builder::new().name("time".to_owned()).spawn(body);
        self.threads.push(thread.doing_io("share the time")?);
        Ok(())
    }
}

impl Drop for Time {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

fn locked(asker: &Mutex<Asker>) -> std::sync::MutexGuard<'_, Asker> {
    asker.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_read_timeout(Some(LONGEST_WAIT))?;
    Ok(socket)
}

fn tell(socket: &UdpSocket, clock: &dyn Clock, within_nanos: i64, cancel: &Cancel) {
    let mut bytes = [0; 2 * offset::LEN];
    while !cancel.is_cancelled() {
        let Ok((length, from)) = socket.recv_from(&mut bytes) else { continue };
        let heard = clock.now();
        let wall = WallReference { stage: heard, utc: clock.utc(), within_nanos };
        if let Some(answer) = offset::answer(&bytes[..length], heard, clock.now(), &wall) {
            // Whoever asked may have gone.
            let _ = socket.send_to(&answer, from);
        }
    }
}

fn ask(socket: &UdpSocket, clock: &dyn Clock, asker: &Mutex<Asker>, cancel: &Cancel) {
    let mut bytes = [0; 2 * offset::LEN];
    let mut asked = None;
    while !cancel.is_cancelled() {
        let now = clock.now();
        if asked.is_none_or(|asked| now.nanos_since(asked) >= ASK) {
            asked = Some(now);
            let question = locked(asker).question(now);
            let _ = socket.send(&question);
        }
        if let Ok(length) = socket.recv(&mut bytes) {
            let now = clock.now();
            locked(asker).answer(&bytes[..length], now);
        }
    }
}
