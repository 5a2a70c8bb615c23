//! Bodies on their way: counted, capped, and never silent for long.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};

use super::Silence;
use crate::{Bandwidth, Limits};

/// What has left of a request, shared with whoever watches it.
#[derive(Clone, Default)]
pub(super) struct Sent(Arc<State>);

#[derive(Default)]
struct State {
    bytes: AtomicU64,
    finished: AtomicBool,
    notify: Notify,
}

impl Sent {
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Acquire)
    }

    pub(super) fn is_finished(&self) -> bool {
        self.0.finished.load(Ordering::Acquire)
    }

    pub(super) fn finish(&self) {
        self.0.finished.store(true, Ordering::Release);
        self.0.notify.notify_one();
    }

    pub(super) async fn finished(&self) {
        self.0.notify.notified().await;
    }
}

/// The longest frame that is handed down at once: small enough to see progress on a slow link.
const FRAME: usize = 256 << 10;
/// The same under a cap, so that it is even.
const CAPPED_FRAME: usize = 32 << 10;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body.
pub(super) struct Outgoing {
    inner: SdkBody,
    waiting: Bytes,
    sent: Sent,
    cap: Option<Bandwidth>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Outgoing {
    pub(super) fn new(inner: SdkBody, sent: Sent, cap: Option<Bandwidth>) -> Self {
        Self { inner, waiting: Bytes::new(), sent, cap, pause: None }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        while this.waiting.is_empty() {
            match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                None => {
                    this.sent.finish();
                    return Poll::Ready(None);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.waiting = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
        let most = if this.cap.is_some() { CAPPED_FRAME } else { FRAME };
        let frame = this.waiting.split_to(this.waiting.len().min(most));
        this.sent.0.bytes.fetch_add(frame.len() as u64, Ordering::AcqRel);
        if let Some(cap) = &this.cap {
            let wait = cap.take(frame.len());
            this.pause = (!wait.is_zero()).then(|| Box::pin(tokio::time::sleep(wait)));
        }
        if this.waiting.is_empty() && this.inner.is_end_stream() {
            this.sent.finish();
        }
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.inner.size_hint().exact() {
            Some(rest) => SizeHint::with_exact(rest + self.waiting.len() as u64),
            None => SizeHint::new(),
        }
    }
}

/// An answer's body.
pub(super) struct Incoming {
    inner: SdkBody,
    length: Option<u64>,
    received: u64,
    stall: Duration,
    silence: Pin<Box<Sleep>>,
    least_rate: u64,
    window: Instant,
    in_window: u64,
    cap: Option<Bandwidth>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    pub(super) fn new(inner: SdkBody, length: Option<u64>, limits: &Limits, cap: Option<Bandwidth>) -> Self {
        Self {
            inner,
            length,
            received: 0,
            stall: limits.download_stall,
            silence: Box::pin(tokio::time::sleep(limits.download_stall)),
            least_rate: limits.least_rate,
            window: Instant::now(),
            in_window: 0,
            cap,
            pause: None,
        }
    }

    /// An error when too little came for too long. A reader that does not ask is no fault of the sender.
    fn trickles(&mut self, bytes: usize, now: Instant) -> bool {
        let span = self.stall * 4;
        self.in_window += bytes as u64;
        if now.duration_since(self.window) < span {
            return false;
        }
        let least = self.least_rate * span.as_secs().max(1);
        let rest = self.length.map_or(u64::MAX, |length| length.saturating_sub(self.received));
        let too_slow = self.in_window < least.min(rest);
        (self.window, self.in_window) = (now, 0);
        too_slow && self.cap.is_none()
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
            this.silence.as_mut().reset(Instant::now() + this.stall);
        }
        let frame = match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                ready!(this.silence.as_mut().poll(cx));
                let silence = Silence { what: "more of the answer came", limit: this.stall };
                return Poll::Ready(Some(Err(Box::new(silence))));
            }
        };
        let now = Instant::now();
        this.silence.as_mut().reset(now + this.stall);
        let Some(Ok(frame)) = frame else { return Poll::Ready(frame) };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        this.received += bytes as u64;
        if let Some(cap) = &this.cap {
            let wait = cap.take(bytes);
            this.pause = (!wait.is_zero()).then(|| Box::pin(tokio::time::sleep(wait)));
        }
        if this.trickles(bytes, now) {
            let silence = Silence { what: "but a trickle came", limit: this.stall * 4 };
            return Poll::Ready(Some(Err(Box::new(silence))));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
