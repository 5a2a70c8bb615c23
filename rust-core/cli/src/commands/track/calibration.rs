//! `--lens` and `--align`: what the stage knows of its cameras, for what is heard and for takes alike.

use std::{fs, path::PathBuf, str::FromStr, sync::Arc};

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::{
    align::Alignment,
    calibration::{Calibration, OfSubjects},
    lens::LensFile,
};

use crate::{
    commands::lens,
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// Files that say what the lenses do and where the tracker's space lies.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct CalibrationArgs {
    /// Calibrated lens, ours (see `lens import`) or .ulens: FILE, or SUBJECT=FILE; repeatable
    #[arg(long, value_name = "FILE")]
    lens: Vec<FileOf>,
    /// Place tracker space in wall space as this file says (see `track align`): FILE, or SUBJECT=FILE; repeatable
    #[arg(long, value_name = "FILE")]
    align: Vec<FileOf>,
}

/// A file, and the subject it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileOf {
    subject: Option<String>,
    file: PathBuf,
}

impl FromStr for FileOf {
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

impl CalibrationArgs {
    /// Reads and checks the files.
    pub(crate) fn read(&self, cx: &Context) -> Result<Calibration, Failure> {
        Ok(Calibration {
            lenses: each(&self.lens, |of| {
                let name = of.file.display();
                let hint = |failure: Failure| match failure.exit_code() {
                    ExitCode::NotFound => failure,
                    _ => failure.hint(format!("`lens check {name}` lists all that is wrong with it")),
                };
                let document = lens::load(&of.file, cx).map_err(hint)?;
                let lens =
                    LensFile::new(document).doing(format!("use the lens file {name}")).map_err(hint)?;
                Ok(Arc::new(lens))
            })?,
            alignments: each(&self.align, |of| {
                let name = of.file.display();
                let text = fs::read_to_string(&of.file).doing_io(format!("read {name}"))?;
                Alignment::transform_from_toml(&text).doing(format!("read the alignment in {name}"))
            })?,
        })
    }
}

fn each<T>(files: &[FileOf], read: impl Fn(&FileOf) -> Result<T, Failure>) -> Result<OfSubjects<T>, Failure> {
    files.iter().map(|of| Ok((of.subject.clone(), read(of)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_about_all_or_about_one_subject() {
        let of = |text: &str| text.parse::<FileOf>().map(|of| (of.subject, of.file.display().to_string()));
        assert_eq!(of("a.lens.json"), Ok((None, "a.lens.json".to_owned())));
        assert_eq!(of("freed:1=a.json"), Ok((Some("freed:1".to_owned()), "a.json".to_owned())));
        assert!(of("freed:1=").is_err() && of("=a.json").is_err());
    }
}
