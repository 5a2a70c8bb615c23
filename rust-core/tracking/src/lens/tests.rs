//! Lens files in, applied, and out again.

mod curves;
mod files;
