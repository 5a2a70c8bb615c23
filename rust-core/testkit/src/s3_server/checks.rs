//! Checksums that a client sends with a body, and the conditions of a write.

use s3s::checksum::ChecksumHasher;
use s3s::dto::{Checksum, ETagCondition};
use s3s::{S3Result, TrailingHeaders, s3_error};

/// The digests a client claimed for a body, from headers or trailers.
pub(super) fn with_trailers(mut claimed: Checksum, trailers: Option<TrailingHeaders>) -> Checksum {
    let Some(trailers) = trailers.and_then(|trailers| trailers.take()) else { return claimed };
    let text = |name: &str| Some(trailers.get(name)?.to_str().ok()?.to_owned());
    claimed.checksum_crc32 = text("x-amz-checksum-crc32").or(claimed.checksum_crc32);
    claimed.checksum_crc32c = text("x-amz-checksum-crc32c").or(claimed.checksum_crc32c);
    claimed.checksum_sha1 = text("x-amz-checksum-sha1").or(claimed.checksum_sha1);
    claimed.checksum_sha256 = text("x-amz-checksum-sha256").or(claimed.checksum_sha256);
    claimed.checksum_crc64nvme = text("x-amz-checksum-crc64nvme").or(claimed.checksum_crc64nvme);
    claimed
}

/// Refuses a body that is not what was claimed.
pub(super) fn check(bytes: &[u8], claimed: &Checksum) -> S3Result<()> {
    let mut hasher = ChecksumHasher {
        crc32: claimed.checksum_crc32.as_ref().map(|_| Default::default()),
        crc32c: claimed.checksum_crc32c.as_ref().map(|_| Default::default()),
        sha1: claimed.checksum_sha1.as_ref().map(|_| Default::default()),
        sha256: claimed.checksum_sha256.as_ref().map(|_| Default::default()),
        crc64nvme: claimed.checksum_crc64nvme.as_ref().map(|_| Default::default()),
    };
    hasher.update(bytes);
    let actual = hasher.finalize();
    let same = actual.checksum_crc32 == claimed.checksum_crc32
        && actual.checksum_crc32c == claimed.checksum_crc32c
        && actual.checksum_sha1 == claimed.checksum_sha1
        && actual.checksum_sha256 == claimed.checksum_sha256
        && actual.checksum_crc64nvme == claimed.checksum_crc64nvme;
    if same { Ok(()) } else { Err(s3_error!(BadDigest, "The checksum does not match the body.")) }
}

/// The CRC64NVME of `bytes`, as headers carry it.
pub(super) fn crc64nvme(bytes: &[u8]) -> Option<String> {
    let mut hasher = ChecksumHasher { crc64nvme: Some(Default::default()), ..ChecksumHasher::default() };
    hasher.update(bytes);
    hasher.finalize().checksum_crc64nvme
}

/// The MD5 of `bytes`, in hexadecimal.
pub(super) fn md5(bytes: &[u8]) -> String {
    use s3s::crypto::Checksum as _;
    hex(s3s::crypto::Md5::checksum(bytes).as_ref())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Judges `If-Match` and `If-None-Match` of a write against the version that is there.
pub(super) fn conditions(
    there: Option<&str>,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let is = |condition: &ETagCondition| match (condition, there) {
        (_, None) => false,
        (ETagCondition::Any, Some(_)) => true,
        (ETagCondition::ETag(wanted), Some(there)) => wanted.value() == there,
    };
    // S3 answers 404 to If-Match on nothing.
    if if_match.is_some() && there.is_none() {
        return Err(s3_error!(NoSuchKey));
    }
    if if_match.is_some_and(|condition| !is(condition)) || if_none_match.is_some_and(is) {
        return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions did not hold."));
    }
    Ok(())
}
