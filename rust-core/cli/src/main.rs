//! The cyclorama command.
fn main() {}
