//! What differs between two versions in an artist's words, from the headers that the store has of both.

use std::collections::HashMap;
use std::path::Path;

use cyclorama_content::Digest;
use futures::{StreamExt, TryStreamExt, stream};

use super::{Header, explain, explain_one, header_of_file, read_file};
use crate::diff::Difference;
use crate::local::State;
use crate::publish::Change;
use crate::status::{self, What};
use crate::tree::{Entry, FileEntry};
use crate::{Repository, RepositoryError};

/// Says of each difference what headers, names and digests prove, in the order of `differences`; nothing of a file that is
/// no package or whose header cannot be read. Headers of `packages` packages at most are fetched. The indexes of both
/// versions must be loaded.
///
/// # Errors
/// [`RepositoryError`] when the store fails.
pub async fn explain_differences(
    repository: &Repository,
    differences: &[Difference],
    packages: usize,
) -> Result<Vec<Vec<String>>, RepositoryError> {
    let moved = Moved::of(differences);
    let mut left = packages;
    let asked: Vec<_> = differences
        .iter()
        .map(|difference| {
            let read = is_package(&difference.path) && left > 0 && !moved.knows(difference);
            left -= usize::from(read);
            (difference, read)
        })
        .collect();
    let moved = &moved;
    stream::iter(asked)
        .map(|(difference, read)| async move {
            match moved.say(difference) {
                Some(said) => Ok(vec![said]),
                None if read => explain_package(repository, difference).await,
                None => Ok(Vec::new()),
            }
        })
        .buffered(HEADERS_AT_ONCE)
        .try_collect()
        .await
}

async fn explain_package(
    repository: &Repository,
    difference: &Difference,
) -> Result<Vec<String>, RepositoryError> {
    let (before, after) = (file(difference.before.as_ref()), file(difference.after.as_ref()));
    let (old, new) = futures::try_join!(header(repository, before), header(repository, after))?;
    Ok(words(&difference.path, before.is_some().then_some(old), after.is_some().then_some(new)))
}

/// What both sides of a package prove: outside, whether it is there; inside, its header when it can be read.
fn words(path: &str, before: Option<Option<Header>>, after: Option<Option<Header>>) -> Vec<String> {
    match (before, after) {
        (Some(Some(old)), Some(Some(new))) => explain(path, &old, &new, None),
        (None, Some(new)) => vec![explain_one(path, new.as_ref(), true)],
        (Some(old), None) => vec![explain_one(path, old.as_ref(), false)],
        _ => Vec::new(),
    }
}

/// Says of what changed in a working folder what headers prove, in the order of `changes`; nothing of a file that is no
/// package. Headers of `packages` packages at most are read, what was there from the store, what is there from the
/// folder `root`.
///
/// # Errors
/// [`RepositoryError`] when the store fails.
pub async fn explain_status(
    repository: &Repository,
    root: &Path,
    state: &State,
    changes: &[status::Difference],
    packages: usize,
) -> Result<Vec<Vec<String>>, RepositoryError> {
    let asked = changes.iter().filter(|change| is_package(&change.path)).take(packages).count();
    if let Some(snapshot) = state.snapshot.filter(|_| asked > 0) {
        let snapshot = repository.snapshot(snapshot).await?;
        repository.load_indexes(&snapshot.indexes).await?;
    }
    let mut left = packages;
    let mut said = Vec::new();
    for change in changes {
        if !is_package(&change.path) || left == 0 {
            said.push(Vec::new());
            continue;
        }
        left -= 1;
        let before = match (change.what, state.get(&change.path).and_then(|known| known.file())) {
            (What::Changed | What::Removed, Some(file)) => Some(header(repository, Some(&file)).await?),
            _ => None,
        };
        let after = match change.what {
            What::Removed => None,
            What::Added | What::Changed => Some(read_file(&root.join(&change.path)).ok()),
        };
        said.push(words(&change.path, before, after));
    }
    Ok(said)
}

async fn header(
    repository: &Repository,
    file: Option<&FileEntry>,
) -> Result<Option<Header>, RepositoryError> {
    match file {
        Some(file) => Ok(header_of_file(repository, file).await?.ok()),
        None => Ok(None),
    }
}

/// Files that are the same in both versions: under another path, or only with another time or mode.
struct Moved<'a> {
    /// Where the content of a file that came was before.
    from: HashMap<&'a str, &'a str>,
    /// Where the content of a file that went is now.
    to: HashMap<&'a str, &'a str>,
}

impl<'a> Moved<'a> {
    /// Pairs files that came with files that went, by content; the same content twice is paired in the order of paths.
    fn of(differences: &'a [Difference]) -> Self {
        let mut gone: HashMap<Digest, Vec<&str>> = HashMap::new();
        for difference in differences.iter().rev().filter(|difference| difference.change == Change::Removed) {
            if let Some(file) = file(difference.before.as_ref()).filter(|file| file.size > 0) {
                gone.entry(file.content).or_default().push(&difference.path);
            }
        }
        let (mut from, mut to) = (HashMap::new(), HashMap::new());
        for difference in differences.iter().filter(|difference| difference.change == Change::Added) {
            let was = file(difference.after.as_ref()).and_then(|file| gone.get_mut(&file.content)?.pop());
            if let Some(was) = was {
                from.insert(difference.path.as_str(), was);
                to.insert(was, difference.path.as_str());
            }
        }
        Self { from, to }
    }

    fn knows(&self, difference: &Difference) -> bool {
        self.say(difference).is_some()
    }

    fn say(&self, difference: &Difference) -> Option<String> {
        let path = difference.path.as_str();
        match difference.change {
            Change::Added => self.from.get(path).map(|was| format!("was {was} before")),
            Change::Removed => self.to.get(path).map(|now| format!("is {now} now")),
            Change::Changed => {
                let (old, new) = (file(difference.before.as_ref())?, file(difference.after.as_ref())?);
                (old.content == new.content).then(|| match old.mode == new.mode {
                    true => "only its time is another".to_owned(),
                    false => "only its permissions or its time are others".to_owned(),
                })
            }
        }
    }
}

fn file(entry: Option<&Entry>) -> Option<&FileEntry> {
    match entry {
        Some(Entry::File(file)) => Some(file),
        _ => None,
    }
}

fn is_package(path: &str) -> bool {
    path.ends_with(".uasset") || path.ends_with(".umap")
}

/// Requests at the same time.
const HEADERS_AT_ONCE: usize = 8;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cyclorama_time::{UtcTime, VirtualClock};

    use super::*;
    use crate::diff::diff;
    use crate::publish::tests::{Project, new_store, push};
    use crate::publish::{Base, Options};
    use crate::unreal::sample::Sample;
    use crate::working::publish_folder;
    use crate::{MemoryStore, RefName};

    #[tokio::test]
    async fn what_moved_is_said_by_its_content_and_what_changed_by_its_header() {
        let mut project = Project::default();
        let mut base = Base::default();
        let repository = new_store(Arc::new(MemoryStore::new())).await;
        let texture =
            |size: &str| Sample::new("/Game/T_Wall").class("Texture2D").tag("Dimensions", size).bytes();
        project.write("Content/T_Wall.uasset", texture("2048x2048")).write("Content/a.txt", &b"moves"[..]);
        push(&repository, &project, &mut base, &Options::new()).await.expect("published");
        let (_, old) = repository.resolve(&RefName::main().into()).await.expect("a version");
        project.write("Content/T_Wall.uasset", texture("4096x4096")).write("Content/b.txt", &b"moves"[..]);
        project.remove("Content/a.txt");
        push(&repository, &project, &mut base, &Options::new()).await.expect("published");
        let (_, new) = repository.resolve(&RefName::main().into()).await.expect("a version");
        repository.load_indexes(&old.indexes).await.expect("indexes");
        repository.load_indexes(&new.indexes).await.expect("indexes");
        let differences = diff(&repository, Some(old.root), Some(new.root)).await.expect("differences");
        let said = explain_differences(&repository, &differences, 10).await.expect("words");
        let said: Vec<(&str, Vec<String>)> =
            differences.iter().map(|difference| difference.path.as_str()).zip(said).collect();
        let wall = "texture T_Wall has another size: 4096x4096, before 2048x2048";
        assert_eq!(
            said,
            [
                ("Content/T_Wall.uasset", vec![wall.to_owned()]),
                ("Content/a.txt", vec!["is Content/b.txt now".to_owned()]),
                ("Content/b.txt", vec!["was Content/a.txt before".to_owned()]),
            ]
        );
        let none = explain_differences(&repository, &differences, 0).await.expect("words");
        assert!(none[0].is_empty(), "no header is read when none may be: {none:?}");
    }
    #[tokio::test]
    async fn what_changed_in_a_working_folder_is_said_by_headers_here_and_in_the_store() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let content = folder.path().join("Content");
        std::fs::create_dir(&content).expect("a folder");
        let texture =
            |size: &str| Sample::new("/Game/T_Wall").class("Texture2D").tag("Dimensions", size).bytes();
        let write = |name: &str, bytes: Vec<u8>| std::fs::write(content.join(name), bytes).expect("written");
        write("T_Wall.uasset", texture("2048x2048"));
        write("M_Old.uasset", Sample::new("/Game/M_Old").bytes());
        let repository = new_store(Arc::new(MemoryStore::new())).await;
        // Long after the files were written, so that nobody can have written them since they were looked at.
        let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(4e9)));
        publish_folder(&repository, folder.path(), clock.clone(), &Options::new()).await.expect("published");
        write("T_Wall.uasset", texture("4096x4096 "));
        write("notes.txt", b"no package".to_vec());
        std::fs::remove_file(content.join("M_Old.uasset")).expect("removed");
        let state = State::load(folder.path(), &repository.format().id);
        let changes = status::status(folder.path(), &state, clock.as_ref()).expect("a status").differences;
        let said = explain_status(&repository, folder.path(), &state, &changes, 10).await.expect("words");
        let said: Vec<(&str, Option<&str>)> = changes
            .iter()
            .zip(&said)
            .map(|(change, said)| (change.path.as_str(), said.first().map(String::as_str)))
            .collect();
        assert_eq!(
            said,
            [
                ("Content/M_Old.uasset", Some("material M_Old was removed")),
                (
                    "Content/T_Wall.uasset",
                    Some("texture T_Wall has another size: 4096x4096 , before 2048x2048")
                ),
                ("Content/notes.txt", None),
            ]
        );
    }
}
