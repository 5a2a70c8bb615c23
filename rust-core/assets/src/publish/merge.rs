//! Two versions made from one: what only one side changed goes through, what both changed is a conflict.

use std::collections::BTreeSet;

use cyclorama_content::ChunkId;
use futures::{FutureExt, future::BoxFuture};

use super::folders::Folders;
use crate::{
    Repository, RepositoryError,
    tree::{Entry, Node},
};

/// Who wins where both sides changed the same path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nobody: publishing stops and says which paths they are.
    #[default]
    Stop,
    /// This folder.
    Ours,
    /// What is published.
    Theirs,
}

/// A path that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Which.
    pub path: String,
    /// What this folder did to it.
    pub ours: Change,
    /// What the published version did to it.
    pub theirs: Change,
}

/// What one side did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It was there before, and is another one.
    Changed,
    /// It is not there any more.
    Removed,
}

/// The three versions, and what is found out on the way.
pub(super) struct Merge<'a> {
    pub(super) repository: &'a Repository,
    /// Folders that need not come from the store; merged ones are added.
    pub(super) folders: &'a mut Folders,
    pub(super) on_conflict: OnConflict,
    pub(super) conflicts: Vec<Conflict>,
}

impl Merge<'_> {
    /// The top folder of both together.
    pub(super) async fn run(
        &mut self,
        base: Option<ChunkId>,
        ours: ChunkId,
        theirs: ChunkId,
    ) -> Result<ChunkId, RepositoryError> {
        if ours == theirs || base == Some(theirs) {
            return Ok(ours);
        }
        if base == Some(ours) {
            return Ok(theirs);
        }
        let node = self.folder(base, Some(ours), Some(theirs), "").await?;
        Ok(self.folders.add("", &node, self.repository.ids()).node)
    }

    fn folder<'b>(
        &'b mut self,
        base: Option<ChunkId>,
        ours: Option<ChunkId>,
        theirs: Option<ChunkId>,
        path: &'b str,
    ) -> BoxFuture<'b, Result<Node, RepositoryError>> {
        async move {
            let (base, ours, theirs) =
                (self.node(base).await?, self.node(ours).await?, self.node(theirs).await?);
            let names: BTreeSet<&str> =
                ours.entries().iter().chain(theirs.entries()).map(Entry::name).collect();
            let mut merged = Vec::with_capacity(names.len());
            for name in names {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                let sides = (base.find(name), ours.find(name), theirs.find(name));
                merged.extend(self.entry(sides, &path).await?);
            }
            Ok(Node::new(merged))
        }
        .boxed()
    }

    async fn entry(
        &mut self,
        (base, ours, theirs): (Option<&Entry>, Option<&Entry>, Option<&Entry>),
        path: &str,
    ) -> Result<Option<Entry>, RepositoryError> {
        if is_same(ours, theirs) || is_same(base, theirs) {
            return Ok(ours.cloned());
        }
        if is_same(base, ours) {
            return Ok(theirs.cloned());
        }
        let folder = |entry: Option<&Entry>| match entry {
            Some(Entry::Folder(folder)) => Some(folder.node),
            _ => None,
        };
        let is_folder = |entry: Option<&Entry>| folder(entry).is_some();
        let both = is_folder(ours) && is_folder(theirs);
        // What one side removed as a whole, the other one may have changed in one place: look inside.
        let removed = is_folder(base)
            && ((ours.is_none() && is_folder(theirs)) || (is_folder(ours) && theirs.is_none()));
        if both || removed {
            let name = path.rsplit('/').next().unwrap_or(path);
            let node = self.folder(folder(base), folder(ours), folder(theirs), path).await?;
            if removed && node.entries().is_empty() {
                return Ok(None);
            }
            return Ok(Some(Entry::Folder(self.folders.add(name, &node, self.repository.ids()))));
        }
        let conflict =
            Conflict { path: path.to_owned(), ours: change(base, ours), theirs: change(base, theirs) };
        self.conflicts.push(conflict);
        Ok(match self.on_conflict {
            OnConflict::Theirs => theirs.cloned(),
            OnConflict::Ours | OnConflict::Stop => ours.cloned(),
        })
    }

    /// The folder, or an empty one in place of none.
    async fn node(&self, id: Option<ChunkId>) -> Result<Node, RepositoryError> {
        let Some(id) = id else { return Ok(Node::default()) };
        match self.folders.get(&id, self.repository.ids()) {
            Some(node) => Ok(node),
            None => self.repository.node(id).await,
        }
    }
}

/// Whether two sides have the same; a file's time alone makes no difference, nor who may read and write it: of its permission
/// bits only whether its owner may run it is content.
fn is_same(a: Option<&Entry>, b: Option<&Entry>) -> bool {
    match (a, b) {
        (Some(Entry::File(a)), Some(Entry::File(b))) => {
            a.size == b.size && a.content == b.content && (a.mode ^ b.mode) & OWNER_RUNS == 0
        }
        (a, b) => a == b,
    }
}

fn change(before: Option<&Entry>, after: Option<&Entry>) -> Change {
    match (before, after) {
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
        (Some(_), Some(_)) => Change::Changed,
    }
}

const OWNER_RUNS: u32 = 0o100;
