//! The object store on S3: the AWS SDK, wrapped once.
//!
//! The only crate that knows the AWS SDK; [`service`] calls AWS's other services by hand. Every wait has a limit,
//! bodies that are cut go on where they were, a write whose answer was lost finds out whether it won, and every failure has a name and one thing to do.
//! What the bytes mean, and whether they are the right ones, is checked by whoever reads them by their digest.
//! Reads no environment of ours; the AWS credential chain reads its own `AWS_*` variables and files.

mod attempt;
mod bandwidth;
mod connect;
mod failure;
pub mod kms;
mod limits;
mod options;
mod pace;
pub mod service;
mod store;
mod transport;

pub use bandwidth::Bandwidth;
pub use connect::ConnectError;
pub use failure::{Cause, S3Failure};
pub use limits::Limits;
pub use options::{Checksums, Encryption, Identity, Options, Place, PlaceError, Proxy};
pub use pace::Pace;
pub use store::{S3Store, WRITER};
