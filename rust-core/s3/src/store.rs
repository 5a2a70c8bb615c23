//! [`S3Store`]: the store trait on a bucket.

mod delete;
mod flow;
mod list;
mod parts;
mod read;
mod renewed;
mod wake;
mod write;

pub(crate) use renewed::Renewed;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::types::{RequestPayer, ServerSideEncryption};
use bytes::Bytes;
use cyclorama_assets::store::{Sleep, Wake};
use cyclorama_assets::{Condition, ETag, Key, Listing, Object, Store, StoreError};
use cyclorama_outcome::Classify as _;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};

use crate::failure::{Cause, S3Failure};
use crate::{Checksums, Encryption, Limits, Options, Pace};

/// The metadata that names the writer of an object: a random word for each write, so that a writer whose answer was
/// lost can tell its own write from another's.
pub const WRITER: &str = "cyclorama-writer";

/// A bucket, or a part of one, as a store. Clones are the same store.
///
/// # Limits
/// Every operation ends within [`Limits::operation`] and the time its bytes need on the slowest link.
///
/// # Lost answers
/// A conditional write whose answer was lost asks who won. Only when another writer has already replaced what we wrote
/// is the answer [`StoreError::Precondition`] though our write was there for a moment.
#[derive(Clone)]
pub struct S3Store {
    shared: Arc<Shared>,
}

struct Shared {
    client: Renewed,
    options: Options,
    pace: Pace,
    unsigned: bool,
}

impl S3Store {
    pub(crate) fn new(client: Renewed, options: Options, pace: Pace) -> Self {
        // TLS, or the machine itself, keeps a body whole; its checksum is sent all the same.
        let unsigned = options.endpoint.as_deref().is_none_or(|endpoint| {
            let host = endpoint.strip_prefix("http://").unwrap_or("");
            endpoint.starts_with("https://")
                || ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local))
        });
        Self { shared: Arc::new(Shared { client, options, pace, unsigned }) }
    }

    /// How many requests go on at once, and how many are allowed to.
    pub fn pace(&self) -> &Pace {
        &self.shared.pace
    }

    fn options(&self) -> &Options {
        &self.shared.options
    }

    fn limits(&self) -> &Limits {
        &self.shared.options.limits
    }

    fn bucket(&self) -> &str {
        &self.shared.options.place.bucket
    }

    fn full(&self, key: &Key) -> String {
        format!("{}{key}", self.shared.options.place.prefix)
    }

    /// Who pays, where that has to be said.
    fn payer(&self) -> Option<RequestPayer> {
        self.options().requester_pays.then_some(RequestPayer::Requester)
    }

    /// How what is written is to be encrypted, and with which key.
    fn encryption(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        match &self.options().encryption {
            Encryption::Bucket => (None, None),
            Encryption::S3 => (Some(ServerSideEncryption::Aes256), None),
            Encryption::Kms(key) => (Some(ServerSideEncryption::AwsKms), key.clone()),
        }
    }

    /// CRC64NVME in base64, where the endpoint takes it.
    fn checksum(&self, bytes: &[u8]) -> Option<String> {
        (self.shared.options.checksums == Checksums::Crc64Nvme).then(|| crc64nvme(bytes))
    }
}

/// No object is longer than this; an answer that claims more is none of S3's.
const LONGEST: u64 = 5 << 40;

/// CRC64NVME as S3 writes it: eight bytes, the most significant first, in base64.
fn crc64nvme(bytes: &[u8]) -> String {
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes);
    aws_smithy_types::base64::encode(sum.to_be_bytes())
}

/// What the caller of a store is told.
fn told(operation: &'static str, key: &Key, failure: S3Failure) -> StoreError {
    match failure.cause {
        Cause::NoSuchKey => StoreError::NotFound { key: key.clone() },
        Cause::Precondition => StoreError::Precondition { key: key.clone() },
        _ => service(operation, key.as_str(), failure),
    }
}

fn service(operation: &'static str, key: &str, failure: S3Failure) -> StoreError {
    StoreError::Service {
        operation,
        key: key.to_owned(),
        kind: failure.kind(),
        hint: failure.hint(),
        source: Box::new(failure),
    }
}

#[async_trait]
impl Store for S3Store {
    async fn get(&self, key: &Key) -> Result<Object, StoreError> {
        self.read_whole(key, LONGEST).await.map_err(|failure| told("read", key, failure))
    }

    async fn get_at_most(&self, key: &Key, limit: u64) -> Result<Object, StoreError> {
        self.read_whole(key, limit).await.map_err(|failure| match failure.cause {
            Cause::TooLong => StoreError::TooLong { key: key.clone(), limit },
            _ => told("read", key, failure),
        })
    }

    async fn get_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        self.read_range(key, offset, length).await.map_err(|failure| told("read", key, failure))
    }

    fn stream_range(&self, key: Key, offset: u64, length: u64) -> BoxStream<'_, Result<Bytes, StoreError>> {
        let asked = key.clone();
        let pieces = self.read_pieces(key, offset, length);
        pieces.map_err(move |failure| told("read", &asked, failure)).boxed()
    }

    async fn head(&self, key: &Key) -> Result<(u64, ETag), StoreError> {
        let seen = self.look(key).await.map_err(|failure| told("read", key, failure))?;
        Ok((seen.size, seen.etag))
    }

    async fn put(&self, key: &Key, bytes: Bytes, condition: Condition) -> Result<ETag, StoreError> {
        let written = if bytes.len() as u64 >= self.options().parts_from {
            self.write_in_parts(key, bytes, &condition).await
        } else {
            self.write_at_once(key, bytes, &condition).await
        };
        written.map_err(|failure| {
            let is_denied = failure.cause == Cause::AccessDenied;
            let mut error = told("write", key, failure);
            if let StoreError::Service { hint: Some(hint), .. } = &mut error
                && is_denied
                && self.options().encryption == Encryption::Bucket
            {
                // Its policy refuses what does not say how it is to be encrypted, in the words of any other refusal.
                hint.push_str(
                    "; where the bucket wants its encryption named, set `encryption` in the store's profile",
                );
            }
            error
        })
    }

    async fn delete(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        self.remove(key, &condition).await.map_err(|failure| told("delete", key, failure))
    }

    async fn list(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.page(prefix, start_after, limit).await.map_err(|failure| service("list", prefix, failure))
    }

    async fn wake(&self, key: &Key, ask: Option<Wake>) -> Result<Sleep, StoreError> {
        self.wake_one(key, ask).await.map_err(|failure| told("restore", key, failure))
    }

    fn describe(&self) -> String {
        let place = self.options().place.to_string();
        match &self.options().endpoint {
            Some(endpoint) => format!("{} at {endpoint}", place.trim_end_matches('/')),
            None => place.trim_end_matches('/').to_owned(),
        }
    }

    fn is_patient(&self) -> bool {
        true
    }
}
