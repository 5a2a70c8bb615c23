//! A service on loopback that answers what a test tells it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cyclorama_time::{UtcTime, VirtualClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Service;
use crate::{Identity, Options, Place};

const NOON: i64 = 1_764_072_000_000_000_000;

/// Answers each request with the next of its answers (the last one again and again); counts and keeps requests.
pub(crate) struct Peer {
    pub(crate) endpoint: String,
    asked: Arc<AtomicUsize>,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Peer {
    pub(crate) async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let (asked, heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counter, ear) = (asked.clone(), heard.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                ear.lock().await.push(request);
                let answer = counter.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
                let _ = stream.write_all(answers[answer].as_bytes()).await;
            }
        });
        Self { endpoint, asked, heard, _serving: serving }
    }

    /// The service called `name`, as somebody with a key of ours reaches it here.
    pub(crate) async fn service(&self, name: &str) -> Service {
        let clock = Arc::new(VirtualClock::new(UtcTime::from_nanos(NOON)));
        let mut options = Options::new("s3://unused".parse::<Place>().expect("a place"), clock);
        options.endpoint = Some(self.endpoint.clone());
        options.region = Some("eu-west-1".to_owned());
        options.identity = Identity::Key { access: "AKIDEXAMPLE".to_owned(), secret: "hunter2".to_owned() };
        Service::connect(name, &options).await.expect("options are right")
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Head and body of one request.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(read) if read > 0 => request.extend_from_slice(&some[..read]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}
