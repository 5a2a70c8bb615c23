//! A running session: one thread that hears a port and tells the others.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::Clock;
use cyclorama_tracking::{
    DecodeOptions, Protocol,
    clock::WallReference,
    ingest::{self, Ingest, IngestOptions, Limits, Output, Receivers, Request, Run, Speech, Told},
    lens::{Document, LensFile},
    live::LiveOptions,
    stream::FaultCause,
    take::TakeInfo,
    udp::{ListenOptions, Listener},
};

use super::{
    TrackingConfig,
    board::{BoardWriter, board},
    directory,
    shared::{Shared, locked},
};
use crate::{
    Status,
    events::{self, EventKind},
    failure::Failure,
    guard, time,
};

/// See the module.
pub(crate) struct Tracking {
    shared: Arc<Shared>,
    number: u64,
    cancel: Cancel,
    address: Option<SocketAddr>,
    /// Why nothing is heard.
    failure: Arc<Mutex<Option<Failure>>>,
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
/// The wall clock of a machine nobody measured, nanoseconds.
const WALL_WITHIN: i64 = 50_000_000;
/// Bytes of a lens file that are read at most.
const LARGEST_LENS: u64 = 64 << 20;

impl Tracking {
    /// Opens the port.
    pub(super) fn start(config: &TrackingConfig) -> Result<Self, Failure> {
        let protocol: Protocol = parsed(&config.protocol)?;
        let horizon = i64::from(config.horizon_us.min(500_000)) * 1_000;
        let decoding = details(config)?;
        let info = TakeInfo {
            options: decoding.clone(),
            ..TakeInfo::new(String::new(), protocol, time::clock().utc())
        };
        let mut options = IngestOptions::new(Speech::Protocol(protocol, decoding));
        options.subject = filled(&config.subject).map(str::to_owned);
        options.calibration.lenses = lens(&config.lens_file)?.into_iter().map(|lens| (None, lens)).collect();
        let live = LiveOptions::default();
        let usual = if horizon > 0 { horizon } else { live.usual_horizon_nanos };
        let live = LiveOptions { usual_horizon_nanos: usual, gate: !config.keep_outliers, ..live };
        options.tracker.subjects.live = live.clone();
        let clock: Arc<dyn Clock> = Arc::new(*time::clock());
        let listener = Listener::bind(&listen(config, protocol)?, clock)
            .map_err(|error| Failure::of("listen", &error))?;
        let address = listener.address();
        let receivers = Receivers::start(vec![listener]).map_err(|error| no_thread(&error))?;
        let (writer, reader) = board();
        let (shared, orders) = Shared::new(reader, live, Some(info));
        let mut session = Self::of(shared);
        session.address = Some(address);
        let work = Work { ingest: Ingest::new(options), receivers, orders, board: writer };
        session.spawn(work, Output::Ahead(horizon))?;
        Ok(session)
    }

    /// One that never listened.
    pub(super) fn failed(failure: Failure) -> Self {
        let session = Self::of(Shared::new(board().1, LiveOptions::default(), None).0);
        session.shared.end(failure.status);
        *locked(&session.failure) = Some(failure);
        session
    }

    pub(super) fn end(&self) -> Result<(), Failure> {
        self.cancel.cancel();
        self.shared.end(Status::Cancelled);
        let Some(thread) = locked(&self.thread).take() else { return Ok(()) };
        let knock = self.address.and_then(Knock::at);
        for _ in 0..LONGEST_STOP.as_millis() / KNOCKS.as_millis() {
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
        match &*locked(&self.failure) {
            Some(failure) => (failure.status, failure.text.clone()),
            None if self.cancel.is_cancelled() => (Status::Cancelled, "stopped".to_owned()),
            None => (Status::Ok, String::new()),
        }
    }

    pub(super) fn heard_at(&self) -> Option<SocketAddr> {
        self.address
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn session_number(&self) -> u64 {
        self.number
    }

    fn of(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self {
            number: directory::enter(&shared),
            shared,
            cancel: Cancel::new(),
            address: None,
            failure: Arc::default(),
            thread: Mutex::new(None),
        }
    }

    fn spawn(&self, mut work: Work, output: Output) -> Result<(), Failure> {
        let (shared, cancel, failure) = (self.shared.clone(), self.cancel.clone(), self.failure.clone());
        let (alive, over) = mpsc::channel::<()>();
        let body = move || {
            let outcome =
                guard::value("the tracking thread", Err, || Ok(work.until_over(&shared, output, &cancel)));
            drop(work);
            let status = outcome.as_ref().err().map_or(Status::Cancelled, |failure| failure.status);
            if let Err(error) = outcome {
                tracing::error!(target: "cyclorama", "{}", error.text);
                events::tell(EventKind::TrackerStopped, "", &error.text);
                *locked(&failure) = Some(error);
            }
            shared.end(status);
            drop(alive);
        };
        let handle = thread::Builder::new().name("cyclorama-track".to_owned()).spawn(body);
        let handle = handle.map_err(|error| no_thread(&error))?;
        *locked(&self.thread) = Some(Thread { handle, over });
        Ok(())
    }
}

/// What the session's thread works with.
struct Work {
    ingest: Ingest,
    receivers: Receivers,
    orders: mpsc::Receiver<Request>,
    board: BoardWriter,
}

impl Work {
    /// Turn by turn, each with what is to be recorded then.
    fn until_over(&mut self, shared: &Shared, output: Output, cancel: &Cancel) -> Result<(), Failure> {
        let Self { ingest, receivers, orders, board } = self;
        loop {
            let wall = || WallReference::read(time::clock(), WALL_WITHIN);
            let (keep, turn, orders) = shared.slating().turn(cancel, orders);
            let run = Run {
                receivers,
                output,
                limits: Limits::default(),
                clock: time::clock(),
                wall: &wall,
                house: None,
                orders,
                cancel: &turn,
            };
            let ran = ingest::run(ingest, &run, keep, &mut |told| {
                if matches!(told, Told::Unrecorded(_)) {
                    turn.cancel();
                }
                hear(shared, board, &told);
            });
            let ran = ran.map_err(|error| Failure::of("receive the tracker", &error))?;
            if let Some(error) = ran.unrecorded {
                let why = Failure::of("record the take", &error).text;
                tracing::error!(target: "cyclorama", "{why}");
                events::tell(EventKind::RecordingStopped, "", &why);
                shared.slating().failed(why);
            }
            if cancel.is_cancelled() {
                return Ok(());
            }
        }
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

fn hear(shared: &Shared, board: &mut BoardWriter, told: &Told<'_>) {
    match told {
        // Lost from the start: there is no pose to tell.
        Told::Sample(_, None) => {}
        Told::Sample(used, Some(shown)) => shared.tell(board, used, &shown.sample, &shown.evaluated),
        Told::Fault(fault) => {
            tracing::warn!(target: "cyclorama", "{fault}");
            let kind = match fault.cause {
                FaultCause::DroppedOut | FaultCause::Lost => EventKind::TrackerLost,
                FaultCause::Returned | FaultCause::TookOver | FaultCause::Switched => EventKind::TrackerBack,
                _ => EventKind::TrackerFault,
            };
            events::tell(kind, fault.subject.as_deref().unwrap_or(""), &fault.to_string());
        }
        Told::Status(snapshot) => shared.set_health(snapshot),
        Told::Started(name, path) => {
            let words = format!("{} take {} records to {}", name.slate, name.take, path.display());
            events::tell(EventKind::TakeStarted, &name.file_stem(), &words);
        }
        Told::Closed(take) => {
            let words =
                format!("{} take {} is closed: {}", take.name.slate, take.name.take, take.path.display());
            events::tell(EventKind::TakeClosed, &take.name.file_stem(), &words);
        }
        Told::Waiting(refused) => {
            let words = refused.map_or_else(
                || "the disk takes the take again; nothing of it is lost".to_owned(),
                |error| format!("{error}; what comes waits in memory until there is room"),
            );
            tracing::warn!(target: "cyclorama", "{words}");
            events::tell(EventKind::TrackerFault, "", &words);
        }
        _ => {}
    }
}

/// Whether a session of this could be begun, as far as can be said without opening anything.
pub(super) fn check(config: &TrackingConfig) -> Result<(), Failure> {
    let protocol: Protocol = parsed(&config.protocol)?;
    details(config)?;
    listen(config, protocol).map(drop)
}

fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn parsed<T: std::str::FromStr<Err: std::error::Error>>(text: &str) -> Result<T, Failure> {
    text.trim().parse().map_err(|error| Failure::new(Status::User, format!("failed to listen: {error}")))
}

fn details(config: &TrackingConfig) -> Result<DecodeOptions, Failure> {
    let vendor = filled(&config.vendor).map(parsed).transpose()?;
    Ok(DecodeOptions { vendor: vendor.unwrap_or_default(), ..DecodeOptions::default() })
}

fn listen(config: &TrackingConfig, protocol: Protocol) -> Result<ListenOptions, Failure> {
    let bind = match filled(&config.bind) {
        None => SocketAddr::from((Ipv4Addr::UNSPECIFIED, protocol.default_port())),
        Some(text) => address(text, protocol)?,
    };
    Ok(ListenOptions {
        multicast: filled(&config.multicast).map(parsed).transpose()?,
        interface: filled(&config.network_interface).map(parsed).transpose()?,
        ..ListenOptions::at(bind)
    })
}

/// `10.0.0.5:40000`, `40000` or `10.0.0.5`.
fn address(text: &str, protocol: Protocol) -> Result<SocketAddr, Failure> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::from((address, protocol.default_port())));
    }
    let wanted = "an address and port such as 0.0.0.0:40000, or a port";
    text.parse()
        .map_err(|_| Failure::new(Status::User, format!("failed to listen: `{text}` is not {wanted}")))
}

fn lens(path: &str) -> Result<Option<Arc<LensFile>>, Failure> {
    let Some(path) = filled(path) else { return Ok(None) };
    let unreadable = |error: std::io::Error| {
        let status =
            if error.kind() == std::io::ErrorKind::NotFound { Status::NotFound } else { Status::User };
        Failure::new(status, format!("failed to read the lens file {path}: {error}"))
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST_LENS {
        return Err(Failure::new(Status::User, format!("{path} is too large for a lens file")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let doing = format!("use the lens file {path}");
    let lens = Document::from_json(&text).and_then(LensFile::new);
    Ok(Some(Arc::new(lens.map_err(|error| Failure::of(&doing, &error))?)))
}

fn no_thread(error: &std::io::Error) -> Failure {
    Failure::new(Status::Internal, format!("failed to listen: the system gives no thread: {error}"))
}

#[cfg(test)]
impl Tracking {
    pub(crate) fn heard_port(&self) -> u16 {
        self.address.map_or(0, |address| address.port())
    }
}
