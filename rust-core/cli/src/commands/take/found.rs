//! Where a take that somebody names is: a file, or in a store it was handed to.

use std::{
    fmt,
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};

use cyclorama_assets::store::Store;
use cyclorama_outcome::Kind;
use cyclorama_tracking::{
    slate::notes::{self, Note},
    take::{self, Reader, State, TakeError, VerifyReport},
};

use super::{EXTENSION, is_url, name_of};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    handoff::{self, Fetched},
};

/// A take that was named; a file need not be there.
pub(crate) enum Found {
    /// A file.
    File(PathBuf),
    /// In a store.
    Stored(Box<Stored>),
}

/// A take in a store, fetched.
pub(crate) struct Stored {
    store: Arc<dyn Store>,
    /// As it was typed.
    named: String,
    take: Fetched,
}

impl Found {
    /// What people call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => name_of(path),
            Self::Stored(stored) => stored.take.description.name.clone(),
        }
    }

    /// Opens it.
    pub(crate) fn read(&self) -> Result<Reader, TakeError> {
        match self {
            Self::File(path) => Reader::open(path),
            Self::Stored(stored) => Reader::from_source(stored.source()),
        }
    }

    /// Opens it; what a store gives must be the take it says.
    pub(crate) fn open(&self) -> Result<Reader, Failure> {
        let reader = self.read().doing(format!("open take {self}"))?;
        match self {
            Self::Stored(stored) if reader.digest().to_string() != stored.take.description.digest => {
                Err(stored.is_another())
            }
            _ => Ok(reader),
        }
    }

    /// Checks every byte.
    pub(crate) fn verify(&self) -> Result<VerifyReport, Failure> {
        let stored = match self {
            Self::File(path) => return take::verify(path).doing(format!("verify {self}")),
            Self::Stored(stored) => stored,
        };
        let report = take::verify_source(stored.source()).doing(format!("verify {self}"))?;
        // Of a damaged one the report says more.
        if report.state == State::Intact
            && report.summary.digest.to_string() != stored.take.description.digest
        {
            return Err(stored.is_another());
        }
        Ok(report)
    }

    /// What was noted of it, oldest first.
    pub(crate) fn notes(&self, cx: &Context) -> Result<Vec<Note>, Failure> {
        let doing = format!("read the notes of {self}");
        match self {
            Self::File(path) => notes::read(path).doing(doing),
            Self::Stored(stored) => {
                let digest = &stored.take.description.digest;
                cx.wait(handoff::notes(stored.store.as_ref(), digest)).doing(doing)
            }
        }
    }
}

impl Stored {
    fn source(&self) -> Box<Cursor<bytes::Bytes>> {
        Box::new(Cursor::new(self.take.bytes.clone()))
    }

    fn is_another(&self) -> Failure {
        let message =
            format!("failed to read take {}: the store holds something else under its digest", self.named);
        Failure::new(Kind::Integrity, message)
            .hint("publish it again to another store, from the stage it was recorded on")
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => fmt::Display::fmt(&path.display(), f),
            Self::Stored(stored) => f.write_str(&stored.named),
        }
    }
}

/// The take `named`: as a path, by name in the takes folder, or `STORE@TAKE`.
pub(crate) fn find(named: &Path, cx: &Context) -> Result<Found, Failure> {
    let path = file(named, cx);
    let typed = named.to_string_lossy();
    match address(&typed) {
        Some((store, take)) if !path.is_file() => fetched(store, take, &typed, cx),
        _ if is_url(&typed) || path.is_dir() => {
            let message =
                format!("failed to open take {typed}: that is a place for takes, and names none of them");
            Err(Failure::new(Kind::User, message).hint(format!(
                "`cyclorama take list {typed}` names those there; say which as {typed}@NAME where it is a store"
            )))
        }
        _ => Ok(Found::File(path)),
    }
}

/// Where the take `named` lies: as a path, or by name in the takes folder.
pub(crate) fn file(named: &Path, cx: &Context) -> PathBuf {
    let in_folder = cx.settings.takes_folder.join(named);
    [
        named.to_owned(),
        named.with_extension(EXTENSION),
        in_folder.clone(),
        in_folder.with_extension(EXTENSION),
    ]
    .into_iter()
    .find(|path| path.is_file())
    .unwrap_or_else(|| named.to_owned())
}

fn fetched(store: &str, take: &str, named: &str, cx: &Context) -> Result<Found, Failure> {
    let doing = format!("open take {named}");
    let opened = cx.wait(cx.store(store)).doing(&doing)?;
    let fetched = cx.wait(handoff::fetch(opened.as_ref(), take)).doing(&doing)?;
    let stored = Stored { store: opened, named: named.to_owned(), take: fetched };
    Ok(Found::Stored(Box::new(stored)))
}

/// Store and take of `STORE@TAKE`, or of a URL of the take's own object, as `take publish` tells it.
fn address(text: &str) -> Option<(&str, &str)> {
    if let Some((store, object)) = text.rsplit_once("/takes/")
        && let Some(digest) = object.strip_suffix(".take")
        && is_url(text)
    {
        return Some((store, digest));
    }
    let (store, take) = text.rsplit_once('@')?;
    let is_there = is_url(store) || Path::new(store).is_dir();
    (is_there && !take.is_empty() && !take.contains(['/', '\\'])).then_some((store, take))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_in_a_store_is_named_behind_an_at_sign_or_by_its_object() {
        assert_eq!(address("s3://production/shoot@A101_t003"), Some(("s3://production/shoot", "A101_t003")));
        assert_eq!(address("s3://production/takes/ab12.take"), Some(("s3://production", "ab12")));
        let folder = tempfile::tempdir().expect("a folder");
        let here = format!("{}@A101", folder.path().display());
        assert_eq!(address(&here).map(|(_, take)| take), Some("A101"));
    }

    #[test]
    fn what_could_be_a_file_is_no_address() {
        for text in
            ["shot-12.take", "mia@home/shot-12", "nowhere@A101", "./takes/ab12.take", "s3://production@"]
        {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
