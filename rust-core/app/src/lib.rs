//! What a process needs before it can work: clock, settings, logging, runtime, shutdown, doctor.
//!
//! The only crate that reads the machine's clock, its environment or its settings files. It prints nothing
//! on stdout and knows nothing of the command line.

pub mod clock;
#[cfg(feature = "process")]
pub mod content;
#[cfg(feature = "process")]
pub mod doctor;
#[cfg(feature = "render")]
pub mod engines;
#[cfg(feature = "process")]
mod identity;
#[cfg(feature = "process")]
pub mod keys;
#[cfg(feature = "process")]
pub mod logging;
#[cfg(feature = "render")]
pub mod pinned;
pub mod properties;
#[cfg(feature = "process")]
pub mod runtime;
#[cfg(feature = "process")]
pub mod services;
#[cfg(feature = "process")]
pub mod settings;
#[cfg(feature = "process")]
pub mod shutdown;
#[cfg(feature = "process")]
pub mod spot;
#[cfg(feature = "process")]
pub mod stores;
#[cfg(feature = "process")]
pub mod webhook;

pub use clock::SystemClock;
#[cfg(feature = "process")]
pub use identity::{cache_folder, machine_name, worker_name};
#[cfg(feature = "process")]
pub use settings::{Environment, Settings, SettingsError};
#[cfg(feature = "process")]
pub use shutdown::Shutdown;
