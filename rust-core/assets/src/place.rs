//! Which store, and which version in it, as a person writes it: `STORE` or `STORE@VERSION`.

use crate::{RefName, RefNameError, Revision, RevisionError};

/// A store as it was typed, and the version behind the `@`, if one was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A folder or a URL.
    pub store: String,
    /// A ref, a version's id, or a step back from one.
    pub version: Option<String>,
}

impl Place {
    /// What stands behind the last `@` is a version when nothing of a path is in it.
    pub fn new(text: &str) -> Self {
        match text.rsplit_once('@') {
            Some((store, version)) if !store.is_empty() && version.parse::<Revision>().is_ok() => {
                Self { store: store.to_owned(), version: Some(version.to_owned()) }
            }
            _ => Self { store: text.to_owned(), version: None },
        }
    }

    /// The version named, `main` where none is.
    ///
    /// # Errors
    /// [`RevisionError`] when that is no version.
    pub fn revision(&self) -> Result<Revision, RevisionError> {
        self.version.as_deref().unwrap_or(RefName::main().as_str()).parse()
    }

    /// The ref named, `main` where none is.
    ///
    /// # Errors
    /// [`RefNameError`] when that is no ref.
    pub fn name(&self) -> Result<RefName, RefNameError> {
        match &self.version {
            Some(name) => RefName::new(name.as_str()),
            None => Ok(RefName::main()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_an_at_sign_is_a_version_when_it_can_be_one() {
        let of = |text: &str| (Place::new(text).store, Place::new(text).version);
        assert_eq!(of("/x/store"), ("/x/store".to_owned(), None));
        assert_eq!(of("/x/store@main~2"), ("/x/store".to_owned(), Some("main~2".to_owned())));
        assert_eq!(of("file:///me@home/store"), ("file:///me@home/store".to_owned(), None));
        assert_eq!(of("@main"), ("@main".to_owned(), None));
        assert_eq!(Place::new("/x@stage").name().expect("a name").as_str(), "stage");
    }
}
