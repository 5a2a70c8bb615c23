//! One number for everything both sides must agree about: the text of every bridge module.
//!
//! C++ has the number its headers were generated from and compares them when the module starts: with other headers
//! the same names may mean other bytes. `cargo xtask bridge` computes the same and writes it into `abi.h`.

/// The bridge modules, in the order their text is hashed.
const SOURCES: &[&str] = &[
    include_str!("status.rs"),
    include_str!("time.rs"),
    include_str!("log.rs"),
    include_str!("tracking.rs"),
    include_str!("events.rs"),
    include_str!("sync.rs"),
    include_str!("slate.rs"),
    include_str!("settings.rs"),
    include_str!("preflight.rs"),
    include_str!("work.rs"),
    include_str!("assets.rs"),
    include_str!("render.rs"),
];

/// The number of this archive.
pub(crate) const HASH: u64 = hash();

/// FNV-1a, 64 bits; line ends of Windows do not count.
const fn hash() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut source = 0;
    while source < SOURCES.len() {
        let bytes = SOURCES[source].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != b'\r' {
                hash = (hash ^ bytes[at] as u64).wrapping_mul(0x100_0000_01b3);
            }
            at += 1;
        }
        source += 1;
    }
    hash
}
