//! Contract suites: what every implementation of a trait must do, run by each of them.

pub mod store;
pub use store::store;
