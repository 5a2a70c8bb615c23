//! What every command that listens to trackers takes and does: flags to sockets and an ingest.

mod addresses;
mod evaluation;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use cyclorama_outcome::Kind;
use cyclorama_progress::Cancel;
use cyclorama_tracking::{
    Protocol,
    clock::WallReference,
    ingest::{Ingest, IngestOptions, Limits, Output, Receivers, Run, Speech},
    live::{LiveOptions, RedundantOptions, TrackerOptions},
    stream::{Sources, StreamOptions},
    udp::{Interface, ListenOptions, Listener},
};

use self::addresses::Backup;
pub(crate) use addresses::address;
pub(crate) use evaluation::Evaluation;

use super::calibration::CalibrationArgs;
use super::protocol::{Details, described, positive, protocol_parser};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// Whom to listen to, and how.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Listening {
    /// Protocol of the tracker
    #[arg(long, value_name = "NAME", value_parser = protocol_parser(), required_unless_present = "descriptor")]
    protocol: Option<Protocol>,
    /// A dialect described in a file, instead of a protocol
    #[arg(long, value_name = "FILE", conflicts_with = "protocol", requires = "bind")]
    descriptor: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) details: Details,
    /// Address to listen on: IP:PORT, IP or PORT [default: the setting tracking.interface, the protocol's port]
    #[arg(long, value_name = "ADDR")]
    bind: Option<String>,
    /// Multicast group to join
    #[arg(long, value_name = "GROUP")]
    multicast: Option<Ipv4Addr>,
    /// Network card to join it on: its address, number or name
    #[arg(long, value_name = "CARD", requires = "multicast")]
    interface: Option<Interface>,
    /// Listen only to this sender, IP or IP:PORT; repeated, the first is preferred and the others stand by
    #[arg(long, value_name = "SENDER", value_parser = addresses::sender)]
    source: Vec<SocketAddr>,
    /// A second sender of the same subject, used within a frame when the first fails, until it is well again:
    /// another address to listen on (IP:PORT, IP or PORT), or a sender on the same one (source:IP or source:IP:PORT)
    #[arg(long, value_name = "ADDR|SENDER")]
    backup: Option<Backup>,
    /// Only this subject
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: Option<String>,
    #[command(flatten)]
    calibration: CalibrationArgs,
    /// Stop after so many datagrams
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Stop after so many seconds
    #[arg(long, value_name = "S", conflicts_with = "count", value_parser = positive)]
    pub(crate) seconds: Option<f64>,
}

/// Open sockets and what they feed.
pub(crate) struct Opened {
    pub(crate) ingest: Ingest,
    pub(crate) receivers: Receivers,
    pub(crate) address: SocketAddr,
    pub(crate) limits: Limits,
}

impl Listening {
    /// How the trackers speak.
    pub(crate) fn speech(&self) -> Result<Speech, Failure> {
        match (&self.descriptor, self.protocol) {
            (Some(file), _) => Ok(Speech::Dialect(described(file)?)),
            (None, Some(protocol)) => Ok(Speech::Protocol(protocol, self.details.options())),
            // The flags require one of them.
            (None, None) => Err(Failure::new(Kind::User, "failed to listen: no --protocol was given")),
        }
    }

    /// The protocol, where it is one of ours.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }

    /// Opens the sockets.
    pub(crate) fn open(&self, evaluation: &Evaluation, cx: &Context) -> Result<Opened, Failure> {
        let speech = self.speech()?;
        let options = IngestOptions {
            tracker: TrackerOptions {
                streams: StreamOptions { sources: self.sources(), ..StreamOptions::default() },
                clock: evaluation.clock(),
                subjects: RedundantOptions {
                    live: self.live(evaluation, cx)?,
                    ..RedundantOptions::default()
                },
                locked_is_ptp: false,
            },
            calibration: self.calibration.read(cx)?,
            subject: self.subject.clone(),
            speech,
        };
        let first = self.listener(self.bind.as_deref(), cx)?;
        let address = first.address();
        let mut listeners = vec![first];
        if let Some(Backup::Listen(text)) = &self.backup {
            listeners.push(self.listener(Some(text), cx)?);
        }
        let receivers = Receivers::start(listeners).doing_io("start listening")?;
        let limits = Limits { count: self.count, seconds: self.seconds };
        Ok(Opened { ingest: Ingest::new(options), receivers, address, limits })
    }

    fn live(&self, evaluation: &Evaluation, cx: &Context) -> Result<LiveOptions, Failure> {
        evaluation.live(cx)
    }

    fn listener(&self, bind: Option<&str>, cx: &Context) -> Result<Listener, Failure> {
        // A dialect has no port of its own, so its address is always given; the protocol only fills in ports.
        let protocol = self.protocol.unwrap_or(Protocol::FreeD);
        let bind = address(bind, IpAddr::from(cx.settings.interface), protocol)
            .map_err(|text| Failure::new(Kind::User, format!("failed to listen: {text}")))?;
        let usual = Some(cx.settings.interface).filter(|card| !card.is_unspecified());
        let options = ListenOptions {
            multicast: self.multicast,
            interface: self.interface.or(usual.map(Interface::Address)),
            receive_buffer: cx.settings.receive_buffer,
            ..ListenOptions::at(bind)
        };
        Listener::bind(&options, cx.clock.clone()).doing(format!("listen for {protocol} at {bind}"))
    }

    fn sources(&self) -> Sources {
        let mut named = self.source.clone();
        if let Some(Backup::Sender(backup)) = self.backup {
            if named.is_empty() {
                // Whoever is not the backup.
                named.push(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
            }
            named.push(backup);
        }
        if named.is_empty() { Sources::FirstHeard } else { Sources::Named(named) }
    }
}

/// What the wall clock shows now, and how far it may be off.
pub(crate) fn wall(cx: &Context) -> WallReference {
    WallReference::read(cx.clock.as_ref(), (cx.settings.clock_within_ms * 1e6) as i64)
}

/// A run that only listens and tells: no house, no orders.
pub(crate) fn work<'a>(
    (receivers, limits): (&'a Receivers, Limits),
    output: Output,
    wall: &'a dyn Fn() -> WallReference,
    cancel: &'a Cancel,
    cx: &'a Context,
) -> Run<'a> {
    Run {
        receivers,
        output,
        limits,
        clock: cx.clock.as_ref(),
        wall,
        house: None,
        lenses: None,
        orders: None,
        cancel,
    }
}

/// Ctrl-C is how listening usually ends; only where an end was given it cuts something short.
pub(crate) fn ending_code(limits: Limits, cx: &Context) -> cyclorama_outcome::ExitCode {
    let cut_short = cx.cancel().is_cancelled() && limits != Limits::default();
    if cut_short { cyclorama_outcome::ExitCode::Cancelled } else { cyclorama_outcome::ExitCode::Done }
}
