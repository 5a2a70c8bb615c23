//! Any bytes as a package: as they are, and behind the beginning of a real one.
#![no_main]

use cyclorama_assets::unreal;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    if let [version, rest @ ..] = bytes {
        let (legacy, ue4, ue5) = VERSIONS[usize::from(*version) % VERSIONS.len()];
        let mut package = 0x9e2a_83c1_u32.to_le_bytes().to_vec();
        for part in [legacy, 864, ue4].into_iter().chain((legacy <= -8).then_some(ue5)).chain([0]) {
            package.extend(part.to_le_bytes());
        }
        package.extend_from_slice(rest);
        check(&package);
    }
});

fn check(bytes: &[u8]) {
    let whole = unreal::read(bytes);
    if let Ok(header) = &whole {
        assert_eq!(unreal::dependencies(bytes).as_ref(), Ok(&header.dependencies));
        assert!(header.dependencies.hard.windows(2).all(|pair| pair[0] < pair[1]));
        let _ = unreal::explain("Content/A.uasset", header, header, None);
    }
    if let Ok(table) = unreal::DependencyTable::decode(bytes) {
        assert_eq!(table.encode(), bytes);
    }
}

const VERSIONS: [(i32, i32, i32); 8] = [
    (-6, 459, 0),
    (-7, 505, 0),
    (-7, 516, 0),
    (-7, 522, 0),
    (-8, 522, 1004),
    (-8, 522, 1012),
    (-9, 522, 1017),
    (-9, 522, 1018),
];
