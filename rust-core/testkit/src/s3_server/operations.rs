//! The operations on whole objects, as the S3 service calls them.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::Inner;
use super::bodies::read;
use super::objects::{Asleep, Stored};
use super::{checks, uploads};

/// The service behind the front.
pub(super) struct Service {
    pub(super) server: Weak<Inner>,
}

impl Service {
    pub(super) fn server(&self) -> S3Result<Arc<Inner>> {
        self.server.upgrade().ok_or_else(|| s3_error!(ServiceUnavailable))
    }
}

/// The whole of a request's body.
pub(super) async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    match body {
        Some(body) => read(s3s::Body::from(body), None).await.map_err(|_| s3_error!(IncompleteBody)),
        None => Ok(Bytes::new()),
    }
}

/// Our CRC64NVME is always of the whole object.
fn full_object() -> ChecksumType {
    ChecksumType::from_static(ChecksumType::FULL_OBJECT)
}

#[async_trait::async_trait]
impl S3 for Service {
    async fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        self.server()?.objects().create_bucket(&req.input.bucket)?;
        Ok(S3Response::new(CreateBucketOutput::default()))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.server()?.objects().bucket(&req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.server()?.objects().bucket(&req.input.bucket)?;
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let names = self.server()?.objects().bucket_names();
        let buckets =
            names.into_iter().map(|name| Bucket { name: Some(name), ..Bucket::default() }).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), ..ListBucketsOutput::default() }))
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = req.input;
        let server = self.server()?;
        let object = server.objects().object(&input.bucket, &input.key)?.clone();
        if server.objects().sleep(&input.bucket, &input.key).is_some_and(|sleep| sleep != Asleep::Awake) {
            return Err(s3_error!(InvalidObjectState, "The object sleeps in an archive."));
        }
        checks::conditions(Some(&object.etag), input.if_match.as_ref(), None)?;
        if checks::conditions(Some(&object.etag), None, input.if_none_match.as_ref()).is_err() {
            return Err(s3_error!(NotModified));
        }
        let size = object.bytes.len() as u64;
        let range = input.range.map(|range| range.check(size)).transpose()?;
        let content_range =
            range.as_ref().map(|range| format!("bytes {}-{}/{size}", range.start, range.end - 1));
        let bytes = match &range {
            Some(range) => object.bytes.slice(range.start as usize..range.end as usize),
            None => object.bytes.clone(),
        };
        let wants_checksum = input.checksum_mode.is_some() && bytes.len() == object.bytes.len();
        let checksum = if wants_checksum { object.checksum.clone() } else { Checksum::default() };
        let output = GetObjectOutput {
            content_length: Some(bytes.len() as i64),
            body: Some(StreamingBlob::from(s3s::Body::from(bytes))),
            content_range,
            accept_ranges: Some("bytes".to_owned()),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_type: checksum.checksum_crc64nvme.as_ref().map(|_| full_object()),
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            content_type: object.content_type,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.modified.into()),
            metadata: object.metadata,
            ..GetObjectOutput::default()
        };
        let mut response = S3Response::new(output);
        if range.is_some() {
            response.status = Some(hyper::http::StatusCode::PARTIAL_CONTENT);
        }
        Ok(response)
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = req.input;
        let server = self.server()?;
        let object = server.objects().object(&input.bucket, &input.key)?.clone();
        let sleep = server.objects().sleep(&input.bucket, &input.key);
        let restore = match sleep {
            None | Some(Asleep::Deep) => None,
            Some(Asleep::AskedFor) => Some("ongoing-request=\"true\"".to_owned()),
            Some(Asleep::Awake) => Some("ongoing-request=\"false\", expiry-date=\"later\"".to_owned()),
        };
        let checksum = if input.checksum_mode.is_some() { object.checksum } else { Checksum::default() };
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(object.bytes.len() as i64),
            content_type: object.content_type,
            checksum_type: checksum.checksum_crc64nvme.as_ref().map(|_| full_object()),
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha256: checksum.checksum_sha256,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.modified.into()),
            metadata: object.metadata,
            restore,
            storage_class: sleep.map(|_| StorageClass::from_static(StorageClass::GLACIER)),
            ..HeadObjectOutput::default()
        }))
    }

    async fn restore_object(
        &self,
        req: S3Request<RestoreObjectInput>,
    ) -> S3Result<S3Response<RestoreObjectOutput>> {
        self.server()?.objects().ask_for(&req.input.bucket, &req.input.key)?;
        Ok(S3Response::new(RestoreObjectOutput::default()))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let server = self.server()?;
        let input = req.input;
        server.objects().bucket(&input.bucket)?;
        let bytes = whole(input.body).await?;
        let claimed = Checksum {
            checksum_crc32: input.checksum_crc32,
            checksum_crc32c: input.checksum_crc32c,
            checksum_crc64nvme: input.checksum_crc64nvme,
            checksum_sha1: input.checksum_sha1,
            checksum_sha256: input.checksum_sha256,
            ..Checksum::default()
        };
        let checksum = checks::with_trailers(claimed, req.trailing_headers);
        let mut objects = server.objects();
        if !objects.modes.no_checksums {
            checks::check(&bytes, &checksum)?;
        }
        let etag = checks::md5(&bytes);
        let object = Stored {
            bytes,
            etag: etag.clone(),
            modified: server.now(),
            metadata: input.metadata,
            content_type: input.content_type,
            checksum,
        };
        objects.write(
            &input.bucket,
            &input.key,
            object,
            input.if_match.as_ref(),
            input.if_none_match.as_ref(),
        )?;
        Ok(S3Response::new(PutObjectOutput { e_tag: Some(ETag::Strong(etag)), ..PutObjectOutput::default() }))
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = req.input;
        self.server()?.objects().remove(&input.bucket, &input.key, input.if_match.as_ref())?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let server = self.server()?;
        let mut deleted = Vec::new();
        for object in req.input.delete.objects {
            server.objects().remove(&req.input.bucket, &object.key, None)?;
            deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() });
        }
        Ok(S3Response::new(DeleteObjectsOutput { deleted: Some(deleted), ..DeleteObjectsOutput::default() }))
    }

    async fn copy_object(&self, req: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let server = self.server()?;
        let input = req.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented));
        };
        let mut objects = server.objects();
        let mut object = objects.object(bucket, key)?.clone();
        checks::conditions(
            Some(&object.etag),
            input.copy_source_if_match.as_ref(),
            input.copy_source_if_none_match.as_ref(),
        )?;
        object.modified = server.now();
        if input.metadata_directive.as_ref().is_some_and(|way| way.as_str() == MetadataDirective::REPLACE) {
            object.metadata = input.metadata;
            object.content_type = input.content_type;
        }
        let result = CopyObjectResult {
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(object.modified.into()),
            ..CopyObjectResult::default()
        };
        objects.write(&input.bucket, &input.key, object, None, None)?;
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            ..CopyObjectOutput::default()
        }))
    }

    async fn list_objects(
        &self,
        req: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let marker = req.input.marker.clone();
        let mut second = req.map_input(ListObjectsV2Input::from);
        second.input.start_after = marker;
        let response = self.list_objects_v2(second).await?;
        Ok(response.map_output(|page| ListObjectsOutput {
            next_marker: page.next_continuation_token,
            contents: page.contents,
            common_prefixes: page.common_prefixes,
            delimiter: page.delimiter,
            encoding_type: page.encoding_type,
            name: page.name,
            prefix: page.prefix,
            max_keys: page.max_keys,
            is_truncated: page.is_truncated,
            ..ListObjectsOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let server = self.server()?;
        let input = req.input;
        let objects = server.objects();
        objects.bucket(&input.bucket)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.clone().or(input.start_after.clone()).unwrap_or_default();
        let limit = input.max_keys.unwrap_or(1000).clamp(0, 1000);
        let delimiter = input.delimiter.clone().filter(|delimiter| !delimiter.is_empty());
        let (mut contents, mut folders) = (Vec::new(), Vec::<CommonPrefix>::new());
        let (mut last, mut more) = (String::new(), false);
        for (key, shown) in objects.listed(&input.bucket, &after, &prefix) {
            let folder = delimiter.as_deref().and_then(|delimiter| {
                let end = key[prefix.len()..].find(delimiter)?;
                Some(key[..prefix.len() + end + delimiter.len()].to_owned())
            });
            let known = folder.is_some() && folders.last().and_then(|last| last.prefix.clone()) == folder;
            if !known && contents.len() + folders.len() >= limit as usize {
                more = true;
                break;
            }
            key.clone_into(&mut last);
            match folder {
                Some(_) if known => {}
                Some(folder) => folders.push(CommonPrefix { prefix: Some(folder) }),
                None => contents.push(Object {
                    key: Some(key.to_owned()),
                    size: Some(shown.size as i64),
                    e_tag: Some(ETag::Strong(shown.etag.clone())),
                    last_modified: Some(shown.modified.into()),
                    ..Object::default()
                }),
            }
        }
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: input.prefix,
            delimiter: input.delimiter,
            max_keys: Some(limit),
            key_count: Some((contents.len() + folders.len()) as i32),
            is_truncated: Some(more),
            next_continuation_token: more.then_some(last),
            continuation_token: input.continuation_token,
            start_after: input.start_after,
            contents: Some(contents),
            common_prefixes: Some(folders),
            encoding_type: input.encoding_type,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        uploads::create(&self.server()?, req.input)
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        uploads::part(&self.server()?, req).await
    }

    async fn upload_part_copy(
        &self,
        req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        uploads::part_copy(&self.server()?, &req.input)
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        uploads::parts(&self.server()?, req.input)
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        uploads::list(&self.server()?, req.input)
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        uploads::complete(&self.server()?, req.input)
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let server = self.server()?;
        let mut objects = server.objects();
        objects.upload(&req.input.upload_id, &req.input.bucket, &req.input.key)?;
        objects.uploads.remove(&req.input.upload_id);
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}
