//! What is known already of packages, by the digest of their files, so that no header is fetched twice.
//!
//! The table is derived: it may be lost at any time and is made again from headers. One is kept on each machine beside
//! the cache of its stores, and some beside each version in a store. `CYCDEPS`, the format's version (1), the names (a count, then texts, sorted),
//! the records (a count, then digest, hard and soft references as places in the names), and BLAKE3 of all that.
//! Another version is not read; the table is then made anew.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use cyclorama_content::Digest;

use super::Dependencies;
use crate::FormatError;
use crate::local::patiently;
use crate::wire::{WireReader, WireWrite};

/// What is wrong with a stored table.
pub type TableError = FormatError;

/// References of one file, as places in the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    hard: Vec<u32>,
    soft: Vec<u32>,
}

/// What files refer to, by the BLAKE3 digest of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DependencyTable {
    names: Vec<String>,
    places: BTreeMap<String, u32>,
    records: BTreeMap<Digest, Known>,
    changed: bool,
}

impl DependencyTable {
    /// How many files it knows.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What the file with this digest refers to.
    pub fn find(&self, content: &Digest) -> Option<Dependencies> {
        let known = self.records.get(content)?;
        let texts = |places: &[u32]| {
            let mut texts: Vec<_> = places.iter().map(|place| self.names[*place as usize].clone()).collect();
            texts.sort_unstable();
            texts
        };
        Some(Dependencies { hard: texts(&known.hard), soft: texts(&known.soft) })
    }

    /// Learns what a file refers to. A full table learns nothing more.
    pub fn learn(&mut self, content: Digest, dependencies: &Dependencies) {
        if self.records.len() >= MOST_RECORDS || self.records.contains_key(&content) {
            return;
        }
        let mut places = |texts: &[String]| texts.iter().map(|text| self.place(text)).collect();
        let known = Known { hard: places(&dependencies.hard), soft: places(&dependencies.soft) };
        self.records.insert(content, known);
        self.changed = true;
    }

    /// Learns all that another table knows.
    pub fn absorb(&mut self, other: &Self) {
        let mut places: Vec<Option<u32>> = vec![None; other.names.len()];
        for (content, known) in &other.records {
            if self.records.len() >= MOST_RECORDS || self.records.contains_key(content) {
                continue;
            }
            let mut own = |list: &[u32]| -> Vec<u32> {
                let place = |at: &u32| {
                    let at = *at as usize;
                    *places[at].get_or_insert_with(|| self.place(&other.names[at]))
                };
                list.iter().map(place).collect()
            };
            let known = Known { hard: own(&known.hard), soft: own(&known.soft) };
            self.records.insert(*content, known);
            self.changed = true;
        }
    }

    /// Forgets every file that is not one of these, which are sorted.
    pub(crate) fn retain(&mut self, live: &[Digest]) {
        self.records.retain(|content, _| live.binary_search(content).is_ok());
        *self = self.in_parts(usize::MAX).into_iter().next().unwrap_or_default();
    }

    /// The same knowledge in tables of at most `most` files, each with the names it needs.
    pub(crate) fn in_parts(&self, most: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut records = self.records.keys().peekable();
        while records.peek().is_some() {
            let mut part = Self::default();
            for content in records.by_ref().take(most) {
                if let Some(dependencies) = self.find(content) {
                    part.learn(*content, &dependencies);
                }
            }
            parts.push(part);
        }
        parts
    }

    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }

    /// The bytes of the table. The same knowledge has the same bytes, in whatever order it was learnt.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        let mut order = vec![0u64; self.names.len()];
        bytes.put_varint(self.names.len() as u64);
        for (rank, (name, place)) in self.places.iter().enumerate() {
            order[*place as usize] = rank as u64;
            bytes.put_text(name);
        }
        bytes.put_varint(self.records.len() as u64);
        for (content, known) in &self.records {
            bytes.extend_from_slice(content.as_bytes());
            for places in [&known.hard, &known.soft] {
                let mut ranks: Vec<_> = places.iter().map(|place| order[*place as usize]).collect();
                ranks.sort_unstable();
                ranks.dedup();
                bytes.put_varint(ranks.len() as u64);
                ranks.into_iter().for_each(|rank| bytes.put_varint(rank));
            }
        }
        let digest = Digest::of(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        bytes
    }

    /// The table that these bytes are.
    ///
    /// # Errors
    /// [`TableError`] when they are none, are damaged, or have another version.
    pub fn decode(bytes: &[u8]) -> Result<Self, TableError> {
        let damaged = |problem| FormatError::Damaged { object: "table of dependencies", problem };
        let Some((body, digest)) = bytes.split_last_chunk::<32>() else {
            return Err(damaged("it ends too early"));
        };
        let mut reader = WireReader::new(body, "table of dependencies");
        reader.magic(MAGIC, VERSION)?;
        if Digest::of(body).as_bytes() != digest {
            return Err(damaged("its digest is another"));
        }
        let mut table = Self::default();
        for _ in 0..reader.count(1)? {
            let name = reader.text(LONGEST_NAME)?;
            if table.names.last().is_some_and(|last| last.as_str() >= name) {
                return Err(damaged("its names are not sorted"));
            }
            table.place(name);
        }
        for _ in 0..reader.count(34)? {
            let content = Digest::from_bytes(reader.array()?);
            let hard = read_places(&mut reader, table.names.len())?;
            let soft = read_places(&mut reader, table.names.len())?;
            if table.records.last_key_value().is_some_and(|(last, _)| *last >= content) {
                return Err(damaged("its files are not sorted"));
            }
            table.records.insert(content, Known { hard, soft });
        }
        reader.end()?;
        Ok(table)
    }

    /// The table in a file. Without one that can be read, an empty table: it is made again as it is used.
    pub fn load(path: &Path) -> Self {
        let read = |path: &Path| -> io::Result<Vec<u8>> {
            if std::fs::metadata(path)?.len() > LARGEST_FILE {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            std::fs::read(path)
        };
        read(path).ok().and_then(|bytes| Self::decode(&bytes).ok()).unwrap_or_default()
    }

    /// Writes the table to a file, whole or not at all, if it learnt something since it was loaded.
    ///
    /// # Errors
    /// When the file cannot be written; the one before is still there then.
    pub fn save(&mut self, path: &Path) -> io::Result<()> {
        if !self.changed {
            return Ok(());
        }
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = std::fs::File::create(&temporary)
            .and_then(|mut file| file.write_all(&self.encode()))
            .and_then(|()| patiently(|| std::fs::rename(&temporary, path)));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        } else {
            self.changed = false;
        }
        written
    }
}

fn read_places(reader: &mut WireReader<'_>, names: usize) -> Result<Vec<u32>, FormatError> {
    let count = reader.count(1)?;
    let mut places: Vec<u32> = Vec::with_capacity(count);
    for _ in 0..count {
        let place = reader.varint()?;
        if place >= names as u64 {
            return reader.damaged("a name beyond the table");
        }
        if places.last().is_some_and(|last| u64::from(*last) >= place) {
            return reader.damaged("references are not sorted");
        }
        places.push(place as u32);
    }
    Ok(places)
}

const MAGIC: &[u8; 7] = b"CYCDEPS";
const VERSION: u8 = 1;
/// Files of which a table knows something.
const MOST_RECORDS: usize = 2_000_000;
/// Bytes of one name.
const LONGEST_NAME: usize = 64 << 10;
/// Bytes of a file that is taken for a table.
const LARGEST_FILE: u64 = 1 << 30;
