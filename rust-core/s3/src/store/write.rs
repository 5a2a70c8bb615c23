//! Writing in one request, and finding out who won when the answer was lost.

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key};

use super::read::version;
use super::{S3Store, WRITER};
use crate::attempt::Tried;
use crate::failure::{Cause, S3Failure, of_sdk};

impl S3Store {
    pub(super) async fn write_at_once(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: &Condition,
    ) -> Result<ETag, S3Failure> {
        let full = self.full(key);
        let checksum = self.checksum(&bytes);
        let writer = format!("{:032x}", rand::random::<u128>());
        let (absent, matches) = headers(condition);
        let (encryption, encryption_key) = self.encryption();
        let ask = || async {
            let request = self
                .client()
                .put_object()
                .bucket(self.bucket())
                .key(&full)
                .metadata(WRITER, &writer)
                .set_checksum_crc64_nvme(checksum.clone())
                .set_if_none_match(absent.clone())
                .set_if_match(matches.clone())
                .set_server_side_encryption(encryption.clone())
                .set_ssekms_key_id(encryption_key.clone())
                .set_request_payer(self.payer())
                .body(ByteStream::from(bytes.clone()))
                .customize();
            let request = if self.shared.unsigned { request.disable_payload_signing() } else { request };
            let answer = request.send().await.map_err(|error| of_sdk(&error))?;
            version(answer.e_tag())
        };
        let tried = self.attempt(bytes.len() as u64, 0, ask).await;
        self.settle(key, condition, &writer, tried).await
    }

    /// What a write came to. A lost condition after an attempt whose end we did not see may be our own write.
    pub(super) async fn settle(
        &self,
        key: &Key,
        condition: &Condition,
        writer: &str,
        tried: Tried<ETag>,
    ) -> Result<ETag, S3Failure> {
        let failure = match tried.result {
            Ok(etag) => return Ok(etag),
            Err(failure) => failure,
        };
        let lost = match (&failure.cause, condition) {
            (Cause::Precondition, _) => true,
            // Nothing is there, so it does not have this version.
            (Cause::NoSuchKey, Condition::Matches(_)) => true,
            _ => false,
        };
        if !lost {
            // A write needs no object to be there: what is missing is the bucket.
            let missing = failure.cause == Cause::NoSuchKey;
            let cause = if missing { Cause::NoSuchBucket } else { failure.cause.clone() };
            return Err(S3Failure { cause, ..failure });
        }
        if tried.uncertain {
            match self.look(key).await {
                Ok(seen) if seen.writer.as_deref() == Some(writer) => return Ok(seen.etag),
                Ok(_) => {}
                Err(failure) if failure.cause == Cause::NoSuchKey => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(S3Failure { cause: Cause::Precondition, ..failure })
    }
}

/// `If-None-Match` and `If-Match` of a condition.
pub(super) fn headers(condition: &Condition) -> (Option<String>, Option<String>) {
    match condition {
        Condition::Always => (None, None),
        Condition::Absent => (Some("*".to_owned()), None),
        Condition::Matches(etag) => (None, Some(etag.0.clone())),
    }
}
