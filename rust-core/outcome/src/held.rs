//! What Windows says of a file that somebody else has open.

use std::io;

/// Whether the system refuses something because somebody else has the file open. Only Windows does.
///
/// The standard library has no [`io::ErrorKind`] for this, so it would count as a defect of ours.
pub fn is_held(error: &io::Error) -> bool {
    cfg!(windows) && says_held(error.raw_os_error())
}

/// Whether an error code of Windows says that somebody else has the file open, or a part of it locked. Elsewhere the same
/// numbers say other things.
pub fn says_held(code: Option<i32>) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    matches!(code, Some(SHARING_VIOLATION | LOCK_VIOLATION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Classify, Kind};

    #[test]
    fn a_file_that_somebody_has_open_is_told_by_two_codes_and_no_other() {
        let held: Vec<i32> = (0..200).filter(|code| says_held(Some(*code))).collect();
        assert_eq!(held, [32, 33]);
        assert!(!says_held(None));
    }

    #[test]
    fn on_windows_a_held_file_is_refused_with_what_to_do_and_elsewhere_the_number_says_nothing_of_it() {
        let error = io::Error::from_raw_os_error(33);
        assert_eq!(is_held(&error), cfg!(windows));
        assert_eq!(Classify::kind(&error) == Kind::Refused, cfg!(windows));
        assert_eq!(error.hint().is_some_and(|hint| hint.contains("open")), cfg!(windows));
    }
}
