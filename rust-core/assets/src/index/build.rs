//! Making index objects, and merging small ones so that a reader needs few.

use std::collections::HashMap;

use super::{Index, KEY, Location, MAGIC, MOST_PACKS, ROW, VERSION};
use crate::{IndexId, PackId, pack::PackEntry, wire::WireWrite};

/// Collects chunks' places; the first place given for a chunk stays.
#[derive(Debug, Default)]
pub(crate) struct IndexBuilder {
    packs: Vec<(PackId, u64)>,
    numbers: HashMap<PackId, u16>,
    rows: Vec<[u8; ROW]>,
    supersedes: Vec<IndexId>,
}

impl IndexBuilder {
    /// Chunks it holds so far, those given twice counted twice.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether as many packs fit still.
    pub(crate) fn has_room_for(&self, packs: usize) -> bool {
        self.packs.len() + packs <= MOST_PACKS
    }

    /// Adds what a pack of `size` bytes holds. There must be room for it.
    pub(crate) fn add_pack(&mut self, pack: PackId, size: u64, entries: &[PackEntry]) {
        for entry in entries {
            let PackEntry { id, offset, stored, raw, codec } = *entry;
            let mut key = [0; KEY];
            key.copy_from_slice(&id.as_bytes()[..KEY]);
            self.add(key, &Location { pack, pack_size: size, offset, stored, raw, codec });
        }
    }

    /// Whether it has one of these places' chunks elsewhere. One object knows one place of a chunk: if it took the place
    /// of an index that knows another one, that would be forgotten, and it may be the only one that stays.
    pub(crate) fn conflicts_with(&self, index: &Index, counts: impl Fn(&Location) -> bool) -> bool {
        self.rows.iter().any(|row| {
            let other = index.position_of(&row[..KEY]).map(|at| index.location_at(at));
            let mine = self.packs.get(usize::from(u16::from_le_bytes([row[16], row[17]])));
            other.is_some_and(|other| mine.is_some_and(|(pack, _)| *pack != other.pack) && counts(&other))
        })
    }

    /// Adds what another index knows, and takes its place. There must be room for its packs, and no conflict.
    pub(crate) fn merge(&mut self, id: IndexId, index: &Index) {
        for (key, place) in index.iter() {
            self.add(key, &place);
        }
        self.supersedes.push(id);
    }

    /// Adds what another index knows of places that are to stay. There must be room for its packs.
    pub(crate) fn take_from(&mut self, index: &Index, stays: impl Fn(&Location) -> bool) {
        for (key, place) in index.iter().filter(|(_, place)| stays(place)) {
            self.add(key, &place);
        }
    }

    /// Index objects whose place it takes.
    pub(crate) fn replaces(&self) -> usize {
        self.supersedes.len()
    }

    /// Takes the place of these.
    pub(crate) fn supersede(&mut self, ids: impl IntoIterator<Item = IndexId>) {
        self.supersedes.extend(ids);
    }

    fn add(&mut self, key: [u8; KEY], place: &Location) {
        let next = self.packs.len();
        let number = *self.numbers.entry(place.pack).or_insert_with(|| {
            self.packs.push((place.pack, place.pack_size));
            next as u16
        });
        let mut row = [0; ROW];
        row[..KEY].copy_from_slice(&key);
        row[16..18].copy_from_slice(&number.to_le_bytes());
        row[18..22].copy_from_slice(&place.offset.to_le_bytes());
        row[22..25].copy_from_slice(&place.stored.to_le_bytes()[..3]);
        let raw = place.raw | (place.codec as u32) << 23;
        row[25..28].copy_from_slice(&raw.to_le_bytes()[..3]);
        self.rows.push(row);
    }

    /// The object's bytes before they are sealed.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.rows.sort_by(|a, b| a[..KEY].cmp(&b[..KEY]));
        self.rows.dedup_by(|a, b| a[..KEY] == b[..KEY]);
        let mut bytes = Vec::with_capacity(64 + self.packs.len() * 37 + self.rows.len() * ROW);
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        bytes.put_varint(self.supersedes.len() as u64);
        bytes.extend(self.supersedes.iter().flat_map(IndexId::as_bytes));
        bytes.put_varint(self.packs.len() as u64);
        for (pack, size) in &self.packs {
            bytes.extend_from_slice(pack.as_bytes());
            bytes.put_varint(*size);
        }
        bytes.put_varint(self.rows.len() as u64);
        bytes.extend(self.rows.iter().flatten());
        bytes
    }
}
