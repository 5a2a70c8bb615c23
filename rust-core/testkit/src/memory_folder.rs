//! A project's folder in memory, for publishing without a disk.

use std::collections::BTreeMap;

use bytes::Bytes;
use cyclorama_assets::publish::{ReadProblem, Scanned, ScannedKind, Source, Stamp, Take};

/// What each file holds, and how often it was written. It is scanned and read as a folder on a disk is.
#[derive(Clone, Debug, Default)]
pub struct MemoryFolder(BTreeMap<String, (Bytes, i64)>);

impl MemoryFolder {
    /// Writes a whole file.
    pub fn write(&mut self, path: impl Into<String>, bytes: impl Into<Bytes>) {
        let (path, bytes) = (path.into(), bytes.into());
        let version = self.0.get(&path).map_or(1, |(_, version)| version + 1);
        self.0.insert(path, (bytes, version));
    }

    /// Removes a file, if it is there.
    pub fn remove(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// All files.
    pub fn content(&self) -> BTreeMap<String, Bytes> {
        self.0.iter().map(|(path, (bytes, _))| (path.clone(), bytes.clone())).collect()
    }

    /// What a scan of it finds.
    pub fn scan(&self) -> Vec<Scanned> {
        let scanned = |(path, (bytes, version)): (&String, &(Bytes, i64))| Scanned {
            path: path.clone(),
            kind: ScannedKind::File { stamp: stamp(bytes, *version), mode: Some(0o644) },
        };
        self.0.iter().map(scanned).collect()
    }
}

fn stamp(bytes: &Bytes, version: i64) -> Stamp {
    Stamp { size: bytes.len() as u64, mtime_ns: version, ctime_ns: version, file_id: 1 }
}

impl Source for MemoryFolder {
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        let (bytes, version) = self.0.get(path).ok_or(ReadProblem::Gone)?;
        let stamp = stamp(bytes, *version);
        take(&mut &bytes[..], &stamp)?;
        Ok(stamp)
    }
}
