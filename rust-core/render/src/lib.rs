//! Render offload: what there is to see, how it is drawn and checked, and who draws which frame.

pub mod builtin;
pub mod engine;
pub mod frame;
pub mod host;
pub mod ledger;
mod optics;
pub mod plan;
pub mod scene;
pub mod sheet;
pub mod usda;
pub mod verify;
pub mod walk_in;
pub mod worker;
