//! From a flat list of paths to folders' nodes.

use std::collections::{HashMap, HashSet};
use std::future;

use bytes::Bytes;
use cyclorama_content::{ChunkId, ChunkIds};
use futures::FutureExt as _;

use crate::tree::{EncodedNode, Entry, FolderEntry, Node};
use crate::wire::FormatError;

/// Folders in memory, each under its id, as the chunks they are stored as.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folders(HashMap<ChunkId, Made>);

#[derive(Clone, Debug)]
struct Made {
    chunks: Vec<(ChunkId, Bytes)>,
    /// The folders in it.
    below: Vec<ChunkId>,
    totals: (u64, u64),
}

impl Folders {
    /// The folder of this id, if it was made here.
    pub(super) fn get(&self, id: &ChunkId, ids: &ChunkIds) -> Option<Node> {
        let made = self.0.get(id)?;
        let chunk = |wanted: ChunkId| {
            let found = made.chunks.iter().find(|(id, _)| *id == wanted).map(|(_, bytes)| bytes.clone());
            future::ready(found.ok_or(FormatError::Damaged { object: "folder", problem: "a chunk is lost" }))
        };
        Node::assemble(*id, ids, chunk).now_or_never()?.ok()
    }

    /// Files and bytes in the folder of this id and below, if it was made here.
    pub(super) fn totals(&self, id: &ChunkId) -> Option<(u64, u64)> {
        self.0.get(id).map(|made| made.totals)
    }

    /// The chunks of the folder `root` and of those below it, as far as they were made here: what belongs together
    /// lies together. Each once; the folders stay.
    pub(super) fn chunks_below(&self, root: ChunkId) -> impl Iterator<Item = &(ChunkId, Bytes)> {
        let (mut seen, mut waiting) = (HashSet::new(), vec![root]);
        let folders = std::iter::from_fn(move || {
            while let Some(id) = waiting.pop() {
                if let Some(made) = self.0.get(&id)
                    && seen.insert(id)
                {
                    waiting.extend(made.below.iter().rev());
                    return Some(&made.chunks);
                }
            }
            None
        });
        folders.flatten()
    }

    /// Adds a folder, and says how its parent lists it.
    pub(super) fn add(&mut self, name: &str, node: &Node, ids: &ChunkIds) -> FolderEntry {
        let (files, bytes) = node.totals();
        let EncodedNode { id, chunks } = node.encode(ids);
        self.0.entry(id).or_insert_with(|| {
            let below = node.entries().iter().filter_map(|entry| match entry {
                Entry::Folder(folder) => Some(folder.node),
                _ => None,
            });
            let chunks = chunks.into_iter().map(|(id, bytes)| (id, bytes.into_boxed_slice().into()));
            Made { chunks: chunks.collect(), below: below.collect(), totals: (files, bytes) }
        });
        FolderEntry { name: name.to_owned(), node: id, files, bytes }
    }

    /// Makes the folders of `entries`, whose paths are names joined by `/`, sorted by path. Folders on the way need not
    /// be listed. Returns the top folder.
    pub(crate) fn build<P: AsRef<str>>(
        &mut self,
        entries: impl IntoIterator<Item = (P, Entry)>,
        ids: &ChunkIds,
    ) -> FolderEntry {
        let mut open = vec![Open { name: String::new(), entries: Vec::new() }];
        for (path, entry) in entries {
            let path = path.as_ref();
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            self.enter(&mut open, parent, ids);
            match entry {
                // Opened now, so that it exists also when nothing is in it.
                Entry::Folder(_) => open.push(Open { name: name.to_owned(), entries: Vec::new() }),
                other => {
                    if let Some(folder) = open.last_mut() {
                        folder.entries.push(other);
                    }
                }
            }
        }
        self.enter(&mut open, "", ids);
        let top = open.pop().map(|top| top.entries).unwrap_or_default();
        self.add("", &Node::new(top), ids)
    }

    /// Closes open folders until what is open is on the way to `parent`, then opens the rest of the way.
    fn enter(&mut self, open: &mut Vec<Open>, parent: &str, ids: &ChunkIds) {
        let wanted: Vec<&str> = if parent.is_empty() { Vec::new() } else { parent.split('/').collect() };
        let common = open[1..].iter().zip(&wanted).take_while(|(folder, name)| folder.name == **name).count();
        while open.len() > common + 1 {
            if let Some(closed) = open.pop()
                && let Some(above) = open.len().checked_sub(1)
            {
                let entry = self.add(&closed.name, &Node::new(closed.entries), ids);
                open[above].entries.push(Entry::Folder(entry));
            }
        }
        for name in &wanted[common..] {
            open.push(Open { name: (*name).to_owned(), entries: Vec::new() });
        }
    }
}

/// A folder whose entries are still coming.
#[derive(Debug)]
struct Open {
    name: String,
    entries: Vec<Entry>,
}

#[cfg(test)]
mod tests {
    use cyclorama_content::FileDigests;

    use super::*;
    use crate::tree::{FileEntry, SymlinkEntry, path_order};

    fn file(path: &str) -> (String, Entry) {
        let FileDigests { size, content, xxh128 } = FileDigests::of(path.as_bytes());
        let name = path.rsplit('/').next().expect("a name").to_owned();
        let chunks = vec![ChunkIds::plain().of(path.as_bytes())];
        (
            path.to_owned(),
            Entry::File(FileEntry { name, size, mtime_ns: 1, mode: 0o644, content, xxh128, chunks }),
        )
    }

    fn folder(path: &str) -> (String, Entry) {
        let name = path.rsplit('/').next().expect("a name").to_owned();
        let node = ChunkId::from_bytes([0; 32]);
        (path.to_owned(), Entry::Folder(FolderEntry { name, node, files: 0, bytes: 0 }))
    }

    fn listing(folders: &Folders, id: ChunkId, path: &str, out: &mut Vec<String>) {
        for entry in folders.get(&id, &ChunkIds::plain()).expect("made here").entries() {
            let path = format!("{path}/{}", entry.name());
            match entry {
                Entry::Folder(below) => {
                    out.push(format!("{path}/"));
                    listing(folders, below.node, &path, out);
                }
                _ => out.push(path),
            }
        }
    }

    fn listed(mut entries: Vec<(String, Entry)>) -> Vec<String> {
        entries.sort_by(|(a, _), (b, _)| path_order(a, b));
        let mut folders = Folders::default();
        let top = folders.build(entries, &ChunkIds::plain());
        let mut out = Vec::new();
        listing(&folders, top.node, "", &mut out);
        out
    }

    #[test]
    fn sorted_paths_become_folders_listed_or_not() {
        let link = SymlinkEntry { name: "l".to_owned(), target: "../x".to_owned() };
        let entries = vec![
            file("b/c/d"),
            folder("b/empty"),
            file("a"),
            file("b-x/y"),
            file("b/a"),
            folder("b"),
            ("b/l".to_owned(), Entry::Symlink(link)),
            file("b/c/e"),
        ];
        let expected =
            ["/a", "/b/", "/b/a", "/b/c/", "/b/c/d", "/b/c/e", "/b/empty/", "/b/l", "/b-x/", "/b-x/y"];
        let mut expected = expected.map(str::to_owned).to_vec();
        let mut found = listed(entries);
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_an_empty_top_folder() {
        let mut folders = Folders::default();
        let top = folders.build(Vec::<(String, Entry)>::new(), &ChunkIds::plain());
        assert_eq!((top.files, top.bytes), (0, 0));
        assert_eq!(folders.chunks_below(top.node).count(), 1);
    }

    #[test]
    fn totals_go_up_to_the_top_and_equal_folders_are_made_once() {
        let mut folders = Folders::default();
        let twin = |path: &str| {
            let (_, entry) = file("same");
            (path.to_owned(), entry)
        };
        let top = folders.build(vec![twin("x/same"), twin("y/same")], &ChunkIds::plain());
        assert_eq!((top.files, top.bytes), (2, 8));
        assert_eq!(folders.chunks_below(top.node).count(), 2, "the top and the one folder");
    }
}
