//! Reading: whole objects and ranges. A body that is cut goes on where it was, of the same version.

use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use bytes::{Bytes, BytesMut};
use cyclorama_assets::{ETag, Key, Object};
use futures::{Stream, stream};

use super::flow::{Flow, Opened};
use super::{LONGEST, S3Store, crc64nvme};
use crate::failure::{Cause, S3Failure, of_sdk};

/// What is known of an object without its bytes.
pub(super) struct Seen {
    pub(super) size: u64,
    pub(super) etag: ETag,
    pub(super) writer: Option<String>,
    /// CRC64NVME of the whole object, where it was asked for and the server has it.
    pub(super) checksum: Option<String>,
}

/// Memory taken before bytes have come.
const RESERVE: u64 = 32 << 20;

impl S3Store {
    /// An object of at most `limit` bytes; of a longer one nothing is taken.
    pub(super) async fn read_whole(&self, key: &Key, limit: u64) -> Result<Object, S3Failure> {
        let (bytes, etag) = self.read(key, None, limit).await?;
        Ok(Object { bytes, etag })
    }

    pub(super) async fn read_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, S3Failure> {
        if length == 0 || offset > LONGEST {
            return self.look(key).await.map(|_| Bytes::new());
        }
        let last = offset.saturating_add(length - 1).min(LONGEST);
        match self.read(key, Some((offset, last)), LONGEST).await {
            Ok((bytes, _)) => Ok(bytes),
            Err(failure) if failure.cause == Cause::Range => Ok(Bytes::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Size, version and writer.
    pub(super) async fn look(&self, key: &Key) -> Result<Seen, S3Failure> {
        self.look_closely(key, false).await
    }

    /// As [`Self::look`], and the checksum if `checked`; some policies ask for more rights then.
    pub(super) async fn look_closely(&self, key: &Key, checked: bool) -> Result<Seen, S3Failure> {
        let full = self.full(key);
        let ask = || async {
            let request = self.client().head_object().bucket(self.bucket()).key(&full);
            let request = request.set_checksum_mode(checked.then_some(ChecksumMode::Enabled));
            let request = request.set_request_payer(self.payer());
            let head = request.send().await.map_err(|error| of_sdk(&error))?;
            let etag = version(head.e_tag())?;
            let size = head.content_length().and_then(|size| u64::try_from(size).ok());
            let size =
                size.ok_or_else(|| S3Failure::saying(Cause::NotTheStore, "an answer without a size"))?;
            let writer = head.metadata().and_then(|pairs| pairs.get(super::WRITER)).cloned();
            let checksum = whole_sum(head.checksum_crc64_nvme(), head.checksum_type(), &etag);
            Ok(Seen { size, etag, writer, checksum })
        };
        self.attempt(0, 0, ask).await.plain()
    }

    /// A range, in pieces as they come; empty when the object ends before it.
    pub(super) fn read_pieces(
        &self,
        key: Key,
        offset: u64,
        length: u64,
    ) -> impl Stream<Item = Result<Bytes, S3Failure>> {
        let last = offset.saturating_add(length.saturating_sub(1)).min(LONGEST);
        let flow = (length > 0 && offset <= LONGEST).then(|| Flow::new(key, Some((offset, last))));
        stream::try_unfold(flow, move |flow| async move {
            let Some(mut flow) = flow else { return Ok(None) };
            match flow.next(self).await {
                Ok(piece) => Ok(piece.map(|piece| (piece, Some(flow)))),
                Err(failure) if failure.cause == Cause::Range && flow.opened().is_none() => Ok(None),
                Err(failure) => Err(failure),
            }
        })
    }

    /// Reads all of `range` (first and last byte), or the whole object. Where the object changes on the way, or comes
    /// damaged, nothing of what came can be used, and all is asked for again.
    async fn read(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        limit: u64,
    ) -> Result<(Bytes, ETag), S3Failure> {
        for _ in 0..RESTARTS {
            let mut flow = Flow::new(key.clone(), range);
            match self.gather(&mut flow, limit).await {
                Err(failure)
                    if flow.opened().is_some()
                        && matches!(failure.cause, Cause::Precondition | Cause::Damaged) =>
                {
                    tracing::debug!(%key, %failure, "an object is read again");
                }
                ended => return ended,
            }
        }
        self.gather(&mut Flow::new(key.clone(), range), limit).await
    }

    async fn gather(&self, flow: &mut Flow, limit: u64) -> Result<(Bytes, ETag), S3Failure> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = flow.next(self).await? {
            // No more comes than was announced.
            if flow.opened().is_some_and(|opened| opened.length > limit) {
                return Err(S3Failure::new(Cause::TooLong));
            }
            if bytes.is_empty() {
                let length = flow.opened().map_or(0, |opened| opened.length);
                bytes.reserve(usize::try_from(length.min(RESERVE)).unwrap_or(0));
            }
            bytes.extend_from_slice(&piece);
        }
        match flow.opened() {
            Some(Opened { checksum: Some(sum), .. }) if *sum != crc64nvme(&bytes) => {
                Err(S3Failure::new(Cause::Damaged))
            }
            Some(opened) => Ok((bytes.freeze(), opened.etag.clone())),
            None => Err(S3Failure::new(Cause::Other)),
        }
    }
}

/// Times that a read begins anew because the object changed or was damaged on the way.
const RESTARTS: u32 = 8;

/// The version of an answer; an answer without one is not the store's.
pub(super) fn version(etag: Option<&str>) -> Result<ETag, S3Failure> {
    match etag {
        Some(etag) if !etag.is_empty() => Ok(ETag(etag.to_owned())),
        _ => Err(S3Failure::saying(Cause::NotTheStore, "an answer without a version")),
    }
}

/// The checksum of a whole object. `sum-3` is a sum of the sums of three parts; of an object that was uploaded in parts,
/// which its version shows, only a sum that says that it is of the whole is believed.
pub(super) fn whole_sum(sum: Option<&str>, kind: Option<&ChecksumType>, etag: &ETag) -> Option<String> {
    let in_parts = etag.0.contains('-');
    let whole = !in_parts || kind == Some(&ChecksumType::FullObject);
    sum.filter(|sum| whole && !sum.contains('-')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_object_in_parts_only_a_sum_of_the_whole_is_believed() {
        let (plain, parts) = (ETag("\"abc\"".to_owned()), ETag("\"abc-2\"".to_owned()));
        assert_eq!(whole_sum(Some("sum="), None, &plain), Some("sum=".to_owned()));
        assert_eq!(whole_sum(Some("sum="), Some(&ChecksumType::FullObject), &parts), Some("sum=".to_owned()));
        assert_eq!(whole_sum(Some("sum="), None, &parts), None);
        assert_eq!(whole_sum(Some("sum=-2"), None, &plain), None);
    }
}
