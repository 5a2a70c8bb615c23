//! The server: one kind of request, `GET /o/<key>` with a range, for objects that never change.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_RANGE, RANGE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::cache::Cache;
use super::origin::{EdgeStats, Origin};
use super::{ANEW, DIGEST_HEADER, LONGEST_ANSWER, Token, never_changes};
use crate::{Key, Store, StoreError};

/// How an edge is run.
#[derive(Clone, Debug)]
pub struct EdgeOptions {
    /// Where it listens; port 0 takes any.
    pub address: SocketAddr,
    /// A folder for its cache, of its own.
    pub cache: PathBuf,
    /// Bytes that the cache may have.
    pub capacity: u64,
    /// What readers must know. Without one it listens on this machine only.
    pub token: Option<Token>,
}

/// Why an edge could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeError {
    /// Everybody on the network could read from it.
    #[error("an edge on {0} needs a token, since others can reach it")]
    Open(SocketAddr),
    /// The address is not to be had.
    #[error("could not listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another edge has the folder.
    #[error("another edge keeps its pieces in `{}`", .0.display())]
    Busy(PathBuf),
    /// The folder is not to be had.
    #[error("could not use `{}` as a cache", folder.display())]
    Cache {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Classify for EdgeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Open(_) => Kind::User,
            Self::Busy(_) => Kind::Refused,
            Self::Listen { source, .. } | Self::Cache { source, .. } => match source.kind() {
                ErrorKind::AddrInUse | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    Kind::Refused
                }
                ErrorKind::StorageFull => Kind::Internal,
                _ => Kind::User,
            },
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Listen { address, source } if source.kind() == ErrorKind::AddrInUse => {
                let port = address.port();
                Some(format!(
                    "stop the program that listens on TCP port {port}, or choose another with --listen"
                ))
            }
            Self::Listen { source, .. } if source.kind() == ErrorKind::AddrNotAvailable => {
                Some("listen on an address of this machine".to_owned())
            }
            Self::Busy(_) | Self::Cache { .. } => {
                Some("give this edge a folder of its own with --cache".to_owned())
            }
            Self::Open(_) => Some("write a long word to a file and give it with --token-file".to_owned()),
            _ => None,
        }
    }
}

/// A running edge. Dropping it stops it.
#[derive(Debug)]
pub struct Edge {
    address: SocketAddr,
    origin: Arc<Origin>,
    stop: watch::Sender<bool>,
    task: JoinSet<()>,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Edge {
    /// Starts an edge in front of a store.
    ///
    /// # Errors
    /// [`EdgeError`] when it would be open to everybody, or has no place to listen or to keep things.
    pub async fn bind(store: Arc<dyn Store>, options: EdgeOptions) -> Result<Self, EdgeError> {
        let EdgeOptions { address, cache: folder, capacity, token } = options;
        if token.is_none() && !address.ip().is_loopback() {
            return Err(EdgeError::Open(address));
        }
        let cache = Cache::open(&folder, capacity).map_err(|source| match source.kind() {
            ErrorKind::WouldBlock => EdgeError::Busy(folder),
            _ => EdgeError::Cache { folder, source },
        })?;
        let listen = |source| EdgeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let origin = Arc::new(Origin::new(store, cache));
        let (stop, stopped) = watch::channel(false);
        let mut task = JoinSet::new();
        task.spawn(accept(listener, Arc::clone(&origin), token.map(Arc::new), stopped));
        Ok(Self { address, origin, stop, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has done.
    pub fn stats(&self) -> EdgeStats {
        self.origin.stats()
    }

    /// Stops it and cuts its connections; readers go to the store themselves.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        while self.task.join_next().await.is_some() {}
    }
}

async fn accept(
    listener: TcpListener,
    origin: Arc<Origin>,
    token: Option<Arc<Token>>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&origin), token.clone()));
                }
                // Out of handles, as a rule: a moment later there may be some.
                Err(problem) => {
                    tracing::warn!(%problem, "could not take a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn serve(stream: TcpStream, origin: Arc<Origin>, token: Option<Arc<Token>>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let (origin, token) = (Arc::clone(&origin), token.clone());
        async move { Ok::<_, Infallible>(answer(&request, &origin, token.as_deref()).await) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(16 << 10);
    // A connection that breaks is its reader's to mend.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: &Request<Incoming>,
    origin: &Arc<Origin>,
    token: Option<&Token>,
) -> Response<Full<Bytes>> {
    let header = |name| request.headers().get(name).map(hyper::header::HeaderValue::as_bytes);
    if token.is_some_and(|token| !token.is_in(header(AUTHORIZATION))) {
        return plain(StatusCode::UNAUTHORIZED);
    }
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    let key = request.uri().path().strip_prefix("/o/").and_then(|key| Key::new(key).ok());
    let Some(key) = key.filter(never_changes) else { return plain(StatusCode::NOT_FOUND) };
    let Some((offset, length)) = header(RANGE).and_then(parse_range) else {
        return plain(StatusCode::RANGE_NOT_SATISFIABLE);
    };
    let anew = header(CACHE_CONTROL) == Some(ANEW.as_bytes());
    match tokio::time::timeout(ANSWER, origin.range(&key, offset, length, anew)).await {
        Ok(Ok(bytes)) => partial(offset, bytes),
        Ok(Err(problem)) if matches!(*problem, StoreError::NotFound { .. }) => plain(StatusCode::NOT_FOUND),
        Ok(Err(_)) => plain(StatusCode::BAD_GATEWAY),
        Err(_) => plain(StatusCode::GATEWAY_TIMEOUT),
    }
}

/// `bytes=A-B`, both inclusive.
pub(crate) fn parse_range(header: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = std::str::from_utf8(header).ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let length = last.checked_sub(first)?.checked_add(1)?;
    (length <= LONGEST_ANSWER && last < LARGEST_OBJECT).then_some((first, length))
}

fn partial(offset: u64, bytes: Bytes) -> Response<Full<Bytes>> {
    let range = format!("bytes {offset}-{}/*", (offset + bytes.len() as u64).saturating_sub(1));
    let response = Response::builder()
        .status(StatusCode::PARTIAL_CONTENT)
        .header(CONTENT_RANGE, range)
        .header(DIGEST_HEADER, Digest::of(&bytes).to_string());
    response.body(Full::new(bytes)).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// Readers at the same time; more wait in the system's queue.
const CONNECTIONS: usize = 512;
/// How long a connection may be silent, or take to send a request.
const IDLE: Duration = Duration::from_secs(60);
/// How long an answer may take until its reader had better ask the store.
const ANSWER: Duration = Duration::from_secs(60);
/// Bytes of the largest object that is thought possible: 5 TiB.
const LARGEST_OBJECT: u64 = 5 << 40;
