//! Multipart uploads: parts wait beside the objects and become one under the same lock and conditions.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::Inner;
use super::checks;
use super::objects::{Stored, Upload, UploadedPart};
use super::operations::whole;

pub(super) fn create(
    server: &Arc<Inner>,
    input: CreateMultipartUploadInput,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let mut objects = server.objects();
    objects.bucket(&input.bucket)?;
    let upload_id = objects.create_upload(Upload {
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        initiated: server.now(),
        metadata: input.metadata,
        content_type: input.content_type,
        parts: Default::default(),
    });
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload_id),
        ..CreateMultipartUploadOutput::default()
    }))
}

pub(super) async fn part(
    server: &Arc<Inner>,
    req: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = req.input;
    let bytes = whole(input.body).await?;
    let claimed = Checksum {
        checksum_crc32: input.checksum_crc32,
        checksum_crc32c: input.checksum_crc32c,
        checksum_crc64nvme: input.checksum_crc64nvme,
        checksum_sha1: input.checksum_sha1,
        checksum_sha256: input.checksum_sha256,
        ..Checksum::default()
    };
    let mut checksum = checks::with_trailers(claimed, req.trailing_headers);
    let mut objects = server.objects();
    if objects.modes.no_checksums {
        checksum = Checksum::default();
    }
    checks::check(&bytes, &checksum)?;
    let etag = checks::md5(&bytes);
    let part = UploadedPart { bytes, etag: etag.clone(), modified: server.now(), checksum: checksum.clone() };
    objects.upload(&input.upload_id, &input.bucket, &input.key)?.parts.insert(input.part_number, part);
    Ok(S3Response::new(UploadPartOutput {
        e_tag: Some(ETag::Strong(etag)),
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        ..UploadPartOutput::default()
    }))
}

pub(super) fn part_copy(
    server: &Arc<Inner>,
    input: &UploadPartCopyInput,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
        return Err(s3_error!(NotImplemented));
    };
    let mut objects = server.objects();
    let source = objects.object(bucket, key)?.bytes.clone();
    let bytes = match &input.copy_source_range {
        Some(range) => {
            let range = Range::parse(range).map_err(|_| s3_error!(InvalidArgument))?;
            let range = range.check(source.len() as u64)?;
            source.slice(range.start as usize..range.end as usize)
        }
        None => source,
    };
    let etag = checks::md5(&bytes);
    let modified = server.now();
    let part = UploadedPart { bytes, etag: etag.clone(), modified, checksum: Checksum::default() };
    objects.upload(&input.upload_id, &input.bucket, &input.key)?.parts.insert(input.part_number, part);
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(etag)),
        last_modified: Some(modified.into()),
        ..CopyPartResult::default()
    };
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..UploadPartCopyOutput::default()
    }))
}

pub(super) fn parts(server: &Arc<Inner>, input: ListPartsInput) -> S3Result<S3Response<ListPartsOutput>> {
    let mut objects = server.objects();
    let upload = objects.upload(&input.upload_id, &input.bucket, &input.key)?;
    let after = input.part_number_marker.unwrap_or(0);
    let limit = input.max_parts.unwrap_or(1000).clamp(1, 1000) as usize;
    let mut later = upload.parts.range(after + 1..);
    let parts: Vec<Part> = later
        .by_ref()
        .take(limit)
        .map(|(number, part)| Part {
            part_number: Some(*number),
            size: Some(part.bytes.len() as i64),
            e_tag: Some(ETag::Strong(part.etag.clone())),
            last_modified: Some(part.modified.into()),
            checksum_crc64nvme: part.checksum.checksum_crc64nvme.clone(),
            ..Part::default()
        })
        .collect();
    let is_truncated = later.next().is_some();
    let next_part_number_marker = parts.last().and_then(|part| part.part_number).filter(|_| is_truncated);
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        is_truncated: Some(is_truncated),
        next_part_number_marker,
        parts: Some(parts),
        ..ListPartsOutput::default()
    }))
}

pub(super) fn list(
    server: &Arc<Inner>,
    input: ListMultipartUploadsInput,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let objects = server.objects();
    objects.bucket(&input.bucket)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let uploads = objects
        .uploads
        .iter()
        .filter(|(_, upload)| upload.bucket == input.bucket && upload.key.starts_with(&prefix))
        .map(|(id, upload)| MultipartUpload {
            key: Some(upload.key.clone()),
            upload_id: Some(id.clone()),
            initiated: Some(upload.initiated.into()),
            ..MultipartUpload::default()
        })
        .collect();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: input.prefix,
        is_truncated: Some(false),
        uploads: Some(uploads),
        ..ListMultipartUploadsOutput::default()
    }))
}

pub(super) fn complete(
    server: &Arc<Inner>,
    input: CompleteMultipartUploadInput,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let mut objects = server.objects();
    let least = objects.modes.least_part;
    let upload = objects.upload(&input.upload_id, &input.bucket, &input.key)?.clone();
    let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let (bytes, etag) = join(&upload, &named, least)?;
    let checksum = match input.checksum_crc64nvme {
        Some(claimed) => Checksum { checksum_crc64nvme: Some(claimed), ..Checksum::default() },
        None => Checksum { checksum_crc64nvme: checks::crc64nvme(&bytes), ..Checksum::default() },
    };
    if !objects.modes.no_checksums {
        checks::check(&bytes, &checksum)?;
    }
    let object = Stored {
        bytes,
        etag: etag.clone(),
        modified: server.now(),
        metadata: upload.metadata,
        content_type: upload.content_type,
        checksum,
    };
    objects.write(
        &input.bucket,
        &input.key,
        object,
        input.if_match.as_ref(),
        input.if_none_match.as_ref(),
    )?;
    objects.uploads.remove(&input.upload_id);
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(etag)),
        ..CompleteMultipartUploadOutput::default()
    }))
}

/// The parts as one, in the order named, and the version that S3 gives it.
fn join(upload: &Upload, named: &[CompletedPart], least: u64) -> S3Result<(Bytes, String)> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "No parts are named."));
    }
    let (mut whole, mut etags, mut last) = (BytesMut::new(), Vec::new(), 0);
    for (at, name) in named.iter().enumerate() {
        let number = name.part_number.ok_or_else(|| s3_error!(InvalidPart))?;
        if number <= last {
            return Err(s3_error!(InvalidPartOrder));
        }
        last = number;
        let part = upload.parts.get(&number).ok_or_else(|| s3_error!(InvalidPart))?;
        let same_etag = name.e_tag.as_ref().is_some_and(|etag| etag.value() == part.etag);
        let same_checksum =
            name.checksum_crc64nvme.is_none() || name.checksum_crc64nvme == part.checksum.checksum_crc64nvme;
        if !same_etag || !same_checksum {
            return Err(s3_error!(InvalidPart));
        }
        if at + 1 < named.len() && (part.bytes.len() as u64) < least {
            return Err(s3_error!(EntityTooSmall));
        }
        whole.extend_from_slice(&part.bytes);
        etags.extend_from_slice(part.etag.as_bytes());
    }
    Ok((whole.freeze(), format!("{}-{}", checks::md5(&etags), named.len())))
}
