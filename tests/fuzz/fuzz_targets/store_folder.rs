//! Any bytes as a chunk of a folder: refused, or entries with names that can stand in a folder, in order.
#![no_main]

use cyclorama_assets::tree::{Entry, Node, NodePart};
use cyclorama_content::ChunkIds;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let ids = ChunkIds::keyed([7; 32]);
    let Ok(NodePart::Entries(entries, listed)) = NodePart::decode(bytes, &ids) else { return };
    assert!(entries.len() <= bytes.len());
    assert!(entries.iter().all(|entry| !entry.name().is_empty() && !entry.name().contains('/')));
    assert!(listed.iter().all(|listed| matches!(entries[listed.entry], Entry::File(_))));
    if listed.is_empty() {
        let node = Node::from_parts(vec![entries]).expect("decoded entries are sorted");
        assert!(!node.encode(&ids).chunks.is_empty());
    }
});
