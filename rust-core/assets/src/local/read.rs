//! Reads files that somebody may be writing: what comes out is one version of the file, or an error, never a mix.
//!
//! The stamp is taken before and after on the same open file. A file that changed meanwhile is read again; one that
//! keeps changing is given up and told. A stamp too young to tell a second change apart counts as changed, unless it was
//! seen before the file system's clock ticked: a file server's clock may be ahead of ours.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::{Clock, StageTime, UtcTime};

use super::stamp::Stamp;

/// One version of a file, read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steady<T> {
    /// What was made of it.
    pub value: T,
    /// The file's stamp, the same before and after.
    pub stamp: Stamp,
    /// When reading began.
    pub began: UtcTime,
}

/// A file changed each time it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is being written: it changed each of the {ATTEMPTS} times it was read")]
pub struct Changing;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError<E> {
    /// The system.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// It keeps changing.
    #[error(transparent)]
    Changing(#[from] Changing),
    /// It is no file any more.
    #[error("it is no plain file any more")]
    NotAFile,
    /// Whoever took the bytes failed.
    #[error(transparent)]
    Taker(E),
}

impl<E: Classify> Classify for ReadError<E> {
    fn kind(&self) -> Kind {
        match self {
            Self::Io(source) => match source.kind() {
                io::ErrorKind::NotFound => Kind::NotFound,
                io::ErrorKind::PermissionDenied => Kind::Refused,
                _ => Kind::Internal,
            },
            Self::Changing(_) | Self::NotAFile => Kind::Partial,
            Self::Taker(source) => source.kind(),
        }
    }
}

/// Reads the file at `path`, up to three times, until it stood still meanwhile. `take` gets the content from the start
/// each time and must read it to its end; what it made of a version that changed is dropped.
///
/// # Errors
/// [`ReadError`]; [`Changing`] when it never stood still.
pub fn read_steadily<T, E>(
    path: &Path,
    clock: &dyn Clock,
    mut take: impl FnMut(&mut dyn Read, &Stamp) -> Result<T, TakeError<E>>,
) -> Result<Steady<T>, ReadError<E>> {
    let mut seen: Option<(Stamp, StageTime)> = None;
    for attempt in 0..ATTEMPTS {
        if let Some((stamp, _)) = seen {
            // Long enough for the file system's clock to tick, so that a change cannot hide.
            std::thread::park_timeout(Duration::from_nanos(stamp.tick_ns().unsigned_abs()) + BEYOND);
        }
        let mut file = open(path).map_err(ReadError::Io)?;
        let before = stamp(&file)?;
        let (began, now) = (clock.utc(), clock.now());
        let stood = seen
            .is_some_and(|(stamp, since)| stamp == before && now.nanos() - since.nanos() >= stamp.tick_ns());
        let mut counted = Counted { file: &mut file, bytes: 0 };
        let value = match take(&mut counted, &before) {
            Ok(value) => value,
            Err(TakeError::Read(error)) => return Err(ReadError::Io(error)),
            Err(TakeError::Own(error)) => return Err(ReadError::Taker(error)),
        };
        let bytes = counted.bytes;
        let after = stamp(&file)?;
        if before == after && bytes == after.size && (stood || !after.is_too_fresh(began)) {
            return Ok(Steady { value, stamp: after, began });
        }
        seen = Some((after, clock.now()));
        tracing::debug!(path = %path.display(), attempt, "the file changed while it was read");
    }
    Err(Changing.into())
}

/// How taking a file's bytes failed.
#[derive(Debug)]
pub enum TakeError<E> {
    /// Reading.
    Read(io::Error),
    /// The taker itself.
    Own(E),
}

impl<E> From<io::Error> for TakeError<E> {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

fn stamp<E>(file: &File) -> Result<Stamp, ReadError<E>> {
    let metadata = file.metadata().map_err(ReadError::Io)?;
    if metadata.is_file() { Ok(Stamp::of_told(file, &metadata)) } else { Err(ReadError::NotAFile) }
}

/// Opens a plain file: no link is followed, and a pipe is not waited for.
///
/// On Windows others may read it meanwhile, remove it, and put another in its place, as an editor that saves does: what is
/// open here stays the version it was. Who writes into it has to wait until it is closed, since their writes would show in
/// no stamp before they close it; and what somebody has open to write cannot be opened here.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC,
    );
    #[cfg(windows)]
    {
        const FILE_SHARE_READ: u32 = 1;
        const FILE_SHARE_DELETE: u32 = 4;
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, FILE_SHARE_READ | FILE_SHARE_DELETE);
    }
    options.open(path)
}

struct Counted<'a> {
    file: &'a mut File,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

const ATTEMPTS: u32 = 3;
const BEYOND: Duration = Duration::from_millis(10);

#[cfg(test)]
pub(crate) mod tests {
    use std::convert::Infallible;
    use std::fs;

    use cyclorama_time::StageTime;

    use super::*;

    /// The machine's clock, which file systems use too.
    pub(crate) struct Machine;

    impl Clock for Machine {
        fn now(&self) -> StageTime {
            StageTime::from_nanos(0)
        }

        #[expect(clippy::disallowed_methods, reason = "files get their times from this machine's clock")]
        fn utc(&self) -> UtcTime {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
            UtcTime::from_nanos(now.as_nanos() as i64)
        }
    }

    fn whole(reader: &mut dyn Read, _: &Stamp) -> Result<Vec<u8>, TakeError<Infallible>> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn a_file_at_rest_is_read_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, b"content").expect("writes");
        let read = read_steadily(&path, &Machine, whole).expect("reads");
        assert_eq!((read.value.as_slice(), read.stamp.size), (&b"content"[..], 7));
    }

    #[cfg(windows)]
    #[test]
    fn whoever_writes_into_a_file_waits_until_it_is_read_and_what_somebody_writes_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, b"before").expect("writes");
        let read = read_steadily(&path, &Machine, |reader, stamp| {
            assert!(fs::write(&path, b"after!").is_err());
            whole(reader, stamp)
        });
        assert_eq!(read.expect("reads").value, b"before");
        let writing = fs::File::options().write(true).open(&path).expect("nobody reads it any more");
        assert!(matches!(read_steadily(&path, &Machine, whole), Err(ReadError::Io(_))));
        drop(writing);
        assert_eq!(read_steadily(&path, &Machine, whole).expect("reads").value, b"before");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_rewritten_while_it_is_read_is_read_again_and_never_mixed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, [b'o'; 4096]).expect("writes");
        let mut times = 0;
        let read = read_steadily(&path, &Machine, |reader, _| {
            times += 1;
            let mut bytes = vec![0; 2048];
            reader.read_exact(&mut bytes)?;
            if times == 1 {
                // The same size, and in place: only the stamp tells.
                fs::write(&path, [b'n'; 4096])?;
            }
            reader.read_to_end(&mut bytes)?;
            Ok::<_, TakeError<Infallible>>(bytes)
        })
        .expect("it stood still at last");
        assert!(read.value == [b'n'; 4096] || read.value == [b'o'; 4096]);
        assert!(times >= 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_never_stands_still_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, b"0").expect("writes");
        let mut times = 0;
        let error = read_steadily(&path, &Machine, |reader, stamp| {
            times += 1;
            fs::write(&path, [b'x'; 3])?;
            whole(reader, stamp)
        })
        .expect_err("it changes each time");
        assert!(matches!(error, ReadError::Changing(_)), "{error}");
        assert_eq!(times, ATTEMPTS);
    }

    #[cfg_attr(windows, ignore = "Windows knows it since 2018, the Wine that tests run on does not")]
    #[test]
    fn a_file_that_is_removed_or_replaced_while_it_is_read_hinders_nobody_and_is_the_version_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, beside) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, b"the version before").expect("writes");
        fs::write(&beside, b"the version after").expect("writes");
        let read = read_steadily(&path, &Machine, |reader, stamp| {
            // As an editor saves: what was there goes, and the new one is moved into its place.
            if path.exists() && beside.exists() {
                fs::remove_file(&path)?;
                fs::rename(&beside, &path)?;
            }
            whole(reader, stamp)
        })
        .expect("reads");
        assert!([&b"the version before"[..], b"the version after"].contains(&&read.value[..]));
        assert_eq!(fs::read(&path).expect("reads"), b"the version after");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_on_a_server_whose_clock_is_ahead_is_read_once_it_stood_still_for_a_tick() {
        /// An hour behind the file system's clock.
        struct Behind(std::time::Instant);

        impl Clock for Behind {
            fn now(&self) -> StageTime {
                StageTime::from_nanos(self.0.elapsed().as_nanos() as i64)
            }

            fn utc(&self) -> UtcTime {
                UtcTime::from_nanos(Machine.utc().nanos() - 3_600_000_000_000)
            }
        }

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, b"content").expect("writes");
        #[expect(clippy::disallowed_methods, reason = "files get their times from this machine's clock")]
        let behind = Behind(std::time::Instant::now());
        let mut times = 0;
        let read = read_steadily(&path, &behind, |reader, stamp| {
            times += 1;
            whole(reader, stamp)
        });
        assert_eq!((read.expect("reads").value, times), (b"content".to_vec(), 2));
        // One that is written each time never stood still.
        let error = read_steadily(&path, &behind, |reader, stamp| {
            fs::write(&path, b"another")?;
            whole(reader, stamp)
        });
        assert!(matches!(error, Err(ReadError::Changing(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_put_in_a_files_place_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        std::os::unix::fs::symlink("/etc/hostname", &path).expect("links");
        assert!(matches!(read_steadily(&path, &Machine, whole), Err(ReadError::Io(_))));
    }
}
