//! The reader's side: a store that asks the edge first for what never changes, and the store behind for all else.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use cyclorama_content::Digest;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, HOST, RANGE};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{ANEW, DIGEST_HEADER, LONGEST_ANSWER, Token, never_changes};
use crate::store::{Sleep, Wake};
use crate::{Condition, ETag, Key, Listing, Object, Store, StoreError};

/// A store that is read through an edge. Whatever happens to the edge, it gives what the store behind gives.
pub struct EdgeStore {
    origin: Arc<dyn Store>,
    edge: SocketAddr,
    token: Option<Token>,
    idle: Mutex<Vec<Connection>>,
    /// Requests that will not try the edge, after it failed.
    rest: AtomicU32,
    /// Failures of the edge in a row.
    failures: AtomicU32,
    /// Whether that was said.
    told: AtomicBool,
    /// Whether the edge refused the token.
    stranger: AtomicBool,
    /// Objects of which the edge gave something else than what they are.
    doubted: Mutex<HashMap<Key, Doubt>>,
}

/// What is done about an object that was not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// The edge is asked to fetch it anew, once.
    Anew,
    /// It has been asked to, and is believed again.
    Asked,
    /// That was of no use: it is read from the store.
    Straight,
}

/// A connection to the edge, and the task that moves its bytes.
struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    _task: JoinSet<()>,
}

impl EdgeStore {
    /// Reads `origin` through the edge at this address.
    pub fn new(origin: Arc<dyn Store>, edge: SocketAddr, token: Option<Token>) -> Self {
        let (rest, failures) = (AtomicU32::new(0), AtomicU32::new(0));
        let (idle, doubted) = (Mutex::default(), Mutex::default());
        let (told, stranger) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { origin, edge, token, idle, rest, failures, told, stranger, doubted }
    }

    /// The bytes as the edge gives them; `None` when the store behind has to be asked.
    async fn through_edge(&self, key: &Key, offset: u64, length: u64) -> Option<Bytes> {
        if !never_changes(key) || length > LONGEST_ANSWER || length == 0 {
            return None;
        }
        let anew = self.believed(key)?;
        let waiting = |rest: u32| rest.checked_sub(1);
        if self.rest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, waiting).is_ok() {
            return None;
        }
        match tokio::time::timeout(PATIENCE, self.ask(key, offset, length, anew)).await {
            Ok(Some(answer)) => {
                self.failures.store(0, Ordering::Relaxed);
                answer
            }
            Ok(None) | Err(_) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed).min(LONGEST_REST_POWER);
                self.rest.store(FIRST_REST << failures, Ordering::Relaxed);
                if let Some(what) = self.complaint() {
                    tracing::warn!(edge = %self.edge, "the edge {what}; reading from the store");
                }
                None
            }
        }
    }

    /// What is wrong with the edge, the first time that this is asked.
    fn complaint(&self) -> Option<&'static str> {
        let stranger = self.stranger.load(Ordering::Relaxed);
        let what = if stranger { "does not know this token" } else { "does not answer" };
        (!self.told.swap(true, Ordering::Relaxed)).then_some(what)
    }

    /// Whether the edge is asked to fetch this anew; `None` when it is not asked at all.
    fn believed(&self, key: &Key) -> Option<bool> {
        let mut doubted = self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        if doubted.len() >= MOST_DOUBTED {
            return None;
        }
        match doubted.get_mut(key) {
            None | Some(Doubt::Asked) => Some(false),
            Some(Doubt::Straight) => None,
            Some(doubt) => {
                *doubt = Doubt::Asked;
                Some(true)
            }
        }
    }

    /// One request. `None`: the edge is out of order; `Some(None)`: it works, and does not have this.
    async fn ask(&self, key: &Key, offset: u64, length: u64, anew: bool) -> Option<Option<Bytes>> {
        let mut connection = self.connection().await?;
        let last = offset.checked_add(length)? - 1;
        let mut request = Request::get(format!("/o/{key}"))
            .header(HOST, self.edge.to_string())
            .header(RANGE, format!("bytes={offset}-{last}"));
        if anew {
            request = request.header(CACHE_CONTROL, ANEW);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.header());
        }
        let response = connection.sender.send_request(request.body(Empty::new()).ok()?).await.ok()?;
        let status = response.status();
        let digest =
            response.headers().get(DIGEST_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = Limited::new(response.into_body(), length as usize).collect().await.ok()?.to_bytes();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        match status {
            StatusCode::PARTIAL_CONTENT if digest? == Digest::of(&body).to_string() => Some(Some(body)),
            StatusCode::NOT_FOUND | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Some(None),
            StatusCode::UNAUTHORIZED => {
                self.stranger.store(true, Ordering::Relaxed);
                None
            }
            _ => None,
        }
    }

    async fn connection(&self) -> Option<Connection> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut connection) = idle else { break };
            if !connection.sender.is_closed() && connection.sender.ready().await.is_ok() {
                return Some(connection);
            }
        }
        let stream = tokio::time::timeout(CONNECT, TcpStream::connect(self.edge)).await.ok()?.ok()?;
        let _ = stream.set_nodelay(true);
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            let _ = connection.await;
        });
        Some(Connection { sender, _task: task })
    }

    /// A whole object of at most `limit` bytes in pieces; `None` when any of them is not to be had from the edge.
    async fn whole(&self, key: &Key, limit: u64) -> Option<Bytes> {
        let mut bytes = BytesMut::new();
        loop {
            let piece = self.through_edge(key, bytes.len() as u64, PIECE).await?;
            bytes.extend_from_slice(&piece);
            if bytes.len() as u64 > limit {
                return None;
            }
            if (piece.len() as u64) < PIECE {
                return Some(bytes.freeze());
            }
        }
    }
}

#[async_trait]
impl Store for EdgeStore {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        match self.whole(key, u64::MAX).await {
            Some(bytes) => Ok(Object { etag: ETag(Digest::of(&bytes).to_string()), bytes }),
            None => self.origin.get(key).await,
        }
    }

    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        match self.whole(key, limit).await {
            Some(bytes) => Ok(Object { etag: ETag(Digest::of(&bytes).to_string()), bytes }),
            None => self.origin.get_at_most(key, limit).await,
        }
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        match self.through_edge(key, offset, length).await {
            Some(bytes) => Ok(bytes),
            None => self.origin.get_range(key, offset, length).await,
        }
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        self.origin.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        self.origin.put(key, bytes, condition).await
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.origin.delete(key, condition).await
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.origin.list(prefix, start_after, limit).await
    }

    async fn wake(&self, key: &Key, ask: Option<Wake>) -> Result<Sleep, StoreError> {
        self.origin.wake(key, ask).await
    }

    fn describe(&self) -> String {
        self.origin.describe()
    }

    fn is_patient(&self) -> bool {
        self.origin.is_patient()
    }

    fn doubt(&self, key: &Key) {
        self.origin.doubt(key);
        if !never_changes(key) {
            return;
        }
        let mut doubted = self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        if doubted.len() < MOST_DOUBTED {
            let next = if doubted.contains_key(key) { Doubt::Straight } else { Doubt::Anew };
            doubted.insert(key.clone(), next);
            tracing::warn!(%key, edge = %self.edge, ?next, "what the edge gave is not what it should be");
        }
    }
}

/// Bytes asked for at a time when a whole object is wanted.
const PIECE: u64 = 8 << 20;
/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long to wait for an answer until the store itself is asked.
const PATIENCE: Duration = Duration::from_secs(90);
/// Requests that go straight to the store after the first failure of the edge; after more, twice as many each time.
const FIRST_REST: u32 = 8;
const LONGEST_REST_POWER: u32 = 8;
/// An edge that gave something else than so many objects is not asked any more.
const MOST_DOUBTED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_that_is_of_no_use_is_told_once_with_its_reason() {
        let reader = || {
            EdgeStore::new(Arc::new(crate::MemoryStore::new()), SocketAddr::from(([127, 0, 0, 1], 1)), None)
        };
        let gone = reader();
        assert_eq!([gone.complaint(), gone.complaint()], [Some("does not answer"), None]);
        let strict = reader();
        strict.stranger.store(true, Ordering::Relaxed);
        assert_eq!(strict.complaint(), Some("does not know this token"));
    }
}
