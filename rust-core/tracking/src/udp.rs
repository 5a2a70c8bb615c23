//! UDP in: a listener that stamps each datagram as the socket gives it, and a recorder around it.
//!
//! One blocking thread per listener, reused buffers, no allocation per packet. It waits no longer than it is
//! told, so whoever owns it can stop it. On Linux datagrams come in batches, with the kernel's own times and the
//! number it had to drop; elsewhere one by one. Decoding and takes are elsewhere.

mod alone;
#[cfg(target_os = "linux")]
mod batched;
#[cfg(target_os = "linux")]
mod crowd;
mod haste;
mod health;
mod interface;
pub mod recorder;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use cyclorama_outcome::{Classify, Kind};
#[cfg(target_os = "linux")]
use cyclorama_time::UtcTime;
use cyclorama_time::{Clock, StageTime};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol as Transport, SockAddr, SockRef, Socket, Type};

pub(crate) use alone::{bind as bind_alone, where_refused};
pub use haste::{raise_priority, short_turns};
pub use health::{Health, MOST_SOURCES, SharedHealth, SourceHealth};
pub use interface::{Interface, UnknownInterface};
pub use recorder::{RecordError, Recorded, Recorder, RecorderOptions, record};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// Local address and port; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Multicast group to join.
    pub multicast: Option<Ipv4Addr>,
    /// Network interface to join it on; absent: the system's choice.
    pub interface: Option<Interface>,
    /// Bytes the system may hold for us while we are busy. Less is taken where the system allows less.
    pub receive_buffer: usize,
}

impl ListenOptions {
    /// Listens at `bind`, unicast.
    pub fn at(bind: SocketAddr) -> Self {
        Self { bind, multicast: None, interface: None, receive_buffer: 4 << 20 }
    }
}

/// Why nothing can be received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Another program listens there.
    #[error("{address} is in use by another program")]
    InUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// No interface of this machine has that address.
    #[error("this machine has no address {}", address.ip())]
    NoSuchAddress {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Ports below 1024, usually; on Windows one that another program holds, or that Windows keeps back.
    #[error("this user may not listen at {address}")]
    NotAllowed {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The group is no IPv4 multicast address, or the listening address is not IPv4.
    #[error(
        "{group} cannot be joined from {address}: it takes a group in 224.0.0.0 to 239.255.255.255 and IPv4"
    )]
    NotMulticast {
        /// The group asked for.
        group: Ipv4Addr,
        /// The address asked for.
        address: SocketAddr,
    },
    /// The group could not be joined.
    #[error("cannot join {group}")]
    Join {
        /// The group asked for.
        group: Ipv4Addr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Any other trouble with the socket.
    #[error("cannot listen at {address}")]
    Socket {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Classify for ListenError {
    fn kind(&self) -> Kind {
        match self {
            Self::InUse { .. } => Kind::Conflict,
            Self::NotAllowed { .. } => Kind::Refused,
            Self::NoSuchAddress { .. } | Self::NotMulticast { .. } => Kind::User,
            Self::Join { .. } | Self::Socket { .. } => Kind::Network,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::InUse { address } => Some(format!(
                "stop the program that listens on UDP port {}, or listen on another with --bind",
                address.port()
            )),
            Self::NoSuchAddress { address } => {
                Some(format!("use 0.0.0.0:{} to listen on every interface", address.port()))
            }
            Self::NotAllowed { address } => Some(where_refused(address.port(), cfg!(windows))),
            Self::Join { .. } => Some("name the network interface the trackers are on".into()),
            _ => None,
        }
    }
}

/// One datagram, as long as the next has not been asked for.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// When the kernel had it, or where it does not say, when the socket gave it.
    pub arrived: StageTime,
    /// Who sent it.
    pub source: Option<SocketAddr>,
    /// Its payload.
    pub bytes: &'a [u8],
}

/// An open UDP socket.
pub struct Listener {
    socket: UdpSocket,
    clock: Arc<dyn Clock>,
    address: SocketAddr,
    buffer: Vec<u8>,
    timeout: Option<Duration>,
    #[cfg(target_os = "linux")]
    batch: Option<batched::Batch>,
    /// The last datagram had waited: more may be waiting behind it.
    #[cfg(target_os = "linux")]
    behind: bool,
    /// How many come.
    #[cfg(target_os = "linux")]
    crowd: crowd::Crowd,
    /// When the batch was taken, by both clocks.
    #[cfg(target_os = "linux")]
    now: StageTime,
    #[cfg(target_os = "linux")]
    utc: UtcTime,
    /// The last arrival given out: arrivals are in order.
    #[cfg(target_os = "linux")]
    newest: StageTime,
}

impl Listener {
    /// Opens the socket and joins the group.
    ///
    /// # Errors
    /// [`ListenError`], each with what to do about it.
    pub fn bind(options: &ListenOptions, clock: Arc<dyn Clock>) -> Result<Self, ListenError> {
        let address = options.bind;
        let fail = |source| socket_error(address, source);
        let socket =
            Socket::new(Domain::for_address(address), Type::DGRAM, Some(Transport::UDP)).map_err(fail)?;
        let _ = socket.set_recv_buffer_size(options.receive_buffer);
        // Sharing a port is for groups, where each listener gets a copy. Of two unicast listeners on one port
        // only one would be served, silently.
        match options.multicast {
            None => bind_alone(&socket, address).map_err(fail)?,
            Some(group) => {
                socket.set_reuse_address(true).map_err(fail)?;
                socket.bind(&SockAddr::from(address)).map_err(fail)?;
                join(&socket, group, options)?;
            }
        }
        let address = socket.local_addr().map_err(fail)?.as_socket().unwrap_or(address);
        let socket: UdpSocket = socket.into();
        Ok(Self {
            #[cfg(target_os = "linux")]
            batch: batched::Batch::new(&socket, LONGEST),
            #[cfg(target_os = "linux")]
            behind: false,
            #[cfg(target_os = "linux")]
            crowd: crowd::Crowd::default(),
            #[cfg(target_os = "linux")]
            now: StageTime::from_nanos(0),
            #[cfg(target_os = "linux")]
            utc: UtcTime::from_nanos(0),
            #[cfg(target_os = "linux")]
            newest: StageTime::from_nanos(i64::MIN),
            socket,
            clock,
            address,
            buffer: vec![0; LONGEST],
            timeout: None,
        })
    }

    /// Datagrams the system dropped since the start because nobody took them in time; `None` where it does not
    /// say. Known when the next datagram comes.
    pub fn dropped(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        return self.batch.as_ref().map(batched::Batch::dropped);
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// Where it listens, with the port the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes the system holds for us at most.
    pub fn receive_buffer(&self) -> usize {
        SockRef::from(&self.socket).recv_buffer_size().unwrap_or(0)
    }

    /// The clock datagrams are stamped with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The next datagram, or `None` if none comes within `timeout` (at least a millisecond).
    ///
    /// # Errors
    /// When the socket is of no use any more.
    pub fn recv(&mut self, timeout: Duration) -> Result<Option<Datagram<'_>>, ListenError> {
        #[cfg(target_os = "linux")]
        if self.batch.is_some() {
            return self.recv_batched(timeout);
        }
        self.wait_at_most(timeout)?;
        let fail = |source| socket_error(self.address, source);
        match self.socket.recv_from(&mut self.buffer) {
            Ok((len, source)) => {
                let arrived = self.clock.now();
                Ok(Some(Datagram { arrived, source: Some(source), bytes: &self.buffer[..len] }))
            }
            Err(error) if passes(&error) => Ok(None),
            Err(error) => Err(fail(error)),
        }
    }

    fn wait_at_most(&mut self, timeout: Duration) -> Result<(), ListenError> {
        let timeout = timeout.max(Duration::from_millis(1));
        if self.timeout != Some(timeout) {
            let set = self.socket.set_read_timeout(Some(timeout));
            set.map_err(|source| socket_error(self.address, source))?;
            self.timeout = Some(timeout);
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn recv_batched(&mut self, timeout: Duration) -> Result<Option<Datagram<'_>>, ListenError> {
        if !self.batch.as_ref().is_some_and(batched::Batch::has_next) {
            self.wait_at_most(timeout)?;
            let gathers = self.crowd.gathers() && !self.behind;
            if gathers {
                // Many streams: a wake-up for each of their datagrams would cost more than all else here.
                std::thread::park_timeout(GATHERING);
            }
            let many = gathers || self.behind;
            let received = self.batch.as_mut().map_or(Ok(()), |batch| batch.receive(&self.socket, many));
            match received {
                Err(error) if passes(&error) => return Ok(None),
                received => received.map_err(|source| socket_error(self.address, source))?,
            }
            (self.now, self.utc) = (self.clock.now(), self.clock.utc());
            let (left, youngest) =
                self.batch.as_ref().map_or((0, None), |batch| (batch.left(), batch.youngest()));
            let age = youngest.map_or(0, |then| self.utc.nanos().saturating_sub(then));
            self.crowd.came(left, age, self.now);
        }
        let (now, newest) = (self.now, self.newest);
        let next = self.batch.as_mut().and_then(batched::Batch::next);
        Ok(next.map(|(got, bytes)| {
            // The kernel stamps by its wall clock: what counts is how long before the call's end that was. A
            // wall clock that was set in between, or is not the kernel's, says nothing.
            let age = got.utc_nanos.map_or(0, |then| self.utc.nanos().saturating_sub(then));
            let age = if (0..=LONGEST_WAIT).contains(&age) { age } else { 0 };
            self.behind = age > BEHIND;
            let arrived = now.plus_nanos(-age).max(newest);
            self.newest = arrived;
            Datagram { arrived, source: got.source, bytes }
        }))
    }
}

/// A datagram that waited longer than it takes to wake a thread was not alone, nanoseconds.
#[cfg(target_os = "linux")]
const BEHIND: i64 = 25_000;

/// Where datagrams are dense, those of so long are taken together. A twentieth of a frame at 240 a second.
#[cfg(target_os = "linux")]
const GATHERING: Duration = Duration::from_micros(200);

/// A datagram does not wait longer than this in the kernel, nanoseconds.
#[cfg(target_os = "linux")]
const LONGEST_WAIT: i64 = 1_000_000_000;

/// The longest payload a UDP datagram's length field allows.
const LONGEST: usize = 65_535;

fn join(socket: &Socket, group: Ipv4Addr, options: &ListenOptions) -> Result<(), ListenError> {
    let IpAddr::V4(_) = options.bind.ip() else {
        return Err(ListenError::NotMulticast { group, address: options.bind });
    };
    if !group.is_multicast() {
        return Err(ListenError::NotMulticast { group, address: options.bind });
    }
    let fail = |source| ListenError::Join { group, source };
    let interface = match options.interface {
        None => InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED),
        Some(Interface::Address(address)) => InterfaceIndexOrAddress::Address(address),
        Some(Interface::Index(index)) => InterfaceIndexOrAddress::Index(index),
    };
    // Without this, Linux also hands us groups that other programs joined on this port.
    #[cfg(target_os = "linux")]
    socket.set_multicast_all_v4(false).map_err(fail)?;
    socket.join_multicast_v4_n(&group, &interface).map_err(fail)
}

/// Errors of a receive that say nothing about the socket: nothing came, a signal, or an earlier send bounced.
fn passes(error: &io::Error) -> bool {
    use io::ErrorKind as E;
    matches!(
        error.kind(),
        E::WouldBlock | E::TimedOut | E::Interrupted | E::ConnectionReset | E::ConnectionRefused
    )
}

fn socket_error(address: SocketAddr, source: io::Error) -> ListenError {
    match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse { address },
        io::ErrorKind::AddrNotAvailable => ListenError::NoSuchAddress { address },
        io::ErrorKind::PermissionDenied => ListenError::NotAllowed { address },
        _ => ListenError::Socket { address, source },
    }
}

#[cfg(test)]
mod tests;
