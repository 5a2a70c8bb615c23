//! The metadata service of EC2, second version: a token first, then questions with it. Every wait is limited.

use std::time::Duration;

use bytes::Bytes;
use cyclorama_time::UtcTime;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::HeaderValue;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::{Notice, Source, Standing};
use crate::Environment;

/// Where the service is on every machine of EC2.
const USUAL: &str = "http://169.254.169.254";
/// The same where its machine was told to use IPv6.
const USUAL_IPV6: &str = "http://[fd00:ec2::254]";
/// It is next door: whoever takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Answers are a line.
const LONGEST: usize = 4 << 10;
/// A token lives six hours, the longest there is, s.
const TOKEN_LIFE: &str = "21600";

/// The metadata service of this machine.
pub struct Metadata {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
    token: Option<HeaderValue>,
}

/// Why the metadata said nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Nobody is there, or too slow.
    #[error("nobody answers within {} s", PATIENCE.as_secs())]
    Silent,
    /// The service refuses.
    #[error("it answers {0}")]
    Refused(u16),
    /// What came makes no sense.
    #[error("it answers what makes no sense")]
    Nonsense,
}

#[derive(Deserialize)]
struct InstanceAction {
    action: String,
    time: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recommendation {
    notice_time: String,
}

impl Metadata {
    /// The service, found as AWS's own tools find it: `AWS_EC2_METADATA_SERVICE_ENDPOINT`, or by
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`. None where `AWS_EC2_METADATA_DISABLED` is true. Asks nothing yet.
    pub fn of(environment: &Environment) -> Option<Self> {
        let told = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let is = |name: &str, word: &str| told(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
        if is("AWS_EC2_METADATA_DISABLED", "true") {
            return None;
        }
        let usual = if is("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6") { USUAL_IPV6 } else { USUAL };
        let base = told("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(usual);
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Some(Self { base: base.trim_end_matches('/').to_owned(), client, token: None })
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        (name, value): (&'static str, HeaderValue),
    ) -> Result<(StatusCode, Bytes), MetadataError> {
        let request = Request::builder().method(method).uri(format!("{}/latest/{path}", self.base));
        let request =
            request.header(name, value).body(Full::default()).map_err(|_| MetadataError::Nonsense)?;
        let answered = tokio::time::timeout(PATIENCE, async {
            let response = self.client.request(request).await.map_err(|_| MetadataError::Silent)?;
            let status = response.status();
            let body = Limited::new(response.into_body(), LONGEST).collect().await;
            Ok((status, body.map_err(|_| MetadataError::Nonsense)?.to_bytes()))
        });
        answered.await.map_err(|_| MetadataError::Silent)?
    }

    async fn token(&mut self) -> Result<HeaderValue, MetadataError> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let life = ("x-aws-ec2-metadata-token-ttl-seconds", HeaderValue::from_static(TOKEN_LIFE));
        let (status, body) = self.ask(Method::PUT, "api/token", life).await?;
        if !status.is_success() {
            return Err(MetadataError::Refused(status.as_u16()));
        }
        let mut token = HeaderValue::from_bytes(body.trim_ascii()).map_err(|_| MetadataError::Nonsense)?;
        token.set_sensitive(true);
        self.token = Some(token.clone());
        Ok(token)
    }

    /// What stands at `path`; none where nothing does.
    async fn read(&mut self, path: &str) -> Result<Option<Bytes>, MetadataError> {
        let token = ("x-aws-ec2-metadata-token", self.token().await?);
        let (status, body) = self.ask(Method::GET, path, token).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(body)),
            status => {
                // Most likely the token is too old.
                self.token = None;
                Err(MetadataError::Refused(status.as_u16()))
            }
        }
    }
}

impl Source for Metadata {
    async fn look(&mut self) -> Result<Standing, MetadataError> {
        let action = self.read("meta-data/spot/instance-action").await?;
        let rebalance = self.read("meta-data/events/recommendations/rebalance").await?;
        Ok(Standing {
            interruption: action.map(|body| interruption(&body)),
            rebalance: rebalance.map(|body| recommended(&body)),
        })
    }
}

/// That something stands there is the notice, whatever it is.
fn interruption(body: &[u8]) -> Notice {
    match serde_json::from_slice::<InstanceAction>(body) {
        Ok(said) => {
            let action = said.action.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
            Notice::Interruption { action, at: said.time.parse::<UtcTime>().ok() }
        }
        Err(_) => Notice::Interruption { action: "unknown".to_owned(), at: None },
    }
}

fn recommended(body: &[u8]) -> String {
    serde_json::from_slice::<Recommendation>(body).map(|said| said.notice_time).unwrap_or_default()
}
