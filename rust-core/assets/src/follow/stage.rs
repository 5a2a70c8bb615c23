//! Getting everything a version needs beside the folder's files, proven, before any of them changes.
//!
//! Chunks that lie on the disk already, in the files that change or go, are read from there. The rest is fetched in the
//! order of importance. A staged file is named by its content and place, so that after a kill it need not come again.

use std::collections::{HashMap, HashSet};

use cyclorama_content::{ChunkId, Digest};
use tokio::time::Instant;

use super::journal::{Look, Step};
use super::{Folder, FollowError, Following, Happened};
use crate::diff::Difference;
use crate::local::OWN_FOLDER;
use crate::local::names::{NameProblem, RelPath, Why, folded};
use crate::publish::Change;
use crate::repository::Batch;
use crate::tree::{Entry, FileEntry};
use crate::{RepositoryError, SnapshotId};

/// A version ready to be put in place.
#[derive(Debug, Default)]
pub(super) struct Staged {
    pub(super) steps: Vec<Step>,
    pub(super) files: u64,
    pub(super) removed: u64,
    pub(super) bytes_downloaded: u64,
    pub(super) bytes_reused: u64,
}

/// A file that comes or changes.
#[derive(Clone, Debug)]
struct Wanted {
    path: String,
    staged: String,
    entry: FileEntry,
    was: Option<Look>,
}

/// Where in which staged files a chunk belongs.
type Targets = HashMap<ChunkId, Vec<(usize, u64)>>;
/// Where on the disk a chunk lies: path, offset, length.
type OnDisk = HashMap<ChunkId, (String, u64, u32)>;

impl Following<'_> {
    pub(super) async fn stage(
        &mut self,
        id: SnapshotId,
        differences: Vec<Difference>,
    ) -> Result<Staged, FollowError> {
        for difference in &differences {
            check_path(&difference.path)?;
        }
        let mut wanted = self.wanted(&differences);
        wanted.sort_by_cached_key(|file| (self.rank(&file.path), file.path.clone()));
        let (todo, there) = self.missing(wanted.clone(), &differences).await?;
        let (targets, order) = self.targets(&todo)?;
        let local = self.on_disk(&differences).await?;
        let (needed, mut staged) = self.take_local(&todo, &targets, order, local).await?;
        let plans = self.plans(&todo, &targets, needed)?;
        let bytes = plans.iter().map(|plan| plan.bytes).sum();
        self.tell(Happened::Fetching { snapshot: id, files: wanted.len() as u64, bytes });
        self.options.progress.set_total(bytes);
        let (begun, mut taken) = (Instant::now(), 0);
        let at_once = if self.options.share.is_some() { 1 } else { self.options.at_once };
        for plan in plans {
            staged.bytes_downloaded += plan.bytes;
            let mut fetch = self.repository.fetch(plan, at_once);
            while let Some(batch) = fetch.next().await? {
                self.options.cancel.check()?;
                taken += batch.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
                self.write(&todo, &targets, batch).await?;
                self.keep_to_share(begun, taken).await;
            }
        }
        self.prove(&todo).await?;
        staged.files = (wanted.len() - there.len()) as u64;
        staged.removed = removed(&differences).count() as u64;
        staged.steps = steps(&differences, wanted, &there);
        Ok(staged)
    }

    fn wanted(&mut self, differences: &[Difference]) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for Difference { path, before, after, .. } in differences {
            match after {
                Some(Entry::File(entry)) => {
                    let place = Digest::of(path.as_bytes()).short();
                    let staged = format!("{}-{place}", entry.content);
                    let was = before.as_ref().and_then(look);
                    wanted.push(Wanted { path: path.clone(), staged, entry: entry.clone(), was });
                }
                Some(Entry::Symlink(_)) => {
                    let reason = "symbolic links are not made on stages";
                    self.tell(Happened::Skipped { path: path.clone(), reason: reason.to_owned() });
                }
                Some(Entry::Folder(_)) | None => {}
            }
        }
        wanted
    }

    /// Those that must be staged still, and the paths at which the very file lies already. Not where another spelling of the path goes, as
    /// a disk that takes both for one shows the file that goes; nor where only the permissions are others.
    async fn missing(
        &self,
        wanted: Vec<Wanted>,
        differences: &[Difference],
    ) -> Result<(Vec<Wanted>, HashSet<String>), FollowError> {
        let mode = |entry: &Option<Entry>| match entry {
            Some(Entry::File(file)) => Some(file.mode),
            _ => None,
        };
        let is_unlike = |difference: &&Difference| match (mode(&difference.before), mode(&difference.after)) {
            (_, None) => true,
            (before, after) => before.is_some() && before != after,
        };
        let unlike: HashSet<String> =
            differences.iter().filter(is_unlike).map(|difference| folded(&difference.path)).collect();
        self.folder
            .blocking(move |folder| {
                folder.keep_staged(&wanted.iter().map(|file| file.staged.clone()).collect())?;
                let (mut todo, mut there) = (Vec::new(), HashSet::new());
                for file in wanted {
                    if !unlike.contains(&folded(&file.path))
                        && folder.looks(&file.path, look_of(&file.entry))?
                        && folder.digest_of(&file.path)? == Some(file.entry.content)
                    {
                        there.insert(file.path);
                    } else if folder.digest_of_staged(&file.staged)? != Some(file.entry.content) {
                        folder.create_staged(&file.staged, file.entry.size)?;
                        todo.push(file);
                    }
                }
                Ok((todo, there))
            })
            .await
    }

    /// Where each chunk belongs, and the chunks in the order in which they are wanted.
    fn targets(&self, todo: &[Wanted]) -> Result<(Targets, Vec<ChunkId>), FollowError> {
        let (mut targets, mut order) = (Targets::new(), Vec::new());
        for (number, file) in todo.iter().enumerate() {
            let mut offset = 0;
            for id in &file.entry.chunks {
                let place = self.repository.locate(id).ok_or(RepositoryError::UnknownChunk { chunk: *id })?;
                let places = targets.entry(*id).or_default();
                if places.is_empty() {
                    order.push(*id);
                }
                places.push((number, offset));
                offset += u64::from(place.raw);
            }
            if offset != file.entry.size {
                return Err(FollowError::Content(file.path.clone()));
            }
        }
        Ok((targets, order))
    }

    /// The chunks of files that change or go and look as they did when they were put there.
    async fn on_disk(&self, differences: &[Difference]) -> Result<OnDisk, FollowError> {
        let before: Vec<(String, FileEntry)> = differences
            .iter()
            .filter_map(|difference| match &difference.before {
                Some(Entry::File(file)) => Some((difference.path.clone(), file.clone())),
                _ => None,
            })
            .collect();
        let before = self
            .folder
            .blocking(move |folder| {
                let mut sound = Vec::new();
                for (path, file) in before {
                    if folder.looks(&path, look_of(&file))? {
                        sound.push((path, file));
                    }
                }
                Ok(sound)
            })
            .await?;
        let mut found = OnDisk::new();
        for (path, file) in before {
            let mut offset = 0;
            for id in &file.chunks {
                let Some(place) = self.repository.locate(id) else { break };
                found.entry(*id).or_insert_with(|| (path.clone(), offset, place.raw));
                offset += u64::from(place.raw);
            }
        }
        Ok(found)
    }

    /// Fills in what lies on the disk. Returns what must be fetched, in order.
    async fn take_local(
        &self,
        todo: &[Wanted],
        targets: &Targets,
        order: Vec<ChunkId>,
        local: OnDisk,
    ) -> Result<(Vec<ChunkId>, Staged), FollowError> {
        let (mut needed, mut staged) = (Vec::new(), Staged::default());
        let mut batch = Batch::new();
        for id in order {
            let Some((path, offset, length)) = local.get(&id).cloned() else {
                needed.push(id);
                continue;
            };
            let read = move |folder: &Folder| Ok(folder.read_part(&path, offset, length as usize));
            match self.folder.blocking(read).await? {
                Ok(bytes) if self.repository.ids().of(&bytes) == id => {
                    staged.bytes_reused += u64::from(length);
                    batch.push((id, bytes.into()));
                    if batch.len() >= LOCAL_AT_ONCE {
                        self.write(todo, targets, std::mem::take(&mut batch)).await?;
                    }
                }
                // Changed since it was looked at.
                _ => needed.push(id),
            }
        }
        self.write(todo, targets, batch).await?;
        Ok((needed, staged))
    }

    /// One plan for each rank of importance.
    fn plans(
        &self,
        todo: &[Wanted],
        targets: &Targets,
        needed: Vec<ChunkId>,
    ) -> Result<Vec<crate::repository::FetchPlan>, FollowError> {
        let mut by_rank: Vec<Vec<ChunkId>> = vec![Vec::new(); self.first.len() + 1];
        for id in needed {
            let first = targets.get(&id).and_then(|places| places.first());
            let rank = first.map_or(self.first.len(), |(file, _)| self.rank(&todo[*file].path));
            by_rank[rank].push(id);
        }
        by_rank.retain(|ids| !ids.is_empty());
        by_rank.into_iter().map(|ids| Ok(self.repository.plan(ids)?)).collect()
    }

    /// Writes chunks where they belong.
    async fn write(&self, todo: &[Wanted], targets: &Targets, batch: Batch) -> Result<(), FollowError> {
        let mut writes = Vec::new();
        for (id, bytes) in batch {
            self.options.progress.add_done(bytes.len() as u64);
            for (file, offset) in targets.get(&id).into_iter().flatten() {
                writes.push((todo[*file].staged.clone(), *offset, bytes.clone()));
            }
        }
        self.folder
            .blocking(move |folder| {
                writes
                    .iter()
                    .try_for_each(|(staged, offset, bytes)| folder.write_staged(staged, *offset, bytes))
            })
            .await
    }

    /// Every staged file is what was published.
    async fn prove(&self, todo: &[Wanted]) -> Result<(), FollowError> {
        let files: Vec<_> =
            todo.iter().map(|file| (file.path.clone(), file.staged.clone(), file.entry.content)).collect();
        self.folder
            .blocking(move |folder| {
                for (path, staged, content) in files {
                    if folder.digest_of_staged(&staged)? != Some(content) {
                        return Err(FollowError::Content(path));
                    }
                }
                Ok(())
            })
            .await
    }

    /// Waits until the bytes `taken` since `begun` are no more than the share.
    async fn keep_to_share(&self, begun: Instant, taken: u64) {
        if let Some(share) = self.options.share {
            let due = begun + std::time::Duration::from_secs_f64(taken as f64 / share.max(1) as f64);
            tokio::time::sleep_until(due).await;
        }
    }
}

/// The steps to the next version. Files come before files go, so that a moved one is never nowhere, unless one stands in
/// the other's way.
fn steps(differences: &[Difference], wanted: Vec<Wanted>, there: &HashSet<String>) -> Vec<Step> {
    let is_folder = |entry: &Option<Entry>| matches!(entry, Some(Entry::Folder(_)));
    let coming: HashSet<String> = wanted.iter().map(|file| folded(&file.path)).collect();
    let in_the_way = differences.iter().any(|difference| {
        let Difference { path, change, before, after } = difference;
        (*change == Change::Changed && is_folder(before) != is_folder(after))
            || (*change == Change::Removed && coming.contains(&folded(path)))
    });
    let folders = differences
        .iter()
        .filter(|difference| is_folder(&difference.after))
        .map(|difference| Step::Folder { path: difference.path.clone() });
    let puts = wanted.into_iter().filter(|file| !there.contains(&file.path)).map(|file| Step::Put {
        is: look_of(&file.entry),
        path: file.path,
        staged: file.staged,
        content: file.entry.content,
        mode: file.entry.mode,
        was: file.was,
    });
    let come: Vec<Step> = folders.chain(puts).collect();
    let gone_folders = differences
        .iter()
        .rev()
        .filter(|difference| is_folder(&difference.before) && !is_folder(&difference.after))
        .map(|difference| Step::RemoveFolder { path: difference.path.clone() });
    let go: Vec<Step> = removed(differences).chain(gone_folders).collect();
    if in_the_way { go.into_iter().chain(come).collect() } else { come.into_iter().chain(go).collect() }
}

/// Files that are no more, or are folders by now.
fn removed(differences: &[Difference]) -> impl Iterator<Item = Step> + '_ {
    differences.iter().filter(|difference| !matches!(difference.after, Some(Entry::File(_)))).filter_map(
        |difference| {
            let was = look(difference.before.as_ref()?)?;
            Some(Step::Remove { path: difference.path.clone(), was })
        },
    )
}

fn look(entry: &Entry) -> Option<Look> {
    match entry {
        Entry::File(file) => Some(look_of(file)),
        _ => None,
    }
}

fn look_of(file: &FileEntry) -> Look {
    Look { size: file.size, mtime_ns: file.mtime_ns }
}

/// A path that stands for the same file on every system, and is not ours.
fn check_path(path: &str) -> Result<(), FollowError> {
    let is_ours = path.split('/').next().is_some_and(|top| folded(top) == OWN_FOLDER);
    if is_ours {
        return Err(NameProblem { name: path.to_owned(), why: Why::Outside }.into());
    }
    RelPath::new(path)?;
    Ok(())
}

/// Chunks read from the disk before they are written to it.
const LOCAL_AT_ONCE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_out_or_mean_something_else_elsewhere_are_refused() {
        let long = "x".repeat(256);
        for path in [
            "",
            "..",
            "a/../b",
            "/a",
            "a//b",
            "C:/x",
            "a:b",
            "a\\b",
            "con",
            "Content/NUL.txt",
            "a/LPT1.x",
            "x.",
            "x ",
            "a\nb",
            ".cyclorama/followed.json",
            ".Cyclorama/x",
            &long,
        ] {
            assert!(check_path(path).is_err(), "{path:?}");
        }
        for path in ["Content/Maps/Stage.umap", "Überblick/é.txt", ".cycignore", "console/com10"] {
            assert!(check_path(path).is_ok(), "{path:?}");
        }
    }
}
