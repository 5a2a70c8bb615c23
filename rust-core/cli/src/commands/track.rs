//! `cyclorama track ...`

pub(crate) mod protocol;
