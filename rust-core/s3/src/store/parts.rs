//! Writing in parts: each part is tried by itself, and an upload that was left open is taken up again.
//!
//! The upload carries the digest of the whole object in place of a random word, so that a later run recognises it.
//! Parts that the server still has are compared by checksum and not sent twice.

use std::collections::BTreeMap;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use cyclorama_assets::{Condition, ETag, Key};
use cyclorama_content::Digest;
use futures::{StreamExt as _, TryStreamExt as _};

use super::read::{Seen, version};
use super::write::headers;
use super::{S3Store, WRITER};
use crate::attempt::Tried;
use crate::failure::{Cause, S3Failure, of_sdk};

/// S3's own limit.
const MOST_PARTS: u64 = 10_000;
/// Parts on their way at once; the pace may allow fewer.
const AT_ONCE: usize = 8;

/// A part that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    etag: String,
    size: u64,
    checksum: Option<String>,
}

impl S3Store {
    pub(super) async fn write_in_parts(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: &Condition,
    ) -> Result<ETag, S3Failure> {
        let size = bytes.len() as u64;
        let part = self.options().part.max(size.div_ceil(MOST_PARTS)).max(1);
        let writer = Digest::of(&bytes).to_string();
        let (upload, held) = match self.open_upload(key).await? {
            Some((upload, held)) if self.are_ours(&bytes, part, &held) => (upload, held),
            _ => (self.begin(key, &writer).await?, BTreeMap::new()),
        };
        let slices = (0..size.div_ceil(part)).map(|index| {
            let start = usize::try_from(index * part).unwrap_or(usize::MAX).min(bytes.len());
            let end = usize::try_from((index + 1) * part).unwrap_or(usize::MAX).min(bytes.len());
            (i32::try_from(index + 1).unwrap_or(i32::MAX), bytes.slice(start..end))
        });
        let sending =
            slices.map(|(number, slice)| self.send_part(key, &upload, number, slice, held.get(&number)));
        let mut parts: Vec<CompletedPart> =
            futures::stream::iter(sending).buffer_unordered(AT_ONCE).try_collect().await?;
        parts.sort_by_key(CompletedPart::part_number);
        let tried = self.finish(key, &bytes, condition, &upload, parts).await;
        let settled = self.settle_parts(key, &bytes, condition, &writer, tried).await;
        if settled.as_ref().is_err_and(|failure| failure.cause == Cause::Precondition) {
            self.abandon(key, &upload).await;
        }
        settled
    }

    /// Whether an open upload is of these bytes, as far as it went.
    fn are_ours(&self, bytes: &Bytes, part: u64, held: &BTreeMap<i32, Held>) -> bool {
        held.iter().all(|(number, held)| {
            let start = u64::try_from(number - 1).unwrap_or(0).saturating_mul(part);
            let end = start.saturating_add(part).min(bytes.len() as u64);
            start < end
                && held.size == end - start
                && held.checksum == self.checksum(&bytes[start as usize..end as usize])
        })
    }

    async fn begin(&self, key: &Key, writer: &str) -> Result<String, S3Failure> {
        let full = self.full(key);
        let checked = self.checksum(&[]).is_some();
        let (encryption, encryption_key) = self.encryption();
        let ask = || async {
            let request = self
                .client()
                .create_multipart_upload()
                .bucket(self.bucket())
                .key(&full)
                .metadata(WRITER, writer)
                .set_server_side_encryption(encryption.clone())
                .set_ssekms_key_id(encryption_key.clone())
                .set_request_payer(self.payer())
                .set_checksum_algorithm(checked.then_some(ChecksumAlgorithm::Crc64Nvme))
                .set_checksum_type(checked.then_some(ChecksumType::FullObject));
            let answer = request.send().await.map_err(|error| of_sdk(&error))?;
            answer
                .upload_id
                .filter(|id| !id.is_empty())
                .ok_or_else(|| S3Failure::saying(Cause::NotTheStore, "an upload without a name"))
        };
        self.attempt(0, 0, ask).await.plain()
    }

    /// The newest upload of this key that is still open, with its parts. Only worth asking where parts have checksums.
    async fn open_upload(&self, key: &Key) -> Result<Option<(String, BTreeMap<i32, Held>)>, S3Failure> {
        if self.checksum(&[]).is_none() {
            return Ok(None);
        }
        let full = self.full(key);
        let ask = || async {
            let request = self.client().list_multipart_uploads().bucket(self.bucket()).prefix(&full);
            let request = request.set_request_payer(self.payer());
            let answer = request.send().await.map_err(|error| of_sdk(&error))?;
            let newest = answer
                .uploads
                .unwrap_or_default()
                .into_iter()
                .filter(|upload| upload.key.as_deref() == Some(full.as_str()))
                .max_by_key(|upload| upload.initiated.map(|time| (time.secs(), time.subsec_nanos())));
            Ok(newest.and_then(|upload| upload.upload_id))
        };
        let upload = match self.attempt(0, 0, ask).await.plain() {
            Ok(Some(upload)) => upload,
            Ok(None) => return Ok(None),
            // Resuming is a bonus: without the permission or the operation the upload begins anew.
            Err(failure) if matches!(failure.cause, Cause::AccessDenied | Cause::NotSupported) => {
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        match self.held_parts(key, &upload).await {
            Ok(held) => Ok(Some((upload, held))),
            Err(failure) if matches!(failure.cause, Cause::NoSuchUpload | Cause::AccessDenied) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn held_parts(&self, key: &Key, upload: &str) -> Result<BTreeMap<i32, Held>, S3Failure> {
        let full = self.full(key);
        let (mut held, mut marker) = (BTreeMap::new(), None::<String>);
        loop {
            let after = marker.clone();
            let ask = || async {
                let request = self.client().list_parts().bucket(self.bucket()).key(&full).upload_id(upload);
                let request = request.set_part_number_marker(after.clone()).set_request_payer(self.payer());
                request.send().await.map_err(|error| of_sdk(&error))
            };
            let page = self.attempt(0, 0, ask).await.plain()?;
            let before = held.len();
            for part in page.parts() {
                let (Some(number), Some(etag)) = (part.part_number(), part.e_tag()) else { continue };
                let size = part.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                let checksum = part.checksum_crc64_nvme().map(str::to_owned);
                held.insert(number, Held { etag: etag.to_owned(), size, checksum });
            }
            marker = page.next_part_number_marker().map(str::to_owned);
            let more = page.is_truncated().unwrap_or(false) && marker.is_some() && held.len() > before;
            if !more || held.len() as u64 > MOST_PARTS {
                return Ok(held);
            }
        }
    }

    async fn send_part(
        &self,
        key: &Key,
        upload: &str,
        number: i32,
        bytes: Bytes,
        held: Option<&Held>,
    ) -> Result<CompletedPart, S3Failure> {
        let checksum = self.checksum(&bytes);
        let done = CompletedPart::builder().part_number(number).set_checksum_crc64_nvme(checksum.clone());
        if let Some(held) = held
            && checksum.is_some()
            && held.checksum == checksum
            && held.size == bytes.len() as u64
        {
            return Ok(done.e_tag(&held.etag).build());
        }
        let full = self.full(key);
        let ask = || async {
            let request = self
                .client()
                .upload_part()
                .bucket(self.bucket())
                .key(&full)
                .upload_id(upload)
                .part_number(number)
                .set_request_payer(self.payer())
                .set_checksum_crc64_nvme(checksum.clone())
                .body(ByteStream::from(bytes.clone()))
                .customize();
            let request = if self.shared.unsigned { request.disable_payload_signing() } else { request };
            let answer = request.send().await.map_err(|error| of_sdk(&error))?;
            version(answer.e_tag())
        };
        let etag = self.attempt(bytes.len() as u64, 0, ask).await.plain()?;
        Ok(done.e_tag(etag.0).build())
    }

    async fn finish(
        &self,
        key: &Key,
        bytes: &Bytes,
        condition: &Condition,
        upload: &str,
        parts: Vec<CompletedPart>,
    ) -> Tried<ETag> {
        let full = self.full(key);
        let checksum = self.checksum(bytes);
        let kind = checksum.is_some().then_some(ChecksumType::FullObject);
        let (absent, matches) = headers(condition);
        let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let ask = || async {
            let request = self
                .client()
                .complete_multipart_upload()
                .bucket(self.bucket())
                .key(&full)
                .upload_id(upload)
                .set_checksum_crc64_nvme(checksum.clone())
                .set_checksum_type(kind.clone())
                .set_if_none_match(absent.clone())
                .set_if_match(matches.clone())
                .set_request_payer(self.payer())
                .multipart_upload(whole.clone());
            let answer = request.send().await.map_err(|error| of_sdk(&error))?;
            version(answer.e_tag())
        };
        self.attempt(0, 0, ask).await
    }

    /// What the end of an upload came to. An upload that is gone, or a condition that is lost, after an answer that we
    /// did not see may be our own doing: then the object there has our bytes. Its writer alone does not tell, as an
    /// upload that was taken up may have been begun for other bytes.
    async fn settle_parts(
        &self,
        key: &Key,
        bytes: &Bytes,
        condition: &Condition,
        writer: &str,
        tried: Tried<ETag>,
    ) -> Result<ETag, S3Failure> {
        let failure = match tried.result {
            Ok(etag) => return Ok(etag),
            Err(failure) => failure,
        };
        let conditional = *condition != Condition::Always;
        // An answer that was cut has no code: what is missing may be the upload as well as the object.
        let gone = matches!(failure.cause, Cause::NoSuchUpload | Cause::NoSuchKey);
        let doubtful = gone || (failure.cause == Cause::Precondition && tried.uncertain);
        if !doubtful {
            return Err(failure);
        }
        let checksum = self.checksum(bytes);
        let there = match self.look_closely(key, checksum.is_some()).await {
            Ok(seen) => Some(seen),
            Err(seen) if seen.cause == Cause::NoSuchKey => None,
            Err(seen) => return Err(seen),
        };
        let same = |seen: &Seen| {
            seen.size == bytes.len() as u64
                && (seen.writer.as_deref() == Some(writer)
                    || (checksum.is_some() && seen.checksum == checksum))
        };
        match there {
            Some(seen) if tried.uncertain && same(&seen) => Ok(seen.etag),
            Some(_) if conditional => Err(S3Failure { cause: Cause::Precondition, ..failure }),
            None if matches!(condition, Condition::Matches(_)) => {
                Err(S3Failure { cause: Cause::Precondition, ..failure })
            }
            // Nothing is there and nothing of ours is open: somebody gave the upload up. Worth another try.
            _ => Err(S3Failure { cause: Cause::Cut, ..failure }),
        }
    }

    /// Frees what an upload holds. That it fails matters little: buckets drop open uploads after some days.
    async fn abandon(&self, key: &Key, upload: &str) {
        let full = self.full(key);
        let ask = || async {
            let request = self.client().abort_multipart_upload().bucket(self.bucket()).key(&full);
            let request = request.set_request_payer(self.payer());
            request.upload_id(upload).send().await.map_err(|error| of_sdk(&error))
        };
        if let Err(failure) = self.attempt(0, 0, ask).await.plain() {
            tracing::debug!(%key, %failure, "an upload is left open");
        }
    }
}
