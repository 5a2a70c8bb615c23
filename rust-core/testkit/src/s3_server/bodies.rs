//! Bodies that are cut, stall, come slowly, or are read only so far.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// How a body is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Play {
    /// All of it.
    Whole,
    /// An error after so many bytes.
    Cut(u64),
    /// Silence after so many bytes.
    Stall(u64),
    /// So many bytes a second.
    Slow(u64),
}

/// Bytes, played.
pub(super) struct Played {
    bytes: Bytes,
    at: usize,
    play: Play,
    wait: Option<Pin<Box<Sleep>>>,
}

/// The longest frame; small enough that cuts and stalls fall within a body.
const FRAME: usize = 32 << 10;

impl Played {
    pub(super) fn new(bytes: Bytes, play: Play) -> Self {
        let wait = matches!(play, Play::Slow(_)).then(|| Box::pin(tokio::time::sleep(Duration::ZERO)));
        Self { bytes, at: 0, play, wait }
    }

    fn next(&mut self, most: usize) -> Frame<Bytes> {
        let end = self.at.saturating_add(most).min(self.bytes.len());
        let frame = self.bytes.slice(self.at..end);
        self.at = end;
        Frame::data(frame)
    }

    /// Bytes that may still be sent before `limit`.
    fn before(&self, limit: u64) -> usize {
        usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(self.at)
    }
}

impl Body for Played {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.at >= self.bytes.len() && !matches!(self.play, Play::Cut(_) | Play::Stall(_)) {
            return Poll::Ready(None);
        }
        match self.play {
            // Of answers without a body nothing can be cut but the end.
            Play::Cut(limit) | Play::Stall(limit) => {
                let most = self.before(limit.min(self.bytes.len().saturating_sub(1) as u64)).min(FRAME);
                if most > 0 {
                    return Poll::Ready(Some(Ok(self.next(most))));
                }
                if matches!(self.play, Play::Stall(_)) {
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(std::io::Error::new(
                    std::io::ErrorKind::ConnectionReset,
                    "the server cut the connection",
                ))))
            }
            Play::Slow(rate) => {
                let slice = usize::try_from(rate / 10).unwrap_or(FRAME).clamp(1, FRAME);
                let pause = Duration::from_secs_f64(slice as f64 / rate.max(1) as f64);
                if let Some(wait) = &mut self.wait {
                    ready!(wait.as_mut().poll(cx));
                    let next = wait.deadline() + pause;
                    wait.as_mut().reset(next);
                }
                Poll::Ready(Some(Ok(self.next(slice))))
            }
            Play::Whole => Poll::Ready(Some(Ok(self.next(FRAME)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.bytes.len() && !matches!(self.play, Play::Cut(_) | Play::Stall(_))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.bytes.len() - self.at) as u64)
    }
}

/// Reads `body` up to `limit` bytes. `Err` with what was read when the body fails or goes past the limit.
pub(super) async fn read<B>(body: B, limit: Option<u64>) -> Result<Bytes, u64>
where
    B: Body<Data = Bytes>,
{
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(frame) = frame else { return Err(whole.len() as u64) };
        if let Ok(data) = frame.into_data() {
            whole.extend_from_slice(&data);
        }
        if limit.is_some_and(|limit| whole.len() as u64 >= limit) {
            return Err(whole.len() as u64);
        }
    }
    if limit.is_some() { Err(whole.len() as u64) } else { Ok(whole.into()) }
}

use std::future::Future as _;
