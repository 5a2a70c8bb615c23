//! A long, narrow link between two sockets: every byte waits half a round trip, and the link carries only so many a
//! second, shared by all connections. In user space, so that it needs no privileges. Real time; loses nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::relay::each_connection;

/// What the link is like, in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// There and back.
    pub round_trip: Duration,
    /// Bytes a second, each way.
    pub rate: u64,
}

/// A running link; ends when dropped.
pub struct Wan {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// When the link is free again.
#[derive(Clone)]
struct Lane(Arc<Mutex<Instant>>, u64);

impl Lane {
    fn new(rate: u64) -> Self {
        Self(Arc::new(Mutex::new(Instant::now())), rate.max(1))
    }

    /// The moment at which the last of `bytes` has left.
    fn send(&self, bytes: usize) -> Instant {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(Instant::now()) + Duration::from_secs_f64(bytes as f64 / self.1 as f64);
        *free
    }
}

impl Wan {
    /// A link to `target`, entered at [`Wan::address`].
    ///
    /// # Errors
    /// What the system says when no port can be had.
    pub async fn start(listen: SocketAddr, target: SocketAddr, link: Link) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (up, down) = (Lane::new(link.rate), Lane::new(link.rate));
        let tasks =
            each_connection(listener, move |near| carry(near, target, link, up.clone(), down.clone()));
        Ok(Self { address, _tasks: tasks })
    }

    /// Where the near side connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn carry(near: TcpStream, target: SocketAddr, link: Link, up: Lane, down: Lane) {
    // The handshake crosses the link once before anything else does.
    tokio::time::sleep(link.round_trip).await;
    let Ok(far) = TcpStream::connect(target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    tokio::join!(one_way(near_read, far_write, link, up), one_way(far_read, near_write, link, down));
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, link: Link, lane: Lane) {
    const PIECE: usize = 16 << 10;
    // What may be on its way: two round trips' worth, as well-set TCP buffers hold.
    let travelling = (link.rate as f64 * link.round_trip.as_secs_f64() * 2.0) as usize / PIECE + 8;
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(travelling);
    let reading = async move {
        loop {
            let mut piece = vec![0; PIECE];
            match from.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(length) => {
                    piece.truncate(length);
                    let left = lane.send(length);
                    // The line itself takes no more than it can send.
                    tokio::time::sleep_until(left).await;
                    if sender.send((left + link.round_trip / 2, piece)).await.is_err() {
                        break;
                    }
                }
            }
        }
    };
    let writing = async move {
        while let Some((arrives, piece)) = receiver.recv().await {
            tokio::time::sleep_until(arrives).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}
