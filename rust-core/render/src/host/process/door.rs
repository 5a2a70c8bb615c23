//! Where a host knocks that cannot speak over its standard output: a port of this machine, and a word only it knows.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;

use super::{HostFailure, TailOfLog, describe};
use crate::host::engine::{ARGUMENT, WORD_BYTES, WORD_VARIABLE};

pub(super) struct Door {
    listener: TcpListener,
    address: SocketAddr,
    /// Hexadecimal digits.
    word: String,
}

/// Whoever connects says the word within this time.
const POLITE: Duration = Duration::from_secs(5);

impl Door {
    pub(super) async fn new() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let word: u128 = rand::random();
        Ok(Self { listener, address, word: format!("{word:032x}") })
    }

    /// What the host is started with.
    pub(super) fn argument(&self) -> OsString {
        OsString::from(format!("{ARGUMENT}{}", self.address))
    }

    /// The word; not among the arguments, which everybody on the machine can read.
    pub(super) fn variable(&self) -> (OsString, OsString) {
        (OsString::from(WORD_VARIABLE), OsString::from(&self.word))
    }

    /// Waits for the host. Others who connect are sent away.
    pub(super) async fn open(
        &self,
        child: &mut Child,
        patience: Duration,
        log: &TailOfLog,
    ) -> Result<TcpStream, HostFailure> {
        let knocking = tokio::time::timeout(patience, async {
            loop {
                let Ok((stream, _)) = self.listener.accept().await else { continue };
                if let Ok(Ok(stream)) = tokio::time::timeout(POLITE, self.greet(stream)).await {
                    return stream;
                }
            }
        });
        tokio::select! {
            came = knocking => came.map_err(|_| {
                HostFailure::Silent { seconds: patience.as_secs_f64(), log: log.tail() }
            }),
            ended = child.wait() => {
                let status = ended.map_or_else(|error| error.to_string(), describe);
                Err(HostFailure::Ended { status, log: log.tail() })
            }
        }
    }

    async fn greet(&self, mut stream: TcpStream) -> io::Result<TcpStream> {
        let mut said = [0; WORD_BYTES];
        stream.read_exact(&mut said).await?;
        stream.set_nodelay(true)?;
        if said == self.word.as_bytes() { Ok(stream) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }
}
