//! How a file looked from outside: equal stamps mean that nobody touched it, unequal ones that somebody may have.
//!
//! Compared by inequality, never by "newer": a file copied with its old time, or unpacked from an archive, has an
//! older time and other bytes.

#[cfg(windows)]
mod windows;

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use cyclorama_time::UtcTime;

/// What the file system says of a file, without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When its content was changed last, nanoseconds since 1970. Anybody can set it.
    pub mtime_ns: i64,
    /// When anything of it was changed last, nanoseconds since 1970; 0 where the system does not tell. Nobody can set it.
    pub ctime_ns: i64,
    /// Made of the file system's number of the file and, but for Windows, of its device; 0 where the system does not tell.
    pub file_id: u64,
}

impl Stamp {
    /// The stamp of what lies at `path`, of which the system has just told `metadata`; no link is followed. Windows has to be
    /// asked once more: what it tells of a path lacks half of it. Where it refuses that, size and time of change count alone.
    pub fn at(path: &Path, metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let _ = path;
        #[cfg(windows)]
        if let Ok(file) = windows::open(path)
            && let Ok(stamp) = Self::of(&file)
        {
            return stamp;
        }
        Self::new(metadata, told(metadata))
    }

    /// The stamp of an open file.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self::of_told(file, &file.metadata()?))
    }

    /// The same, where the system has just told `metadata` of it.
    pub(super) fn of_told(file: &File, metadata: &Metadata) -> Self {
        #[cfg(windows)]
        let identity = windows::identity(file);
        #[cfg(not(windows))]
        let (identity, _) = (told(metadata), file);
        Self::new(metadata, identity)
    }

    fn new(metadata: &Metadata, (ctime_ns, file_id): (i64, u64)) -> Self {
        Self { size: metadata.len(), mtime_ns: modified_ns(metadata), ctime_ns, file_id }
    }

    /// Whether a change right after `read_ns` (nanoseconds since 1970, when reading began) could have left this very
    /// stamp: file systems count time in ticks of up to some milliseconds, FAT in two seconds.
    pub fn is_too_fresh(&self, read: UtcTime) -> bool {
        let last = if self.ctime_ns == 0 { self.mtime_ns } else { self.ctime_ns };
        last.saturating_add(self.tick_ns()) > read.nanos()
    }

    /// Whether a file that looked as `before` is still the same file with the same content. Its `ctime` may be another: it
    /// changes when the file is moved, or another name of it goes.
    pub fn is_still(&self, before: &Self) -> bool {
        (self.size, self.mtime_ns, self.file_id) == (before.size, before.mtime_ns, before.file_id)
    }

    /// Nanoseconds after which every change shows in another stamp than this one.
    pub fn tick_ns(&self) -> i64 {
        if self.ctime_ns == 0 { COARSE_TICK_NS } else { TICK_NS }
    }
}

/// Whether a file that was given the time `wanted` has the time `found` (both nanoseconds since 1970): not every file system
/// keeps nanoseconds. NTFS and SMB count in 100 ns, exFAT in 10 ms, FAT in 2 s, others in units between; most round down.
pub fn is_time(found: i64, wanted: i64) -> bool {
    let is_rounded = |unit: &i64| {
        let down = wanted.div_euclid(*unit).saturating_mul(*unit);
        let nearest = wanted.saturating_add(*unit / 2).div_euclid(*unit).saturating_mul(*unit);
        found == down || found == nearest
    };
    found == wanted || UNITS_NS.iter().any(is_rounded)
}

fn modified_ns(metadata: &Metadata) -> i64 {
    use std::time::UNIX_EPOCH;
    let nanos = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match metadata.modified().map(|time| time.duration_since(UNIX_EPOCH)) {
        Ok(Ok(after)) => nanos(after),
        Ok(Err(before)) => -nanos(before.duration()),
        Err(_) => 0,
    }
}

/// `ctime` and number, as far as metadata tell.
#[cfg(unix)]
fn told(metadata: &Metadata) -> (i64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let ctime = metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
    (ctime, metadata.ino() ^ metadata.dev().rotate_left(44))
}

#[cfg(not(unix))]
fn told(_: &Metadata) -> (i64, u64) {
    (0, 0)
}

/// In which file systems keep times, finest first.
const UNITS_NS: [i64; 6] = [100, 1_000, 1_000_000, 10_000_000, 1_000_000_000, 2_000_000_000];
const TICK_NS: i64 = 50_000_000;
const COARSE_TICK_NS: i64 = 2_100_000_000;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_edit_of_the_same_size_with_an_older_time_has_another_stamp() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.uasset");
        fs::write(&path, b"before").expect("writes");
        let look = || Stamp::at(&path, &fs::metadata(&path).expect("there"));
        let before = look();
        fs::write(&path, b"after!").expect("writes");
        let file = fs::File::options().write(true).open(&path).expect("opens");
        let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        file.set_modified(old).expect("sets the time");
        let after = look();
        assert_eq!(after.size, before.size);
        assert!(after.mtime_ns < before.mtime_ns);
        assert_ne!(after, before);
    }

    #[test]
    fn an_edit_of_the_same_size_that_is_given_its_old_time_again_has_another_stamp() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("a.uasset"), folder.path().join("b.uasset"));
        let look = || Stamp::at(&path, &fs::symlink_metadata(&path).expect("there"));
        fs::write(&path, b"before").expect("writes");
        let before = look();
        let time = fs::metadata(&path).expect("there").modified().expect("a time");
        let is_dressed = |path: &Path| {
            let file = fs::File::options().write(true).open(path).expect("opens");
            file.set_modified(time).expect("sets the time");
        };
        // In its place, a moment later.
        let later = (0..1000).any(|_| {
            std::thread::yield_now();
            fs::write(&path, b"after!").expect("writes");
            is_dressed(&path);
            look() != before
        });
        let now = look();
        assert!(later && now.ctime_ns > before.ctime_ns, "{before:?}, {now:?}");
        assert!(now.is_still(&before), "{before:?}, {now:?}");
        // Another file that is moved there.
        fs::write(&other, b"moved!").expect("writes");
        is_dressed(&other);
        fs::rename(&other, &path).expect("moves");
        let moved = look();
        assert_eq!((moved.size, moved.mtime_ns), (before.size, before.mtime_ns));
        assert!(moved.file_id != before.file_id && !moved.is_still(&before), "{before:?}, {moved:?}");
    }

    #[test]
    fn a_file_looks_the_same_by_its_path_and_when_it_is_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.uasset");
        fs::write(&path, b"content").expect("writes");
        let by_path = Stamp::at(&path, &fs::symlink_metadata(&path).expect("there"));
        let open = Stamp::of(&File::open(&path).expect("opens")).expect("told");
        assert_eq!(by_path, open);
        assert!(open.size == 7 && open.mtime_ns > 0 && open.ctime_ns > 0 && open.file_id != 0, "{open:?}");
    }

    #[test]
    fn a_time_that_a_disk_keeps_in_coarser_units_is_still_the_same_time() {
        let wanted = 1_234_567_891_987_654_321;
        for found in [
            wanted,
            1_234_567_891_987_654_300,
            1_234_567_891_987_654_000,
            1_234_567_891_987_000_000,
            1_234_567_891_980_000_000,
            1_234_567_891_990_000_000,
            1_234_567_891_000_000_000,
            1_234_567_892_000_000_000,
            1_234_567_890_000_000_000,
        ] {
            assert!(is_time(found, wanted), "{found}");
        }
        for found in [wanted + 1, wanted - 1, 1_234_567_891_987_654_400, 1_234_567_894_000_000_000, 0] {
            assert!(!is_time(found, wanted), "{found}");
        }
        assert!(is_time(-2_000_000_000, -1) && is_time(-100, -1) && !is_time(-101, -1));
        assert!(!is_time(0, i64::MAX) && !is_time(0, i64::MIN));
    }

    #[test]
    fn a_file_changed_a_moment_before_it_was_read_is_not_trusted_next_time() {
        let stamp = Stamp { ctime_ns: 1_000_000_000, ..Stamp::default() };
        assert!(stamp.is_too_fresh(UtcTime::from_nanos(1_000_000_000)));
        assert!(!stamp.is_too_fresh(UtcTime::from_nanos(1_100_000_000)));
        let coarse = Stamp { mtime_ns: 1_000_000_000, ..Stamp::default() };
        assert!(coarse.is_too_fresh(UtcTime::from_nanos(3_000_000_000)));
    }
}
