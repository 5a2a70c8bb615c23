//! Folders, disk, clock and cores.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::{Finding, Subject};

const GIB: u64 = 1 << 30;

pub(super) fn temporary_folder(subject: &Subject<'_>) -> Finding {
    let folder = &subject.temporary;
    let meaning = "frames and takes are built here before they get their final name";
    match write_and_remove(folder) {
        Ok(_) => Finding::ok("temporary-folder", meaning, format!("{} can be written", folder.display())),
        Err(error) => Finding::ok("temporary-folder", meaning, format!("{}: {error}", folder.display()))
            .fail("free some space there, or set TMPDIR to a folder you may write to"),
    }
}

pub(super) fn takes_folder(subject: &Subject<'_>) -> Finding {
    let folder = &subject.settings.takes_folder;
    let meaning = "takes are recorded here when only a name is given";
    let at = folder.display();
    if !folder.exists() {
        let missing = Finding::ok("takes-folder", meaning, format!("{at} does not exist"));
        if !subject.fix {
            return missing.fail(format!("create {at}, or let `cyclorama doctor --fix` do it"));
        }
        return match fs::create_dir_all(folder) {
            Ok(()) => Finding {
                fixed: true,
                ..Finding::ok("takes-folder", meaning, format!("{at} did not exist and was created"))
            },
            Err(error) => Finding::ok("takes-folder", meaning, format!("{at} cannot be created: {error}"))
                .fail("choose another folder with the setting takes.folder"),
        };
    }
    match write_and_remove(folder) {
        Ok(_) => Finding::ok("takes-folder", meaning, format!("{at} can be written")),
        Err(error) => Finding::ok("takes-folder", meaning, format!("{at}: {error}"))
            .fail("choose another folder with the setting takes.folder, or correct its permissions"),
    }
}

pub(super) fn disk_space(subject: &Subject<'_>) -> Finding {
    let meaning = "a recording stops when the disk is full";
    let folder = existing(&subject.settings.takes_folder);
    let free = match fs4::available_space(&folder) {
        Ok(free) => free,
        Err(error) => {
            return Finding::ok("disk-space", meaning, format!("{}: {error}", folder.display()))
                .warn("check by hand how much space is left");
        }
    };
    let found = Finding::ok(
        "disk-space",
        meaning,
        format!("{:.1} GiB free at {}", free as f64 / GIB as f64, folder.display()),
    );
    match free {
        free if free < GIB => found.fail("free at least 10 GiB before the shoot"),
        free if free < 10 * GIB => found.warn("free at least 10 GiB before a day of rendering"),
        _ => found,
    }
}

pub(super) fn clock(subject: &Subject<'_>) -> Finding {
    const START_OF_2025: f64 = 1_735_689_600.0;
    let meaning = "takes, frames and reports carry the wall clock; machines that disagree confuse everybody";
    let now = subject.clock.utc().seconds();
    let remedy = "set the machine's clock, and keep it with NTP or PTP";
    if now < START_OF_2025 {
        return Finding::ok("clock", meaning, "the clock says it is before 2025").fail(remedy);
    }
    match write_and_remove(&subject.temporary) {
        Ok(Some(stamp)) if (stamp - now).abs() > 2.0 => {
            Finding::ok("clock", meaning, format!("the file system's clock is {:.1} s off", stamp - now))
                .warn(remedy)
        }
        Ok(_) => Finding::ok("clock", meaning, "the wall clock is sane and agrees with the file system"),
        Err(_) => {
            Finding::ok("clock", meaning, "the wall clock is sane; no file could be written to compare")
        }
    }
}

pub(super) fn cores() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let meaning = "each render worker wants a core or more of its own";
    let found = Finding::ok("cores", meaning, format!("{cores} processor cores"));
    if cores < 2 { found.warn("use one worker here, and render on a larger machine") } else { found }
}

/// Writes a small file into `folder` and removes it; the time the file system gave it, Unix seconds.
fn write_and_remove(folder: &Path) -> io::Result<Option<f64>> {
    let file = tempfile::Builder::new().prefix("cyclorama-doctor-").tempfile_in(folder)?;
    fs::write(file.path(), b"doctor")?;
    let modified = fs::metadata(file.path())?.modified().ok();
    Ok(modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|time| time.as_secs_f64()))
}

/// `path`, or the nearest folder above it that exists.
fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|path| path.is_dir()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}
