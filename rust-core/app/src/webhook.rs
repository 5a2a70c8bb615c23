//! A notice to somebody else's server: one POST of JSON, with a limit on every wait and the one retry policy.
//!
//! A notice is a courtesy. What happens to it never stops or fails the work it tells of; the caller is told and goes on.

use std::time::Duration;

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind, retry::Policy};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, StatusCode, Uri, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// Connecting, sending and the answer together may take this long.
const PATIENCE: Duration = Duration::from_secs(10);
/// So often it is tried, within a minute.
const POLICY: Policy =
    Policy { attempts: 4, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(8) };

/// Where notices go.
#[derive(Clone)]
pub struct Webhook {
    uri: Uri,
}

/// Why a notice did not arrive. Says the server's name and never the whole address, which may hold a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The text is no address.
    #[error("the address of the webhook must be http:// or https:// and a server")]
    Address,
    /// The system has no certificates to trust.
    #[error("send a notice: the system's certificates cannot be read")]
    Certificates(#[source] std::io::Error),
    /// The server does not want it.
    #[error("send a notice: {server} answers {status}")]
    Refused {
        /// Its name.
        server: String,
        /// Its answer.
        status: u16,
    },
    /// The server cannot be reached or broke off.
    #[error("send a notice: {server} cannot be reached: {why}")]
    Unreachable {
        /// Its name.
        server: String,
        /// How, in words.
        why: String,
    },
}

impl Classify for WebhookError {
    fn kind(&self) -> Kind {
        match self {
            Self::Address => Kind::User,
            Self::Certificates(_) => Kind::Internal,
            Self::Refused { status: 429, .. } => Kind::RateLimited,
            Self::Refused { status: 500.., .. } | Self::Unreachable { .. } => Kind::Network,
            Self::Refused { .. } => Kind::Refused,
        }
    }
}

impl Webhook {
    /// The webhook at `url`.
    ///
    /// # Errors
    /// [`WebhookError::Address`].
    pub fn new(url: &str) -> Result<Self, WebhookError> {
        let uri: Uri = url.parse().map_err(|_| WebhookError::Address)?;
        let known = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
        if known { Ok(Self { uri }) } else { Err(WebhookError::Address) }
    }

    /// Sends `notice`; what fails for now is tried again, for at most a minute in all.
    ///
    /// # Errors
    /// [`WebhookError`] of the last attempt.
    pub async fn send(&self, notice: &impl serde::Serialize) -> Result<(), WebhookError> {
        let body = Bytes::from(serde_json::to_vec(notice).unwrap_or_default());
        let client = client()?;
        let mut attempt = 1;
        loop {
            let Err(error) = self.post(&client, body.clone()).await else { return Ok(()) };
            let Some(wait) = POLICY.wait_after(attempt, error.kind(), rand::random()) else {
                return Err(error);
            };
            tracing::debug!(%error, attempt, "a notice is sent again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn post(&self, client: &Https, body: Bytes) -> Result<(), WebhookError> {
        let server = self.uri.host().unwrap_or_default().to_owned();
        let unreachable = |why: String| WebhookError::Unreachable { server: server.clone(), why };
        let request = Request::post(self.uri.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("cyclorama/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body))
            .map_err(|error| unreachable(error.to_string()))?;
        let answered = tokio::time::timeout(PATIENCE, async {
            let response = client.request(request).await?;
            let status = response.status();
            // The answer's words are nobody's business, but a connection is only over when they were read.
            let _ = Limited::new(response.into_body(), 64 << 10).collect().await;
            Ok::<StatusCode, hyper_util::client::legacy::Error>(status)
        });
        match answered.await {
            Err(_) => Err(unreachable(format!("no answer for {} s", PATIENCE.as_secs()))),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                Err(unreachable(cause.unwrap_or_else(|| error.to_string())))
            }
            Ok(Ok(status)) if status.is_success() => Ok(()),
            Ok(Ok(status)) => Err(WebhookError::Refused { server, status: status.as_u16() }),
        }
    }
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({})", self.uri.host().unwrap_or_default())
    }
}

type Https = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

fn client() -> Result<Https, WebhookError> {
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(WebhookError::Certificates)?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that gives these answers, one after the other, and remembers what it was sent.
    async fn server(
        answers: Vec<&'static str>,
    ) -> (String, Arc<Mutex<Vec<String>>>, tokio::task::JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks/secret", listener.local_addr().expect("an address"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (mut tasks, theirs) = (tokio::task::JoinSet::new(), Arc::clone(&heard));
        tasks.spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("somebody calls");
                let (mut said, mut chunk) = (String::new(), [0; 4096]);
                while !said.ends_with('}') {
                    let read = stream.read(&mut chunk).await.expect("reads");
                    said.push_str(&String::from_utf8_lossy(&chunk[..read]));
                }
                theirs.lock().expect("nobody panics").push(said);
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.expect("writes");
            }
        });
        (url, heard, tasks)
    }

    fn notice() -> std::collections::BTreeMap<&'static str, &'static str> {
        [("job", "abc-0")].into()
    }

    #[tokio::test]
    async fn a_notice_is_a_post_of_json_and_a_busy_server_is_asked_again() {
        let (url, heard, _tasks) = server(vec!["503 Busy", "204 Fine"]).await;
        Webhook::new(&url).expect("an address").send(&notice()).await.expect("the second attempt");
        let heard = heard.lock().expect("nobody panics");
        assert_eq!(heard.len(), 2);
        let said = heard[1].to_lowercase();
        assert!(said.starts_with("post /hooks/secret http/1.1"), "{said}");
        assert!(
            said.contains("content-type: application/json") && said.ends_with(r#"{"job":"abc-0"}"#),
            "{said}"
        );
    }

    #[tokio::test]
    async fn a_refusal_is_told_once_and_never_with_the_address() {
        let (url, heard, _tasks) = server(vec!["404 Gone"]).await;
        let webhook = Webhook::new(&url).expect("an address");
        let error = webhook.send(&notice()).await.expect_err("is refused");
        assert_eq!(error.to_string(), "send a notice: 127.0.0.1 answers 404");
        assert_eq!((error.kind(), heard.lock().expect("nobody panics").len()), (Kind::Refused, 1));
        assert!(!format!("{webhook:?}").contains("secret"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_answers_is_given_up_within_a_minute() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let began = tokio::time::Instant::now();
        let error =
            Webhook::new(&url).expect("an address").send(&notice()).await.expect_err("nobody answers");
        assert_eq!(error.kind(), Kind::Network);
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    }

    #[test]
    fn only_web_addresses_are_taken() {
        assert!(["ftp://server/x", "server", "/path", ""].iter().all(|text| Webhook::new(text).is_err()));
        assert!(Webhook::new("https://hooks.example/x").is_ok());
    }
}
