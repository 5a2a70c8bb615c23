//! What the disk says of a folder, looked at and made on threads of their own: a share that does not answer holds up nobody.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use cyclorama_time::{Clock as _, StageTime};

use crate::{time, tracking::shared::locked};

/// A folder, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is being looked at for the first time.
    NotYet,
    /// The disk says nothing for longer than [`SLOW`].
    Silent,
    /// It is being made.
    Making,
    Missing,
    /// It is missing, and making it failed last for this reason.
    Refused(String),
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
    /// Whoever looks makes it first.
    making: bool,
    /// Why it could not be made.
    refusal: Option<String>,
}

/// How a folder is made.
type Make = fn(&str) -> std::io::Result<()>;

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
        let is_old = known.seen.as_ref().is_none_or(|(at, _)| now.nanos_since(*at) >= FRESH);
        match known.looking {
            Some(since) if now.nanos_since(since) >= SLOW => return Seen::Silent,
            None if is_old => {
                known.looking = Some(now);
                self.begin(folder.to_owned(), known.number, None);
            }
            Some(_) if known.making => return Seen::Making,
            _ => {}
        }
        match (&known.seen, &known.refusal) {
            (None, _) => Seen::NotYet,
            (Some((_, Seen::Missing)), Some(why)) => Seen::Refused(why.clone()),
            (Some((_, seen)), _) => seen.clone(),
        }
    }

    /// Begins to make it; waits for nothing. The next looks say how that went.
    pub(super) fn make(&self, folder: &str, now: StageTime) {
        self.make_with(|folder| fs::create_dir_all(folder), folder, now);
    }

    fn make_with(&self, make: Make, folder: &str, now: StageTime) {
        let mut known = locked(&self.known);
        // A look of before says nothing of it any more.
        let number = known.number + 1;
        *known =
            Known { folder: folder.to_owned(), number, looking: Some(now), making: true, ..Known::default() };
        self.begin(folder.to_owned(), number, Some(make));
    }

    fn begin(&self, folder: String, number: u64, make: Option<Make>) {
        let (known, with) = (Arc::clone(&self.known), self.with);
        let body = move || {
            let refusal = make.and_then(|make| make(&folder).err());
            if let Some(error) = &refusal {
                tracing::error!(target: "cyclorama", "failed to make the folder of takes {folder}: {error}");
            }
            let seen = with(&folder);
            let mut known = locked(&known);
            if known.number == number {
                known.seen = Some((time::clock().now(), seen));
                known.looking = None;
                // A later look changes nothing about why.
                if std::mem::take(&mut known.making) {
                    known.refusal = refusal.map(|error| error.to_string());
                }
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
    fn until(look: &Look, folder: &str, wanted: &Seen) {
        while look.at(folder, time::clock().now()) != *wanted {
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
    fn a_folder_is_made_beside_whoever_asked_and_why_not_is_said_until_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("disk/takes").display().to_string();
        fs::write(home.path().join("disk"), "no folder").expect("written");
        let look = Look::new(ask);
        look.make(&folder, time::clock().now());
        let why = loop {
            match look.at(&folder, time::clock().now()) {
                Seen::Making => thread::yield_now(),
                Seen::Refused(why) => break why,
                other => panic!("{other:?}"),
            }
        };
        assert!(!why.is_empty());
        // Also when it was looked at again.
        let later = time::clock().now().plus_nanos(FRESH);
        while look.at(&folder, later) != Seen::Refused(why.clone()) || locked(&look.known).looking.is_some() {
            thread::yield_now();
        }
        fs::remove_file(home.path().join("disk")).expect("removed");
        look.make(&folder, time::clock().now());
        until(&look, &folder, &Seen::Folder);
        assert!(fs::metadata(&folder).is_ok_and(|meta| meta.is_dir()));
    }

    #[test]
    fn a_share_on_which_nothing_can_be_made_holds_up_nobody_and_is_told_of() {
        let hangs: Make = |_| {
            loop {
                thread::park();
            }
        };
        let look = Look::new(ask);
        look.make_with(hangs, "/share/takes", at(0));
        for (seconds, seen) in [(0, Seen::Making), (4, Seen::Making), (5, Seen::Silent), (99, Seen::Silent)] {
            assert_eq!(look.at("/share/takes", at(seconds)), seen, "{seconds}");
        }
    }

    #[test]
    fn a_folder_is_looked_at_again_when_the_last_look_is_old() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("takes").display().to_string();
        let look = Look::new(ask);
        assert_eq!(look.at(&folder, time::clock().now()), Seen::NotYet);
        until(&look, &folder, &Seen::Missing);
        fs::create_dir(&folder).expect("made");
        assert_eq!(
            look.at(&folder, time::clock().now()),
            Seen::Missing,
            "a moment later it is not asked again"
        );
        until(&look, &folder, &Seen::Folder);
        let file = home.path().join("file").display().to_string();
        fs::write(&file, "x").expect("written");
        until(&look, &file, &Seen::File);
    }
}
