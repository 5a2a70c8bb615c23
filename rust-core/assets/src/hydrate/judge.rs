//! Looks at what lies in the place of one file or link of a version: whether it is that already, an earlier version's, or
//! somebody's own.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cyclorama_content::Digest;
use cyclorama_time::Clock;

use super::decide::{Todo, WRITE, look_at};
use super::respelt::Respelt;
use crate::local::read::{ReadError, TakeError, read_steadily};
use crate::local::stamp::is_time;
use crate::local::{Record, RelPath, Stamp, State};
use crate::tree::{Entry, FileEntry};

/// A folder being judged: what is known of it, and what turns up.
pub(super) struct Judge<'a> {
    pub(super) root: &'a Path,
    pub(super) clock: &'a dyn Clock,
    pub(super) state: &'a State,
    pub(super) respelt: &'a Respelt,
    /// Files that could not be read, so that nobody can tell whether they are edits.
    pub(super) unread: Mutex<Vec<(String, io::Error)>>,
}

impl Judge<'_> {
    /// What is to be done for one file or link, and how what lies there looks. An edit is told as [`Todo::Keep`].
    pub(super) fn judge(&self, wish: Record<'_>) -> (Todo, Option<Stamp>) {
        let place = RelPath::known(wish.path()).below(self.root);
        let Some(metadata) = look_at(&place) else { return (WRITE, None) };
        match wish.entry() {
            Entry::Symlink(link)
                if metadata.is_symlink() && target(&place).as_deref() == Some(&link.target) =>
            {
                (Todo::Nothing, None)
            }
            Entry::File(file) if metadata.is_file() => {
                self.judge_file(wish.path(), &place, Stamp::at(&place, &metadata), &file)
            }
            _ => self.judge_other(wish.path(), &place, &metadata),
        }
    }

    /// What was at `path`, however it was spelt.
    fn known(&self, path: &str) -> Option<(u32, Record<'_>)> {
        let records = self.state.records();
        let at = records.find(path).or_else(|| self.respelt.before(path).map(|at| at as usize))?;
        Some((at as u32, records.at(at)))
    }

    fn judge_file(&self, path: &str, place: &Path, stamp: Stamp, file: &FileEntry) -> (Todo, Option<Stamp>) {
        let known = self.known(path);
        if let Some((at, record)) = known.filter(|(_, known)| known.stamp() == Some(stamp))
            && let Some(known) = record.file()
        {
            let todo = match known {
                _ if known.content != file.content || known.size != file.size => over(at),
                _ if is_dressed_as(&known, file)
                    && is_time(stamp.mtime_ns, file.mtime_ns)
                    && record.path() == path =>
                {
                    Todo::Nothing
                }
                _ => Todo::Touch,
            };
            return (todo, Some(stamp));
        }
        let read = read_steadily(place, self.clock, |reader, _| {
            Digest::of_reader(reader).map_err(TakeError::<Infallible>::Read)
        });
        let steady = match read {
            Ok(steady) => steady,
            Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return (WRITE, None),
            Err(error) => {
                if let ReadError::Io(error) = error {
                    let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
                    unread.push((path.to_owned(), error));
                }
                return (Todo::Keep, Some(stamp));
            }
        };
        let (content, stamp) = (steady.value, Some(steady.stamp));
        if content == file.content {
            return (Todo::Touch, stamp);
        }
        match known.and_then(|(at, known)| Some((at, known.look()?))) {
            // Somebody touched it and left it as it was.
            Some((at, (.., known))) if known == content => (over(at), stamp),
            _ => (Todo::Keep, stamp),
        }
    }

    /// Something else lies in the place: it may go if the last version brought it just so.
    fn judge_other(&self, path: &str, place: &Path, metadata: &fs::Metadata) -> (Todo, Option<Stamp>) {
        let known = self.known(path).map(|(_, known)| (known.entry(), known.stamp()));
        let is_ours = match known {
            Some((Entry::Symlink(link), _)) => target(place).as_ref() == Some(&link.target),
            Some((Entry::File(_), Some(stamp))) => metadata.is_file() && Stamp::at(place, metadata) == stamp,
            // The files in it decide; it goes when nothing is left in it.
            Some((Entry::Folder(_), _)) => metadata.is_dir(),
            _ => false,
        };
        let todo =
            if is_ours { Todo::Write { over: None, is_blocked: metadata.is_dir() } } else { Todo::Keep };
        // A folder goes before anything is written.
        (todo, (!metadata.is_dir()).then(|| Stamp::at(place, metadata)))
    }
}

fn over(at: u32) -> Todo {
    Todo::Write { over: Some(at), is_blocked: false }
}

fn is_dressed_as(known: &FileEntry, file: &FileEntry) -> bool {
    known.mode == file.mode && known.mtime_ns == file.mtime_ns
}

pub(super) fn target(place: &Path) -> Option<String> {
    Some(fs::read_link(place).ok()?.to_string_lossy().replace('\\', "/"))
}
