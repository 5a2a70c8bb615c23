//! Engines: what runs the workers of a job. An engine only fills worker slots; the ledger says what is done.

pub mod collect;
pub mod local;
