//! From a flat list of paths to folders' nodes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cyclorama_content::{ChunkId, ChunkIds};

use crate::tree::{EncodedNode, Entry, FolderEntry, Node};

/// Folders in memory, each under its id, with the chunks they are stored as.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folders(HashMap<ChunkId, Made>);

#[derive(Clone, Debug)]
struct Made {
    node: Arc<Node>,
    chunks: Vec<(ChunkId, Vec<u8>)>,
}

impl Folders {
    /// The folder of this id, if it was made here.
    pub(super) fn get(&self, id: &ChunkId) -> Option<Arc<Node>> {
        self.0.get(id).map(|made| Arc::clone(&made.node))
    }

    /// The chunks of the folder `root` and of those below it, as far as they were made here: what belongs together
    /// lies together. Each once; the folders stay.
    pub(super) fn chunks_below(&self, root: ChunkId) -> Vec<&(ChunkId, Vec<u8>)> {
        let (mut chunks, mut seen, mut waiting) = (Vec::new(), HashSet::new(), vec![root]);
        while let Some(id) = waiting.pop() {
            let Some(made) = self.0.get(&id) else { continue };
            if !seen.insert(id) {
                continue;
            }
            chunks.extend(&made.chunks);
            let below = made.node.entries().iter().rev().filter_map(|entry| match entry {
                Entry::Folder(folder) => Some(folder.node),
                _ => None,
            });
            waiting.extend(below);
        }
        chunks
    }

    /// Adds a folder, and says how its parent lists it.
    pub(super) fn add(&mut self, name: &str, node: Node, ids: &ChunkIds) -> FolderEntry {
        let (files, bytes) = node.totals();
        let EncodedNode { id, chunks } = node.encode(ids);
        self.0.entry(id).or_insert_with(|| Made { node: Arc::new(node), chunks });
        FolderEntry { name: name.to_owned(), node: id, files, bytes }
    }

    /// Makes the folders of `entries`, whose paths are names joined by `/`. Folders on the way need not be listed.
    /// Returns the top folder.
    pub(crate) fn build(&mut self, mut entries: Vec<(String, Entry)>, ids: &ChunkIds) -> FolderEntry {
        entries.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
        let mut open = vec![Open { name: String::new(), entries: Vec::new() }];
        for (path, entry) in entries {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
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
        self.add("", Node::new(top), ids)
    }

    /// Closes open folders until what is open is on the way to `parent`, then opens the rest of the way.
    fn enter(&mut self, open: &mut Vec<Open>, parent: &str, ids: &ChunkIds) {
        let wanted: Vec<&str> = if parent.is_empty() { Vec::new() } else { parent.split('/').collect() };
        let common = open[1..].iter().zip(&wanted).take_while(|(folder, name)| folder.name == **name).count();
        while open.len() > common + 1 {
            if let Some(closed) = open.pop()
                && let Some(above) = open.len().checked_sub(1)
            {
                let entry = self.add(&closed.name, Node::new(closed.entries), ids);
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
    use crate::tree::{FileEntry, SymlinkEntry};

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
        for entry in folders.get(&id).expect("made here").entries() {
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

    fn listed(entries: Vec<(String, Entry)>) -> Vec<String> {
        let mut folders = Folders::default();
        let top = folders.build(entries, &ChunkIds::plain());
        let mut out = Vec::new();
        listing(&folders, top.node, "", &mut out);
        out
    }

    #[test]
    fn paths_become_folders_whatever_their_order() {
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
        let top = folders.build(vec![], &ChunkIds::plain());
        assert_eq!((top.files, top.bytes), (0, 0));
        assert_eq!(folders.chunks_below(top.node).len(), 1);
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
        assert_eq!(folders.chunks_below(top.node).len(), 2, "the top and the one folder");
    }
}
