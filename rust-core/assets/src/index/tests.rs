use cyclorama_content::ChunkIds;
use cyclorama_time::UtcTime;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::pack::PackEntry;

fn pack_id(number: u8) -> PackId {
    PackId::of(&[number], UtcTime::from_seconds(1.7e9))
}

fn entries(pack: u8, lengths: &[(u32, bool)]) -> (PackId, u64, Vec<PackEntry>) {
    let mut offset = 0;
    let entries: Vec<_> = lengths
        .iter()
        .enumerate()
        .map(|(number, &(stored, packed))| {
            let id = ChunkIds::plain().of(&[pack, number as u8]);
            let codec = if packed { Codec::Zstd } else { Codec::Raw };
            let entry = PackEntry { id, offset, stored, raw: stored + 7, codec };
            offset += stored;
            entry
        })
        .collect();
    (pack_id(pack), u64::from(offset) + 500, entries)
}

fn build(packs: &[(PackId, u64, Vec<PackEntry>)]) -> Bytes {
    let mut builder = IndexBuilder::default();
    for (pack, size, entries) in packs {
        builder.add_pack(*pack, *size, entries);
    }
    builder.finish().into()
}

fn packs() -> impl Strategy<Value = Vec<(PackId, u64, Vec<PackEntry>)>> {
    vec(vec((1u32..1_000_000, any::<bool>()), 0..9), 0..5).prop_map(|packs| {
        packs.iter().enumerate().map(|(number, lengths)| entries(number as u8, lengths)).collect()
    })
}

#[test]
fn a_merged_index_knows_all_and_names_those_it_replaces() {
    let (one, two) = (entries(1, &[(10, false), (20, true)]), entries(2, &[(30, true)]));
    let old: Bytes = build(std::slice::from_ref(&one));
    let id = IndexId::of(&old, UtcTime::from_seconds(1.7e9));
    let mut builder = IndexBuilder::default();
    builder.add_pack(two.0, two.1, &two.2);
    builder.merge(id, &Index::decode(&old).expect("decodes"));
    let merged = Index::decode(&builder.finish().into()).expect("decodes");
    assert_eq!((merged.len(), merged.supersedes()), (3, &[id][..]));
    for (pack, _, entries) in [one, two] {
        for entry in entries {
            let place = merged.find(&entry.id).expect("known");
            assert_eq!((place.pack, place.offset, place.stored), (pack, entry.offset, entry.stored));
        }
    }
}

#[test]
fn a_chunk_in_two_packs_is_listed_once() {
    let one = entries(1, &[(10, false)]);
    let again = (pack_id(9), 900, one.2.clone());
    let index = Index::decode(&build(&[one.clone(), again])).expect("decodes");
    assert_eq!(index.len(), 1);
    assert_eq!(index.find(&one.2[0].id).expect("known").pack, one.0);
}

#[test]
fn rows_that_lie_outside_their_pack_are_refused() {
    let (pack, _, rows) = entries(1, &[(10, false), (20, false)]);
    assert!(Index::decode(&build(&[(pack, 29, rows.clone())])).is_err());
    assert!(Index::decode(&build(&[(pack, 30, rows)])).is_ok());
}

#[test]
fn later_versions_are_named() {
    let mut bytes = build(&[]).to_vec();
    bytes[7] = 9;
    assert!(matches!(Index::decode(&bytes.into()), Err(FormatError::Version { found: 9, known: 1, .. })));
}

proptest! {
    #[test]
    fn every_chunk_is_found_where_it_was_put(packs in packs()) {
        let index = Index::decode(&build(&packs)).expect("decodes");
        prop_assert_eq!(index.len(), packs.iter().map(|(.., entries)| entries.len()).sum::<usize>());
        for (pack, pack_size, entries) in packs {
            for PackEntry { id, offset, stored, raw, codec } in entries {
                prop_assert_eq!(index.find(&id), Some(Location { pack, pack_size, offset, stored, raw, codec }));
            }
        }
        prop_assert_eq!(index.find(&ChunkIds::plain().of(b"other")), None);
    }

    #[test]
    fn a_cut_index_is_refused(packs in packs(), cut in any::<prop::sample::Index>()) {
        let bytes = build(&packs);
        prop_assert!(Index::decode(&bytes.slice(..cut.index(bytes.len()))).is_err());
    }

    #[test]
    fn damage_never_panics(packs in packs(), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = build(&packs).to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(index) = Index::decode(&bytes.into()) {
            let _ = index.find(&ChunkIds::plain().of(b"x"));
            prop_assert_eq!(index.iter().count(), index.len());
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        let mut sound = b"CYINDX\n\x01".to_vec();
        sound.extend(&bytes);
        let _ = (Index::decode(&bytes.into()), Index::decode(&sound.into()));
    }
}

#[test]
fn an_index_that_has_a_chunk_elsewhere_is_a_conflict_unless_that_place_goes() {
    let chunk = ChunkIds::plain().of(b"chunk");
    let entry = PackEntry { id: chunk, offset: 0, stored: 5, raw: 5, codec: Codec::Raw };
    let pack = |text: &[u8]| PackId::of(text, cyclorama_time::UtcTime::from_seconds(1.7e9));
    let (one, two) = (pack(b"one"), pack(b"two"));
    let mut builder = IndexBuilder::default();
    builder.add_pack(one, 100, &[entry]);
    let index = |pack| {
        let mut other = IndexBuilder::default();
        other.add_pack(pack, 100, &[entry]);
        Index::decode(&Bytes::from(other.finish())).expect("an index")
    };
    assert!(!builder.conflicts_with(&index(one), |_| true));
    assert!(builder.conflicts_with(&index(two), |_| true));
    assert!(!builder.conflicts_with(&index(two), |place| place.pack != two));
}
