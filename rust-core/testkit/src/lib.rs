//! Test helpers of the whole house: contract suites, and stores and hosts that fail on purpose. Dev-only.

// Helpers panic with the promise that was broken: that is their result.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::missing_panics_doc)]

pub mod clock;
pub mod contract;
pub mod counting;
pub mod fake_host;
pub mod fault_store;
pub mod fleet;
pub mod jobs;
pub mod memory_folder;
mod relay;
pub mod s3_server;
pub mod studio_proxy;
pub mod wan;

pub use clock::{RuntimeClock, WallClock};
pub use fault_store::{FaultStore, Faults};
pub use memory_folder::MemoryFolder;
pub use s3_server::S3Server;
pub use studio_proxy::StudioProxy;
