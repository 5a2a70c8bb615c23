//! A job-attachments manifest, version 2023-03-03: which file lies under which hash.

use cyclorama_content::Xxh128;
use cyclorama_outcome::{Classify, Kind};
use serde::Deserialize;

use super::canonical::{by_utf16, put_text};

/// One file of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// XXH3-128 of the whole file.
    pub hash: Xxh128,
    /// When it was changed last, in microseconds since 1970.
    #[serde(rename = "mtime")]
    pub mtime_us: i64,
    /// Where it lies below the root, with `/` between names.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// A manifest: at least one file, each path once, in the format's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    files: Vec<ManifestFile>,
}

/// Why something is no manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The format has no way to say "nothing".
    #[error("a manifest names at least one file, and there is none")]
    Empty,
    /// Two files with one path.
    #[error("the manifest names `{0}` twice")]
    Twice(String),
    /// A path leads out of the root, or is not written as the format wants it.
    #[error("`{0}` is no path inside a manifest's root")]
    Path(String),
    /// The sizes add up to more than any number in the format.
    #[error("the files are too large together")]
    TooLarge,
    /// The bytes are no manifest of this version.
    #[error("this is no manifest of version {VERSION}")]
    Malformed(#[source] serde_json::Error),
    /// It says another version or hash.
    #[error("the manifest has {0}, which is not read")]
    Other(String),
    /// The total is not the sum.
    #[error("the manifest's total size is {said}, but its files have {sum} bytes")]
    Total {
        /// What it says.
        said: u64,
        /// What it is.
        sum: u64,
    },
}

impl Classify for ManifestError {
    fn kind(&self) -> Kind {
        match self {
            Self::Empty | Self::TooLarge | Self::Path(_) | Self::Other(_) => Kind::User,
            Self::Twice(_) | Self::Malformed(_) | Self::Total { .. } => Kind::Integrity,
        }
    }
}

/// The document as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "hashAlg")]
    algorithm: String,
    #[serde(rename = "manifestVersion")]
    version: String,
    paths: Vec<ManifestFile>,
    #[serde(rename = "totalSize")]
    total: u64,
}

impl Manifest {
    /// A manifest of these files, in any order.
    ///
    /// # Errors
    /// [`ManifestError`] when there is none, two have one path, or a path leads out.
    pub fn new(mut files: Vec<ManifestFile>) -> Result<Self, ManifestError> {
        files.sort_by(|a, b| by_utf16(&a.path, &b.path));
        if files.is_empty() {
            return Err(ManifestError::Empty);
        }
        if let Some(pair) = files.windows(2).find(|pair| pair[0].path == pair[1].path) {
            return Err(ManifestError::Twice(pair[0].path.clone()));
        }
        if let Some(file) = files.iter().find(|file| !stays_inside(&file.path)) {
            return Err(ManifestError::Path(file.path.clone()));
        }
        let total = files.iter().try_fold(0u64, |sum, file| sum.checked_add(file.size));
        total.filter(|total| i64::try_from(*total).is_ok()).ok_or(ManifestError::TooLarge)?;
        Ok(Self { files })
    }

    /// The files, sorted by the UTF-16 of their paths.
    pub fn files(&self) -> &[ManifestFile] {
        &self.files
    }

    /// Bytes of all files.
    pub fn total_size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// The bytes that the official tool writes for these files.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = format!(r#"{{"hashAlg":"{ALGORITHM}","manifestVersion":"{VERSION}","paths":["#);
        for (at, ManifestFile { hash, mtime_us, path, size }) in self.files.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            out.push_str(&format!(r#"{comma}{{"hash":"{hash}","mtime":{mtime_us},"path":"#));
            put_text(&mut out, path);
            out.push_str(&format!(r#","size":{size}}}"#));
        }
        out.push_str(&format!(r#"],"totalSize":{}}}"#, self.total_size()));
        out.into_bytes()
    }

    /// The manifest that these bytes are, in whatever order and spacing.
    ///
    /// # Errors
    /// [`ManifestError`] when they are none of this version, or contradict themselves.
    pub fn decode(bytes: &[u8]) -> Result<Self, ManifestError> {
        let document: Document = serde_json::from_slice(bytes).map_err(ManifestError::Malformed)?;
        for (said, known) in [(&document.algorithm, ALGORITHM), (&document.version, VERSION)] {
            if said != known {
                return Err(ManifestError::Other(said.chars().take(80).collect()));
            }
        }
        let manifest = Self::new(document.paths)?;
        match manifest.total_size() {
            sum if sum == document.total => Ok(manifest),
            sum => Err(ManifestError::Total { said: document.total, sum }),
        }
    }
}

fn stays_inside(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

const ALGORITHM: &str = "xxh128";
const VERSION: &str = "2023-03-03";
