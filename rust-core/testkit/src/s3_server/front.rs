//! The front of the server: counts each request, and lets faults happen around the service behind it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::Body as HttpBody;
use hyper::http::{Request, Response};
use s3s::Body;

use super::bodies::{Play, Played, read};
use super::{Fault, Inner, Operation, Record, S3Server, Seen, answers};

/// The connection ends without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server cut the connection")]
pub struct Cut;

/// Longer than any client waits.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Counts a request as being served until it is dropped, also when its client goes away.
struct Serving(Arc<Inner>);

impl Serving {
    fn start(inner: &Arc<Inner>) -> (Self, u64) {
        let mut traffic = inner.traffic();
        traffic.at_once += 1;
        traffic.most_at_once = traffic.most_at_once.max(traffic.at_once);
        traffic.asked += 1;
        (Self(Arc::clone(inner)), traffic.asked - 1)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let mut traffic = self.0.traffic();
        traffic.at_once = traffic.at_once.saturating_sub(1);
    }
}

impl S3Server {
    /// Serves one request.
    ///
    /// # Errors
    /// [`Cut`] when the connection ends without an answer.
    pub async fn serve<B>(&self, request: Request<B>) -> Result<Response<Body>, Cut>
    where
        B: HttpBody<Data = Bytes>,
    {
        let (_serving, number) = Serving::start(&self.inner);
        let (parts, body) = request.into_parts();
        let seen = Seen::of(&parts, number);
        let fault = self
            .inner
            .schedule
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .next(&seen)
            // Listings and answers to writes have no digest of ours to find a flip by; on the way TLS protects them.
            .filter(|fault| !matches!(fault, Fault::FlipBit(_)) || seen.operation == Operation::GetObject);
        let mut record = Record {
            operation: seen.operation,
            path: seen.path,
            status: None,
            fault: fault.as_ref().map(Fault::name),
            bytes_in: 0,
            bytes_out: 0,
        };
        let answer = self.answer(parts, body, fault, &mut record).await;
        if let Ok(response) = &answer {
            record.status = Some(response.status().as_u16());
            record.bytes_out = HttpBody::size_hint(response.body()).exact().unwrap_or(0);
        }
        self.inner.traffic().records.push(record);
        answer
    }

    async fn answer<B>(
        &self,
        parts: hyper::http::request::Parts,
        body: B,
        fault: Option<Fault>,
        record: &mut Record,
    ) -> Result<Response<Body>, Cut>
    where
        B: HttpBody<Data = Bytes>,
    {
        let limit = if let Some(Fault::CutRequest(limit)) = fault { Some(limit) } else { None };
        let body = match read(body, limit).await {
            Ok(bytes) => bytes,
            Err(bytes) => {
                record.bytes_in = bytes;
                return Err(Cut);
            }
        };
        record.bytes_in = body.len() as u64;
        match fault {
            Some(Fault::SlowDown) => {
                return Ok(answers::error(503, "SlowDown", "Please reduce your request rate."));
            }
            Some(Fault::Internal) => {
                return Ok(answers::error(500, "InternalError", "We encountered an internal error."));
            }
            Some(Fault::Conflict) => {
                return Ok(answers::error(409, "ConditionalRequestConflict", "A conflicting operation."));
            }
            Some(Fault::Refusal(status, code, message)) => return Ok(answers::error(status, code, message)),
            Some(Fault::CaptivePortal) => return Ok(answers::captive_portal()),
            Some(Fault::ErrorInside) => {
                return Ok(answers::error(200, "InternalError", "We encountered an internal error."));
            }
            Some(Fault::Stall) => {
                tokio::time::sleep(FOREVER).await;
                return Err(Cut);
            }
            Some(Fault::Delay(wait)) => tokio::time::sleep(wait).await,
            _ => {}
        }
        let refusal = self.inner.objects().modes.refuse(record.operation, &parts.headers);
        if let Some(words) = refusal {
            return Ok(answers::error(403, "AccessDenied", words));
        }
        let service = self.inner.service.get().expect("set when the server was made");
        let response = service.call(Request::from_parts(parts, Body::from(body))).await.map_err(|_| Cut)?;
        spoil(response, fault).await
    }
}

/// What a fault does to an answer on its way back.
async fn spoil(response: Response<Body>, fault: Option<Fault>) -> Result<Response<Body>, Cut> {
    let play = match fault {
        Some(Fault::LostAnswer) => return Err(Cut),
        Some(Fault::SilentAnswer) => {
            tokio::time::sleep(FOREVER).await;
            return Err(Cut);
        }
        Some(Fault::CutAnswer(at)) => Play::Cut(at),
        Some(Fault::StallAnswer(at)) => Play::Stall(at),
        Some(Fault::SlowAnswer(rate)) => Play::Slow(rate),
        _ => Play::Whole,
    };
    let (parts, body) = response.into_parts();
    let mut bytes = read(body, None).await.map_err(|_| Cut)?;
    if bytes.is_empty() {
        // A lost answer is all that a cut can do here.
        return if matches!(play, Play::Cut(_)) {
            Err(Cut)
        } else {
            Ok(Response::from_parts(parts, Body::empty()))
        };
    }
    if let Some(Fault::FlipBit(bit)) = fault.filter(|_| parts.status.is_success()) {
        let mut damaged = BytesMut::from(&bytes[..]);
        let at = usize::try_from(bit / 8 % bytes.len() as u64).unwrap_or(0);
        damaged[at] ^= 1 << (bit % 8);
        bytes = damaged.freeze();
    }
    Ok(Response::from_parts(parts, Body::http_body(Played::new(bytes, play))))
}
