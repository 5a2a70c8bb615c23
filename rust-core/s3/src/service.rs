//! A web service of AWS that speaks JSON, called by signed requests.
//!
//! One small client for any of them, in place of a generated crate each: who asks, TLS, proxies and signatures are those
//! of the store on S3, what is said is up to the caller. Every wait has a limit, and no answer is larger than
//! [`LARGEST`]. Nothing here knows what any service means.

mod failure;

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials as _, SharedCredentialsProvider},
};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::{
    http::HttpConnector as _,
    identity::Identity as Signer,
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use cyclorama_outcome::{Classify as _, retry::Policy};
use cyclorama_time::UtcTime;
use http_body::Body as _;
use tokio::sync::Mutex;

pub use failure::ServiceFailure;

use crate::connect::{check, identify};
use crate::transport::Wire;
use crate::{ConnectError, Options};

/// The most bytes of an answer.
pub const LARGEST: usize = 4 << 20;
/// The longest that one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(15);
/// Credentials are fetched again this long before they end.
const EARLY: Duration = Duration::from_secs(300);
/// When a call is tried again; all attempts together end within a minute.
const RETRY: Policy =
    Policy { attempts: 4, first_wait: Duration::from_millis(200), longest_wait: Duration::from_secs(2) };

/// One call.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// `GET`, `POST`, `PATCH`...
    pub method: &'a str,
    /// What stands before the service's own name on AWS, as in `management.`; an endpoint of one's own has none.
    pub prefix: &'a str,
    /// Path and query, percent-encoded, beginning with a slash.
    pub path: &'a str,
    /// Headers of the operation, in lower case. A `content-type` takes the place of `application/json`.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or nothing.
    pub body: Vec<u8>,
    /// Whether doing it twice does no harm. What may have been done is only tried again then.
    pub repeatable: bool,
}

/// A service, as one identity reaches it in one region.
pub struct Service {
    name: String,
    region: String,
    endpoint: Option<String>,
    provider: Option<SharedCredentialsProvider>,
    known: Mutex<Option<Credentials>>,
    wire: Wire,
    clock: std::sync::Arc<dyn cyclorama_time::Clock>,
}

impl Service {
    /// The service called `name`, as in `deadline`, reached as `options` say; their place is not looked at, and their
    /// endpoint is the service's own. Asks nothing of it yet.
    ///
    /// # Errors
    /// [`ConnectError`] when endpoint, proxy or certificates cannot be right.
    pub async fn connect(name: &str, options: &Options) -> Result<Self, ConnectError> {
        check(options)?;
        let wire = Wire::new(options).map_err(|_| ConnectError::Proxy)?;
        let (region, provider) = identify(options, wire.clone()).await;
        let endpoint = options.endpoint.as_ref().map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        let (name, known, clock) = (name.to_owned(), Mutex::new(None), options.clock.clone());
        Ok(Self { name, region, endpoint, provider, known, wire, clock })
    }

    /// What the service answers.
    ///
    /// # Errors
    /// [`ServiceFailure`] when it refuses, or does not answer within a minute.
    pub async fn call(&self, call: &Call<'_>) -> Result<Bytes, ServiceFailure> {
        let mut attempt = 1;
        loop {
            let failure = match tokio::time::timeout(ATTEMPT, self.once(call)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) => ServiceFailure::silent(&self.name, ATTEMPT),
            };
            let again = call.repeatable || !failure.is_uncertain();
            let wait = RETRY.wait_after(attempt, failure.kind(), rand::random()).filter(|_| again);
            let Some(wait) = wait else { return Err(failure) };
            tracing::debug!(service = self.name, attempt, %failure, "a call failed");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Bytes, ServiceFailure> {
        let credentials = self.credentials().await?;
        let request = self.signed(call, credentials)?;
        let response = self.wire.call(request).await;
        let response = response.map_err(|error| ServiceFailure::of_error(&self.name, &error))?;
        let (status, code) = (response.status().as_u16(), error_type(&response));
        let id = response.headers().get("x-amzn-requestid").map(str::to_owned);
        let body = self.read(response).await?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        Err(ServiceFailure::of_answer(&self.name, status, code, &body, id))
    }

    fn url(&self, call: &Call<'_>) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint}{}", call.path),
            None => {
                let domain =
                    if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
                format!("https://{}{}.{}.{domain}{}", call.prefix, self.name, self.region, call.path)
            }
        }
    }

    fn signed(&self, call: &Call<'_>, credentials: Credentials) -> Result<HttpRequest, ServiceFailure> {
        let wrong = |error: &(dyn std::error::Error + 'static)| ServiceFailure::of_error(&self.name, error);
        let url = self.url(call);
        let mut headers = call.headers.clone();
        if headers.iter().all(|(name, _)| *name != "content-type") {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let signer = Signer::from(credentials);
        let parameters = v4::SigningParams::builder()
            .identity(&signer)
            .region(&self.region)
            .name(&self.name)
            .time(system_time(self.clock.utc()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| wrong(&error))?
            .into();
        let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable =
            SignableRequest::new(call.method, url.as_str(), pairs, SignableBody::Bytes(&call.body));
        let signature = signable.and_then(|signable| sign(signable, &parameters));
        let (instructions, _) = signature.map_err(|error| wrong(&error))?.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(call.body.clone()));
        request.set_method(call.method).map_err(|error| wrong(&error))?;
        request.set_uri(url).map_err(|error| wrong(&error))?;
        for (name, value) in headers {
            request.headers_mut().try_insert(name, value).map_err(|error| wrong(&error))?;
        }
        for (name, value) in instructions.headers() {
            let (name, value) = (name.to_owned(), value.to_owned());
            request.headers_mut().try_insert(name, value).map_err(|error| wrong(&error))?;
        }
        Ok(request)
    }

    async fn credentials(&self) -> Result<Credentials, ServiceFailure> {
        let mut known = self.known.lock().await;
        let soon = system_time(self.clock.utc()) + EARLY;
        let good = |kept: &&Credentials| kept.expiry().is_none_or(|expiry| expiry > soon);
        if let Some(kept) = known.as_ref().filter(good) {
            return Ok(kept.clone());
        }
        let Some(provider) = &self.provider else {
            return Err(ServiceFailure::no_credentials(&self.name));
        };
        let fetched = provider.provide_credentials().await;
        let fetched = fetched.map_err(|error| ServiceFailure::of_error(&self.name, &error))?;
        Ok(known.insert(fetched).clone())
    }

    async fn read(&self, mut response: HttpResponse) -> Result<Bytes, ServiceFailure> {
        let mut body = response.take_body();
        let mut read = BytesMut::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let frame = frame.map_err(|error| ServiceFailure::of_error(&self.name, error.as_ref()))?;
            if let Ok(data) = frame.into_data() {
                read.extend_from_slice(&data);
            }
            if read.len() > LARGEST {
                return Err(ServiceFailure::too_large(&self.name));
            }
        }
        Ok(read.freeze())
    }
}

/// The name of the error where the service says it in a header, without what follows a colon.
fn error_type(response: &HttpResponse) -> Option<String> {
    let said = response.headers().get("x-amzn-errortype")?;
    Some(said.split(':').next().unwrap_or(said).to_owned())
}

fn system_time(moment: UtcTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(moment.nanos()).unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod peer;
#[cfg(test)]
mod tests;
