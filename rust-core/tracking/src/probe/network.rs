//! The sockets of a probe: every port a tracker uses by default, and the groups they send to.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, StageTime};
use serde::Serialize;
use socket2::{Domain, Protocol as Transport, SockRef, Socket, Type};

use super::{Probe, Report};
use crate::udp::{bind_alone, where_refused};

/// Where to listen, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeOptions {
    /// The ports.
    pub ports: Vec<u16>,
    /// Groups to join, each on its port.
    pub groups: Vec<(u16, Ipv4Addr)>,
    /// Address of the network card to listen on; unspecified: all of them, groups on the system's choice.
    pub interface: Ipv4Addr,
    /// How long, seconds.
    pub seconds: f64,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        // OpenTrackIO has a group for each of 200 sources; systems let one socket join 20 or so.
        let opentrackio = (1..=16).map(|number| (55555, Ipv4Addr::new(239, 135, 1, number)));
        Self {
            ports: vec![1111, 5001, 6301, 8001, 40000, 52380, 55555, 56565],
            groups: opentrackio.chain([(56565, Ipv4Addr::new(236, 10, 10, 10))]).collect(),
            interface: Ipv4Addr::UNSPECIFIED,
            seconds: 5.0,
        }
    }
}

/// How listening at a port went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PortState {
    /// The port.
    pub port: u16,
    /// `open`, `busy` (another program listens there), or why it cannot be had.
    pub state: String,
    /// Groups joined.
    pub groups: usize,
    /// Groups that could not be joined.
    pub groups_refused: usize,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probed {
    /// How long it listened, seconds.
    pub seconds: f64,
    /// What was heard.
    #[serde(flatten)]
    pub report: Report,
    /// How listening at each port went.
    pub ports: Vec<PortState>,
}

/// Longest wait for a datagram, so that stopping is never late.
const WAIT: Duration = Duration::from_millis(50);
/// Datagrams on their way to the judge; beyond, the system's buffers hold them.
const QUEUE: usize = 4096;

/// Listens at every port until the time is over or `cancel` is set. A port that cannot be had is reported.
pub fn probe(options: &ProbeOptions, clock: &Arc<dyn Clock>, cancel: &Cancel) -> Probed {
    let mut ports = Vec::new();
    let mut open = Vec::new();
    for port in &options.ports {
        let (state, socket) = bind(*port, options);
        ports.push(state);
        open.extend(socket.map(|socket| (*port, socket)));
    }
    let begun = clock.now();
    let over =
        |now: StageTime| now.nanos_since(begun) as f64 >= options.seconds * 1e9 || cancel.is_cancelled();
    let mut probe = Probe::default();
    thread::scope(|scope| {
        let (heard, hearing) = mpsc::sync_channel(QUEUE);
        for (port, socket) in open {
            let (heard, over, clock) = (heard.clone(), &over, clock);
            scope.spawn(move || {
                let mut buffer = vec![0; 65_535];
                while !over(clock.now()) {
                    let Ok((len, source)) = socket.recv_from(&mut buffer) else { continue };
                    if heard.send((port, clock.now(), source, buffer[..len].to_vec())).is_err() {
                        break;
                    }
                }
            });
        }
        drop(heard);
        while !over(clock.now()) {
            match hearing.recv_timeout(WAIT) {
                Ok((port, arrived, source, bytes)) => probe.datagram(port, arrived, source, &bytes),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                // No port could be had: nothing to wait for.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        drop(hearing);
    });
    let seconds = clock.now().nanos_since(begun) as f64 * 1e-9;
    Probed { seconds, report: probe.report(), ports }
}

fn open(address: SocketAddr, is_alone: bool) -> io::Result<UdpSocket> {
    if !is_alone {
        let socket = UdpSocket::bind(address)?;
        return socket.set_read_timeout(Some(WAIT)).map(|()| socket);
    }
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Transport::UDP))?;
    bind_alone(&socket, address)?;
    socket.set_read_timeout(Some(WAIT))?;
    Ok(socket.into())
}

/// Opens a port, never sharing it: of two programs on one port the first would go deaf.
fn bind(port: u16, options: &ProbeOptions) -> (PortState, Option<UdpSocket>) {
    let mut state = PortState { port, state: "open".to_owned(), groups: 0, groups_refused: 0 };
    let groups: Vec<Ipv4Addr> =
        options.groups.iter().filter(|(at, _)| *at == port).map(|(_, group)| *group).collect();
    // A socket bound to one address hears no group.
    let address = if groups.is_empty() { options.interface } else { Ipv4Addr::UNSPECIFIED };
    match open(SocketAddr::from((address, port)), groups.is_empty()) {
        Ok(socket) => {
            let _ = SockRef::from(&socket).set_recv_buffer_size(4 << 20);
            for group in groups {
                match socket.join_multicast_v4(&group, &options.interface) {
                    Ok(()) => state.groups += 1,
                    Err(_) => state.groups_refused += 1,
                }
            }
            (state, Some(socket))
        }
        Err(error) => {
            state.state = match error.kind() {
                io::ErrorKind::AddrInUse => "busy".to_owned(),
                io::ErrorKind::PermissionDenied if cfg!(windows) => where_refused(port, cfg!(windows)),
                _ => error.to_string(),
            };
            (state, None)
        }
    }
}
