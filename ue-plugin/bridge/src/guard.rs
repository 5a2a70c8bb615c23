//! The wall that no panic passes: every export runs inside [`status`] or [`value`].
//!
//! A panic that reached C++ would end the editor. Here it ends the call: it is written to the log with its place, the
//! caller gets [`Status::Panicked`], and the sentence is what `last_error` gives on that thread.

use std::{
    any::Any,
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{Status, failure::Failure};

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs an export that gives a status.
#[inline]
pub(crate) fn status(export: &'static str, body: impl FnOnce() -> Result<(), Failure>) -> Status {
    match caught(export, body) {
        Ok(()) => Status::Ok,
        Err(failure) => told(failure),
    }
}

/// Runs an export that gives a value; `without` says what is given when it fails.
#[inline]
pub(crate) fn value<T>(
    export: &'static str,
    without: impl FnOnce(Failure) -> T,
    body: impl FnOnce() -> Result<T, Failure>,
) -> T {
    match caught(export, body) {
        Ok(value) => value,
        Err(failure) => {
            told(failure.clone());
            without(failure)
        }
    }
}

/// The sentence of this thread's last failure.
pub(crate) fn last_error() -> String {
    LAST.with(|last| last.try_borrow().map(|last| last.clone()).unwrap_or_default())
}

#[inline]
fn caught<T>(export: &'static str, body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // Handles are used after a panic only to be asked and dropped: what they hold is valid at any time, locks that
    // a panic poisoned are taken all the same.
    let run = AssertUnwindSafe(|| {
        forced::strike(export);
        body()
    });
    catch_unwind(run).unwrap_or_else(|panic| Err(panicked(export, panic.as_ref())))
}

#[cold]
fn panicked(export: &'static str, panic: &(dyn Any + Send)) -> Failure {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words");
    let text = format!("a defect of Cyclorama stopped {export}: {said}");
    tracing::error!(target: "cyclorama", "{text}");
    Failure::new(Status::Panicked, text)
}

fn told(failure: Failure) -> Status {
    if !failure.text.is_empty() {
        LAST.with(|last| {
            if let Ok(mut last) = last.try_borrow_mut() {
                *last = failure.text;
            }
        });
    }
    failure.status
}

/// Panics on demand, for the test that feeds one to every export.
pub(crate) mod forced {
    #[cfg(feature = "forced-panics")]
    static ARMED: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());

    /// The export of this name panics when it is called next. False when this archive cannot.
    #[cfg(feature = "forced-panics")]
    pub(crate) fn arm(export: &str) -> bool {
        *ARMED.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = export.to_owned();
        true
    }

    #[cfg(not(feature = "forced-panics"))]
    pub(crate) fn arm(_export: &str) -> bool {
        false
    }

    #[cfg(feature = "forced-panics")]
    pub(super) fn strike(export: &str) {
        let mut armed = ARMED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let strikes = *armed == export;
        if strikes {
            armed.clear();
        }
        drop(armed);
        assert!(!strikes, "forced for a test");
    }

    #[cfg(not(feature = "forced-panics"))]
    #[inline]
    pub(super) fn strike(_export: &str) {}
}
