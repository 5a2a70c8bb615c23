//! Published content as a job's plan names it: each at the version that its store has now.

use std::str::FromStr;

use cyclorama_assets::unreal::{ClosureError, Part};
use cyclorama_assets::{Place, Repository, RepositoryError, RevisionError};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::words;
use cyclorama_render::content::{Content, ContentName, NotAName};

use crate::content;
use crate::engines::{self, OpenEngineError};

/// A pack as it was typed: `ddc=s3://studio/warm@main`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// What hosts know it by.
    pub name: ContentName,
    /// Store, with the version behind it or not.
    pub place: String,
}

impl FromStr for Pack {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, place) =
            text.split_once('=').ok_or("wanted: a name and a store, as in ddc=s3://studio/warm@main")?;
        let name: ContentName = name.parse().map_err(|error: NotAName| error.to_string())?;
        if place.is_empty() {
            return Err("wanted: a store behind the name, as in ddc=s3://studio/warm@main".to_owned());
        }
        if name.is_project() {
            return Err("the production's own files are named by --project".to_owned());
        }
        Ok(Self { name, place: place.to_owned() })
    }
}

/// Why content cannot be named in a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// What stands behind the `@`.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// The version, which is not there or cannot be read.
    #[error(transparent)]
    Version(#[from] RepositoryError),
    /// The store, as other machines must hear it.
    #[error(transparent)]
    Store(#[from] OpenEngineError),
    /// What of the version the job needs.
    #[error("what the job needs of it is not known")]
    Part(#[from] ClosureError),
}

impl Classify for PinError {
    fn kind(&self) -> Kind {
        match self {
            Self::Revision(source) => source.kind(),
            Self::Version(source) => source.kind(),
            Self::Store(source) => source.kind(),
            Self::Part(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Revision(source) => source.hint(),
            Self::Version(source) => source.hint(),
            Self::Store(source) => source.hint(),
            Self::Part(source) => source.hint(),
        }
    }
}

/// Content at its version.
pub struct Pinned {
    /// As the plan has it.
    pub content: Content,
    /// What the job's machines will not have, a sentence each.
    pub lacks: Vec<String>,
}

/// What `place` names, whose store is `repository`, under this name; of a project only what `packages` need, if there are any.
///
/// # Errors
/// [`PinError`] when there is no such version, or the store fails.
pub async fn pin(
    name: ContentName,
    place: &Place,
    repository: &Repository,
    packages: &[String],
) -> Result<Pinned, PinError> {
    let (snapshot, found) = repository.resolve(&place.revision()?).await?;
    let store = engines::reachable(&place.store)?;
    let (files, bytes) = (found.stats.files, found.stats.bytes);
    let mut content = Content { name, store, snapshot, packages: Vec::new(), files, bytes };
    let mut lacks = Vec::new();
    if content.name.is_project() && !packages.is_empty() {
        let part = content::part_of_version(repository, &found, packages).await?;
        lacks = lacking(&part);
        content.packages = packages.to_vec();
        (content.files, content.bytes) = (part.files, part.bytes);
    }
    Ok(Pinned { content, lacks })
}

fn lacking(part: &Part) -> Vec<String> {
    let mut lacks = content::lacking(&part.closure);
    let elsewhere = part.elsewhere.iter();
    lacks
        .extend(elsewhere.map(|package| format!("not in the project: {package}; its machines must have it")));
    let later = &part.closure.later;
    if let Some(first) = later.first() {
        let many = words::count(later.len() as u64, "package");
        lacks.push(format!(
            "not brought: {many} that may be loaded later, as {first}; name with --map what the picture needs"
        ));
    }
    lacks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_a_name_and_a_store() {
        let pack = |text: &str| text.parse::<Pack>();
        let made = pack("ddc=s3://studio/warm@main").expect("a pack");
        assert_eq!((made.name.as_str(), made.place.as_str()), ("ddc", "s3://studio/warm@main"));
        for text in ["ddc", "ddc=", "=store", "DDC=store", "project=store", "../x=store"] {
            assert!(pack(text).is_err(), "{text}");
        }
    }
}
