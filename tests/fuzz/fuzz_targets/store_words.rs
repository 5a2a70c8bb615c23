//! Any text as each thing that people, refs, locks and readers of an edge write: refused, or what it says it is.
#![no_main]

use cyclorama_assets::{
    Key, MasterKey, Place, RefName, Revision, decoders, edge::Token, gc::KeepRule, locks::LockRecord, locks::Pattern,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((offset, length)) = decoders::edge_range(bytes) {
        assert!(length > 0 && length <= 16 << 20 && offset.checked_add(length).is_some());
    }
    if let Ok(lock) = serde_json::from_slice::<LockRecord>(bytes) {
        let again = serde_json::to_vec(&lock).expect("plain data becomes JSON");
        assert_eq!(serde_json::from_slice::<LockRecord>(&again).ok().as_ref(), Some(&lock));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = Key::new(text) {
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':']);
        assert!(key.as_str().split('/').all(plain));
    }
    if let Ok(name) = RefName::new(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Ok(revision) = text.parse::<Revision>() {
        assert_eq!(revision.to_string().parse(), Ok(revision));
    }
    if let Ok(key) = MasterKey::from_text(text) {
        assert!(MasterKey::from_text(&key.to_text()).is_ok_and(|again| again == key));
    }
    let _ = text.parse::<Pattern>();
    let _ = text.parse::<KeepRule>();
    let _ = Token::new(text);
    let _ = Place::new(text).revision();
});
