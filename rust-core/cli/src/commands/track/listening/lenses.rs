//! `--lens`: calibrated lenses for what trackers say of rings.

use std::{fs, path::PathBuf, str::FromStr, sync::Arc};

use cyclorama_tracking::lens::{Document, LensFile};

use crate::failure::{Doing as _, DoingIo as _, Failure};

/// A lens file, and whose lens it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LensOf {
    subject: Option<String>,
    file: PathBuf,
}

impl FromStr for LensOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A file that is there is meant as it stands, whatever its name holds.
        let (subject, file) = match text.split_once('=') {
            Some((subject, file)) if !PathBuf::from(text).exists() => (Some(subject), file),
            _ => (None, text),
        };
        if file.is_empty() || subject == Some("") {
            return Err("wanted: FILE or SUBJECT=FILE".to_owned());
        }
        Ok(Self { subject: subject.map(str::to_owned), file: PathBuf::from(file) })
    }
}

/// Lenses, each for one subject or for all.
pub(super) type Lenses = Vec<(Option<String>, Arc<LensFile>)>;

/// Reads and checks the files.
pub(super) fn read(lenses: &[LensOf]) -> Result<Lenses, Failure> {
    let read = |of: &LensOf| {
        let name = of.file.display();
        let text = fs::read_to_string(&of.file).doing_io(format!("read the lens file {name}"))?;
        let document = Document::from_json(&text).doing(format!("read the lens file {name}"));
        let lens =
            document.and_then(|document| LensFile::new(document).doing(format!("use the lens file {name}")));
        let hint =
            |failure: Failure| failure.hint(format!("`lens check {name}` lists all that is wrong with it"));
        Ok((of.subject.clone(), Arc::new(lens.map_err(hint)?)))
    };
    lenses.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lens_is_for_all_or_for_one_subject() {
        let of = |text: &str| text.parse::<LensOf>().map(|of| (of.subject, of.file.display().to_string()));
        assert_eq!(of("a.lens.json"), Ok((None, "a.lens.json".to_owned())));
        assert_eq!(of("freed:1=a.json"), Ok((Some("freed:1".to_owned()), "a.json".to_owned())));
        assert!(of("freed:1=").is_err() && of("=a.json").is_err());
    }
}
