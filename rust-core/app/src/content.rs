//! Content stores as this machine opens them: key, cache, and who works here.

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_assets::locks::Owner;
use cyclorama_assets::unreal::{
    Closure, ClosureError, DependencyTable, Follow, Part, closure_of_snapshot, part_of_snapshot,
};
use cyclorama_assets::{Repository, RepositoryOptions, Snapshot};
use cyclorama_time::Clock;

use crate::keys::GivenKey;
use crate::stores::cache_of_site;
use crate::{Environment, Settings, machine_name};

/// How content stores are opened, with the key that was given for one that is encrypted.
pub fn options(
    clock: Arc<dyn Clock>,
    key: GivenKey,
    settings: &Settings,
    environment: &Environment,
) -> RepositoryOptions {
    let mut options = RepositoryOptions::new(Arc::clone(&clock));
    key.lay(&mut options, settings, environment, clock);
    options.cache = cache_of_site(settings, environment);
    options
}

/// Who works at this machine with `tool`, as far as it tells; `person` where they said their name.
pub fn owner(environment: &Environment, person: Option<&str>, tool: &str) -> Owner {
    let told = |names: [&str; 2]| names.into_iter().find_map(|name| environment.get(name)).map(str::to_owned);
    Owner {
        person: person.map(str::to_owned).or_else(|| told(["USER", "USERNAME"])).unwrap_or_default(),
        machine: machine_name(environment),
        tool: tool.to_owned(),
    }
}

/// Everything that packages of a version need. What their headers say is remembered on this machine.
///
/// # Errors
/// [`ClosureError`] when a package is not there or the store fails.
pub async fn closure_of_version(
    repository: &Repository,
    snapshot: &Snapshot,
    packages: &[String],
    follow: Follow,
) -> Result<Closure, ClosureError> {
    repository.load_indexes(&snapshot.indexes).await?;
    let (mut known, kept) = Kept::load(repository);
    let closure = closure_of_snapshot(repository, snapshot, packages, follow, &mut known).await;
    kept.save(&mut known);
    closure
}

/// The part of a version that a render of these packages needs. What their headers say is remembered on this machine.
///
/// # Errors
/// As [`part_of_snapshot`].
pub async fn part_of_version(
    repository: &Repository,
    snapshot: &Snapshot,
    packages: &[String],
) -> Result<Part, ClosureError> {
    repository.load_indexes(&snapshot.indexes).await?;
    let (mut known, kept) = Kept::load(repository);
    let part = part_of_snapshot(repository, snapshot, packages, &mut known).await;
    kept.save(&mut known);
    part
}

/// What of a closure is not there or cannot be read, a sentence each.
pub fn lacking(closure: &Closure) -> Vec<String> {
    let missing = closure.missing.iter().filter_map(|missing| {
        let by = match &missing.needed_by[..] {
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => return None,
        };
        Some(format!("missing: {}, needed by {by}", missing.package))
    });
    let unread = closure.unread.iter().map(|unread| format!("not read: {}: {}", unread.path, unread.problem));
    missing.chain(unread).collect()
}

/// The file that remembers what headers of a store's packages say.
struct Kept(Option<PathBuf>);

impl Kept {
    fn load(repository: &Repository) -> (DependencyTable, Self) {
        let file = repository.cache_folder().map(|folder| folder.join("dependencies"));
        (file.as_deref().map(DependencyTable::load).unwrap_or_default(), Self(file))
    }

    /// A cache: without it, headers are fetched again.
    fn save(self, known: &mut DependencyTable) {
        if let Some(file) = self.0 {
            let _ = known.save(&file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_here_is_who_they_say_or_who_the_system_says() {
        let environment = Environment::from_iter([("USERNAME", "ada"), ("HOSTNAME", "stage-1")]);
        let owner = |person| owner(&environment, person, "unreal");
        assert_eq!((owner(None).person.as_str(), owner(None).machine.as_str()), ("ada", "stage-1"));
        assert_eq!((owner(Some("eve")).person.as_str(), owner(None).tool.as_str()), ("eve", "unreal"));
    }
}
