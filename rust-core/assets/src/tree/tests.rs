use cyclorama_content::{ChunkIds, FileDigests};
use futures::FutureExt;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::wire::FormatError;

fn ids() -> ChunkIds {
    ChunkIds::keyed([3; 32])
}

fn file(name: &str, body: &[u8]) -> Entry {
    let FileDigests { size, content, xxh128 } = FileDigests::of(body);
    let chunks = if body.is_empty() { vec![] } else { vec![ids().of(body)] };
    Entry::File(FileEntry {
        name: name.to_owned(),
        size,
        mtime_ns: 1_700_000_000_123,
        mode: 0o644,
        content,
        xxh128,
        chunks,
    })
}

fn decode(node: &EncodedNode) -> Result<Node, FormatError> {
    let fetch = |id: ChunkId| {
        let found = node.chunks.iter().find(|(chunk, _)| *chunk == id).expect("a chunk");
        std::future::ready(Ok(bytes::Bytes::copy_from_slice(&found.1)))
    };
    Node::assemble(node.id, &ids(), fetch).now_or_never().expect("nothing waits")
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 _.é-]{1,12}".prop_filter("a name", |name| is_name(name))
}

fn entry() -> impl Strategy<Value = Entry> {
    let several =
        (name(), 2u64..1 << 40, any::<i64>(), 0u32..=0o777, any::<[u8; 32]>(), vec(any::<[u8; 32]>(), 2..50));
    prop_oneof![
        (name(), vec(any::<u8>(), 0..3)).prop_map(|(name, body)| file(&name, &body)),
        several.prop_map(|(name, size, mtime_ns, mode, content, chunks)| Entry::File(FileEntry {
            name,
            size: size.max(50),
            mtime_ns,
            mode,
            content: Digest::from_bytes(content),
            xxh128: Xxh128::of(&content),
            chunks: chunks.into_iter().map(ChunkId::from_bytes).collect(),
        })),
        (name(), any::<[u8; 32]>(), any::<u64>(), any::<u64>()).prop_map(|(name, node, files, bytes)| {
            Entry::Folder(FolderEntry { name, node: ChunkId::from_bytes(node), files, bytes })
        }),
        (name(), ".{0,9}").prop_map(|(name, target)| Entry::Symlink(SymlinkEntry { name, target })),
    ]
}

fn large(count: usize) -> Vec<Entry> {
    (0..count).map(|n| file(&format!("Actor_{n:06}.uasset"), n.to_string().as_bytes())).collect()
}

#[test]
fn entries_are_sorted_and_found_by_name() {
    let node = Node::new(vec![file("b", b"1"), file("a", b"2"), file("b", b"3")]);
    assert_eq!(node.entries().len(), 2);
    assert_eq!(node.find("b"), Some(&file("b", b"3")));
    assert_eq!(node.find("c"), None);
    assert_eq!(node.totals(), (2, 2));
}

#[test]
fn one_change_in_a_large_folder_rewrites_two_small_chunks() {
    let mut entries = large(10_000);
    let before = Node::new(entries.clone()).encode(&ids());
    entries[5_000] = file("Actor_005000.uasset", b"changed");
    let after = Node::new(entries).encode(&ids());
    assert!(before.chunks.len() > 100);
    let new: Vec<_> = after.chunks.iter().filter(|chunk| !before.chunks.contains(chunk)).collect();
    assert_eq!(new.len(), 2, "a part and the list");
    let bytes: usize = new.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < 32_000, "{bytes} bytes");
    assert_eq!(decode(&after).expect("decodes").entries().len(), 10_000);
}

#[test]
fn an_added_name_moves_no_other_part() {
    let mut entries = large(2_000);
    let before = Node::new(entries.clone()).encode(&ids());
    entries.push(file("Actor_000777b.uasset", b"new"));
    let after = Node::new(entries).encode(&ids());
    let new = after.chunks.iter().filter(|chunk| !before.chunks.contains(chunk)).count();
    assert!(new <= 4, "{new} chunks are new");
}

#[test]
fn a_file_of_one_chunk_does_not_spell_its_id_out() {
    let entry = file("a", b"body");
    let encoded = Node::new(vec![entry.clone()]).encode(&ids());
    assert!(encoded.chunks[0].1.len() < 80, "{}", encoded.chunks[0].1.len());
    assert_eq!(decode(&encoded).expect("decodes").find("a"), Some(&entry));
}

fn huge(chunks: usize) -> FileEntry {
    let Entry::File(mut file) = file("huge.ubulk", b"x") else { unreachable!() };
    file.size = 1 << 40;
    file.chunks = (0..chunks).map(|n| ids().of(&n.to_le_bytes())).collect();
    file
}

#[test]
fn a_change_in_a_huge_file_rewrites_one_list_of_its_chunks() {
    let mut file = huge(400_000);
    let before = Node::new(vec![Entry::File(file.clone())]).encode(&ids());
    assert!(before.chunks.iter().all(|(_, bytes)| bytes.len() < 200_000));
    file.chunks[200_000] = ids().of(b"changed");
    let node = Node::new(vec![Entry::File(file)]);
    let after = node.encode(&ids());
    let new = after.chunks.iter().filter(|chunk| !before.chunks.contains(chunk)).count();
    assert!(new <= 3, "{new} chunks are new");
    assert_eq!(decode(&after), Ok(node));
}

#[test]
fn a_list_that_lacks_chunks_is_refused() {
    let mut encoded = Node::new(vec![Entry::File(huge(500))]).encode(&ids());
    let list = encoded.chunks.iter_mut().find(|(_, bytes)| bytes[1] == 2).expect("a list");
    list.1 = vec![1, 2, 0];
    assert!(decode(&encoded).is_err());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for bad in ["..", ".", "a/b", "", "a\0b"] {
        let encoded = Node { entries: vec![file(bad, b"x")] }.encode(&ids());
        assert!(decode(&encoded).is_err(), "{bad:?}");
    }
    let twins = Node { entries: vec![file("a", b"x"), file("a", b"y")] }.encode(&ids());
    assert!(decode(&twins).is_err());
}

#[test]
fn files_whose_chunks_cannot_be_true_are_refused() {
    for (size, chunks) in [(0, 1), (5, 0), (1, 2)] {
        let Entry::File(mut entry) = file("a", b"x") else { unreachable!() };
        entry.size = size;
        entry.chunks = vec![ids().of(b"x"); chunks];
        assert!(
            decode(&Node { entries: vec![Entry::File(entry)] }.encode(&ids())).is_err(),
            "{size} {chunks}"
        );
    }
}

#[test]
fn another_version_is_named() {
    let refused = NodePart::decode(&[2, 0, 0], &ids());
    assert!(matches!(refused, Err(FormatError::Version { found: 2, .. })));
    assert!(NodePart::decode(&[0, 0, 0], &ids()).is_err());
    assert_eq!(NodePart::decode(&[1, 0, 0], &ids()), Ok(NodePart::Entries(vec![], vec![])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decode_inverts_encode(entries in vec(entry(), 0..300)) {
        let node = Node::new(entries);
        prop_assert_eq!(decode(&node.encode(&ids())), Ok(node));
    }

    #[test]
    fn a_cut_node_is_refused(entries in vec(entry(), 1..20), cut in any::<prop::sample::Index>()) {
        let encoded = Node::new(entries).encode(&ids());
        let bytes = &encoded.chunks[0].1;
        prop_assert!(NodePart::decode(&bytes[..cut.index(bytes.len())], &ids()).is_err());
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = NodePart::decode(&bytes, &ids());
    }

    #[test]
    fn damage_never_panics(entries in vec(entry(), 1..20), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = Node::new(entries).encode(&ids()).chunks[0].1.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let _ = NodePart::decode(&bytes, &ids());
    }
}
