//! A folder that keeps the server's objects between runs: one file for the bytes, one for what is known of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io};

use bytes::Bytes;
use cyclorama_time::Clock;
use s3s::dto::Checksum;
use serde_json::{Value, json};

use super::objects::{Objects, Stored};
use super::{Modes, S3Server, checks};

/// Why a folder could not be used.
#[derive(Debug, thiserror::Error)]
#[error("the folder {} cannot hold the server's objects", path.display())]
pub struct FolderError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl S3Server {
    /// A server that keeps its objects in `path` too, and starts with those that are there.
    ///
    /// # Errors
    /// [`FolderError`] when the folder cannot be made or read, or holds something else.
    pub fn in_folder(path: &Path, clock: Arc<dyn Clock>, modes: Modes) -> Result<Self, FolderError> {
        let failed = |source| FolderError { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let folder = Folder(path.to_owned());
        let stored = folder.read().map_err(failed)?;
        let mut objects = Objects::new(modes);
        objects.load(folder, stored);
        Ok(Self::with_objects(objects, clock))
    }
}

pub(super) struct Folder(PathBuf);

impl Folder {
    fn file(&self, bucket: &str, key: &str, end: &str) -> PathBuf {
        let name = cyclorama_content::Digest::of(format!("{bucket}/{key}").as_bytes());
        self.0.join(format!("{name}.{end}"))
    }

    pub(super) fn write(&self, bucket: &str, key: &str, object: &Stored) -> io::Result<()> {
        let modified = object.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let known = json!({
            "bucket": bucket,
            "key": key,
            "etag": object.etag,
            "modified_ns": u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX),
            "metadata": object.metadata,
            "content_type": object.content_type,
            "crc64nvme": object.checksum.checksum_crc64nvme,
        });
        fs::write(self.file(bucket, key, "bytes"), &object.bytes)?;
        fs::write(self.file(bucket, key, "json"), known.to_string())
    }

    pub(super) fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        for end in ["json", "bytes"] {
            match fs::remove_file(self.file(bucket, key, end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn read(&self) -> io::Result<Vec<(String, String, Stored)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "json") {
                found.push(read_one(&path)?);
            }
        }
        Ok(found)
    }
}

fn read_one(path: &Path) -> io::Result<(String, String, Stored)> {
    let known: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let text = |name: &str| known[name].as_str().map(str::to_owned);
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "a description without bucket or key");
    let (bucket, key) = (text("bucket").ok_or_else(wrong)?, text("key").ok_or_else(wrong)?);
    let bytes = Bytes::from(fs::read(path.with_extension("bytes"))?);
    let metadata = known["metadata"].as_object().map(|pairs| {
        let pairs = pairs.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        pairs.collect::<HashMap<_, _>>()
    });
    let object = Stored {
        etag: text("etag").unwrap_or_else(|| checks::md5(&bytes)),
        modified: UNIX_EPOCH + Duration::from_nanos(known["modified_ns"].as_u64().unwrap_or(0)),
        metadata,
        content_type: text("content_type"),
        checksum: Checksum { checksum_crc64nvme: text("crc64nvme"), ..Checksum::default() },
        bytes,
    };
    Ok((bucket, key, object))
}
