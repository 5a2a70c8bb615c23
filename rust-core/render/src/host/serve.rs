//! The host's side of the protocol: from messages to calls of a [`Host`].

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancel;
use cyclorama_time::FrameNumber;

use super::protocol::{FromHost, LONGEST_LINE, Render, ToHost, VERSION};
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

/// Serves `host` to the worker at the other end of `reader` and `writer` until it closes or goes away.
///
/// A thread of its own reads, so that a cancellation, or the worker's death, is noticed between two frames; it
/// ends with `reader`.
///
/// # Errors
/// [`ServeError`]; all but `Pipe` were told to the worker before.
pub fn serve(
    reader: impl BufRead + Send + 'static,
    writer: impl Write,
    host: &mut dyn Host,
) -> Result<(), ServeError> {
    let (sender, messages) = channel();
    let cancel = Cancel::new();
    let reading = {
        let cancel = cancel.clone();
        thread::Builder::new().name("host-input".to_owned()).spawn(move || read(reader, &sender, &cancel))?
    };
    drop(reading);
    let mut session = Session { writer, messages, gone: cancel };
    let result = session.run(host);
    if let Err(error @ (ServeError::Version(_) | ServeError::Message(_) | ServeError::Open(_))) = &result {
        let message = match error {
            ServeError::Open(HostError(text)) => text.clone(),
            other => other.to_string(),
        };
        session.say(&FromHost::Error { frame: None, message })?;
    }
    result
}

/// Reads lines until the end; a cancellation or the end raises the flag at once, ahead of the queue.
fn read(mut reader: impl BufRead, sender: &Sender<Result<ToHost, ServeError>>, cancel: &Cancel) {
    loop {
        let message = read_line(&mut reader);
        if !matches!(message, Ok(Some(ref message)) if *message != ToHost::Cancel) {
            cancel.cancel();
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

struct Session<W> {
    writer: W,
    messages: Receiver<Result<ToHost, ServeError>>,
    gone: Cancel,
}

impl<W: Write> Session<W> {
    fn run(&mut self, host: &mut dyn Host) -> Result<(), ServeError> {
        self.say(&FromHost::Hello { protocol: VERSION, software: host.software() })?;
        while let Ok(message) = self.messages.recv() {
            match message? {
                ToHost::Hello { protocol: VERSION } | ToHost::Cancel | ToHost::Unknown => {}
                ToHost::Hello { protocol } => return Err(ServeError::Version(protocol)),
                ToHost::Open(open) => {
                    host.open(&open).map_err(ServeError::Open)?;
                    self.say(&FromHost::Opened)?;
                }
                ToHost::Render(render) => self.render(host, &render)?,
                ToHost::Close => return Ok(()),
            }
        }
        Ok(())
    }

    fn render(&mut self, host: &mut dyn Host, render: &Render) -> Result<(), ServeError> {
        host.begin_range();
        if let Err((frame, HostError(message))) = self.draw(host, render)? {
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
            if self.gone.is_cancelled() {
                return Ok(Ok(()));
            }
            self.say(&FromHost::Progress { id: render.id, frame, walk_in: true })?;
            if let Err(error) = host.walk_in(frame) {
                return Ok(Err((frame, error)));
            }
        }
        for header in &render.headers {
            if self.gone.is_cancelled() {
                return Ok(Ok(()));
            }
            let (frame, pass) = (header.frame, crate::plan::BEAUTY);
            let path = render.path(pass, frame);
            if let Err(error) = host.frame(header, &path) {
                return Ok(Err((frame, error)));
            }
            let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
            self.say(&FromHost::Frame { id: render.id, frame, pass: pass.to_owned(), path, bytes })?;
        }
        Ok(Ok(()))
    }

    fn say(&mut self, message: &FromHost) -> Result<(), ServeError> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::from)?;
        line.push(b'\n');
        self.writer.write_all(&line)?;
        Ok(self.writer.flush()?)
    }
}

#[cfg(test)]
pub(super) mod tests;
