//! One body after another until all of a range came: a body that is cut goes on where it was, of the same version.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use bytes::Bytes;
use cyclorama_assets::{ETag, Key};
use cyclorama_outcome::Classify as _;

use super::read::{version, whole_sum};
use super::{LONGEST, S3Store};
use crate::Checksums;
use crate::failure::{Cause, S3Failure, of_sdk};

/// Bytes that come, and where they are up to.
pub(super) struct Flow {
    key: Key,
    /// First and last byte; all of the object without.
    range: Option<(u64, u64)>,
    /// Bytes that came.
    have: u64,
    opened: Option<Opened>,
    body: Option<ByteStream>,
    /// Requests in a row that brought nothing.
    fruitless: u32,
}

/// What the first answer said.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) etag: ETag,
    /// Bytes that will come altogether.
    pub(super) length: u64,
    /// Of the whole object, when the range is the whole object.
    pub(super) checksum: Option<String>,
}

impl Flow {
    /// Asks for nothing yet.
    pub(super) fn new(key: Key, range: Option<(u64, u64)>) -> Self {
        Self { key, range, have: 0, opened: None, body: None, fruitless: 0 }
    }

    /// What the first answer said, once there was one.
    pub(super) fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    /// The next bytes; none when all came. Each time that bytes came, the attempts begin anew.
    pub(super) async fn next(&mut self, store: &S3Store) -> Result<Option<Bytes>, S3Failure> {
        loop {
            let failure = match self.go_on(store).await {
                Ok(next) => {
                    self.fruitless = 0;
                    return Ok(next);
                }
                Err(failure) => failure,
            };
            self.body = None;
            self.fruitless += 1;
            let broken = matches!(failure.cause, Cause::Cut | Cause::Silence | Cause::Untrusted);
            if self.opened.is_none() || !broken || self.fruitless > FRUITLESS {
                return Err(failure);
            }
            tracing::debug!(key = %self.key, have = self.have, %failure, "a body broke off");
            // The first is asked for at once: a cut in a body that came is no sign of a store in trouble.
            if let Some(before) = self.fruitless.checked_sub(1).filter(|before| *before > 0) {
                let jitter = 0.5 + 0.5 * rand::random::<f64>();
                let wait = store.limits().retry.wait_after(before, failure.kind(), jitter);
                tokio::time::sleep(wait.unwrap_or(store.limits().retry.longest_wait)).await;
            }
        }
    }

    async fn go_on(&mut self, store: &S3Store) -> Result<Option<Bytes>, S3Failure> {
        if self.opened.as_ref().is_some_and(|opened| self.have == opened.length) && self.body.is_none() {
            return Ok(None);
        }
        if self.body.is_none() {
            self.open(store).await?;
        }
        let length = self.opened.as_ref().map_or(0, |opened| opened.length);
        let Some(body) = &mut self.body else { return Err(S3Failure::new(Cause::Other)) };
        match body.next().await {
            Some(Ok(data)) => {
                self.have += data.len() as u64;
                if self.have > length {
                    return Err(S3Failure::saying(Cause::Damaged, "the body is longer than announced"));
                }
                Ok(Some(data))
            }
            Some(Err(error)) => Err(broken(&error, self.have == length)),
            None if self.have == length => Ok(None),
            None => Err(S3Failure::saying(Cause::Cut, "the body is shorter than announced")),
        }
    }

    /// Asks for what is missing.
    async fn open(&mut self, store: &S3Store) -> Result<(), S3Failure> {
        let first = self.range.map_or(0, |(first, _)| first);
        let wanted = match &self.opened {
            None => self.range,
            Some(opened) => Some((first + self.have, first + opened.length - 1)),
        };
        let known = self.opened.as_ref().map(|opened| opened.etag.0.clone());
        let (start, body, opened) = ask(store, &self.key, wanted, known).await?;
        if start != first + self.have {
            return Err(S3Failure::saying(Cause::NotTheStore, "another range than was asked for"));
        }
        self.body = Some(body);
        self.opened.get_or_insert(opened);
        Ok(())
    }
}

/// One request: where its body begins within the object, the body, and what else the answer said.
async fn ask(
    store: &S3Store,
    key: &Key,
    range: Option<(u64, u64)>,
    version_known: Option<String>,
) -> Result<(u64, ByteStream, Opened), S3Failure> {
    let full = store.full(key);
    let believed = store.options().checksums != Checksums::Off;
    let asked = range.map(|(first, last)| format!("bytes={first}-{last}"));
    let ask = || async {
        let answer = store
            .client()
            .get_object()
            .bucket(store.bucket())
            .key(&full)
            .set_range(asked.clone())
            .set_if_match(version_known.clone())
            .set_request_payer(store.payer())
            .set_checksum_mode((asked.is_none() && believed).then_some(ChecksumMode::Enabled))
            .send()
            .await
            .map_err(|error| of_sdk(&error))?;
        let etag = version(answer.e_tag())?;
        let odd = || S3Failure::saying(Cause::NotTheStore, "an answer without its length or range");
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        let length = length.filter(|length| *length <= LONGEST).ok_or_else(odd)?;
        let start = match (answer.content_range(), range) {
            (Some(text), _) => range_start(text).ok_or_else(odd)?,
            (None, None) => 0,
            // The server took no notice of the range.
            (None, Some(_)) => return Err(S3Failure::saying(Cause::NotSupported, "ranges are ignored")),
        };
        let checksum = whole_sum(answer.checksum_crc64_nvme(), answer.checksum_type(), &etag);
        let checksum = checksum.filter(|_| range.is_none());
        Ok((start, answer.body, Opened { etag, length, checksum }))
    };
    store.attempt(0, 0, ask).await.plain()
}

/// Why a body ended. An error after the last byte is a checksum that does not match.
fn broken(error: &(dyn std::error::Error + 'static), complete: bool) -> S3Failure {
    let links = std::iter::successors(Some(error), |error| error.source()).take(20);
    for link in links {
        if let Some(silence) = link.downcast_ref::<crate::transport::Silence>() {
            return S3Failure::saying(Cause::Silence, silence.to_string());
        }
        if complete && link.to_string().contains("checksum") {
            return S3Failure::new(Cause::Damaged);
        }
    }
    S3Failure::saying(Cause::Cut, error.to_string())
}

/// Where a `Content-Range: bytes 5-9/10` begins.
fn range_start(text: &str) -> Option<u64> {
    text.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// Requests in a row that brought nothing before a read is given up: a minute with the waits between them.
const FRUITLESS: u32 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_says_where_it_begins() {
        assert_eq!(range_start("bytes 5-9/10"), Some(5));
        assert_eq!(range_start("bytes 0-0/*"), Some(0));
        for text in ["", "bytes", "bytes */10", "items 5-9/10", "bytes -5/10"] {
            assert_eq!(range_start(text), None, "{text}");
        }
    }
}
