//! What a host may use of this machine: one folder, so much disk, and, where the worker is root, another user.
//!
//! A host is a program we trust to draw, and it opens scenes that we do not have to trust. So nothing that it leaves is
//! opened unless it is a plain file of a bearable size in its own folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cyclorama_outcome::{Classify, Kind};
use tokio::process::Command;

/// Whom a host runs as, when the worker is root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostUser {
    /// The user's number.
    pub user: u32,
    /// The number of its group.
    pub group: u32,
}

/// Why hosts cannot run as somebody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// The machine does not know the name.
    #[error("this machine has no user `{0}`")]
    Unknown(String),
    /// It would be no other.
    #[error("`{0}` is root, and hosts shall not be that")]
    Root(String),
    /// Only root may become somebody else.
    #[error("only a worker that runs as root can run hosts as `{0}`")]
    NotAllowed(String),
}

impl Classify for UserError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown(_) => Kind::NotFound,
            Self::Root(_) => Kind::User,
            Self::NotAllowed(_) => Kind::Refused,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotAllowed(_) => Some("leave the setting render.host-user empty".to_owned()),
            _ => Some("make a user for it, as with `useradd --system cyclorama-host`".to_owned()),
        }
    }
}

impl HostUser {
    /// The user called `name`, as `/etc/passwd` has it.
    ///
    /// # Errors
    /// [`UserError`] when there is no such user, it is root, or we may not become it.
    pub fn named(name: &str) -> Result<Self, UserError> {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = Self::in_list(&users, name).ok_or_else(|| UserError::Unknown(name.to_owned()))?;
        match found.user {
            0 => Err(UserError::Root(name.to_owned())),
            _ if !is_root() => Err(UserError::NotAllowed(name.to_owned())),
            _ => Ok(found),
        }
    }

    /// What to say of hosts that run as `user`, where their worker is root and nobody else was named for them; none where all is well.
    pub fn advice(user: Option<&Self>) -> Option<&'static str> {
        Self::advice_for(is_root(), user)
    }

    fn advice_for(is_root: bool, user: Option<&Self>) -> Option<&'static str> {
        (is_root && user.is_none()).then_some(
            "hosts run as root here, with all that this machine lets root do; name another user for them with the setting \
             render.host-user",
        )
    }

    fn in_list(users: &str, name: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let known = fields.next()? == name && !name.is_empty();
            let (user, group) = (fields.nth(1)?, fields.next()?);
            known.then_some(Self { user: user.parse().ok()?, group: group.parse().ok()? })
        })
    }
}

/// The place and the limits of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Where it runs, where its temporary files go, and the only place from which files are taken.
    pub folder: PathBuf,
    /// The most that may lie there, and the largest file it may write, bytes.
    pub disk: u64,
    /// Whom it runs as; none: as the worker does.
    pub user: Option<HostUser>,
}

impl Confinement {
    /// Makes the folder, for the host to write in.
    ///
    /// # Errors
    /// What the system says.
    pub fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        own(&self.folder, self.user.as_ref())
    }

    /// Before the start: where it runs and as whom.
    pub(super) fn before(&self, command: &mut Command) {
        command.current_dir(&self.folder);
        for name in ["TMPDIR", "TEMP", "TMP"] {
            command.env(name, &self.folder);
        }
        #[cfg(unix)]
        if let Some(HostUser { user, group }) = self.user {
            // The standard library drops the worker's further groups with it.
            command.uid(user).gid(group).env("HOME", &self.folder);
        }
    }

    /// Right after the start: what the system itself holds it to.
    pub(super) fn after(&self, process: Option<u32>) {
        #[cfg(target_os = "linux")]
        if let Some(process) = process.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?))
        {
            use rustix::process::{Resource, Rlimit, prlimit};
            for (resource, most) in [(Resource::Fsize, self.disk), (Resource::Core, 0)] {
                let limit = Rlimit { current: Some(most), maximum: Some(most) };
                if let Err(error) = prlimit(Some(process), resource, limit) {
                    tracing::debug!(%error, "a limit of the host could not be set");
                }
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = process;
    }

    /// How many bytes lie in the folder, when they are more than may.
    pub fn excess(&self) -> Option<u64> {
        Some(size_of(&self.folder)).filter(|bytes| *bytes > self.disk)
    }

    /// Removes whatever lies there but `kept`.
    pub fn clear(&self, kept: &Path) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if path != kept {
                let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                if let Err(error) = removed {
                    tracing::debug!(%error, "something a host left stays");
                }
            }
        }
    }

    /// The bytes of a file that a host reports, which is then removed. No link is followed and no pipe waited for.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&self, path: &Path) -> io::Result<Bytes> {
        if path.parent() != Some(self.folder.as_path()) {
            return Err(refused("it is not in the host's folder"));
        }
        let read = self.read(path);
        let _ = fs::remove_file(path);
        read
    }

    fn read(&self, path: &Path) -> io::Result<Bytes> {
        let file = open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(refused("it is no plain file"));
        }
        if about.len() > self.disk {
            return Err(refused("it is larger than a host may write"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
        file.take(self.disk).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Bytes of all files below a folder; links count as what they are.
pub(crate) fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => size_of(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn own(folder: &Path, user: Option<&HostUser>) -> io::Result<()> {
    let Some(HostUser { user, group }) = user else { return Ok(()) };
    std::os::unix::fs::chown(folder, Some(*user), Some(*group))
}

#[cfg(not(unix))]
fn own(_: &Path, _: Option<&HostUser>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confined(folder: &Path) -> Confinement {
        Confinement { folder: folder.to_owned(), disk: 1000, user: None }
    }

    #[test]
    fn users_are_found_by_name_and_root_is_none() {
        let list = "root:x:0:0:root:/root:/bin/sh\nhost:x:998:997::/:/bin/false\nbroken\n";
        assert_eq!(HostUser::in_list(list, "host"), Some(HostUser { user: 998, group: 997 }));
        assert_eq!(HostUser::in_list(list, "hos"), None);
        assert_eq!(HostUser::in_list(list, ""), None);
        #[cfg(unix)]
        assert_eq!(HostUser::named("root"), Err(UserError::Root("root".to_owned())));
        assert!(matches!(HostUser::named("nobody by this name"), Err(UserError::Unknown(_))));
    }

    #[test]
    fn only_a_worker_that_is_root_and_names_nobody_for_its_hosts_is_warned() {
        let other = HostUser { user: 998, group: 997 };
        assert!(HostUser::advice_for(true, None).expect("a warning").contains("render.host-user"));
        assert_eq!(HostUser::advice_for(true, Some(&other)), None);
        assert_eq!(HostUser::advice_for(false, None), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_plain_files_of_the_hosts_own_folder_are_taken() {
        let (home, outside) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (confined, secret) = (confined(home.path()), outside.path().join("secret"));
        fs::write(&secret, "secret").expect("writes");
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&secret, &link).expect("links");
        assert!(confined.take(&link).is_err());
        assert!(confined.take(&secret).is_err());
        assert!(confined.take(&home.path().join("sub/../../x")).is_err());
        let pipe = home.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .expect("a pipe");
        assert!(confined.take(&pipe).expect_err("no file").to_string().contains("plain file"));
        let large = home.path().join("large");
        fs::write(&large, vec![0; 1001]).expect("writes");
        assert!(confined.take(&large).is_err());
        let fine = home.path().join("fine");
        fs::write(&fine, "fine").expect("writes");
        assert_eq!(confined.take(&fine).expect("a plain file"), "fine");
        assert!(
            !fine.exists() && !large.exists() && secret.exists(),
            "what was looked at is gone, and nothing else"
        );
    }

    #[test]
    fn what_lies_in_the_folder_is_counted_with_everything_below_and_cleared() {
        let home = tempfile::tempdir().expect("a folder");
        let confined = confined(home.path());
        let kept = home.path().join("scene.usda");
        fs::create_dir(home.path().join("cache")).expect("a folder");
        fs::write(home.path().join("cache/a"), vec![0; 600]).expect("writes");
        fs::write(&kept, vec![0; 300]).expect("writes");
        assert_eq!(confined.excess(), None);
        fs::write(home.path().join("b"), vec![0; 200]).expect("writes");
        assert_eq!(confined.excess(), Some(1100));
        confined.clear(&kept);
        assert_eq!((confined.excess(), fs::read_dir(home.path()).expect("lists").count()), (None, 1));
    }
}
