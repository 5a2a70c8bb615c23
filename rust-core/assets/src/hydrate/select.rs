//! Which part of a version is wanted: all of it, what some globs match, or a list made elsewhere (a map's closure).

use std::collections::HashSet;
use std::sync::Arc;

use cyclorama_outcome::{Classify, Kind};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::Repository;
use crate::repository::Found;
use crate::tree::Entry;

/// Which part of a version is wanted.
#[derive(Clone, Debug, Default)]
pub struct Select {
    globs: Option<GlobSet>,
    paths: Option<Arc<HashSet<String>>>,
}

/// Why a part of a version cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// A glob that means nothing.
    #[error("`{0}` is no glob")]
    Glob(String, #[source] globset::Error),
    /// Nothing matches.
    #[error("nothing in this version matches")]
    Nothing,
}

impl Classify for SelectError {
    fn kind(&self) -> Kind {
        match self {
            Self::Glob(..) => Kind::User,
            Self::Nothing => Kind::NotFound,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Glob(..) => Some("for example --only 'Content/Maps/**'".to_owned()),
            Self::Nothing => {
                Some("paths begin at the project's top, for example Content/Maps/Stage.umap".to_owned())
            }
        }
    }
}

/// What is wanted of one version.
pub(super) enum Wanted {
    All,
    Paths(HashSet<String>),
}

impl Select {
    /// All of it.
    pub fn all() -> Self {
        Self::default()
    }

    /// What at least one of these globs matches: `*` within a name, `**` across folders; a folder's own path means
    /// all of it.
    ///
    /// # Errors
    /// [`SelectError::Glob`].
    pub fn only<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Self, SelectError> {
        let mut set = GlobSetBuilder::new();
        for text in globs {
            let bad = |source| SelectError::Glob(text.to_owned(), source);
            let trimmed = text.trim_end_matches('/');
            for pattern in [trimmed.to_owned(), format!("{trimmed}/**")] {
                set.add(GlobBuilder::new(&pattern).literal_separator(true).build().map_err(bad)?);
            }
        }
        let set =
            set.build().map_err(|source| SelectError::Glob("all of them together".to_owned(), source))?;
        Ok(Self { globs: Some(set), paths: None })
    }

    /// Just these files, and what the globs match if there are any.
    #[must_use]
    pub fn with_paths(self, paths: HashSet<String>) -> Self {
        Self { paths: Some(Arc::new(paths)), ..self }
    }

    /// Whether everything is wanted.
    pub fn is_all(&self) -> bool {
        self.globs.is_none() && self.paths.is_none()
    }

    /// Whether this file or link is wanted.
    pub fn is_wanted(&self, path: &str) -> bool {
        self.is_all()
            || self.globs.as_ref().is_some_and(|globs| globs.is_match(path))
            || self.paths.as_ref().is_some_and(|paths| paths.contains(path))
    }

    /// The paths of files and links that are wanted.
    #[expect(clippy::unused_async, reason = "a closure may have to read headers from the store")]
    pub(super) async fn wanted(&self, _: &Repository, tree: &[Found]) -> Result<Wanted, SelectError> {
        if self.is_all() {
            return Ok(Wanted::All);
        }
        let found =
            tree.iter().filter(|(path, entry)| !matches!(entry, Entry::Folder(_)) && self.is_wanted(path));
        let paths: HashSet<String> = found.map(|(path, _)| path.clone()).collect();
        if paths.is_empty() { Err(SelectError::Nothing) } else { Ok(Wanted::Paths(paths)) }
    }
}

impl Wanted {
    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Paths(paths) => paths.contains(path),
        }
    }

    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}
