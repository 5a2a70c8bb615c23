//! Helpers the whole-story tests share: paths, the command under test, waiting with a deadline.
