//! Addresses as people write them.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use cyclorama_tracking::Protocol;

/// Where a second sender is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Backup {
    /// On another address of this machine.
    Listen(String),
    /// On the same one, from this sender; port 0 for any.
    Sender(SocketAddr),
}

impl FromStr for Backup {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("source:") {
            Some(rest) => sender(rest).map(Self::Sender),
            None => {
                let known = address(Some(text), IpAddr::from([0, 0, 0, 0]), Protocol::FreeD);
                known.map(|_| Self::Listen(text.to_owned()))
            }
        }
    }
}

/// Reads `IP` or `IP:PORT` of a sender; port 0 stands for any.
pub(crate) fn sender(text: &str) -> Result<SocketAddr, String> {
    let ip = || text.parse().ok().map(|ip: IpAddr| SocketAddr::new(ip, 0));
    text.parse().ok().or_else(ip).ok_or_else(|| format!("`{text}` is no sender; write IP or IP:PORT"))
}

/// Reads `IP:PORT`, `IP` or `PORT`.
pub(crate) fn address(text: Option<&str>, usual: IpAddr, protocol: Protocol) -> Result<SocketAddr, String> {
    let Some(text) = text else { return Ok(SocketAddr::new(usual, protocol.default_port())) };
    let whole = text.parse().ok();
    let ip = || text.parse().ok().map(|ip| SocketAddr::new(ip, protocol.default_port()));
    let port = || text.trim_start_matches(':').parse().ok().map(|port| SocketAddr::new(usual, port));
    whole
        .or_else(ip)
        .or_else(port)
        .ok_or_else(|| format!("`{text}` is no address; write IP:PORT, IP or PORT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_out_what_is_usual() {
        let usual = IpAddr::from([0, 0, 0, 0]);
        let read = |text| address(text, usual, Protocol::FreeD).map(|address| address.to_string());
        assert_eq!(read(None).unwrap(), "0.0.0.0:40000");
        assert_eq!(read(Some("10.0.0.5")).unwrap(), "10.0.0.5:40000");
        assert_eq!(read(Some("10.0.0.5:7000")).unwrap(), "10.0.0.5:7000");
        assert_eq!(read(Some(":7000")).unwrap(), "0.0.0.0:7000");
        assert!(read(Some("stage left")).unwrap_err().contains("`stage left`"));
    }

    #[test]
    fn a_backup_is_an_address_of_ours_or_a_sender() {
        assert_eq!("40001".parse(), Ok(Backup::Listen("40001".to_owned())));
        assert_eq!("source:10.0.0.8".parse(), Ok(Backup::Sender(([10, 0, 0, 8], 0).into())));
        assert_eq!("source:10.0.0.8:77".parse(), Ok(Backup::Sender(([10, 0, 0, 8], 77).into())));
        assert!("source:".parse::<Backup>().is_err() && "the other one".parse::<Backup>().is_err());
    }
}
