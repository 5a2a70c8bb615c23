//! Handing over beside recording: a thread of its own, patient with a store that is away.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use cyclorama_assets::store::Store;
use cyclorama_outcome::{Classify as _, retry::Policy};
use cyclorama_tracking::take::Reader;
use tokio::runtime::Handle;

use super::{HandError, Handed, hand_over};
use crate::commands::take::EXTENSION;

/// A running hand-off. [`HandOff::finish`] waits for what is left, for a while.
pub(crate) struct HandOff {
    takes: Option<mpsc::Sender<PathBuf>>,
    thread: thread::JoinHandle<Vec<PathBuf>>,
}

/// While recording goes on, a store is tried again for ever; once it has ended, so often.
const LAST_ATTEMPTS: u32 = 4;

impl HandOff {
    /// Hands `waiting` over, then every take it is given. `tell` hears of each, and of each failure.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        waiting: Vec<PathBuf>,
        runtime: Handle,
        mut tell: impl FnMut(&Path, &Result<Handed, HandError>) + Send + 'static,
    ) -> io::Result<Self> {
        let (takes, given) = mpsc::channel();
        let thread = thread::Builder::new().name("hand-off".to_owned()).spawn(move || {
            work(waiting.into(), &given, &mut |path| {
                let handed = runtime.block_on(hand_over(store.as_ref(), path));
                tell(path, &handed);
                handed
            })
        })?;
        Ok(Self { takes: Some(takes), thread })
    }

    /// Hands this take over as well.
    pub(crate) fn take(&self, path: &Path) {
        if let Some(takes) = &self.takes {
            // A worker that ended has told why.
            let _ = takes.send(path.to_owned());
        }
    }

    /// Waits for the takes that wait; gives those that could not be handed over.
    pub(crate) fn finish(mut self) -> Vec<PathBuf> {
        drop(self.takes.take());
        self.thread.join().unwrap_or_default()
    }
}

/// The takes of a folder that are closed.
pub(crate) fn closed_takes(folder: &Path) -> io::Result<Vec<PathBuf>> {
    takes_in(folder).map(|(closed, _)| closed)
}

/// The takes of a folder: those that are closed, and those that are not or cannot be opened.
pub(crate) fn takes_in(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths.into_iter().partition(|path| Reader::open(path).is_ok_and(|reader| reader.summary().closed)))
}

/// Hands over until nobody gives more and none waits; gives what is left.
fn work(
    mut waiting: VecDeque<PathBuf>,
    given: &mpsc::Receiver<PathBuf>,
    hand: &mut dyn FnMut(&Path) -> Result<Handed, HandError>,
) -> Vec<PathBuf> {
    let policy = Policy { attempts: u32::MAX, longest_wait: Duration::from_secs(15), ..Policy::default() };
    let (mut attempt, mut over, mut left) = (0, false, Vec::new());
    loop {
        let Some(path) = waiting.front().cloned() else {
            match given.recv() {
                Ok(path) => waiting.push_back(path),
                Err(mpsc::RecvError) => return left,
            }
            continue;
        };
        attempt += 1;
        let wait = match hand(&path) {
            Ok(_) => None,
            Err(error) => {
                policy.wait_after(attempt, error.kind(), 1.0).filter(|_| !over || attempt < LAST_ATTEMPTS)
            }
        };
        let Some(wait) = wait else {
            attempt = 0;
            waiting.pop_front();
            continue;
        };
        // A take that is given meanwhile does not cut the wait short; the end of recording does.
        match given.recv_timeout(if over { wait.min(Duration::from_secs(1)) } else { wait }) {
            Ok(path) => waiting.push_back(path),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) if over => {
                thread::park_timeout(wait.min(Duration::from_secs(1)));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => (over, attempt) = (true, 0),
        }
        if over && attempt + 1 >= LAST_ATTEMPTS {
            left.extend(waiting.drain(..));
            attempt = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed() -> Handed {
        let text = String::new;
        Handed { name: text(), digest: text(), key: text(), bytes: 0, known: false, notes: 0 }
    }

    #[test]
    fn takes_go_in_order_and_a_damaged_one_holds_up_none() {
        let (sender, given) = mpsc::channel();
        sender.send(PathBuf::from("b")).expect("open");
        sender.send(PathBuf::from("c")).expect("open");
        drop(sender);
        let mut seen = Vec::new();
        let left = work([PathBuf::from("a")].into(), &given, &mut |path| {
            seen.push(path.to_owned());
            if path == Path::new("b") { Err(HandError::Damaged(path.to_owned())) } else { Ok(handed()) }
        });
        assert_eq!((seen, left), (["a", "b", "c"].map(PathBuf::from).to_vec(), Vec::new()));
    }

    #[test]
    fn a_store_that_stays_away_ends_the_wait_and_what_is_left_is_named() {
        let (sender, given) = mpsc::channel::<PathBuf>();
        drop(sender);
        let mut attempts = 0;
        let left = work([PathBuf::from("a"), PathBuf::from("b")].into(), &given, &mut |_| {
            attempts += 1;
            let source = io::Error::from(io::ErrorKind::TimedOut);
            let source =
                cyclorama_assets::store::StoreError::Io { operation: "write", key: "x".into(), source };
            Err(HandError::Store { name: "a".to_owned(), source })
        });
        assert_eq!(left, ["a", "b"].map(PathBuf::from));
        assert!((2..=6).contains(&attempts), "{attempts}");
    }
}
