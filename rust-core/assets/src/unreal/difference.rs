//! What differs between two versions in an artist's words, from the headers that the store has of both.

use std::collections::HashMap;

use cyclorama_content::Digest;
use futures::{StreamExt, TryStreamExt, stream};

use super::{Header, explain, explain_one, header_of_file};
use crate::diff::Difference;
use crate::publish::Change;
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
    let path = &difference.path;
    Ok(match (before.is_some(), after.is_some(), old, new) {
        (true, true, Some(old), Some(new)) => explain(path, &old, &new, None),
        (false, true, _, new) => vec![explain_one(path, new.as_ref(), true)],
        (true, false, old, _) => vec![explain_one(path, old.as_ref(), false)],
        _ => Vec::new(),
    })
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

    use super::*;
    use crate::diff::diff;
    use crate::publish::tests::{Project, new_store, push};
    use crate::publish::{Base, Options};
    use crate::unreal::sample::Sample;
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
}
