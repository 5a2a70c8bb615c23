//! The host's side of the protocol: from messages to calls of a [`Host`].

mod brake;

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::FrameNumber;

use self::brake::Brake;
use super::protocol::{FromHost, LONGEST_LINE, Open, Render, ToHost, VERSION};
use super::{Host, HostError};

/// Why serving ended before the worker closed it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The pipes broke: the worker is gone.
    #[error("the pipe to the worker broke")]
    Pipe(#[from] io::Error),
    /// The worker speaks another version.
    #[error("the worker speaks host protocol {0}, this host speaks {VERSION}")]
    Version(u32),
    /// A line is no message.
    #[error("a message of the worker cannot be read: {0}")]
    Message(String),
    /// The scene cannot be used.
    #[error("the scene cannot be opened")]
    Open(#[source] HostError),
}

impl Classify for ServeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Pipe(_) => Kind::Cancelled,
            Self::Version(_) | Self::Open(_) => Kind::User,
            Self::Message(_) => Kind::Integrity,
        }
    }
}

/// Says that the frame in flight goes on. Does nothing between frames.
#[derive(Clone, Debug)]
pub struct Beat(Sender<Heard>);

impl Beat {
    /// The renderer was just seen to go on.
    pub fn beat(&self) {
        // Nobody listens any more when the host ends.
        let _ = self.0.send(Heard::Beat);
    }
}

#[derive(Clone, Copy, Debug)]
enum Heard {
    Beat,
    End,
}

/// Serves `host` to the worker at the other end of `reader` and `writer` until it closes or goes away.
///
/// A thread of its own reads, so that a cancellation, or the worker's death, is noticed between two frames; it
/// ends with `reader`.
///
/// # Errors
/// [`ServeError`]; all but `Pipe` were told to the worker before.
pub fn serve(
    reader: impl BufRead + Send + 'static,
    writer: impl Write + Send,
    host: &mut dyn Host,
) -> Result<(), ServeError> {
    let (sender, messages) = channel();
    let brake = Brake::default();
    let reading = {
        let brake = brake.clone();
        thread::Builder::new().name("host-input".to_owned()).spawn(move || read(reader, &sender, &brake))?
    };
    drop(reading);
    let (beats, heard) = channel();
    host.beat_with(Beat(beats.clone()));
    let says = Mutex::new(Says { writer, at: None });
    let mut session = Session { says: &says, messages, brake };
    thread::scope(|scope| {
        let listener = &says;
        scope.spawn(move || tell(&heard, listener));
        // Also when the host panics, or the scope would wait for ever.
        let _end = EndOf(beats);
        let result = session.run(host);
        if let Err(error @ (ServeError::Version(_) | ServeError::Message(_) | ServeError::Open(_))) = &result
        {
            let message = match error {
                ServeError::Open(HostError(text)) => text.clone(),
                other => other.to_string(),
            };
            session.say(&FromHost::Error { frame: None, message })?;
        }
        result
    })
}

/// Opens the scene where the host draws what is wanted of it.
fn open(host: &mut dyn Host, open: &Open) -> Result<(), HostError> {
    if !host.writes(open.format) {
        return Err(HostError(format!("this host does not write {} frames", open.format.in_words())));
    }
    let draws = host.draws();
    match draws.lacking(&open.passes) {
        Some(pass) => Err(HostError(format!("this host does not draw the pass {pass}; it draws {draws}"))),
        None => host.open(open),
    }
}

/// Ends the thread that listens to beats.
struct EndOf(Sender<Heard>);

impl Drop for EndOf {
    fn drop(&mut self) {
        let _ = self.0.send(Heard::End);
    }
}

/// Passes beats on as `progress` of the frame in flight.
fn tell(heard: &Receiver<Heard>, says: &Mutex<Says<impl Write>>) {
    while let Ok(Heard::Beat) = heard.recv() {
        let mut says = lock(says);
        // A worker that is gone is noticed by the session.
        if let Some((id, frame, walk_in)) = says.at {
            let _ = says.say(&FromHost::Progress { id, frame, walk_in });
        }
    }
}

fn lock<W>(says: &Mutex<Says<W>>) -> MutexGuard<'_, Says<W>> {
    says.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads lines until the end. What concerns what is drawn already is told at once, ahead of the queue.
fn read(mut reader: impl BufRead, sender: &Sender<Result<ToHost, ServeError>>, brake: &Brake) {
    loop {
        let message = read_line(&mut reader);
        match message {
            Ok(Some(ToHost::Taken { id })) => {
                brake.take(id);
                continue;
            }
            Ok(Some(ToHost::Cancel)) => brake.cancel(),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => brake.leave(),
        }
        let end = !matches!(message, Ok(Some(_)));
        if let Some(message) = message.transpose()
            && sender.send(message).is_err()
        {
            return;
        }
        if end {
            return;
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> Result<Option<ToHost>, ServeError> {
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', &mut line)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => {
            serde_json::from_slice(&line).map(Some).map_err(|error| ServeError::Message(error.to_string()))
        }
        Some(_) => Err(ServeError::Message("it is cut, or longer than a mebibyte".to_owned())),
    }
}

/// The way to the worker.
struct Says<W> {
    writer: W,
    /// What is drawn now: of which range, which frame, and whether it is a walk-in frame.
    at: Option<(u64, FrameNumber, bool)>,
}

impl<W: Write> Says<W> {
    fn say(&mut self, message: &FromHost) -> Result<(), ServeError> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::from)?;
        line.push(b'\n');
        self.writer.write_all(&line)?;
        Ok(self.writer.flush()?)
    }
}

struct Session<'a, W> {
    says: &'a Mutex<Says<W>>,
    messages: Receiver<Result<ToHost, ServeError>>,
    brake: Brake,
}

impl<W: Write> Session<'_, W> {
    fn run(&mut self, host: &mut dyn Host) -> Result<(), ServeError> {
        self.say(&FromHost::Hello { protocol: VERSION, software: host.software() })?;
        while let Ok(message) = self.messages.recv() {
            match message? {
                ToHost::Hello { protocol: VERSION } | ToHost::Taken { .. } | ToHost::Unknown => {}
                // What it cancelled stood ahead of it; what comes next is drawn.
                ToHost::Cancel => self.brake.pass_cancel(),
                ToHost::Hello { protocol } => return Err(ServeError::Version(protocol)),
                ToHost::Open(open) => {
                    self::open(host, &open).map_err(ServeError::Open)?;
                    self.say(&FromHost::Opened { format: open.format, passes: open.passes })?;
                }
                ToHost::Render(render) => self.render(host, &render)?,
                ToHost::Close => return Ok(()),
            }
        }
        Ok(())
    }

    fn render(&mut self, host: &mut dyn Host, render: &Render) -> Result<(), ServeError> {
        self.brake.begin(render.id);
        host.begin_range(render);
        let drawn = self.draw(host, render);
        host.end_range();
        if let Err((frame, HostError(message))) = drawn? {
            self.say(&FromHost::Error { frame: Some(frame), message })?;
        }
        self.say(&FromHost::Rendered { id: render.id })
    }

    fn draw(
        &mut self,
        host: &mut dyn Host,
        render: &Render,
    ) -> Result<Result<(), (FrameNumber, HostError)>, ServeError> {
        let first = render.first.0;
        for frame in (first.saturating_sub(i64::from(render.walk_in))..first).map(FrameNumber) {
            if !self.brake.goes_on(None) {
                return Ok(Ok(()));
            }
            self.say(&FromHost::Progress { id: render.id, frame, walk_in: true })?;
            if let Err(error) = self.at((render.id, frame, true), || host.walk_in(frame)) {
                return Ok(Err((frame, error)));
            }
        }
        for header in &render.headers {
            if !self.brake.goes_on(render.ahead) {
                return Ok(Ok(()));
            }
            let (frame, pass) = (header.frame, crate::plan::BEAUTY);
            let path = render.path(pass, frame);
            if let Err(error) = self.at((render.id, frame, false), || host.frame(header, &path)) {
                return Ok(Err((frame, error)));
            }
            let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
            self.brake.tell();
            self.say(&FromHost::Frame { id: render.id, frame, pass: pass.to_owned(), path, bytes })?;
        }
        Ok(Ok(()))
    }

    /// Draws something, during which beats are passed on.
    fn at<T>(&self, what: (u64, FrameNumber, bool), draw: impl FnOnce() -> T) -> T {
        lock(self.says).at = Some(what);
        let drawn = draw();
        lock(self.says).at = None;
        drawn
    }

    fn say(&self, message: &FromHost) -> Result<(), ServeError> {
        lock(self.says).say(message)
    }
}

#[cfg(test)]
pub(super) mod tests;
