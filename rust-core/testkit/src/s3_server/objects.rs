//! What the server holds: buckets, objects, open uploads. Every change is one call under the caller's lock.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use bytes::Bytes;
use s3s::dto::{Checksum, ETagCondition, Metadata};
use s3s::{S3Result, s3_error};

use super::folder::Folder;
use super::{BUCKET, Modes, checks};

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) bytes: Bytes,
    pub(super) etag: String,
    pub(super) modified: SystemTime,
    pub(super) metadata: Option<Metadata>,
    pub(super) content_type: Option<String>,
    pub(super) checksum: Checksum,
}

/// A part of an open upload.
#[derive(Clone, Debug)]
pub(super) struct UploadedPart {
    pub(super) bytes: Bytes,
    pub(super) etag: String,
    pub(super) modified: SystemTime,
    pub(super) checksum: Checksum,
}

/// An open multipart upload.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) initiated: SystemTime,
    pub(super) metadata: Option<Metadata>,
    pub(super) content_type: Option<String>,
    pub(super) parts: BTreeMap<i32, UploadedPart>,
}

/// What a listing shows of an object.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) modified: SystemTime,
}

type Place = (String, String);

/// All of it.
pub(super) struct Objects {
    pub(super) modes: Modes,
    buckets: BTreeMap<String, BTreeMap<String, Stored>>,
    pub(super) uploads: BTreeMap<String, Upload>,
    shown: BTreeMap<Place, Shown>,
    hidden: VecDeque<(Place, Option<Shown>)>,
    folder: Option<Folder>,
    uploads_made: u64,
    /// Objects in an archive, and how far they are out of it.
    asleep: BTreeMap<Place, Asleep>,
}

/// An object in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asleep {
    /// Nobody asked for it.
    Deep,
    /// It was asked for.
    AskedFor,
    /// It can be read.
    Awake,
}

impl Objects {
    pub(super) fn new(modes: Modes) -> Self {
        let buckets = BTreeMap::from([(BUCKET.to_owned(), BTreeMap::new())]);
        Self {
            modes,
            buckets,
            uploads: BTreeMap::new(),
            shown: BTreeMap::new(),
            hidden: VecDeque::new(),
            folder: None,
            uploads_made: 0,
            asleep: BTreeMap::new(),
        }
    }

    pub(super) fn put_to_sleep(&mut self, bucket: &str, prefix: &str) {
        let keys = self.keys(bucket).into_iter().filter(|key| key.starts_with(prefix));
        self.asleep.extend(keys.map(|key| ((bucket.to_owned(), key), Asleep::Deep)));
    }

    pub(super) fn asked_for(&self) -> Vec<String> {
        let asked = self.asleep.iter().filter(|(_, sleep)| **sleep == Asleep::AskedFor);
        asked.map(|((_, key), _)| key.clone()).collect()
    }

    pub(super) fn wake(&mut self) {
        for sleep in self.asleep.values_mut().filter(|sleep| **sleep == Asleep::AskedFor) {
            *sleep = Asleep::Awake;
        }
    }

    /// How deep an object sleeps, if it lies in an archive.
    pub(super) fn sleep(&self, bucket: &str, key: &str) -> Option<Asleep> {
        self.asleep.get(&(bucket.to_owned(), key.to_owned())).copied()
    }

    /// Asks for an object in an archive.
    pub(super) fn ask_for(&mut self, bucket: &str, key: &str) -> S3Result<()> {
        match self.asleep.get_mut(&(bucket.to_owned(), key.to_owned())) {
            None => Err(s3_error!(InvalidObjectState, "It is in no archive.")),
            Some(Asleep::AskedFor) => Err(s3_error!(RestoreAlreadyInProgress, "It was asked for.")),
            Some(sleep) => {
                *sleep = Asleep::AskedFor;
                Ok(())
            }
        }
    }

    /// Keeps every later change in `folder` too, after `stored` was taken from it.
    pub(super) fn load(&mut self, folder: Folder, stored: Vec<(String, String, Stored)>) {
        for (bucket, key, object) in stored {
            self.insert(&bucket, &key, object);
        }
        self.folder = Some(folder);
    }

    pub(super) fn create_bucket(&mut self, bucket: &str) -> S3Result<()> {
        if self.buckets.contains_key(bucket) {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        self.buckets.insert(bucket.to_owned(), BTreeMap::new());
        Ok(())
    }

    pub(super) fn bucket_names(&self) -> Vec<String> {
        self.buckets.keys().cloned().collect()
    }

    pub(super) fn bucket(&self, bucket: &str) -> S3Result<&BTreeMap<String, Stored>> {
        self.buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))
    }

    pub(super) fn object(&self, bucket: &str, key: &str) -> S3Result<&Stored> {
        self.bucket(bucket)?.get(key).ok_or_else(|| s3_error!(NoSuchKey))
    }

    pub(super) fn bytes(&self, bucket: &str, key: &str) -> Option<Bytes> {
        Some(self.object(bucket, key).ok()?.bytes.clone())
    }

    pub(super) fn keys(&self, bucket: &str) -> Vec<String> {
        self.bucket(bucket).map(|objects| objects.keys().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn open_uploads(&self) -> usize {
        self.uploads.len()
    }

    /// Writes `object` if the conditions hold; both are one step.
    pub(super) fn write(
        &mut self,
        bucket: &str,
        key: &str,
        mut object: Stored,
        if_match: Option<&ETagCondition>,
        if_none_match: Option<&ETagCondition>,
    ) -> S3Result<()> {
        let there = self.bucket(bucket)?.get(key).map(|stored| stored.etag.as_str());
        if !self.modes.ignores_conditions {
            checks::conditions(there, if_match, if_none_match)?;
        }
        if self.modes.no_checksums {
            object.checksum = Checksum::default();
        }
        if let Some(folder) = &self.folder {
            folder.write(bucket, key, &object).map_err(|error| s3_error!(error, InternalError))?;
        }
        self.insert(bucket, key, object);
        Ok(())
    }

    /// Removes the object, if it is there and the condition holds.
    pub(super) fn remove(
        &mut self,
        bucket: &str,
        key: &str,
        if_match: Option<&ETagCondition>,
    ) -> S3Result<()> {
        let there = self.bucket(bucket)?.get(key).map(|stored| stored.etag.as_str());
        if !self.modes.ignores_conditions {
            checks::conditions(there, if_match, None)?;
        }
        if let Some(folder) = &self.folder {
            folder.remove(bucket, key).map_err(|error| s3_error!(error, InternalError))?;
        }
        if let Some(objects) = self.buckets.get_mut(bucket) {
            objects.remove(key);
        }
        self.show((bucket.to_owned(), key.to_owned()), None);
        Ok(())
    }

    pub(super) fn plant(&mut self, bucket: &str, key: &str, bytes: Bytes, modified: SystemTime) {
        let etag = checks::md5(&bytes);
        let checksum = Checksum { checksum_crc64nvme: checks::crc64nvme(&bytes), ..Checksum::default() };
        let object = Stored { bytes, etag, modified, metadata: None, content_type: None, checksum };
        self.insert(bucket, key, object);
    }

    pub(super) fn create_upload(&mut self, upload: Upload) -> String {
        self.uploads_made += 1;
        let id = format!("upload-{}", self.uploads_made);
        self.uploads.insert(id.clone(), upload);
        id
    }

    pub(super) fn upload(&mut self, id: &str, bucket: &str, key: &str) -> S3Result<&mut Upload> {
        self.uploads
            .get_mut(id)
            .filter(|upload| upload.bucket == bucket && upload.key == key)
            .ok_or_else(|| s3_error!(NoSuchUpload))
    }

    /// What a listing shows under `prefix`, after `after`.
    pub(super) fn listed<'a>(
        &'a self,
        bucket: &'a str,
        after: &'a str,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Shown)> {
        let first = after.max(prefix).to_owned();
        self.shown
            .range((bucket.to_owned(), first)..)
            .take_while(move |((place, _), _)| place == bucket)
            .map(|((_, key), shown)| (key.as_str(), shown))
            .skip_while(move |(key, _)| *key <= after && !after.is_empty())
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn insert(&mut self, bucket: &str, key: &str, object: Stored) {
        let shown =
            Shown { size: object.bytes.len() as u64, etag: object.etag.clone(), modified: object.modified };
        self.buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), object);
        self.show((bucket.to_owned(), key.to_owned()), Some(shown));
    }

    fn show(&mut self, place: Place, shown: Option<Shown>) {
        self.hidden.push_back((place, shown));
        while self.hidden.len() > self.modes.stale_list {
            match self.hidden.pop_front() {
                Some((place, Some(shown))) => drop(self.shown.insert(place, shown)),
                Some((place, None)) => drop(self.shown.remove(&place)),
                None => break,
            }
        }
    }
}
