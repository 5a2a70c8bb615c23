//! An HTTP proxy as studios put it between a stage and the world: it passes on what is asked of `http` endpoints, and makes
//! tunnels to `https` ones.
//!
//! Whatever host it is asked for, it leads to one server. So a test can name a host that no name server knows, and whoever
//! gets to the server came through here.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::relay::each_connection;

/// A running proxy; ends when dropped.
pub struct StudioProxy {
    address: SocketAddr,
    asked: Asked,
    _tasks: JoinSet<()>,
}

/// The first line of what each connection asked for.
type Asked = Arc<Mutex<Vec<String>>>;

impl StudioProxy {
    /// A proxy on loopback that leads to `target`. With a `password`, the base64 of `name:password`, it lets nobody else
    /// through.
    ///
    /// # Errors
    /// What the system says when no port can be had.
    pub async fn start(target: SocketAddr, password: Option<&'static str>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let asked = Asked::default();
        let heard = Arc::clone(&asked);
        let tasks = each_connection(listener, move |near| pass(near, target, password, Arc::clone(&heard)));
        Ok(Self { address, asked, _tasks: tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Method and target of the first request of each connection, refused ones too.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn pass(mut near: TcpStream, target: SocketAddr, password: Option<&str>, asked: Asked) {
    let Some((head, rest)) = read_head(&mut near).await else { return };
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let is_tunnel = line.starts_with("CONNECT ");
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    if !password.is_none_or(|password| gives(&head, password)) {
        let _ = near.write_all(REFUSAL).await;
        return;
    }
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    // What is asked of a proxy names the whole URL, which servers take as well.
    let begun = if is_tunnel {
        near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await
    } else {
        far.write_all(head.as_bytes()).await
    };
    if begun.is_ok() && far.write_all(&rest).await.is_ok() {
        let _ = copy_bidirectional(&mut near, &mut far).await;
    }
}

/// The head of the first request with its empty line, and what came after it.
async fn read_head(near: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = read.split_off(at + 4);
            return Some((String::from_utf8(read).ok()?, rest));
        }
        if read.len() > LONGEST_HEAD || near.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

fn gives(head: &str, password: &str) -> bool {
    let wanted = format!("Basic {password}");
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.any(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value == wanted)
}

const REFUSAL: &[u8] =
    b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"studio\"\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";
const LONGEST_HEAD: usize = 64 << 10;
