//! The lens file of a session, read on a thread of its own: a share that does not answer holds up neither the editor nor the
//! tracker, which is heard without its lens until that is there.

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
/// Bytes of a lens file that are read at most.
const LARGEST: u64 = 64 << 20;

/// What the session's thread holds of it.
#[derive(Default)]
pub(in crate::tracking) struct Lens {
    found: Option<mpsc::Receiver<Arc<LensFile>>>,
    known: OnceCell<Arc<LensFile>>,
    /// Hangs up with the session: then nobody tries again.
    _wanted: Option<mpsc::Sender<()>>,
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
        if let Err(error) = thread::Builder::new().name("cyclorama-lens".to_owned()).spawn(body) {
            shared.lens().fails(&format!("the system gives no thread to read it: {error}"));
        }
        Self { found: Some(found), known: OnceCell::new(), _wanted: Some(wanted) }
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

impl Standing {
    /// Nothing where there is no file, or it is used.
    pub(crate) fn words(&self, now: StageTime) -> Option<Words> {
        let awaited = locked(&self.0);
        let Awaited { path, since, why } = awaited.as_ref()?;
        Some(match why {
            Some(why) => Words { trouble: true, text: not_used(why) },
            None if now.nanos_since(*since) >= SLOW => {
                let text = format!(
                    "the lens file {path} is not used: its disk does not answer; is its network share there?"
                );
                Words { trouble: true, text }
            }
            None => Words { trouble: false, text: format!("the lens file {path} is being read") },
        })
    }

    fn awaits(&self, path: &str) {
        *locked(&self.0) = Some(Awaited { path: path.to_owned(), since: time::clock().now(), why: None });
    }

    /// Each reason is told once, however often it is tried.
    fn fails(&self, reason: &str) {
        let mut awaited = locked(&self.0);
        let Some(awaited) = awaited.as_mut().filter(|awaited| awaited.why.as_deref() != Some(reason)) else {
            return;
        };
        awaited.why = Some(reason.to_owned());
        let words = not_used(reason);
        tracing::error!(target: "cyclorama", "{words}");
        events::tell(EventKind::TrackerFault, "", &words);
    }

    fn is_used(&self) {
        let Some(Awaited { path, why, .. }) = locked(&self.0).take() else { return };
        let words = format!("the lens file {path} is read, and used from now on");
        tracing::info!(target: "cyclorama", "{words}");
        // Whoever was told that it is not there.
        if why.is_some() {
            events::tell(EventKind::TrackerBack, "", &words);
        }
    }
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
mod tests {
    use cyclorama_tracking::live::LiveOptions;

    use super::*;
    use crate::tracking::board::board;

    fn session() -> Arc<Shared> {
        Arc::new(Shared::new(board().1, LiveOptions::default(), None).0)
    }

    /// A share that is not there any more: whoever asks it waits.
    fn never(_: &str) -> Result<LensFile, Failure> {
        loop {
            thread::park();
        }
    }

    fn later(seconds: i64) -> StageTime {
        time::clock().now().plus_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_share_that_never_answers_holds_up_nobody_and_is_told_of() {
        let shared = session();
        let lens = Lens::begin_with(never, AGAIN, " /share/a.lens.json ", &shared);
        assert!(lens.known(&shared).is_none());
        let words = |seconds| shared.lens().words(later(seconds)).expect("it is not there");
        let told = words(0);
        assert_eq!(
            (told.trouble, told.text.as_str()),
            (false, "the lens file /share/a.lens.json is being read")
        );
        assert!(words(6).trouble && words(6).text.contains("does not answer"), "{:?}", words(6));
        // Nothing of the session is held by who waits for the disk.
        drop(lens);
        assert_eq!((Arc::strong_count(&shared), shared.lens().words(later(0)).is_some()), (1, true));
    }

    #[test]
    fn a_file_that_is_not_there_is_told_once_and_used_as_soon_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.lens.json").display().to_string();
        let shared = session();
        let lens = Lens::begin_with(read, Duration::from_millis(1), &path, &shared);
        while !shared.lens().words(later(0)).is_some_and(|words| words.trouble) {
            thread::yield_now();
        }
        let why = shared.lens().words(later(0)).expect("it is not there").text;
        assert!(why.contains(&path) && why.ends_with("tried again every 2 s"), "{why}");
        let mut document = Document::new(cyclorama_space::SensorSize { width_mm: 24.0, height_mm: 13.5 });
        document.focal_length_mm = vec![vec![0.0, 0.0, 20.0], vec![0.0, 1.0, 80.0]];
        // Whole at once, as whoever writes one should.
        let fresh = folder.path().join("fresh");
        std::fs::write(&fresh, document.to_json()).expect("written");
        std::fs::rename(&fresh, &path).expect("renamed");
        let news = loop {
            if let Some(news) = lens.news(&shared) {
                break news;
            }
            thread::yield_now();
        };
        assert!(lens.known(&shared).is_some_and(|known| Arc::ptr_eq(&known, &news)));
        assert!(lens.news(&shared).is_none() && shared.lens().words(later(9)).is_none());
        let told = events::all_for_tests();
        let about = told.iter().filter(|event| event.text.contains(&path));
        let kinds: Vec<_> = about.map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::TrackerFault, EventKind::TrackerBack]);
    }

    #[test]
    fn a_session_without_a_lens_file_waits_for_none() {
        let shared = session();
        let lens = Lens::begin("  ", &shared);
        assert!(lens.known(&shared).is_none() && shared.lens().words(later(9)).is_none());
    }
}
