//! Render offload: what there is to see, how it is drawn and checked, and who draws which frame.

pub mod builtin;
pub mod content;
pub mod engine;
pub mod forecast;
pub mod frame;
pub mod from_take;
pub mod host;
pub mod ledger;
pub mod mend;
pub mod movie;
pub mod ocio;
mod optics;
pub mod plan;
pub mod scene;
pub mod sheet;
pub mod tally;
pub mod usda;
pub mod verify;
pub mod walk_in;
pub mod worker;
