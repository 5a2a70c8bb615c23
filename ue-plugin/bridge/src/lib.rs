//! The core as Unreal's C++ links it: one bridge module for each domain, thin over the crates below.
//!
//! C++ pulls, nothing here calls into the engine. Nothing returns a `Result` (it would become an exception, and Unreal
//! is built without), and no panic leaves: each export catches it and gives [`Status::Panicked`]. Long work is a
//! handle that is polled. What crosses is in Unreal's units already, in plain structs of fixed size.
#![allow(unsafe_code, reason = "cxx writes the two halves of each bridge, and only it")]

mod abi;
pub mod assets;
pub mod events;
mod failure;
mod guard;
#[cfg(feature = "assets")]
mod house;
pub mod log;
pub mod preflight;
pub mod render;
pub mod settings;
pub mod slate;
pub mod status;
pub mod sync;
pub mod time;
pub mod tracking;
pub mod work;

pub use status::Status;
