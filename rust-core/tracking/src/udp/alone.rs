//! A port that is nobody else's.
//!
//! Windows gives the port of a listener away to whoever asks for a shared one, and then only one of the two is served. A
//! listener has to say that it wants the port alone. Elsewhere a port is shared only where both ask for it.

use std::{io, net::SocketAddr};

use socket2::{SockAddr, Socket};

/// Binds a socket to an address that it does not share.
///
/// # Errors
/// What the system says: the port is held, or kept back.
pub(crate) fn bind(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    #[cfg(windows)]
    if let Err(error) = keep(socket) {
        tracing::debug!(%error, "another program may take this port");
    }
    socket.bind(&SockAddr::from(address))
}

/// What to do where the system refuses a port. Windows has none for administrators alone: there it is held, or kept back.
pub(crate) fn where_refused(port: u16, is_windows: bool) -> String {
    if is_windows {
        format!(
            "another program may hold UDP port {port}, or Windows reserves it \
             (`netsh int ipv4 show excludedportrange udp` lists those); stop that program or choose another port"
        )
    } else {
        "choose a port of 1024 or above".to_owned()
    }
}

#[cfg(windows)]
fn keep(socket: &Socket) -> io::Result<()> {
    use std::os::windows::io::AsRawSocket as _;
    use windows_sys::Win32::Networking::WinSock::{SO_EXCLUSIVEADDRUSE, SOCKET, SOL_SOCKET, setsockopt};

    let yes = 1_i32.to_ne_bytes();
    #[expect(unsafe_code, reason = "socket2 does not know this option")]
    // SAFETY: the socket is open for as long as it is borrowed, and `yes` has the four bytes that are told to be read.
    let done = unsafe {
        setsockopt(socket.as_raw_socket() as SOCKET, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, yes.as_ptr(), 4)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::where_refused;

    #[test]
    fn a_refused_port_is_explained_as_the_system_means_it() {
        let words = where_refused(40_000, true);
        assert!(words.contains("UDP port 40000") && words.contains("excludedportrange"), "{words}");
        assert!(where_refused(80, false).contains("1024"));
    }
}
