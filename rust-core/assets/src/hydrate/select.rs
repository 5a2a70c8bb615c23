//! Which part of a version is wanted: all of it, what some globs match, or a list made elsewhere (a map's closure).

use std::collections::HashSet;
use std::sync::Arc;

use cyclorama_outcome::{Classify, Kind};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::local::Records;

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

/// What is wanted of one version: all of it, or for each thing in it whether it is.
pub(super) enum Wanted {
    All,
    Some(Vec<bool>),
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

    /// Which files and links of a version are wanted, and the folders that lead there.
    pub(super) fn wanted(&self, tree: &Records) -> Result<Wanted, SelectError> {
        if self.is_all() {
            return Ok(Wanted::All);
        }
        let mut wanted = vec![false; tree.len()];
        // The folders that the thing looked at lies in.
        let mut above: Vec<usize> = Vec::new();
        for (at, known) in tree.iter().enumerate() {
            while above.last().is_some_and(|last| !lies_in(known.path(), tree.at(*last).path())) {
                above.pop();
            }
            if known.is_folder() {
                above.push(at);
            } else if self.is_wanted(known.path()) {
                wanted[at] = true;
                above.iter().for_each(|folder| wanted[*folder] = true);
            }
        }
        if wanted.contains(&true) { Ok(Wanted::Some(wanted)) } else { Err(SelectError::Nothing) }
    }
}

/// Whether a path lies below that of a folder.
pub(super) fn lies_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

impl Wanted {
    /// Whether the thing of this number is wanted.
    pub(super) fn has(&self, number: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(wanted) => wanted[number],
        }
    }
}
