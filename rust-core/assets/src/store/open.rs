//! From the URL a person writes to a store.

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_outcome::{Classify, Kind};

use super::{Store, folder::FolderStore, memory::MemoryStore};

/// Why a URL names no store of this build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A scheme this build has no store for.
    #[error(
        "this build has no store for `{scheme}://`; it knows folders (a path, or file:///path) and memory:"
    )]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// A `file:` URL that names another host, or is damaged.
    #[error("`{0}` is not a folder URL; write file:///path or just the path")]
    FileUrl(String),
    /// The text is empty.
    #[error("the store's name is empty")]
    Empty,
    /// The path exists and is something else.
    #[error("`{}` is a file, not a folder", .0.display())]
    NotAFolder(PathBuf),
}

impl Classify for OpenError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Scheme { .. } => {
                Some("mount or copy the place and give its path, for example --ledger ./render".to_owned())
            }
            _ => None,
        }
    }
}

/// The store at `url`: a path (also `C:\folder`), `file:///path`, or `memory:` (empty, private to the caller).
///
/// Nothing is created until the first write: a store that is not there yet is empty.
///
/// # Errors
/// [`OpenError`] when this build has no such store.
pub fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    let path = match url.split_once(':') {
        _ if url.trim().is_empty() => return Err(OpenError::Empty),
        Some(("memory", "")) => return Ok(Arc::new(MemoryStore::new())),
        Some(("file", rest)) => file_path(rest).ok_or_else(|| OpenError::FileUrl(url.to_owned()))?,
        Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") => {
            return Err(OpenError::Scheme { scheme: scheme.to_owned() });
        }
        _ => PathBuf::from(url),
    };
    if path.is_file() { Err(OpenError::NotAFolder(path)) } else { Ok(Arc::new(FolderStore::new(path))) }
}

/// What follows `file:`, as a path: `///p`, `//localhost/p` or `/p`, percent-decoded; `///C:/p` is a drive.
fn file_path(rest: &str) -> Option<PathBuf> {
    let path = match rest.strip_prefix("//") {
        Some(authority) => authority.strip_prefix("localhost").unwrap_or(authority),
        None => rest,
    };
    if !path.starts_with('/') {
        return None;
    }
    let path = percent_decode(path)?;
    let bytes = path.as_bytes();
    let is_drive = bytes.len() >= 3 && bytes[1].is_ascii_alphabetic() && bytes[2] == b':';
    Some(PathBuf::from(if is_drive && cfg!(windows) { &path[1..] } else { &path }))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push((high << 4 | low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_file_urls_are_folders() {
        let cases =
            [("file:///a%20b/c", "/a b/c"), ("file://localhost/x", "/x"), ("file:/x", "/x"), ("/x", "/x")];
        for (url, path) in cases {
            // Windows puts the drive in front and turns the slashes.
            let shown = open(url).expect("opens").describe().replace('\\', "/");
            assert!(shown.ends_with(path) && (cfg!(windows) || shown == path), "{url} is {shown}");
        }
        assert!(open("relative/folder").is_ok());
        assert!(open("C:\\renders").is_ok());
        assert_eq!(open("memory:").expect("opens").describe(), "memory:");
    }

    #[test]
    fn stores_of_later_builds_are_named_in_the_refusal() {
        let error = open("s3://bucket/prefix").map(|s| s.describe()).expect_err("no S3 here");
        assert_eq!(error, OpenError::Scheme { scheme: "s3".to_owned() });
        assert!(error.to_string().contains("folders"));
        assert!(error.hint().is_some());
    }

    #[test]
    fn damaged_names_are_refused() {
        for url in ["file://host/share", "file:x", "file:///a%2", "file:///a%zz", "", "  "] {
            assert!(open(url).is_err(), "{url}");
        }
    }
}
