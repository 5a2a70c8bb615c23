//! Whether trackers can be heard: loopback, multicast, free ports, buffers.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use cyclorama_tracking::Protocol;
use socket2::{Domain, Socket, Type};

use super::Finding;

/// Groups that PosiStageNet and OpenTrackIO senders use.
const GROUPS: [Ipv4Addr; 2] = [Ipv4Addr::new(236, 10, 10, 10), Ipv4Addr::new(235, 135, 1, 1)];

pub(super) fn loopback() -> Finding {
    let meaning = "trackers speak UDP; if this fails, no tracking program works on this machine";
    match round_trip() {
        Ok(()) => Finding::ok("udp-loopback", meaning, "a datagram went round on 127.0.0.1"),
        Err(error) => Finding::ok("udp-loopback", meaning, format!("no datagram came back: {error}"))
            .fail("allow local UDP in the machine's firewall"),
    }
}

fn round_trip() -> io::Result<()> {
    let receiver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    receiver.set_read_timeout(Some(Duration::from_secs(1)))?;
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    sender.send_to(b"cyclorama", receiver.local_addr()?)?;
    let mut bytes = [0; 16];
    let (length, _) = receiver.recv_from(&mut bytes)?;
    if &bytes[..length] == b"cyclorama" { Ok(()) } else { Err(io::Error::other("other bytes arrived")) }
}

pub(super) fn multicast(interface: Ipv4Addr) -> Finding {
    let meaning = "OpenTrackIO and PosiStageNet reach many machines by multicast";
    let refused = GROUPS.iter().find_map(|group| {
        let joined = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
            .and_then(|socket| socket.join_multicast_v4(group, &interface));
        joined.err().map(|error| format!("{group} cannot be joined on {interface}: {error}"))
    });
    match refused {
        None => Finding::ok("multicast", meaning, "the groups of OpenTrackIO and PosiStageNet can be joined"),
        Some(found) => Finding::ok("multicast", meaning, found)
            .warn("set tracking.interface to the address of the card on the tracking network"),
    }
}

pub(super) fn ports() -> Finding {
    let meaning = "two programs cannot share a tracker's port";
    let taken: Vec<String> = Protocol::ALL
        .into_iter()
        .filter(|protocol| {
            let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, protocol.default_port()));
            UdpSocket::bind(address).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
        })
        .map(|protocol| format!("{} ({})", protocol.default_port(), protocol))
        .collect();
    if taken.is_empty() {
        Finding::ok("tracker-ports", meaning, "the usual ports of all protocols are free")
    } else {
        Finding::ok("tracker-ports", meaning, format!("in use by another program: {}", taken.join(", ")))
            .warn("close that program, or listen on another port with --bind")
    }
}

pub(super) fn receive_buffer(wanted: usize) -> Finding {
    let meaning = "a small buffer loses tracker packets when the machine is busy for a moment";
    match granted(wanted) {
        Ok(granted) if granted >= wanted => {
            Finding::ok("receive-buffer", meaning, format!("{granted} bytes granted"))
        }
        Ok(granted) => {
            let found = format!("{granted} bytes granted of the {wanted} asked for");
            let remedy = if cfg!(target_os = "linux") {
                format!("as root: sysctl -w net.core.rmem_max={wanted}")
            } else {
                "raise the system's limit for UDP receive buffers".to_owned()
            };
            Finding::ok("receive-buffer", meaning, found).warn(remedy)
        }
        Err(error) => Finding::ok("receive-buffer", meaning, format!("could not be asked for: {error}"))
            .warn("check the system's limits for UDP sockets"),
    }
}

fn granted(wanted: usize) -> io::Result<usize> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // Some systems refuse what is past their limit instead of giving less; the size then tells.
    let _ = socket.set_recv_buffer_size(wanted);
    let size = socket.recv_buffer_size()?;
    // Linux reports twice what it grants, for its own bookkeeping.
    Ok(if cfg!(target_os = "linux") { size / 2 } else { size })
}
