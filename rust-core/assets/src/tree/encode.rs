//! A folder's node as chunks: one, or a list of parts when the folder is large.
//!
//! Parts are cut behind names whose hash says so, never by position. So one change in a folder of ten thousand files
//! rewrites one part of some dozens of entries and the list of parts, and every machine cuts alike. The chunk ids of
//! a large file lie in lists of their own, cut behind ids in the same way.

use std::future::Future;

use cyclorama_content::{ChunkId, ChunkIds, Digest, Xxh128};

use super::{Entry, FileEntry, FolderEntry, LONGEST_NAME, LONGEST_TARGET, Node, SymlinkEntry, is_name};
use crate::wire::{FormatError, WireReader, WireWrite};

/// A node in the form it is stored in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedNode {
    /// The id under which the folder is known: that of the last chunk.
    pub id: ChunkId,
    /// Every chunk with its raw bytes, parts before the list of them.
    pub chunks: Vec<(ChunkId, Vec<u8>)>,
}

/// What one chunk of a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodePart {
    /// Entries, sorted, and which of them lack their chunks yet.
    Entries(Vec<Entry>, Vec<Listed>),
    /// The chunks that hold the entries, in order.
    Parts(Vec<ChunkId>),
    /// Some of a large file's chunks.
    Chunks(Vec<ChunkId>),
}

/// A file whose chunk ids lie in lists of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its place among the entries of the part.
    pub entry: usize,
    /// How many chunks it has.
    pub chunks: u64,
    /// The lists, in order.
    pub lists: Vec<ChunkId>,
}

impl Node {
    /// The chunks of this folder. The same entries give the same chunks on every machine.
    pub fn encode(&self, ids: &ChunkIds) -> EncodedNode {
        let mut chunks = Vec::new();
        let mut keep = |bytes: Vec<u8>| {
            let id = ids.of(&bytes);
            chunks.push((id, bytes));
            id
        };
        let id = if self.entries.len() <= WHOLE {
            let bytes = encode_entries(&self.entries, &mut keep);
            keep(bytes)
        } else {
            let parts: Vec<_> =
                pieces(&self.entries, PART, |entry| Xxh128::of(entry.name().as_bytes()).to_bytes()[15])
                    .map(|part| {
                        let bytes = encode_entries(part, &mut keep);
                        keep(bytes)
                    })
                    .collect();
            keep(encode_ids(PARTS, &parts))
        };
        EncodedNode { id, chunks }
    }

    /// Reads the folder that is known as `id` from the chunks that `fetch` finds.
    ///
    /// # Errors
    /// What `fetch` says, or [`FormatError`] when the chunks make no folder.
    pub async fn assemble<F, R, E>(id: ChunkId, ids: &ChunkIds, fetch: F) -> Result<Self, E>
    where
        F: Fn(ChunkId) -> R,
        R: Future<Output = Result<bytes::Bytes, E>>,
        E: From<FormatError>,
    {
        let mut parts = match NodePart::decode(&fetch(id).await?, ids)? {
            NodePart::Parts(parts) => {
                let mut entries = Vec::with_capacity(parts.len());
                for part in parts {
                    entries.push(NodePart::decode(&fetch(part).await?, ids)?);
                }
                entries
            }
            part => vec![part],
        };
        let mut all = Vec::with_capacity(parts.len());
        for part in parts.drain(..) {
            let NodePart::Entries(mut entries, listed) = part else {
                return Err(FormatError::Damaged {
                    object: OBJECT,
                    problem: "a part of it holds no entries",
                }
                .into());
            };
            for Listed { entry, chunks, lists } in listed {
                let mut found = Vec::new();
                for list in lists {
                    match NodePart::decode(&fetch(list).await?, ids)? {
                        NodePart::Chunks(more) => found.extend(more),
                        _ => {
                            return Err(FormatError::Damaged { object: OBJECT, problem: LIST_PROBLEM }.into());
                        }
                    }
                }
                match &mut entries[entry] {
                    Entry::File(file) if found.len() as u64 == chunks => file.chunks = found,
                    _ => return Err(FormatError::Damaged { object: OBJECT, problem: LIST_PROBLEM }.into()),
                }
            }
            all.push(entries);
        }
        Ok(Self::from_parts(all)?)
    }

    /// The folder whose parts hold these entries, in their order.
    ///
    /// # Errors
    /// [`FormatError`] when the entries are not sorted by name.
    pub fn from_parts(parts: Vec<Vec<Entry>>) -> Result<Self, FormatError> {
        let entries = parts.into_iter().flatten().collect::<Vec<_>>();
        if entries.windows(2).all(|pair| pair[0].name() < pair[1].name()) {
            Ok(Self { entries })
        } else {
            Err(FormatError::Damaged { object: OBJECT, problem: "its entries are not sorted" })
        }
    }
}

impl NodePart {
    /// Reads one chunk of a node. `ids` makes the chunk ids that are not written out.
    ///
    /// # Errors
    /// [`FormatError`] for anything that [`Node::encode`] cannot have written.
    pub fn decode(bytes: &[u8], ids: &ChunkIds) -> Result<Self, FormatError> {
        let mut reader = WireReader::new(bytes, OBJECT);
        match reader.u8()? {
            0 => return reader.damaged("its version is 0"),
            VERSION => {}
            found => {
                return Err(FormatError::Version {
                    object: OBJECT,
                    found: found.into(),
                    known: VERSION.into(),
                });
            }
        }
        let part = match reader.u8()? {
            ENTRIES => {
                let (entries, listed) = decode_entries(&mut reader, ids)?;
                Self::Entries(entries, listed)
            }
            PARTS => {
                let count = reader.count(32)?;
                Self::Parts(decode_ids(&mut reader, count)?)
            }
            CHUNKS => {
                let count = reader.count(32)?;
                Self::Chunks(decode_ids(&mut reader, count)?)
            }
            _ => return reader.damaged("its kind is unknown"),
        };
        reader.end()?;
        Ok(part)
    }
}

/// `all` cut into pieces of about `usual` (a divisor of 256), behind those whose hash is a multiple of it.
fn pieces<T>(all: &[T], usual: usize, hash: impl Fn(&T) -> u8) -> impl Iterator<Item = &[T]> {
    let mut rest = all;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let most = rest.len().min(4 * usual);
        let is_last = |at: &usize| usize::from(hash(&rest[*at])).is_multiple_of(usual);
        let length = (usual / 4..most).find(is_last).map_or(most, |at| at + 1);
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

fn encode_ids(kind: u8, ids: &[ChunkId]) -> Vec<u8> {
    let mut bytes = vec![VERSION, kind];
    bytes.put_varint(ids.len() as u64);
    bytes.extend(ids.iter().flat_map(ChunkId::as_bytes));
    bytes
}

fn decode_ids(reader: &mut WireReader<'_>, count: usize) -> Result<Vec<ChunkId>, FormatError> {
    (0..count).map(|_| reader.array().map(ChunkId::from_bytes)).collect()
}

/// Entries of a folder; the lists of large files' chunks go to `keep`.
fn encode_entries(entries: &[Entry], keep: &mut impl FnMut(Vec<u8>) -> ChunkId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + entries.len() * 96);
    bytes.extend([VERSION, ENTRIES]);
    bytes.put_varint(entries.len() as u64);
    let mut time = 0i64;
    for entry in entries {
        match entry {
            Entry::File(file) => {
                bytes.push(FILE);
                bytes.put_text(&file.name);
                bytes.put_varint(file.size);
                bytes.put_signed(file.mtime_ns.wrapping_sub(time));
                time = file.mtime_ns;
                bytes.put_varint((file.mode & 0o777).into());
                bytes.extend(file.content.as_bytes());
                bytes.extend(file.xxh128.to_bytes());
                encode_chunks(&file.chunks, &mut bytes, keep);
            }
            Entry::Folder(folder) => {
                bytes.push(FOLDER);
                bytes.put_text(&folder.name);
                bytes.extend(folder.node.as_bytes());
                bytes.put_varint(folder.files);
                bytes.put_varint(folder.bytes);
            }
            Entry::Symlink(link) => {
                bytes.push(SYMLINK);
                bytes.put_text(&link.name);
                bytes.put_text(&link.target);
            }
        }
    }
    bytes
}

/// A file's chunk ids: one is not written, because it follows from the file's digest, and many go into lists.
fn encode_chunks(chunks: &[ChunkId], bytes: &mut Vec<u8>, keep: &mut impl FnMut(Vec<u8>) -> ChunkId) {
    bytes.put_varint(chunks.len() as u64);
    if chunks.len() > MOST_INLINE {
        let lists: Vec<_> =
            pieces(chunks, LIST, |id| id.as_bytes()[31]).map(|list| keep(encode_ids(CHUNKS, list))).collect();
        bytes.put_varint(lists.len() as u64);
        bytes.extend(lists.iter().flat_map(ChunkId::as_bytes));
    } else if chunks.len() > 1 {
        bytes.extend(chunks.iter().flat_map(ChunkId::as_bytes));
    }
}

fn decode_entries(
    reader: &mut WireReader<'_>,
    ids: &ChunkIds,
) -> Result<(Vec<Entry>, Vec<Listed>), FormatError> {
    let count = reader.count(SHORTEST_ENTRY)?;
    let mut entries: Vec<Entry> = Vec::with_capacity(count.min(4 * WHOLE));
    let mut listed = Vec::new();
    let mut time = 0i64;
    for _ in 0..count {
        let tag = reader.u8()?;
        let name = reader.text(LONGEST_NAME)?.to_owned();
        if !is_name(&name) {
            return reader.damaged("a name cannot stand in a folder");
        }
        if entries.last().is_some_and(|last| last.name() >= name.as_str()) {
            return reader.damaged("its entries are not sorted");
        }
        entries.push(match tag {
            FILE => {
                let (file, lists) = decode_file(reader, ids, name, &mut time)?;
                listed.extend(lists.map(|(chunks, lists)| Listed { entry: entries.len(), chunks, lists }));
                Entry::File(file)
            }
            FOLDER => Entry::Folder(FolderEntry {
                name,
                node: ChunkId::from_bytes(reader.array()?),
                files: reader.varint()?,
                bytes: reader.varint()?,
            }),
            SYMLINK => Entry::Symlink(SymlinkEntry { name, target: reader.text(LONGEST_TARGET)?.to_owned() }),
            _ => return reader.damaged("an entry's kind is unknown"),
        });
    }
    Ok((entries, listed))
}

/// How many chunks a file has, and where their ids lie.
type Lists = (u64, Vec<ChunkId>);

/// A file, and where its chunk ids lie if they are not here.
fn decode_file(
    reader: &mut WireReader<'_>,
    ids: &ChunkIds,
    name: String,
    time: &mut i64,
) -> Result<(FileEntry, Option<Lists>), FormatError> {
    let size = reader.varint()?;
    *time = time.wrapping_add(reader.signed()?);
    let mode = match u32::try_from(reader.varint()?) {
        Ok(mode) if mode <= 0o777 => mode,
        _ => return reader.damaged("a file's mode is out of range"),
    };
    let content = Digest::from_bytes(reader.array()?);
    let xxh128 = Xxh128::from_bytes(reader.array()?);
    let count = reader.varint()?;
    if (count == 0) != (size == 0) || count > size {
        return reader.damaged("a file's chunks cannot make up its size");
    }
    let mut lists = None;
    let chunks = match count {
        0 => Vec::new(),
        1 => vec![ids.of_digest(&content)],
        count if count <= MOST_INLINE as u64 => decode_ids(reader, count as usize)?,
        _ => {
            let held = reader.count(32)?;
            if held as u64 > count {
                return reader.damaged(LIST_PROBLEM);
            }
            lists = Some((count, decode_ids(reader, held)?));
            Vec::new()
        }
    };
    Ok((FileEntry { name, size, mtime_ns: *time, mode, content, xxh128, chunks }, lists))
}

const OBJECT: &str = "folder";
const VERSION: u8 = 1;
const ENTRIES: u8 = 0;
const PARTS: u8 = 1;
const CHUNKS: u8 = 2;
const LIST_PROBLEM: &str = "the lists of a file's chunks do not fit";
/// A file of up to this many chunks has them beside its name.
const MOST_INLINE: usize = 32;
/// Chunk ids of a list, about; a divisor of 256.
const LIST: usize = 128;
const FILE: u8 = 0;
const FOLDER: u8 = 1;
const SYMLINK: u8 = 2;
/// A folder of up to this many entries is one chunk.
const WHOLE: usize = 32;
/// Entries of a part, about; a divisor of 256.
const PART: usize = 16;
/// A symbolic link with a name of one byte and no target.
const SHORTEST_ENTRY: usize = 4;
