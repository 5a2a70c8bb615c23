//! What maps need, with the engine's asset registry as the one who answers.
//!
//! The registry tells what a package refers to, one at a time; which to ask about next, and which files belong to what
//! was found (bulk data, actors in files of their own), is decided by the walk that folders and stores use as well.

use std::path::Path;

use cyclorama_assets::local::scan::scan;
use cyclorama_assets::unreal::{self, Dependencies, Follow, HeaderError, Packages, Walk, WalkState};
use cyclorama_assets::working::scanned;
use cyclorama_progress::words;

use crate::{Status, failure::Failure};

pub(super) struct Closure {
    packages: Packages,
    /// While answers are missing.
    walk: Option<WalkState>,
    /// Packages that were asked about and not answered yet.
    open: Vec<String>,
    found: Result<unreal::Closure, Failure>,
}

impl Closure {
    pub(super) fn failed(failure: Failure) -> Self {
        Self { packages: Packages::default(), walk: None, open: Vec::new(), found: Err(failure) }
    }

    pub(super) fn start(folder: &str, names: &[String], later: bool) -> Result<Self, Failure> {
        let doing = format!("list {folder}");
        let found = scan(Path::new(folder)).map_err(|error| Failure::of(&doing, &error))?;
        let paths: Vec<String> = scanned(found).into_iter().map(|found| found.path).collect();
        let packages = Packages::of(&paths);
        let follow = if later { Follow::Everything } else { Follow::Loaded };
        let walk = Walk::new(&packages, names, follow);
        let walk = walk.map_err(|error| Failure::of("find what a map needs", &error))?.pause();
        let found = Ok(unreal::Closure::default());
        Ok(Self { packages, walk: Some(walk), open: Vec::new(), found })
    }

    /// Asks nothing new before everything asked was answered: the registry is not asked twice about one package.
    pub(super) fn ask(&mut self) -> Vec<String> {
        if self.open.is_empty()
            && let Some(state) = self.walk.take()
        {
            let mut walk = Walk::resume(&self.packages, state);
            self.open = walk.ask().into_iter().map(|package| package.name.clone()).collect();
            if self.open.is_empty() {
                self.found = Ok(walk.finish());
            } else {
                self.walk = Some(walk.pause());
            }
        }
        self.open.clone()
    }

    pub(super) fn answer(&mut self, package: &str, hard: &[String], soft: &[String]) -> Result<(), Failure> {
        let mut answer = Dependencies { hard: hard.to_vec(), soft: soft.to_vec() };
        // Code has no file.
        answer.hard.retain(|name| !name.starts_with("/Script/"));
        answer.soft.retain(|name| !name.starts_with("/Script/"));
        self.take(package, Ok(answer))
    }

    pub(super) fn unknown(&mut self, package: &str) -> Result<(), Failure> {
        let why =
            "the editor's asset registry does not know it; save it and let the registry finish".to_owned();
        self.take(package, Err(HeaderError::Unreadable(why)))
    }

    fn take(&mut self, name: &str, answer: Result<Dependencies, HeaderError>) -> Result<(), Failure> {
        let open = self.open.iter().position(|open| open.eq_ignore_ascii_case(name));
        let nobody = || Failure::new(Status::User, format!("nobody asked about the package {name}"));
        let (Some(at), Some(package)) = (open, self.packages.find(name)) else { return Err(nobody()) };
        let state = self.walk.take().ok_or_else(nobody)?;
        self.open.swap_remove(at);
        let mut walk = Walk::resume(&self.packages, state);
        walk.answer(package, answer);
        self.walk = Some(walk.pause());
        Ok(())
    }

    pub(super) fn state(&self) -> Status {
        match &self.found {
            Err(failure) => failure.status,
            Ok(_) if self.walk.is_some() => Status::Timeout,
            Ok(found) if found.is_whole() => Status::Ok,
            Ok(_) => Status::Partial,
        }
    }

    pub(super) fn text(&self) -> String {
        match &self.found {
            Err(failure) => failure.text.clone(),
            Ok(_) if self.walk.is_some() => {
                format!("{} to ask about", words::count(self.open.len() as u64, "package"))
            }
            Ok(found) => {
                let count = |number: usize, what| words::count(number as u64, what);
                let needs = format!(
                    "{}, {}",
                    count(found.packages.len(), "package"),
                    count(found.files.len(), "file")
                );
                match self.missing().len() {
                    0 => format!("{needs}; all of it is here"),
                    some => format!("{needs}; {} missing or not known", count(some, "package")),
                }
            }
        }
    }

    pub(super) fn files(&self) -> Vec<String> {
        self.found.as_ref().map(|found| found.files.clone()).unwrap_or_default()
    }

    pub(super) fn missing(&self) -> Vec<String> {
        let Ok(found) = &self.found else { return Vec::new() };
        let missing = found.missing.iter().map(|missing| {
            let by = match &missing.needed_by[..] {
                [] => String::new(),
                [one] => format!(", needed by {one}"),
                [first, rest @ ..] => format!(", needed by {first} and {} more", rest.len()),
            };
            format!("{} is missing{by}", missing.package)
        });
        missing
            .chain(found.unread.iter().map(|unread| format!("{}: {}", unread.path, unread.problem)))
            .collect()
    }
}
