//! Listens, decodes, and writes the take, on one thread.

use std::{path::PathBuf, thread, time::Duration};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancel;
use cyclorama_time::StageTime;
use serde::Serialize;

use super::{Health, ListenError, Listener, SharedHealth};
use crate::{
    DecodeOptions, Decoder, Protocol, Sample,
    stream::{StreamOptions, Streams},
    take::{TakeError, TakeInfo, TakeSummary, Writer},
};

/// What to record, and until when.
#[derive(Clone, Debug)]
pub struct RecorderOptions {
    /// Protocol of the datagrams.
    pub protocol: Protocol,
    /// How to decode them.
    pub decode: DecodeOptions,
    /// The take to write, which must not exist, and what it says about itself. Absent: only listen.
    pub take: Option<(PathBuf, TakeInfo)>,
    /// Stop after so many datagrams.
    pub count: Option<u64>,
    /// Stop after so many seconds.
    pub seconds: Option<f64>,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    /// The closed take.
    pub take: Option<TakeSummary>,
    /// The stream at the end.
    pub health: Health,
}

/// Why recording stopped early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The network side.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The take side.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// A thread could not be started, or ended in a defect of ours.
    #[error("the recording thread failed")]
    Thread(#[source] Option<std::io::Error>),
}

impl Classify for RecordError {
    fn kind(&self) -> Kind {
        match self {
            Self::Listen(error) => error.kind(),
            Self::Take(error) => error.kind(),
            Self::Thread(_) => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Listen(error) => error.hint(),
            Self::Take(error) => error.hint(),
            Self::Thread(_) => None,
        }
    }
}

/// How long a wait for a datagram may be, so that stopping and syncing are never late.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// How often the health is published, nanoseconds.
const PUBLISH_NANOS: i64 = 50_000_000;

/// Records until `cancel` is set or the options say enough. Every sample goes to `on_sample` as it comes.
///
/// # Errors
/// When the take cannot be made or written, or the socket fails. The take so far is closed if the disk allows,
/// and whole up to its last chunk if not.
pub fn record(
    mut listener: Listener,
    options: &RecorderOptions,
    cancel: &Cancel,
    health: &SharedHealth,
    on_sample: impl FnMut(&Sample),
) -> Result<Recorded, RecordError> {
    let writer = options.take.as_ref().map(|(path, info)| Writer::create(path, info)).transpose()?;
    let mut session = Session {
        decoder: Decoder::new(options.protocol, options.decode.clone()),
        writer,
        streams: Streams::new(StreamOptions::default()),
        health: Health::default(),
        shared: health,
        published: None,
        samples: Vec::new(),
        on_sample,
    };
    let outcome = session.run(&mut listener, options, cancel);
    let now = listener.clock().now();
    session.publish(now);
    let closed = session.writer.take().map(Writer::close).transpose();
    outcome?;
    Ok(Recorded { take: closed?, health: session.health })
}

struct Session<'a, F> {
    decoder: Decoder,
    writer: Option<Writer>,
    /// Only counts: a take holds what came, whoever sent it.
    streams: Streams,
    health: Health,
    shared: &'a SharedHealth,
    /// When the health was last published, and the datagrams then.
    published: Option<(StageTime, u64)>,
    samples: Vec<Sample>,
    on_sample: F,
}

impl<F: FnMut(&Sample)> Session<'_, F> {
    fn run(
        &mut self,
        listener: &mut Listener,
        options: &RecorderOptions,
        cancel: &Cancel,
    ) -> Result<(), RecordError> {
        let clock = listener.clock().clone();
        let begun = clock.now();
        let enough = |count: u64| options.count.is_some_and(|most| count >= most);
        let over =
            |now: StageTime| options.seconds.is_some_and(|most| now.nanos_since(begun) as f64 >= most * 1e9);
        while !cancel.is_cancelled() && !enough(self.health.datagrams) && !over(clock.now()) {
            if let Some(datagram) = listener.recv(LONGEST_WAIT)? {
                self.samples.clear();
                self.decoder.datagram(datagram.arrived, datagram.source, datagram.bytes, &mut self.samples);
                let timecode = self.samples.iter().find_map(|sample| sample.timecode);
                if let Some(writer) = &mut self.writer {
                    writer.record(datagram.arrived, datagram.source, datagram.bytes, timecode)?;
                }
                self.health.datagram(datagram.arrived, datagram.source, datagram.bytes.len());
                self.health.last_timecode = timecode.or(self.health.last_timecode);
                for sample in &self.samples {
                    self.streams.take(options.protocol, datagram.source, sample);
                    (self.on_sample)(sample);
                }
                self.health.dropped = listener.dropped();
            }
            let now = clock.now();
            if let Some(writer) = &mut self.writer {
                writer.sync_if_due(now);
            }
            if self.published.is_none_or(|(last, _)| now.nanos_since(last) >= PUBLISH_NANOS) {
                self.publish(now);
            }
        }
        Ok(())
    }

    fn publish(&mut self, now: StageTime) {
        self.health.measure(now, &mut self.published);
        self.health.judge(now, self.decoder.summary());
        self.health.streams.clear();
        self.health.streams.extend(self.streams.health(now));
        self.shared.publish(&self.health);
    }
}

/// A recording on a thread of its own. Dropped without [`Recorder::stop`], it is stopped and its take closed.
pub struct Recorder {
    cancel: Cancel,
    health: SharedHealth,
    thread: Option<thread::JoinHandle<Result<Recorded, RecordError>>>,
}

impl Recorder {
    /// Starts recording from an open listener.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        listener: Listener,
        options: RecorderOptions,
        on_sample: impl FnMut(&Sample) + Send + 'static,
    ) -> Result<Self, RecordError> {
        let (cancel, health) = (Cancel::new(), SharedHealth::new());
        let (their_cancel, their_health) = (cancel.clone(), health.clone());
        let body = move || {
            // Without it a busy machine only stamps later; the kernel's own times stay right.
            let _ = super::raise_priority();
            record(listener, &options, &their_cancel, &their_health, on_sample)
        };
        let thread = thread::Builder::new().name("tracking-recorder".into()).spawn(body);
        let thread = thread.map_err(|error| RecordError::Thread(Some(error)))?;
        Ok(Self { cancel, health, thread: Some(thread) })
    }

    /// How the stream is doing.
    pub fn health(&self) -> Health {
        self.health.snapshot()
    }

    /// Whether the recording has ended by itself.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(thread::JoinHandle::is_finished)
    }

    /// Stops, closes the take and says what was recorded.
    ///
    /// # Errors
    /// As [`record`].
    pub fn stop(self) -> Result<Recorded, RecordError> {
        self.cancel.cancel();
        self.wait()
    }

    /// Waits for the recording to end by count or time, and says what was recorded.
    ///
    /// # Errors
    /// As [`record`].
    pub fn wait(mut self) -> Result<Recorded, RecordError> {
        let thread = self.thread.take().ok_or(RecordError::Thread(None))?;
        thread.join().map_err(|_| RecordError::Thread(None))?
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
