//! Everything a map needs: the walk itself, whoever answers what a package refers to.
//!
//! A walk hands out packages to ask about and takes the answers, in any order; it reads nothing. Beside what the
//! headers say it adds, by rule, what a map keeps apart (one file per actor), since nothing in the map refers to it.

use std::collections::{BTreeMap, BTreeSet};

use cyclorama_outcome::{Classify, Kind};

use super::{Dependencies, HeaderError, Package, Packages, packages::mount_of};

/// Which references are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// What is loaded with the map. Of what may be loaded later, only maps that a map names: those are its sub-levels.
    #[default]
    Loaded,
    /// Also everything that may be loaded later.
    Everything,
}

/// A package that is referred to and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub package: String,
    /// The packages that refer to it, sorted.
    pub needed_by: Vec<String>,
}

/// A package whose header cannot be read, so that what it refers to is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its file.
    pub path: String,
    /// Why.
    pub problem: HeaderError,
}

/// Everything a map needs, as far as headers tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// The packages' names, sorted.
    pub packages: Vec<String>,
    /// The packages' files and those that belong to them, sorted.
    pub files: Vec<String>,
    /// What is referred to and not there, sorted. It lies where the project has content, so it should be there.
    pub missing: Vec<Missing>,
    /// Content that is not the project's: the engine's, as `/Engine`, and that of plugins that are not in the project.
    pub outside: Vec<String>,
    /// Packages that are there and may be loaded later, and were not followed; sorted.
    pub later: Vec<String>,
    /// Packages whose own references are not known. They are in the closure themselves.
    pub unread: Vec<Unread>,
}

impl Closure {
    /// Whether everything the map needs is known and there.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.unread.is_empty()
    }
}

/// No package has the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no package `{0}`")]
pub struct UnknownPackage(pub String);

impl Classify for UnknownPackage {
    fn kind(&self) -> Kind {
        Kind::NotFound
    }

    fn hint(&self) -> Option<String> {
        Some("write it as in the editor, for example /Game/Maps/Stage".to_owned())
    }
}

/// Collects everything that some packages need.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    packages: &'a Packages,
    state: WalkState,
}

/// How far a walk is, apart from the packages it goes over: for whoever gives answers over a long time.
#[derive(Clone, Debug, Default)]
pub struct WalkState {
    follow: Follow,
    seen: Vec<bool>,
    pending: Vec<usize>,
    missing: BTreeMap<String, BTreeSet<usize>>,
    outside: BTreeSet<String>,
    later: BTreeSet<usize>,
    unread: Vec<Unread>,
}

impl<'a> Walk<'a> {
    /// Starts at these packages: maps, as a rule.
    ///
    /// # Errors
    /// [`UnknownPackage`] for the first that is not there.
    pub fn new<N: AsRef<str>>(
        packages: &'a Packages,
        roots: &[N],
        follow: Follow,
    ) -> Result<Self, UnknownPackage> {
        let state = WalkState { follow, seen: vec![false; packages.list().len()], ..WalkState::default() };
        let mut walk = Self { packages, state };
        for root in roots.iter().map(AsRef::as_ref) {
            let package = packages.named(root).ok_or_else(|| UnknownPackage(root.to_owned()))?;
            walk.reach(package);
        }
        Ok(walk)
    }

    /// Stops here; [`Walk::resume`] goes on.
    pub fn pause(self) -> WalkState {
        self.state
    }

    /// Goes on with a walk over the same packages.
    pub fn resume(packages: &'a Packages, mut state: WalkState) -> Self {
        state.seen.resize(packages.list().len(), false);
        Self { packages, state }
    }

    /// The packages to ask about now. None when the walk is at its end, once all answers have been given.
    pub fn ask(&mut self) -> Vec<&'a Package> {
        let pending = std::mem::take(&mut self.state.pending);
        pending.into_iter().map(|id| &self.packages.list()[id]).collect()
    }

    /// Takes what a package refers to.
    pub fn answer(&mut self, package: &Package, answer: Result<Dependencies, HeaderError>) {
        let dependencies = match answer {
            Ok(dependencies) => dependencies,
            Err(problem) => {
                self.state.unread.push(Unread { path: package.path.clone(), problem });
                return;
            }
        };
        for name in &dependencies.hard {
            if let Some(found) = self.locate(package, name) {
                self.reach(found);
            }
        }
        for name in &dependencies.soft {
            if self.state.follow == Follow::Everything {
                if let Some(found) = self.locate(package, name) {
                    self.reach(found);
                }
            } else if let Some(found) = self.packages.find(name) {
                if found.is_map && package.is_map {
                    self.reach(found);
                } else {
                    self.state.later.insert(found.id);
                }
            }
        }
    }

    fn locate(&mut self, package: &Package, name: &str) -> Option<&'a Package> {
        let packages = self.packages;
        let found = packages.find(name);
        if found.is_none() {
            if packages.mounts(name) {
                self.state.missing.entry(name.to_owned()).or_default().insert(package.id);
            } else if let Some(mount) = mount_of(name) {
                self.state.outside.insert(format!("/{mount}"));
            }
        }
        found
    }

    fn reach(&mut self, package: &'a Package) {
        if std::mem::replace(&mut self.state.seen[package.id], true) {
            return;
        }
        self.state.pending.push(package.id);
        if package.is_map {
            for external in self.packages.external_of(package) {
                self.reach(external);
            }
        }
    }

    /// What was found. Packages that were asked about and never answered count as read.
    pub fn finish(self) -> Closure {
        let list = self.packages.list();
        let name = |id: usize| list[id].name.clone();
        let (mut packages, mut files) = (Vec::new(), Vec::new());
        for package in list.iter().filter(|package| self.state.seen[package.id]) {
            packages.push(package.name.clone());
            files.push(package.path.clone());
            files.extend_from_slice(&package.companions);
        }
        packages.sort_unstable();
        files.sort_unstable();
        let missing = self.state.missing.into_iter().map(|(package, by)| {
            let mut needed_by: Vec<_> = by.into_iter().map(name).collect();
            needed_by.sort_unstable();
            Missing { package, needed_by }
        });
        let mut later: Vec<_> =
            self.state.later.iter().filter(|id| !self.state.seen[**id]).map(|id| name(*id)).collect();
        later.sort_unstable();
        let mut unread = self.state.unread;
        unread.sort_by(|a, b| a.path.cmp(&b.path));
        Closure {
            packages,
            files,
            missing: missing.collect(),
            outside: self.state.outside.into_iter().collect(),
            later,
            unread,
        }
    }
}
