//! The object store on S3: the AWS SDK, wrapped once.
//!
//! The only crate that knows the AWS SDK for S3. Every wait has a limit and every body is checked against its own digest.
