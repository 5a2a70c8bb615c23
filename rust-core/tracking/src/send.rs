//! UDP out: takes, recordings and simulated cameras sent as a tracker would, or as a bad network would.
//!
//! [`Pacer`] decides what leaves when and takes the time as an argument; [`Sender`] is the thin driver with a
//! socket. The same seed gives the same losses and delays.

pub mod encode;
mod pacer;
pub mod simulate;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::{Clock, FrameNumber, FrameRate};
use socket2::SockRef;

use crate::{
    Protocol, Sample,
    decoder::split,
    take::{Reader, TakeError},
};

pub use encode::Encoder;
pub use pacer::{Impairment, Output, Pacer, Pacing, Sent};
pub use simulate::{Move, Simulation, UnknownMove};

/// One datagram and when it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Nanoseconds after the first one of the script.
    pub nanos: i64,
    /// Its payload.
    pub bytes: Vec<u8>,
}

/// What is to be sent, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The datagrams.
    pub datagrams: Vec<Planned>,
    /// How long one pass takes, nanoseconds: where a repetition begins.
    pub length_nanos: i64,
}

impl Script {
    /// The datagrams of a take at their recorded distances.
    ///
    /// # Errors
    /// When the take is damaged or cannot be read.
    pub fn from_take(reader: &Reader) -> Result<Self, TakeError> {
        let mut datagrams: Vec<Planned> = Vec::new();
        let (mut first, mut last) = (None, 0);
        for record in reader.records() {
            let record = record?;
            let since = record.arrived.nanos_since(*first.get_or_insert(record.arrived));
            last = since.max(last);
            datagrams.push(Planned { nanos: last, bytes: record.bytes });
        }
        Ok(Self::closed(datagrams))
    }

    /// The messages of a raw recording, `rate` of them a second.
    pub fn from_recording(protocol: Protocol, recording: &[u8], rate: FrameRate) -> Self {
        let ranges = split(protocol, recording).into_iter().enumerate();
        let planned = |(index, range): (usize, std::ops::Range<usize>)| Planned {
            nanos: rate.nanos_at(FrameNumber(index as i64)),
            bytes: recording[range].to_vec(),
        };
        Self::closed(ranges.map(planned).collect())
    }

    /// Samples in the language of another protocol, at the distances they arrived in.
    pub fn from_samples(samples: &[Sample], encoder: &mut Encoder) -> Self {
        let mut datagrams = Vec::new();
        let (first, mut last) = (samples.first().map(|sample| sample.arrived).unwrap_or_default(), 0);
        for sample in samples {
            last = sample.arrived.nanos_since(first).max(last);
            encoder.encode(sample, |bytes| datagrams.push(Planned { nanos: last, bytes: bytes.to_vec() }));
        }
        Self::closed(datagrams)
    }

    /// Ends the script one usual distance after its last datagram.
    fn closed(datagrams: Vec<Planned>) -> Self {
        let last = datagrams.last().map_or(0, |planned| planned.nanos);
        let times = datagrams.windows(2).filter(|pair| pair[1].nanos > pair[0].nanos).count() as i64;
        let usual = if times > 0 { last / times } else { 40_000_000 };
        Self { datagrams, length_nanos: last + usual }
    }
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The socket could not be made.
    #[error("cannot send to {to}")]
    Socket {
        /// Where to.
        to: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system refuses to send there.
    #[error("the network refuses datagrams to {to}")]
    Refused {
        /// Where to.
        to: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Classify for SendError {
    fn kind(&self) -> Kind {
        Kind::Network
    }
}

/// Where to send, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOptions {
    /// Where to; a multicast group is sent to as such.
    pub to: SocketAddr,
    /// Address of the interface multicast leaves by; absent: the system's choice.
    pub interface: Option<Ipv4Addr>,
    /// How many routers multicast may pass.
    pub multicast_ttl: u32,
}

impl SendOptions {
    /// Sends to `to`; multicast stays on its network.
    pub fn to(to: SocketAddr) -> Self {
        Self { to, interface: None, multicast_ttl: 1 }
    }
}

/// A socket that sends at the right time.
pub struct Sender {
    socket: UdpSocket,
    to: SocketAddr,
}

impl Sender {
    /// Opens a socket for sending.
    ///
    /// # Errors
    /// When the system gives none for this address.
    pub fn open(options: &SendOptions) -> Result<Self, SendError> {
        let to = options.to;
        let fail = |source| SendError::Socket { to, source };
        let any: SocketAddr = match to.ip() {
            IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            IpAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).map_err(fail)?;
        if to.ip().is_multicast() && to.is_ipv4() {
            let socket = SockRef::from(&socket);
            socket.set_multicast_ttl_v4(options.multicast_ttl).map_err(fail)?;
            if let Some(interface) = options.interface {
                socket.set_multicast_if_v4(&interface).map_err(fail)?;
            }
        }
        Ok(Self { socket, to })
    }

    /// Sends everything the pacer gives, until it is done or `cancel` is set. Counts datagrams and bytes.
    ///
    /// # Errors
    /// When the network refuses datagrams. A receiver that is not there yet is no error.
    pub fn run(
        &self,
        pacer: &mut Pacer,
        clock: &dyn Clock,
        cancel: &Cancel,
        progress: &Progress,
    ) -> Result<Sent, SendError> {
        let begun = clock.now();
        while !cancel.is_cancelled() {
            let now = clock.now().nanos_since(begun);
            match pacer.poll(now) {
                Output::Send(bytes) => {
                    self.send(bytes)?;
                    progress.add_done(1);
                    progress.add_transferred(bytes.len() as u64);
                }
                // Short waits, so that stopping is never late; a parked thread may wake early, which is fine.
                Output::WakeAt(then) => {
                    let wait = Duration::from_nanos(then.saturating_sub(now).max(0).unsigned_abs());
                    std::thread::park_timeout(wait.min(Duration::from_millis(50)));
                }
                Output::Done => break,
            }
        }
        Ok(pacer.sent())
    }

    /// Sends one datagram now.
    ///
    /// # Errors
    /// As [`Sender::run`].
    pub fn send(&self, bytes: &[u8]) -> Result<(), SendError> {
        match self.socket.send_to(bytes, self.to) {
            Ok(_) => Ok(()),
            // An earlier datagram met a closed port, or the system's queue is full: UDP loses those.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionRefused
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::WouldBlock
                        | io::ErrorKind::Interrupted
                ) =>
            {
                Ok(())
            }
            Err(source) => Err(SendError::Refused { to: self.to, source }),
        }
    }
}

#[cfg(test)]
mod tests;
