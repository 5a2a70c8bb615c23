//! A host inside an engine that must not be called: it takes a task when it has time for one, and tells what it wrote.
//!
//! The engine's side is a [`Desk`]: `next` gives a range to draw, `beat` says that the engine lives and hears whether to
//! stop, `wrote` and `finished` tell what became of it. A thread of its own speaks with the worker; it finds each file,
//! opens it completely, and writes it again with our header, so that equal pixels are equal bytes. A file that is not
//! whole yet is waited for; an engine that says nothing is ended by the worker.

mod desk;
mod files;

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraPath;

pub use desk::{Desk, Standing, Task};
use files::Drawn;

use super::protocol::{FrameHeader, Open, Render};
use super::{Beat, Draws, Host, HostError, serve};
use crate::frame::{FrameFormat, write_exr_with, write_png_frame};
use crate::usda;

/// The argument that tells the host where to connect.
pub const ARGUMENT: &str = "-CycloramaWorker=";
/// The variable with the word it says first, so that nobody else of this machine can be the host.
pub const WORD_VARIABLE: &str = "CYC_HOST_WORD";
/// Length of that word.
pub const WORD_BYTES: usize = 32;

/// A conversation with a worker, on a thread of its own. Dropped, it ends.
pub struct Conversation {
    desk: Arc<Desk>,
    stream: TcpStream,
    thread: Option<thread::JoinHandle<()>>,
}

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects to the worker at `address` and says `word`. `software` is the engine's name and version, as frame headers
/// carry it.
///
/// # Errors
/// When nobody listens there, or the system gives no thread.
pub fn connect(address: SocketAddr, word: &str, software: String) -> io::Result<Conversation> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.write_all(word.as_bytes())?;
    let desk = Arc::new(Desk::default());
    let (reading, writing) = (stream.try_clone()?, stream.try_clone()?);
    let mut host =
        EngineHost { desk: Arc::clone(&desk), software, opened: None, ranges: 0, range: None, beat: None };
    let told = Arc::clone(&desk);
    let thread = thread::Builder::new().name("cyclorama-host".to_owned()).spawn(move || {
        let served = serve(BufReader::new(reading), writing, &mut host);
        told.end(served.map_err(|error| error.to_string()));
    })?;
    Ok(Conversation { desk, stream, thread: Some(thread) })
}

impl Conversation {
    /// The engine's side.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.desk.end(Err("the engine left".to_owned()));
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The worker's side.
struct EngineHost {
    desk: Arc<Desk>,
    software: String,
    opened: Option<(Open, CameraPath)>,
    ranges: u64,
    range: Option<Range>,
    beat: Option<Beat>,
}

/// A range as it is drawn.
struct Range {
    number: u64,
    folder: PathBuf,
    format: FrameFormat,
}

impl EngineHost {
    fn range(&self) -> Result<&Range, HostError> {
        self.range.as_ref().ok_or_else(|| HostError("no range was begun".to_owned()))
    }

    fn wait_for(&self, frame: FrameNumber) -> Result<Drawn, HostError> {
        let Range { number, folder, format } = self.range()?;
        self.desk.wait_for(*number, (folder, *format), frame, self.beat.as_ref())
    }

    fn has(&self, frame: FrameNumber) -> bool {
        self.opened.as_ref().is_some_and(|(_, camera)| camera.at(frame).is_some())
    }
}

impl Host for EngineHost {
    fn draws(&self) -> Draws {
        Draws::Layers
    }

    fn writes(&self, _: FrameFormat) -> bool {
        true
    }

    fn software(&self) -> String {
        self.software.clone()
    }

    fn beat_with(&mut self, beat: Beat) {
        self.beat = Some(beat);
    }

    fn open(&mut self, open: &Open) -> Result<(), HostError> {
        super::known_space(open)?;
        if open.unreal.is_none() {
            return Err(HostError("the job names no level sequence of a project".to_owned()));
        }
        let name = open.scene.display();
        let unreadable =
            |error: &dyn std::fmt::Display| HostError(format!("the scene `{name}` cannot be read: {error}"));
        let text = std::fs::read_to_string(&open.scene).map_err(|error| unreadable(&error))?;
        let (_, camera) = usda::read(&text).map_err(|error| unreadable(&error))?;
        self.opened = Some((open.clone(), camera));
        Ok(())
    }

    fn begin_range(&mut self, range: &Render) {
        let Some((open, camera)) = &self.opened else { return };
        let Some(unreal) = &open.unreal else { return };
        // What the camera does not have cannot be walked in from.
        let earliest = camera.frames.first().map_or(range.first, |frame| frame.frame);
        let walked = FrameNumber(range.first.0.saturating_sub(i64::from(range.walk_in)));
        self.ranges += 1;
        let folder = open.scene.with_file_name(format!("engine-{}", self.ranges));
        self.desk.ask(Task {
            number: self.ranges,
            unreal: unreal.clone(),
            drawn_from: walked.max(earliest).min(range.first),
            first: range.first,
            end: FrameNumber(range.last.0.saturating_add(1)),
            size: (open.width, open.height),
            samples: open.samples,
            format: open.format,
            folder: folder.clone(),
        });
        self.range = Some(Range { number: self.ranges, folder, format: open.format });
    }

    fn walk_in(&mut self, frame: FrameNumber) -> Result<(), HostError> {
        if !self.has(frame) {
            return Ok(());
        }
        self.wait_for(frame).map(drop)
    }

    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError> {
        let number = header.frame.0;
        if !self.has(header.frame) {
            return Err(HostError(format!("the scene's camera has no frame {number}")));
        }
        let drawn = self.wait_for(header.frame)?;
        let header = header.drawn_by(self.software());
        let written = match drawn {
            Drawn::Exr(image, mut others) => {
                if self.opened.as_ref().is_none_or(|(open, _)| open.passes.is_beauty_alone()) {
                    others.clear();
                }
                write_exr_with(path, &image, others, &header)
            }
            // As many bits as the engine gave: more would be none.
            Drawn::Png(picture) => write_png_frame(path, &picture.image, picture.depth, &header),
        };
        written.map_err(|error| HostError(format!("frame {number} cannot be written: {error}")))
    }

    fn end_range(&mut self) {
        if let Some(range) = self.range.take() {
            self.desk.stop(range.number);
        }
    }
}

#[cfg(test)]
mod tests;
