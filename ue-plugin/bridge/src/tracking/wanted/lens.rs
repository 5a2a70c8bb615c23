//! The lens file of a session, read on a thread of its own: a share that does not answer holds up neither the editor nor the
//! tracker, which is heard without its lens until that is there. Whoever ends the session waits for that thread a moment, never
//! for the disk: a read that hangs is left to itself, and tells nobody anything when it comes back.

use std::{
    cell::OnceCell,
    sync::{Arc, Mutex, Weak, mpsc},
    thread,
    time::Duration,
};

use cyclorama_time::{Clock as _, StageTime};
use cyclorama_tracking::lens::{Document, LensFile};

use crate::{
    Status,
    events::{self, EventKind},
    failure::Failure,
    guard, time,
    tracking::shared::{Shared, locked},
};

/// Between two attempts to read it.
const AGAIN: Duration = Duration::from_secs(2);
/// A disk that answers takes no longer, nanoseconds.
const SLOW: i64 = 5_000_000_000;
/// The end of a session waits no longer for the thread; between two attempts it answers at once.
const LONGEST_END: Duration = Duration::from_millis(if cfg!(test) { 1_000 } else { 20 });
/// Bytes of a lens file that are read at most.
const LARGEST: u64 = 64 << 20;

/// What the session's thread holds of it.
#[derive(Default)]
pub(in crate::tracking) struct Lens {
    /// Hangs up once the thread's work is over.
    found: Option<mpsc::Receiver<Arc<LensFile>>>,
    known: OnceCell<Arc<LensFile>>,
    /// Hangs up with the session: then nobody tries again.
    wanted: Option<mpsc::Sender<()>>,
    reading: Option<thread::JoinHandle<()>>,
}

/// How a session stands with it.
#[derive(Default)]
pub(crate) struct Standing(Mutex<Option<Awaited>>);

/// A file that is not used yet.
struct Awaited {
    path: String,
    since: StageTime,
    /// What came of the last attempt.
    why: Option<String>,
    /// It was told that the disk does not answer.
    told_slow: bool,
}

impl Awaited {
    /// The first attempt takes longer than a disk that answers.
    fn is_slow(&self, now: StageTime) -> bool {
        self.why.is_none() && now.nanos_since(self.since) >= SLOW
    }
}

/// What people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// More than that it takes a moment.
    pub(crate) trouble: bool,
    pub(crate) text: String,
}

/// How a file is read.
type Read = fn(&str) -> Result<LensFile, Failure>;

impl Lens {
    /// Begins to read it, and goes on trying. Waits for nothing.
    pub(in crate::tracking) fn begin(path: &str, shared: &Arc<Shared>) -> Self {
        Self::begin_with(read, AGAIN, path, shared)
    }

    fn begin_with(read: Read, every: Duration, path: &str, shared: &Arc<Shared>) -> Self {
        let path = path.trim().to_owned();
        if path.is_empty() {
            return Self::default();
        }
        shared.lens().awaits(&path);
        let (sender, found) = mpsc::channel();
        let (wanted, over) = mpsc::channel();
        let session = Arc::downgrade(shared);
        let reading = Reading { read, every, path, session, found: sender, over };
        let body = move || reading.until_read();
        let spawned = thread::Builder::new().name("cyclorama-lens".to_owned()).spawn(body);
        if let Err(error) = &spawned {
            shared.lens().fails(&format!("the system gives no thread to read it: {error}"));
        }
        Self { found: Some(found), known: OnceCell::new(), wanted: Some(wanted), reading: spawned.ok() }
    }

    /// The lens, once, when it is there.
    pub(in crate::tracking) fn news(&self, shared: &Shared) -> Option<Arc<LensFile>> {
        if self.known.get().is_some() {
            return None;
        }
        let lens = self.found.as_ref()?.try_recv().ok()?;
        shared.lens().is_used();
        Some(Arc::clone(self.known.get_or_init(|| lens)))
    }

    /// The lens, as far as it is there.
    pub(in crate::tracking) fn known(&self, shared: &Shared) -> Option<Arc<LensFile>> {
        self.news(shared);
        self.known.get().cloned()
    }
}

impl Drop for Lens {
    fn drop(&mut self) {
        drop(self.wanted.take());
        let (Some(found), Some(reading)) = (self.found.take(), self.reading.take()) else { return };
        loop {
            match found.recv_timeout(LONGEST_END) {
                // One that came too late to be used; there is no second.
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    let _ = reading.join();
                    return;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => return,
            }
        }
    }
}

impl Standing {
    /// Nothing where there is no file, or it is used.
    pub(crate) fn words(&self, now: StageTime) -> Option<Words> {
        let awaited = locked(&self.0);
        let awaited = awaited.as_ref()?;
        let path = &awaited.path;
        Some(match &awaited.why {
            Some(why) => Words { trouble: true, text: not_used(why) },
            None if awaited.is_slow(now) => Words { trouble: true, text: does_not_answer(path) },
            None => Words { trouble: false, text: format!("the lens file {path} is being read") },
        })
    }

    /// Tells once that the disk does not answer, for whom there is no tab; asked again and again while the port is heard.
    pub(in crate::tracking) fn look(&self, now: StageTime) {
        let mut awaited = locked(&self.0);
        let Some(awaited) = awaited.as_mut().filter(|awaited| awaited.is_slow(now) && !awaited.told_slow)
        else {
            return;
        };
        awaited.told_slow = true;
        tell_trouble(&does_not_answer(&awaited.path));
    }

    fn awaits(&self, path: &str) {
        let since = time::clock().now();
        *locked(&self.0) = Some(Awaited { path: path.to_owned(), since, why: None, told_slow: false });
    }

    /// Each reason is told once, however often it is tried.
    fn fails(&self, reason: &str) {
        let mut awaited = locked(&self.0);
        let Some(awaited) = awaited.as_mut().filter(|awaited| awaited.why.as_deref() != Some(reason)) else {
            return;
        };
        awaited.why = Some(reason.to_owned());
        tell_trouble(&not_used(reason));
    }

    fn is_used(&self) {
        let Some(Awaited { path, why, told_slow, .. }) = locked(&self.0).take() else { return };
        let words = format!("the lens file {path} is read, and used from now on");
        tracing::info!(target: "cyclorama", "{words}");
        // Whoever was told that it is not there.
        if why.is_some() || told_slow {
            events::tell(EventKind::TrackerBack, "", &words);
        }
    }
}

fn tell_trouble(words: &str) {
    tracing::error!(target: "cyclorama", "{words}");
    events::tell(EventKind::TrackerFault, "", words);
}

fn does_not_answer(path: &str) -> String {
    format!("the lens file {path} is not used: its disk does not answer; is its network share there?")
}

fn not_used(why: &str) -> String {
    let every = AGAIN.as_secs();
    format!("the tracker is heard without its lens file: {why}; it is tried again every {every} s")
}

/// The thread's own.
struct Reading {
    read: Read,
    every: Duration,
    path: String,
    /// Not held: a disk may not answer for hours.
    session: Weak<Shared>,
    found: mpsc::Sender<Arc<LensFile>>,
    over: mpsc::Receiver<()>,
}

impl Reading {
    fn until_read(&self) {
        loop {
            let read = guard::value("the lens thread", Err, || Ok((self.read)(&self.path)));
            let Some(session) = self.session.upgrade() else { return };
            // A session that has ended is told nothing, also where somebody still holds it.
            if self.over.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
                return;
            }
            match read {
                Ok(lens) => {
                    // It may have ended.
                    let _ = self.found.send(Arc::new(lens));
                    return;
                }
                Err(failure) => session.lens().fails(&failure.text),
            }
            drop(session);
            if self.over.recv_timeout(self.every) != Err(mpsc::RecvTimeoutError::Timeout) {
                return;
            }
        }
    }
}

fn read(path: &str) -> Result<LensFile, Failure> {
    let unreadable = |error: std::io::Error| {
        let status =
            if error.kind() == std::io::ErrorKind::NotFound { Status::NotFound } else { Status::User };
        Failure::new(status, format!("failed to read the lens file {path}: {error}"))
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(Failure::new(Status::User, format!("{path} is too large for a lens file")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let doing = format!("use the lens file {path}");
    let lens = Document::from_json(&text).and_then(LensFile::new);
    lens.map_err(|error| Failure::of(&doing, &error))
}

#[cfg(test)]
mod tests;
