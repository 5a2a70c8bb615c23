//! Any text as paths, names of one folder and targets of links: refused, or they stay inside and apart on every system.
#![no_main]

use std::path::{Component, Path};

use cyclorama_assets::local::names::{RelPath, folded, problem_of, twins};
use cyclorama_assets::local::scan::stays_inside;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(path) = RelPath::new(text) {
        assert!(text.split('/').all(|segment| problem_of(segment).is_none()));
        let below = path.below(Path::new("/root"));
        assert!(below.starts_with("/root") && below.components().all(|part| part != Component::ParentDir));
        assert!(path.folder().map_or(path.name() == text, |folder| format!("{folder}/{}", path.name()) == text));
    }
    let names: Vec<&str> = text.split('\n').collect();
    let found = twins(names.iter().copied());
    assert!(found.iter().all(|(one, other)| folded(one) == folded(other)));
    let mut apart: Vec<String> = names.iter().map(|name| folded(name)).collect();
    apart.sort();
    apart.dedup();
    assert_eq!(apart.len() + found.len(), names.len());
    let (folder, target) = text.split_once('\n').unwrap_or(("", text));
    let is_path = folder.is_empty() || RelPath::new(folder).is_ok();
    if is_path && stays_inside(folder, target) {
        let mut depth = folder.split('/').filter(|segment| !segment.is_empty()).count() as i64;
        for part in Path::new(target).components() {
            depth += match part {
                Component::Normal(_) => 1,
                Component::ParentDir => -1,
                Component::CurDir => 0,
                Component::Prefix(_) | Component::RootDir => panic!("{target} begins anew"),
            };
            assert!(depth >= 0, "{target} in {folder} leads out");
        }
    }
});
