//! A file that grows out of sight and is moved into its place when it is complete.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cap_std::fs::{Dir, OpenOptions};

use crate::local::{patiently, stamp::Stamp};

/// A file nobody sees yet. Dropped without being placed, it is removed.
#[derive(Debug)]
pub struct Part {
    /// None while it rests.
    file: Option<File>,
    name: String,
    home: Arc<Dir>,
    /// Bytes it will have, and whether it has that length already.
    size: u64,
    is_sized: bool,
    is_placed: bool,
}

impl Part {
    pub(super) fn new(home: &Arc<Dir>, size: u64) -> io::Result<Self> {
        let name = fresh_name();
        let file =
            home.open_with(&name, OpenOptions::new().read(true).write(true).create_new(true))?.into_std();
        let home = Arc::clone(home);
        Ok(Self { file: Some(file), name, home, size, is_sized: size == 0, is_placed: false })
    }

    /// Gives the file its length, if it does not have it yet.
    fn stretch(&mut self) -> io::Result<()> {
        if !self.is_sized {
            self.file()?.set_len(self.size)?;
            self.is_sized = true;
        }
        Ok(())
    }

    /// Closes the file until it is needed again: a process may have only so many open.
    pub fn rest(&mut self) {
        self.file = None;
    }

    /// Opens the file again if it rests.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn wake(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            let mut options = OpenOptions::new();
            options.read(true).write(true);
            let options =
                cap_fs_ext::OpenOptionsFollowExt::follow(&mut options, cap_fs_ext::FollowSymlinks::No);
            self.file = Some(self.home.open_with(&self.name, options)?.into_std());
        }
        Ok(())
    }

    fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::Error::other("the file rests"))
    }

    /// Writes bytes at an offset. Where all of them are zero nothing is written: the file is zero there already, and
    /// stays a hole.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() >= SHORTEST_HOLE && bytes.iter().all(|byte| *byte == 0) {
            return self.stretch();
        }
        if offset == 0 && bytes.len() as u64 == self.size {
            // All of it at once gives it its length.
            self.is_sized = true;
        }
        self.stretch()?;
        write_all_at(self.file()?, offset, bytes)
    }

    /// The content from its start.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reader(&self) -> io::Result<impl io::Read> {
        use std::io::Seek as _;
        let mut file = self.file()?.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// Becomes a copy of `source`, which shares its blocks where the file system can.
    pub(super) fn take_bytes_of(&self, source: &mut File) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if rustix::fs::ioctl_ficlone(self.file()?, &*source).is_ok() {
            return Ok(());
        }
        let mut file = self.file()?.try_clone()?;
        io::copy(source, &mut file).map(drop)
    }

    /// Gives the whole file its permissions and time. Where nothing brings all files to the disk at once, this one goes now.
    pub(super) fn finish(&mut self, mode: u32, mtime_ns: i64) -> io::Result<()> {
        self.stretch()?;
        let file = self.file()?;
        dress(file, mode, mtime_ns)?;
        if cfg!(target_os = "linux") { Ok(()) } else { file.sync_data() }
    }

    /// Moves it into its place, over what lies there only where `is_over`.
    pub(super) fn place(mut self, folder: &Dir, name: &str, is_over: bool) -> io::Result<Stamp> {
        move_into(&self.home, &self.name, folder, name, is_over)?;
        self.is_placed = true;
        // Moving a file changes its ctime.
        Stamp::of(self.file()?)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = self.home.remove_file(&self.name);
        }
    }
}

/// Moves something from `home` to `folder`, over what lies there only where `is_over`: elsewhere that stays, and the error
/// is [`io::ErrorKind::AlreadyExists`].
pub(super) fn move_into(home: &Dir, name: &str, folder: &Dir, to: &str, is_over: bool) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if !is_over {
        use rustix::fs::{RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(home, name, folder, to, RenameFlags::NOREPLACE) {
            // Network file systems do not know it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            moved => return moved.map_err(io::Error::from),
        }
    }
    if !is_over && folder.symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    patiently(|| home.rename(name, folder, to))
}

/// Permissions and time.
pub(super) fn dress(file: &File, mode: u32, mtime_ns: i64) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Whoever hydrates can always read and write what they own.
        file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777 | 0o600))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    let offset = Duration::from_nanos(mtime_ns.unsigned_abs());
    let time = if mtime_ns < 0 { SystemTime::UNIX_EPOCH - offset } else { SystemTime::UNIX_EPOCH + offset };
    file.set_modified(time)
}

pub(super) fn fresh_name() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(unix)]
fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                offset += written as u64;
                bytes = &bytes[written..];
            }
        }
    }
    Ok(())
}

/// Bytes; shorter runs of zeros are not worth a hole.
const SHORTEST_HOLE: usize = 4096;
