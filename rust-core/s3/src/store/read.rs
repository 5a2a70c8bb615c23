//! Reading: whole objects and ranges. A body that is cut goes on where it was, of the same version.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use bytes::{Bytes, BytesMut};
use cyclorama_assets::{ETag, Key, Object};

use super::{S3Store, crc64nvme};
use crate::Checksums;
use crate::attempt::attempt;
use crate::failure::{Cause, S3Failure, of_sdk};

/// What is known of an object without its bytes.
pub(super) struct Seen {
    pub(super) size: u64,
    pub(super) etag: ETag,
    pub(super) writer: Option<String>,
    /// CRC64NVME of the whole object, where it was asked for and the server has it.
    pub(super) checksum: Option<String>,
}

/// An answer whose body is still to come.
struct Opened {
    body: ByteStream,
    etag: ETag,
    /// Where the body begins within the object.
    start: u64,
    /// Bytes that the body will have.
    length: u64,
    /// Of the whole object, when the body is the whole object.
    checksum: Option<String>,
}

/// What has been read so far, kept over cuts.
#[derive(Default)]
struct Progress {
    bytes: BytesMut,
    opened: Option<(ETag, u64, Option<String>)>,
}

/// No object is longer than this; an answer that claims more is none of S3's.
const LONGEST: u64 = 5 << 40;
/// Memory taken before bytes have come.
const RESERVE: u64 = 32 << 20;

impl S3Store {
    pub(super) async fn read_whole(&self, key: &Key) -> Result<Object, S3Failure> {
        let (bytes, etag) = self.read(key, None).await?;
        Ok(Object { bytes, etag })
    }

    pub(super) async fn read_range(&self, key: &Key, offset: u64, length: u64) -> Result<Bytes, S3Failure> {
        if length == 0 || offset > LONGEST {
            return self.look(key).await.map(|_| Bytes::new());
        }
        let last = offset.saturating_add(length - 1).min(LONGEST);
        match self.read(key, Some((offset, last))).await {
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
            let request = self.client.head_object().bucket(self.bucket()).key(&full);
            let request = request.set_checksum_mode(checked.then_some(ChecksumMode::Enabled));
            let head = request.send().await.map_err(|error| of_sdk(&error))?;
            let etag = version(head.e_tag())?;
            let size = head.content_length().and_then(|size| u64::try_from(size).ok());
            let size =
                size.ok_or_else(|| S3Failure::saying(Cause::NotTheStore, "an answer without a size"))?;
            let writer = head.metadata().and_then(|pairs| pairs.get(super::WRITER)).cloned();
            let checksum = whole_sum(head.checksum_crc64_nvme(), head.checksum_type(), &etag);
            Ok(Seen { size, etag, writer, checksum })
        };
        attempt(self.pace(), self.limits(), 0, 0, ask).await.plain()
    }

    /// Reads all of `range` (first and last byte), or the whole object, in as many requests as it takes. Each time
    /// that bytes came, the attempts begin anew.
    async fn read(&self, key: &Key, range: Option<(u64, u64)>) -> Result<(Bytes, ETag), S3Failure> {
        let mut progress = Progress::default();
        let (mut restarts, mut fruitless) = (0, 0);
        loop {
            let before = progress.bytes.len();
            let failure = match self.go_on(key, range, &mut progress).await {
                Ok(()) => {
                    let Progress { bytes, opened } = progress;
                    let (etag, ..) = opened.ok_or_else(|| S3Failure::new(Cause::Other))?;
                    return Ok((bytes.freeze(), etag));
                }
                Err(failure) => failure,
            };
            let broken = matches!(failure.cause, Cause::Cut | Cause::Silence | Cause::Untrusted);
            // Another version, or damage: nothing of what we have can be used.
            let restart = matches!(failure.cause, Cause::Precondition | Cause::Damaged);
            let started = progress.opened.is_some();
            if !started || !(broken || restart) {
                return Err(failure);
            }
            tracing::debug!(%key, have = progress.bytes.len(), %failure, "a body broke off");
            if restart {
                (restarts, progress) = (restarts + 1, Progress::default());
            }
            fruitless = if progress.bytes.len() > before { 0 } else { fruitless + 1 };
            if restarts > RESTARTS || fruitless > FRUITLESS {
                return Err(failure);
            }
        }
    }

    /// Asks for what is missing and adds what comes.
    async fn go_on(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        progress: &mut Progress,
    ) -> Result<(), S3Failure> {
        let have = progress.bytes.len() as u64;
        let first = range.map_or(0, |(first, _)| first);
        let wanted = match (&progress.opened, range) {
            (None, range) => range,
            (Some((_, length, _)), _) if have == *length => None,
            (Some((_, length, _)), _) => Some((first + have, first + length - 1)),
        };
        if progress.opened.as_ref().is_none_or(|(_, length, _)| have < *length) {
            let known = progress.opened.as_ref().map(|(etag, ..)| etag.clone());
            let opened = self.open(key, wanted, known.as_ref()).await?;
            if opened.start != first + have {
                return Err(S3Failure::saying(Cause::NotTheStore, "another range than was asked for"));
            }
            if known.is_none() {
                progress.bytes.reserve(usize::try_from(opened.length.min(RESERVE)).unwrap_or(0));
                progress.opened = Some((opened.etag.clone(), opened.length, opened.checksum.clone()));
            }
            collect(opened, have, progress).await?;
        }
        let Some((_, length, checksum)) = &progress.opened else { return Err(S3Failure::new(Cause::Other)) };
        if progress.bytes.len() as u64 != *length {
            return Err(S3Failure::saying(Cause::Cut, "the body is shorter than announced"));
        }
        match checksum {
            Some(sum) if *sum != crc64nvme(&progress.bytes) => Err(S3Failure::new(Cause::Damaged)),
            _ => Ok(()),
        }
    }

    async fn open(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        version_known: Option<&ETag>,
    ) -> Result<Opened, S3Failure> {
        let full = self.full(key);
        let believed = self.options().checksums != Checksums::Off;
        let asked = range.map(|(first, last)| format!("bytes={first}-{last}"));
        let ask = || async {
            let answer = self
                .client
                .get_object()
                .bucket(self.bucket())
                .key(&full)
                .set_range(asked.clone())
                .set_if_match(version_known.map(|etag| etag.0.clone()))
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
            Ok(Opened { etag, start, length, checksum, body: answer.body })
        };
        attempt(self.pace(), self.limits(), 0, 0, ask).await.plain()
    }
}

/// Requests that brought nothing before a read is given up.
const FRUITLESS: u32 = 12;
/// Times that a read begins anew because the object changed or was damaged on the way.
const RESTARTS: u32 = 8;

async fn collect(mut opened: Opened, have: u64, progress: &mut Progress) -> Result<(), S3Failure> {
    let length = progress.opened.as_ref().map_or(0, |(_, length, _)| *length);
    let most = length.saturating_sub(have).min(opened.length);
    let mut came = 0;
    loop {
        match opened.body.next().await {
            Some(Ok(data)) => {
                came += data.len() as u64;
                if came > most {
                    return Err(S3Failure::saying(Cause::Damaged, "the body is longer than announced"));
                }
                progress.bytes.extend_from_slice(&data);
            }
            Some(Err(error)) => return Err(broken(&error, came == most)),
            None => return Ok(()),
        }
    }
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

/// The version of an answer; an answer without one is not the store's.
pub(super) fn version(etag: Option<&str>) -> Result<ETag, S3Failure> {
    match etag {
        Some(etag) if !etag.is_empty() => Ok(ETag(etag.to_owned())),
        _ => Err(S3Failure::saying(Cause::NotTheStore, "an answer without a version")),
    }
}

/// The checksum of a whole object. `sum-3` is a sum of the sums of three parts; of an object that was uploaded in parts,
/// which its version shows, only a sum that says that it is of the whole is believed.
fn whole_sum(sum: Option<&str>, kind: Option<&ChecksumType>, etag: &ETag) -> Option<String> {
    let in_parts = etag.0.contains('-');
    let whole = !in_parts || kind == Some(&ChecksumType::FullObject);
    sum.filter(|sum| whole && !sum.contains('-')).map(str::to_owned)
}

/// Where a `Content-Range: bytes 5-9/10` begins.
fn range_start(text: &str) -> Option<u64> {
    text.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
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

    #[test]
    fn a_content_range_says_where_it_begins() {
        assert_eq!(range_start("bytes 5-9/10"), Some(5));
        assert_eq!(range_start("bytes 0-0/*"), Some(0));
        for text in ["", "bytes", "bytes */10", "items 5-9/10", "bytes -5/10"] {
            assert_eq!(range_start(text), None, "{text}");
        }
    }
}
