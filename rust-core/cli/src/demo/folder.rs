//! The demo's folder: made once, used again, and never anybody else's.

use std::{fs, io, path::Path, path::PathBuf};

use cyclorama_outcome::Kind;

use crate::failure::{DoingIo as _, Failure};

/// Says that a folder was made by a demo and may be made anew by the next.
const MARK: &str = "demo.json";
const MARK_TEXT: &str = "{\"schema\":\"cyclorama.demo-folder/1\"}\n";

/// What a demo makes in it: name, what it is.
const MADE: &[(&str, &str)] = &[
    ("report.html", "this report"),
    ("take", "the recorded take: every packet as it arrived"),
    ("project", "the artist's folder, with the set"),
    ("store", "the content store: what was published"),
    ("workers", "the set as the workers have it"),
    ("frames", "the EXR sequence, with timecode, camera and lens in each header"),
    ("stills", "frames as PNG, to look at"),
    ("movie.mp4", "the frames as a movie, with the take's rate and timecode"),
    ("contact-sheet.png", "all frames on one sheet"),
    ("scene.usda", "the stage with the camera's path, for Blender, Unreal and others"),
    ("camera.csv", "the camera's path as a table, one line per frame"),
    ("path.svg", "the path from above, as a drawing"),
    ("lens.svg", "focal length over the take, as a drawing"),
    (LEDGER, "the render ledger: who drew what"),
    (GUESTS_LEDGER, "the ledger of Blender's frame"),
];

pub(crate) const LEDGER: &str = "ledger";
const GUESTS_LEDGER: &str = "ledger-blender";

/// Makes the folder, or empties the one of an earlier demo; its path, absolute.
pub(crate) fn prepare(folder: &Path) -> Result<PathBuf, Failure> {
    let doing = format!("prepare folder {}", folder.display());
    let folder = std::path::absolute(folder).doing_io(&doing)?;
    if is_foreign(&folder).doing_io(&doing)? {
        let message = format!("failed to {doing}: it holds something that no demo made");
        return Err(Failure::new(Kind::Refused, message).hint("choose an empty or new folder with --out"));
    }
    fs::create_dir_all(&folder).doing_io(&doing)?;
    for (name, _) in MADE {
        remove(&folder.join(name)).doing_io(&doing)?;
    }
    fs::write(folder.join(MARK), MARK_TEXT).doing_io(&doing)?;
    ["take", "frames", "stills"]
        .iter()
        .try_for_each(|name| fs::create_dir(folder.join(name)).doing_io(&doing))?;
    Ok(folder)
}

/// The ledger as a store.
pub(crate) fn ledger(folder: &Path) -> PathBuf {
    folder.join(LEDGER)
}

/// The ledger of other people's renderers.
pub(crate) fn guests_ledger(folder: &Path) -> PathBuf {
    folder.join(GUESTS_LEDGER)
}

/// Removes it.
pub(crate) fn remove_guests_ledger(folder: &Path) -> Result<(), Failure> {
    remove(&guests_ledger(folder)).doing_io("remove the ledger")
}

/// Removes the ledger, whose frames have been copied out.
pub(crate) fn remove_ledger(folder: &Path) -> Result<(), Failure> {
    remove(&ledger(folder)).doing_io("remove the ledger")
}

/// What is there: path within the folder, what it is, bytes.
pub(crate) fn contents(folder: &Path) -> io::Result<Vec<(String, String, u64)>> {
    let mut contents = Vec::new();
    for (name, what) in MADE {
        let path = folder.join(name);
        if path.is_dir() {
            let bytes = size(&path)?;
            contents.push((format!("{name}/"), (*what).to_owned(), bytes));
        } else if path.is_file() {
            contents.push(((*name).to_owned(), (*what).to_owned(), fs::metadata(&path)?.len()));
        }
    }
    Ok(contents)
}

fn is_foreign(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
        Ok(mut entries) => {
            let marked = fs::read_to_string(folder.join(MARK)).is_ok_and(|text| text == MARK_TEXT);
            Ok(!marked && entries.next().is_some())
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn size(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.try_fold(0, |sum, entry| {
        let entry = entry?;
        let more = if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
        Ok(sum + more)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_things_in_it_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("holiday.jpg"), b"x").unwrap();
        let refused = prepare(folder.path()).unwrap_err();
        assert_eq!(refused.exit_code() as u8, 4);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_folder_of_an_earlier_demo_is_used_again_and_other_files_in_it_stay() {
        let folder = tempfile::tempdir().unwrap();
        let folder = prepare(&folder.path().join("new")).unwrap();
        fs::write(folder.join("frames/old.exr"), b"x").unwrap();
        fs::write(folder.join("notes.txt"), b"mine").unwrap();
        prepare(&folder).unwrap();
        assert!(!folder.join("frames/old.exr").exists());
        assert_eq!(fs::read(folder.join("notes.txt")).unwrap(), b"mine");
        let contents = contents(&folder).unwrap();
        assert_eq!(
            contents.iter().map(|c| c.0.as_str()).collect::<Vec<_>>(),
            ["take/", "frames/", "stills/"]
        );
    }
}
