//! The handle of long work, and the work behind it.

#[cfg(feature = "assets")]
use std::{future::Future, pin::Pin};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cyclorama_progress::{Cancel, Progress, Snapshot};
use cyclorama_time::Clock as _;

use super::WorkSnapshot;
use crate::{Status, failure::Failure, time};

/// How work ended well: a sentence, and what belongs to it line by line.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "assets"), allow(dead_code, reason = "without content no work begins"))]
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) lines: Vec<String>,
    /// Not all of it.
    pub(crate) partial: bool,
}

/// What the running work is given: counters, and the flag that asks it to stop.
#[derive(Clone)]
pub(crate) struct Strings {
    pub(crate) progress: Progress,
    /// Set when it shall stop, whoever wants it.
    pub(crate) cancel: Cancel,
    /// Set when somebody asked this very work to stop; not when its handle was dropped, or the engine goes.
    pub(crate) asked: Cancel,
    /// Lines that are of use also when it fails, such as the names of files in the way.
    lines: Arc<Mutex<Vec<String>>>,
}

impl Strings {
    fn new() -> Self {
        let cancel = all().child();
        Self { progress: Progress::new(), cancel, asked: Cancel::new(), lines: Arc::default() }
    }

    /// Ends once nobody is there any more who began it; never when it was asked to stop.
    #[cfg(feature = "render")]
    pub(crate) async fn left(&self) {
        while !self.cancel.is_cancelled() || self.asked.is_cancelled() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Work without safe points of its own, because it only looks, or may be left at any place: it is left as soon as it shall stop,
    /// and `left` says so.
    #[cfg(feature = "assets")]
    pub(crate) fn unless_stopped<'a, T: 'a>(
        &'a self,
        left: &'a str,
        work: impl Future<Output = Result<T, Failure>> + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>> {
        let stopped = async {
            while !self.cancel.is_cancelled() {
                tokio::time::sleep(LOOK).await;
            }
        };
        Box::pin(async move {
            tokio::select! {
                biased;
                () = stopped => Err(Failure::new(Status::Cancelled, left)),
                ended = work => ended,
            }
        })
    }

    /// Adds lines for people.
    #[cfg(feature = "assets")]
    pub(crate) fn tell(&self, lines: impl IntoIterator<Item = String>) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
    }
}

/// How often it is looked whether work shall stop.
#[cfg(feature = "assets")]
const LOOK: Duration = Duration::from_millis(100);

/// What every work hangs on, until everything is told to stop; then another takes its place.
static ALL: Mutex<Option<Cancel>> = Mutex::new(None);

fn all() -> Cancel {
    ALL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().clone()
}

/// Asks everything that runs to stop.
pub(super) fn stop_all() {
    if let Some(cancel) = ALL.lock().unwrap_or_else(PoisonError::into_inner).take() {
        cancel.cancel();
    }
}

/// Work as its handle in C++ has it. Dropped, it is asked to stop, and stops at its next safe point by itself.
pub(crate) struct Work {
    strings: Strings,
    ended: Arc<Ended>,
}

#[derive(Default)]
struct Ended {
    result: Mutex<Option<Result<Told, Failure>>>,
    wake: Condvar,
}

impl Work {
    /// One that never began, with the reason.
    pub(crate) fn failed(failure: Failure) -> Self {
        let work = Self { strings: Strings::new(), ended: Arc::default() };
        work.ended.end(Err(failure));
        work
    }

    /// Begins it on a thread of the core.
    #[cfg(feature = "assets")]
    pub(crate) fn start<F>(export: &'static str, make: impl FnOnce(Strings) -> F) -> Result<Self, Failure>
    where
        F: Future<Output = Result<Told, Failure>> + Send + 'static,
    {
        let house = crate::house::house()?;
        let work = Self { strings: Strings::new(), ended: Arc::default() };
        let (ended, future) = (Ender(work.ended.clone(), export), make(work.strings.clone()));
        house.spawn(async move {
            let result = future.await;
            ended.0.end(result);
        });
        Ok(work)
    }

    pub(crate) fn cancel(&self) {
        // In this order: what sees the second knows whether there was the first.
        self.strings.asked.cancel();
        self.strings.cancel.cancel();
    }

    fn seen(&self) -> Snapshot {
        let now = Duration::from_nanos(u64::try_from(time::clock().now().nanos()).unwrap_or_default());
        self.strings.progress.snapshot(now)
    }

    pub(crate) fn snapshot(&self) -> WorkSnapshot {
        let seen = self.seen();
        let fraction = if seen.total > 0 { (seen.done as f64 / seen.total as f64).min(1.0) } else { -1.0 };
        WorkSnapshot {
            done: seen.done,
            total: seen.total,
            transferred: seen.transferred,
            rate: seen.rate.unwrap_or(-1.0),
            eta_seconds: seen.eta_seconds.unwrap_or(-1.0),
            fraction,
            running: u32::from(self.ended.result().is_none()),
            reserved: 0,
        }
    }

    pub(crate) fn items(&self) -> Vec<String> {
        self.seen().items
    }

    /// `Timeout` while it runs, `Ok` or `Partial` when it ended well, else why not.
    pub(crate) fn state(&self) -> Status {
        match &*self.ended.result() {
            None => Status::Timeout,
            Some(Ok(told)) if told.partial => Status::Partial,
            Some(Ok(_)) => Status::Ok,
            Some(Err(failure)) => failure.status,
        }
    }

    /// As [`Self::state`], once it ended or the time ran out. Never on a thread that may not wait.
    pub(crate) fn wait(&self, timeout: Duration) -> Status {
        let running = |result: &mut Option<_>| result.is_none();
        let waited = self.ended.wake.wait_timeout_while(self.ended.result(), timeout, running);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.state()
    }

    /// How it ended, in one sentence; empty while it runs.
    pub(crate) fn text(&self) -> String {
        match &*self.ended.result() {
            None => String::new(),
            Some(Ok(told)) => told.text.clone(),
            Some(Err(failure)) => failure.text.clone(),
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = self.strings.lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(Ok(told)) = &*self.ended.result() {
            lines.extend(told.lines.iter().cloned());
        }
        lines
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.strings.cancel.cancel();
    }
}

impl Ended {
    fn result(&self) -> MutexGuard<'_, Option<Result<Told, Failure>>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, result: Result<Told, Failure>) {
        self.result().get_or_insert(result);
        self.wake.notify_all();
    }
}

/// Ends the work also when its future is dropped by a panic: whoever waits hears of it.
#[cfg(feature = "assets")]
struct Ender(Arc<Ended>, &'static str);

#[cfg(feature = "assets")]
impl Drop for Ender {
    fn drop(&mut self) {
        let text = format!("a defect of Cyclorama stopped {} in the middle; the log has its place", self.1);
        self.0.end(Err(Failure::new(Status::Panicked, text)));
    }
}

/// The answers of a handle, each behind the wall against panics.
macro_rules! handle {
    ($handle:ty, $poll:ident, $items:ident, $cancel:ident, $state:ident, $wait:ident, $text:ident, $lines:ident) => {
        impl $handle {
            fn $poll(&self, snapshot: &mut $crate::work::WorkSnapshot) -> $crate::Status {
                $crate::guard::status(stringify!($poll), || {
                    *snapshot = self.0.snapshot();
                    Ok(())
                })
            }

            fn $items(&self) -> Vec<String> {
                $crate::guard::value(stringify!($items), |_| Vec::new(), || Ok(self.0.items()))
            }

            fn $cancel(&self) -> $crate::Status {
                $crate::guard::status(stringify!($cancel), || {
                    self.0.cancel();
                    Ok(())
                })
            }

            fn $state(&self) -> $crate::Status {
                $crate::guard::value(stringify!($state), |failure| failure.status, || Ok(self.0.state()))
            }

            fn $wait(&self, timeout_us: u32) -> $crate::Status {
                let timeout = std::time::Duration::from_micros(timeout_us.into());
                $crate::guard::value(stringify!($wait), |failure| failure.status, || Ok(self.0.wait(timeout)))
            }

            fn $text(&self) -> String {
                $crate::guard::value(stringify!($text), |failure| failure.text, || Ok(self.0.text()))
            }

            fn $lines(&self) -> Vec<String> {
                $crate::guard::value(stringify!($lines), |_| Vec::new(), || Ok(self.0.lines()))
            }
        }
    };
}
pub(crate) use handle;

#[cfg(all(test, feature = "assets"))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn work_is_polled_while_it_runs_and_says_how_it_ended() {
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let work = Work::start("test", |strings| async move {
            strings.progress.set_total(4);
            strings.progress.add_done(1);
            let _ = gone.await;
            strings.progress.add_done(3);
            Ok(Told { text: "done".to_owned(), lines: vec!["a".to_owned()], partial: false })
        })
        .expect("starts");
        assert_eq!((work.state(), work.text().as_str()), (Status::Timeout, ""));
        assert_eq!(work.snapshot().running, 1);
        assert_eq!(work.wait(Duration::from_millis(1)), Status::Timeout);
        go.send(()).expect("it waits");
        assert_eq!(work.wait(LONG), Status::Ok);
        let seen = work.snapshot();
        assert_eq!((seen.done, seen.fraction, seen.running), (4, 1.0, 0));
        assert_eq!((work.text().as_str(), work.lines()), ("done", vec!["a".to_owned()]));
    }

    #[test]
    fn what_has_no_safe_points_is_left_as_soon_as_it_shall_stop() {
        let (told, hears) = std::sync::mpsc::channel();
        let work = Work::start("test", |strings| async move {
            strings.unless_stopped("left", async { Ok::<_, Failure>(()) }).await?;
            let _ = told.send(());
            strings.unless_stopped("cancelled: looked no further", std::future::pending()).await
        })
        .expect("starts");
        hears.recv().expect("what ends by itself ends");
        work.cancel();
        assert_eq!(work.wait(LONG), Status::Cancelled);
        assert_eq!(work.text(), "cancelled: looked no further");
    }

    #[test]
    fn a_panic_in_the_middle_is_an_end_like_another() {
        let work = Work::start("test", |_| async {
            if true {
                panic!("on purpose");
            }
            Ok(Told::default())
        })
        .expect("starts");
        assert_eq!(work.wait(LONG), Status::Panicked);
        assert!(work.text().contains("stopped test"), "{}", work.text());
    }

    #[test]
    fn dropped_or_stopped_with_all_others_it_is_asked_to_stop() {
        let (told, hears) = std::sync::mpsc::channel();
        let work = Work::start("test", |strings| async move {
            let _ = told.send((strings.cancel.clone(), strings.asked.clone()));
            Ok(Told::default())
        })
        .expect("starts");
        let (cancel, asked) = hears.recv().expect("it began");
        assert!(!cancel.is_cancelled());
        drop(work);
        assert!(cancel.is_cancelled() && !asked.is_cancelled(), "nobody asked just this work to stop");
        let before = Strings::new();
        stop_all();
        assert!(before.cancel.is_cancelled() && !Strings::new().cancel.is_cancelled());
    }
}
