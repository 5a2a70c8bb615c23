//! What stands between the SDK and the wire: limits on every wait, the bandwidth cap, and an eye for answers that
//! are none.

mod body;
mod wire;

pub(crate) use wire::Wire;

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;

use crate::{Bandwidth, Limits};
use body::{Incoming, Outgoing, Sent};

/// The answer came from something between here and the store.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a web page came back instead of an answer of the store")]
pub(crate) struct NotTheStore;

/// The other side was silent for too long.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nothing {what} for {}", seconds(*.limit))]
pub(crate) struct Silence {
    pub(crate) what: &'static str,
    pub(crate) limit: Duration,
}

fn seconds(limit: Duration) -> String {
    format!("{:.1} s", limit.as_secs_f64())
}

/// Another client, limited.
#[derive(Clone)]
pub(crate) struct Limited {
    inner: SharedHttpClient,
    limits: Limits,
    up: Option<Bandwidth>,
    down: Option<Bandwidth>,
}

impl Limited {
    pub(crate) fn new(
        inner: SharedHttpClient,
        limits: Limits,
        up: Option<Bandwidth>,
        down: Option<Bandwidth>,
    ) -> Self {
        Self { inner, limits, up, down }
    }
}

impl fmt::Debug for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limited")
    }
}

impl HttpClient for Limited {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { inner, limited: self.clone() })
    }
}

struct LimitedConnector {
    inner: SharedHttpConnector,
    limited: Limited,
}

impl fmt::Debug for LimitedConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LimitedConnector")
    }
}

impl HttpConnector for LimitedConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let Limited { limits, up, down, .. } = self.limited.clone();
        let sent = Sent::default();
        let body = request.take_body();
        let length = body.content_length().unwrap_or(0);
        if length > 0 {
            let outgoing = Outgoing::new(body, sent.clone(), up);
            *request.body_mut() = SdkBody::from_body_1_x(outgoing);
        } else {
            *request.body_mut() = body;
            sent.finish();
        }
        let call = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let response = within(call, &sent, &limits, length).await?;
            check(&response)?;
            let (length, limits) = (response.body().content_length(), limits);
            Ok(response
                .map(|body| SdkBody::from_body_1_x(Incoming::new(body, length, &limits, down.clone()))))
        })
    }
}

/// Waits for an answer, but not for longer than the request moves and the answer's first byte may take.
async fn within(
    call: HttpConnectorFuture,
    sent: &Sent,
    limits: &Limits,
    length: u64,
) -> Result<HttpResponse, ConnectorError> {
    let mut call = std::pin::pin!(call);
    loop {
        let before = sent.bytes();
        let (what, limit) = if sent.is_finished() {
            ("was answered", limits.first_byte.saturating_add(limits.travel(length.min(8 << 20))))
        } else {
            ("of the request could be sent", limits.upload_stall)
        };
        tokio::select! {
            answer = call.as_mut() => return answer,
            () = sent.finished(), if !sent.is_finished() => {}
            () = tokio::time::sleep(limit) => {
                if sent.is_finished() || sent.bytes() == before {
                    return Err(ConnectorError::timeout(Box::new(Silence { what, limit })));
                }
            }
        }
    }
}

/// Refuses a web page that some network shows in place of the store. An object that is HTML has a version.
fn check(response: &HttpResponse) -> Result<(), ConnectorError> {
    let headers = response.headers();
    let is_page = headers.get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let is_ours = headers.get("etag").is_some() || headers.get("x-amz-request-id").is_some();
    // Some servers call even an empty answer HTML.
    let is_empty = response.status().as_u16() == 204 || headers.get("content-length") == Some("0");
    if response.status().is_success() && is_page && !is_ours && !is_empty {
        return Err(ConnectorError::io(Box::new(NotTheStore)));
    }
    Ok(())
}
