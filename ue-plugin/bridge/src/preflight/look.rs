//! What the disk says of a folder, looked at on a thread of its own: a share that does not answer holds up nobody.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use cyclorama_time::{Clock as _, StageTime};

use crate::{time, tracking::shared::locked};

/// A folder, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is being looked at for the first time.
    NotYet,
    /// The disk says nothing for longer than [`SLOW`].
    Silent,
    Missing,
    File,
    ReadOnly,
    Folder,
}

/// Looks at one folder at a time, again when somebody asks and the last look is old.
pub(super) struct Look {
    known: Arc<Mutex<Known>>,
    with: fn(&str) -> Seen,
}

#[derive(Default)]
struct Known {
    folder: String,
    /// Which look this is of: one that comes back late says nothing of another folder.
    number: u64,
    seen: Option<(StageTime, Seen)>,
    /// Since when somebody looks.
    looking: Option<StageTime>,
}

/// A look is good for so long, nanoseconds.
const FRESH: i64 = 2_000_000_000;
/// A disk that answers takes no longer, nanoseconds.
const SLOW: i64 = 5_000_000_000;

impl Look {
    pub(super) fn new(with: fn(&str) -> Seen) -> Self {
        Self { known: Arc::default(), with }
    }

    /// What is known of it; waits for nothing.
    pub(super) fn at(&self, folder: &str, now: StageTime) -> Seen {
        let mut known = locked(&self.known);
        if known.folder != folder {
            *known = Known { folder: folder.to_owned(), number: known.number + 1, ..Known::default() };
        }
        let is_old = known.seen.is_none_or(|(at, _)| now.nanos_since(at) >= FRESH);
        match known.looking {
            Some(since) if now.nanos_since(since) >= SLOW => return Seen::Silent,
            None if is_old => {
                known.looking = Some(now);
                self.begin(folder.to_owned(), known.number);
            }
            _ => {}
        }
        known.seen.map_or(Seen::NotYet, |(_, seen)| seen)
    }

    fn begin(&self, folder: String, number: u64) {
        let (known, with) = (Arc::clone(&self.known), self.with);
        let body = move || {
            let seen = with(&folder);
            let mut known = locked(&known);
            if known.number == number {
                known.seen = Some((time::clock().now(), seen));
                known.looking = None;
            }
        };
        // Without a thread nothing comes back, and after a while that is what is said.
        drop(thread::Builder::new().name("cyclorama-look".to_owned()).spawn(body));
    }
}

/// Asks the disk, however long it takes.
pub(super) fn ask(folder: &str) -> Seen {
    match fs::metadata(Path::new(folder)) {
        Err(_) => Seen::Missing,
        Ok(meta) if !meta.is_dir() => Seen::File,
        Ok(meta) if meta.permissions().readonly() => Seen::ReadOnly,
        Ok(_) => Seen::Folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> StageTime {
        StageTime::from_nanos(seconds * 1_000_000_000)
    }

    fn never(_: &str) -> Seen {
        loop {
            thread::park();
        }
    }

    /// Asks until the look has come back.
    fn until(look: &Look, folder: &str, wanted: Seen) {
        while look.at(folder, time::clock().now()) != wanted {
            thread::yield_now();
        }
    }

    #[test]
    fn a_disk_that_never_answers_holds_up_nobody_and_is_told_of() {
        let look = Look::new(never);
        for (seconds, seen) in [(0, Seen::NotYet), (4, Seen::NotYet), (5, Seen::Silent), (99, Seen::Silent)] {
            assert_eq!(look.at("/share/takes", at(seconds)), seen, "{seconds}");
        }
        // Another folder is another question.
        assert_eq!(look.at("/elsewhere", at(100)), Seen::NotYet);
    }

    #[test]
    fn a_folder_is_looked_at_again_when_the_last_look_is_old() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("takes").display().to_string();
        let look = Look::new(ask);
        assert_eq!(look.at(&folder, time::clock().now()), Seen::NotYet);
        until(&look, &folder, Seen::Missing);
        fs::create_dir(&folder).expect("made");
        assert_eq!(
            look.at(&folder, time::clock().now()),
            Seen::Missing,
            "a moment later it is not asked again"
        );
        until(&look, &folder, Seen::Folder);
        let file = home.path().join("file").display().to_string();
        fs::write(&file, "x").expect("written");
        until(&look, &file, Seen::File);
    }
}
