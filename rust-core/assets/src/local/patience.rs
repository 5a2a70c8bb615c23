//! Waiting for whoever holds a file for a moment.
//!
//! Windows moves nothing over a file that somebody has open, and removes none, unless both the disk and whoever opened it know of
//! it: a share does not, nor does every indexer and virus scanner. They are done in a moment.

use std::io;
use std::thread::park_timeout;
use std::time::Duration;

use cyclorama_outcome::says_held;

/// What `act` does, tried again for up to a second as long as the system says that somebody holds a file. Only Windows says so.
///
/// # Errors
/// The last one of `act`.
pub fn patiently<T>(act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    tried(act, |error| cfg!(windows) && is_held(error), park_timeout)
}

fn tried<T>(
    mut act: impl FnMut() -> io::Result<T>,
    is_held: impl Fn(&io::Error) -> bool,
    mut pause: impl FnMut(Duration),
) -> io::Result<T> {
    for wait in WAITS_MS {
        match act() {
            Err(error) if is_held(&error) => pause(Duration::from_millis(wait)),
            done => return done,
        }
    }
    act()
}

/// Whether Windows says that somebody has a file open, or that one goes which somebody has open.
fn is_held(error: &io::Error) -> bool {
    const ACCESS_DENIED: i32 = 5;
    let code = error.raw_os_error();
    code == Some(ACCESS_DENIED) || says_held(code)
}

/// A second in all.
const WAITS_MS: [u64; 9] = [1, 4, 15, 30, 50, 100, 200, 250, 350];

#[cfg(test)]
mod tests {
    use super::*;

    /// How an act ends that the system refuses by `code` so often, and how often it was tried and how long that took.
    fn refused(times: usize, code: i32) -> (io::Result<usize>, usize, Duration) {
        let (mut tries, mut waited) = (0, Duration::ZERO);
        let act = || {
            tries += 1;
            if tries > times { Ok(tries) } else { Err(io::Error::from_raw_os_error(code)) }
        };
        let done = tried(act, is_held, |pause| waited += pause);
        (done, tries, waited)
    }

    #[test]
    fn what_somebody_holds_for_a_moment_is_waited_for_and_no_longer_than_a_second() {
        for code in [5, 32, 33] {
            let (done, _, waited) = refused(3, code);
            assert_eq!((done.expect("at last"), waited), (4, Duration::from_millis(20)));
        }
        let (held, tries, waited) = refused(1_000, 32);
        assert_eq!(held.expect_err("never let go").raw_os_error(), Some(32));
        assert_eq!((tries, waited), (WAITS_MS.len() + 1, Duration::from_secs(1)));
    }

    #[test]
    fn another_error_is_told_at_once() {
        let (done, tries, waited) = refused(1, 2);
        assert_eq!((done.expect_err("told").raw_os_error(), tries, waited), (Some(2), 1, Duration::ZERO));
    }
}
