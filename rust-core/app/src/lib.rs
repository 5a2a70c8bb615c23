//! What a process needs before it can work: clock, settings, logging, runtime, shutdown, doctor.
//!
//! The only crate that reads the machine's clock, its environment or its settings files. It prints nothing
//! on stdout and knows nothing of the command line.

pub mod clock;
pub mod doctor;
mod identity;
pub mod logging;
pub mod runtime;
pub mod services;
pub mod settings;
pub mod shutdown;
pub mod stores;

pub use clock::SystemClock;
pub use identity::{cache_folder, machine_name, worker_name};
pub use settings::{Environment, Settings, SettingsError};
pub use shutdown::Shutdown;
