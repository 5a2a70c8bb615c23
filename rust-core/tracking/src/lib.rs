//! Camera tracking: wire protocols, ingest, takes and replay.
//!
//! Engines take time as an argument and do no I/O; `udp` and `take` hold the thin drivers around them.
//! Nothing here reads a clock or extrapolates a lost tracker, and a packet with a bad checksum never passes.

pub mod align;
pub mod calibration;
pub mod clock;
pub mod decoder;
pub mod delay;
pub mod describe;
pub mod evaluate;
pub mod export;
pub mod house;
pub mod ingest;
pub mod lens;
pub mod live;
pub mod motion;
pub mod offset;
pub mod path;
pub mod predict;
pub mod probe;
pub mod protocol;
pub mod relay;
pub mod replay;
pub mod sample;
pub mod send;
pub mod slate;
pub mod stream;
pub mod sync;
pub mod take;
pub mod udp;

pub use decoder::{DecodeOptions, Decoder, Summary};
pub use path::{CameraFrame, CameraPath};
pub use protocol::Protocol;
pub use sample::{ClockSource, Clocking, Sample, Status};
