//! The names in an OpenColorIO configuration: its colour spaces with their aliases, and the roles that stand for them.
//!
//! Reads no more than names, of text that is there as a whole; never a transform and never another file. What a name means is
//! for hosts and compositors, which have OCIO itself.

mod text;

use std::collections::BTreeMap;

use cyclorama_outcome::{Classify, Kind};

use crate::frame::ColourSpace;

/// A configuration has at most this many bytes.
pub const LONGEST: usize = 16 << 20;
/// A configuration names at most this many spaces, aliases and roles together.
const MOST_NAMES: usize = 20_000;
/// No name is longer, bytes.
const LONGEST_NAME: usize = 256;

/// Names of a configuration. OCIO compares them without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OcioConfig {
    spaces: Vec<OcioSpace>,
    /// Role to colour space, both as written.
    roles: BTreeMap<String, String>,
    /// It reads files beside it, such as tables of colours.
    reads_files: bool,
}

/// A colour space of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OcioSpace {
    /// Its name.
    pub name: String,
    /// What else it is called.
    pub aliases: Vec<String>,
}

/// Why a configuration, or a name of it, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcioError {
    /// It is no text of a configuration.
    #[error("it is no OCIO configuration: {0}")]
    NotOne(&'static str),
    /// A line that cannot be read.
    #[error("line {line} cannot be read: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// Why.
        what: &'static str,
    },
    /// More names than are read.
    #[error("it has more than {MOST_NAMES} names")]
    TooMany,
    /// It reads files that would not travel with a job.
    #[error("it reads files beside it, which do not travel with a job")]
    ReadsFiles,
    /// It has no such colour space.
    #[error("it has no colour space, alias or role `{name}`")]
    NoSpace {
        /// What was asked for.
        name: String,
        /// What looks most like it.
        nearest: Option<String>,
    },
    /// Nobody said which of its colour spaces, and it has no usual one.
    #[error("it has no role `scene_linear`, so the frames' colour space must be named")]
    NoneNamed,
}

impl Classify for OcioError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotOne(_) => {
                Some("name a text file such as config.ocio; archives (.ocioz) are not read".to_owned())
            }
            Self::ReadsFiles => {
                Some("use one without FileTransform, such as those that come with OCIO 2".to_owned())
            }
            Self::NoSpace { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::NoneNamed => Some("give --colour-space".to_owned()),
            _ => None,
        }
    }
}

impl OcioConfig {
    /// The names in the text of a configuration.
    ///
    /// # Errors
    /// [`OcioError`] when it is none, or has lines in a form that OCIO never writes where names stand.
    pub fn parse(text: &str) -> Result<Self, OcioError> {
        if text.len() > LONGEST {
            return Err(OcioError::NotOne("it has more than 16 MiB"));
        }
        text::parse(text)
    }

    /// The colour space of that name, alias or role.
    ///
    /// # Errors
    /// [`OcioError::NoSpace`] with the name that looks most like it.
    pub fn find(&self, name: &str) -> Result<&OcioSpace, OcioError> {
        let meant =
            self.roles.iter().find(|(role, _)| role.eq_ignore_ascii_case(name)).map(|(_, space)| &**space);
        // A colour space counts before a role of the same name.
        let found = self.space(name).or_else(|| self.space(meant?));
        found.ok_or_else(|| OcioError::NoSpace { name: name.to_owned(), nearest: self.nearest(name) })
    }

    /// The colour space that frames are in where nobody names one: what the configuration renders in.
    ///
    /// # Errors
    /// [`OcioError::NoneNamed`] when it does not say.
    pub fn usual(&self) -> Result<&OcioSpace, OcioError> {
        self.find(SCENE_LINEAR).map_err(|_| OcioError::NoneNamed)
    }

    /// All of its colour spaces, as it lists them.
    pub fn spaces(&self) -> &[OcioSpace] {
        &self.spaces
    }

    /// Refuses a configuration that is more than its text.
    ///
    /// # Errors
    /// [`OcioError::ReadsFiles`].
    pub fn check_whole(&self) -> Result<(), OcioError> {
        if self.reads_files { Err(OcioError::ReadsFiles) } else { Ok(()) }
    }

    fn space(&self, name: &str) -> Option<&OcioSpace> {
        let is = |word: &str| word.eq_ignore_ascii_case(name);
        self.spaces
            .iter()
            .find(|space| is(&space.name))
            .or_else(|| self.spaces.iter().find(|space| space.aliases.iter().any(|alias| is(alias))))
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let wanted = plain(name);
        let mut names = self.spaces.iter().map(|space| &space.name);
        let alike = |known: &&String| {
            let known = plain(known);
            !wanted.is_empty() && !known.is_empty() && (known.contains(&wanted) || wanted.contains(&known))
        };
        names.find(alike).cloned()
    }
}

impl OcioSpace {
    /// The linear space that hosts here can write which this is, by its names; none when it is another.
    pub fn known(&self) -> Option<ColourSpace> {
        std::iter::once(&self.name).chain(&self.aliases).find_map(|name| ColourSpace::of_ocio(name))
    }
}

/// The role of what is rendered in.
const SCENE_LINEAR: &str = "scene_linear";

/// Letters and digits of a name only.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests;
