//! Which engine wrote a package, in the format's own numbers.

use std::fmt;

/// The versions at the beginning of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The version of the summary's layout: -4 to -7 for Unreal 4, -8 and -9 for Unreal 5.
    pub legacy: i32,
    /// Unreal 4's object version: 342 (4.0) to 522 (4.26 and all of Unreal 5).
    pub ue4: i32,
    /// Unreal 5's object version: 0 before Unreal 5, else 1000 and up.
    pub ue5: i32,
    /// The version of whoever changed the engine; 0 for the plain one.
    pub licensee: i32,
}

impl Versions {
    /// The newest that is known.
    pub const NEWEST: Self = Self { legacy: -9, ue4: 522, ue5: 1018, licensee: 0 };
    /// Unreal 4.0.
    pub(super) const OLDEST_UE4: i32 = 342;
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ue4)?;
        if self.ue5 > 0 { write!(f, "/{}", self.ue5) } else { Ok(()) }
    }
}

/// The engine that saved a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineVersion {
    /// Major.
    pub major: u16,
    /// Minor.
    pub minor: u16,
    /// Patch.
    pub patch: u16,
    /// The build's change number; its highest bit says that it is a licensee's.
    pub changelist: u32,
    /// The branch it was built from, as `++UE5+Release-5.4`.
    pub branch: String,
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Object versions at which the header's layout changed.
pub(super) mod since {
    // Unreal 4
    pub(in super::super) const LOAD_FOR_EDITOR_GAME: i32 = 365;
    pub(in super::super) const SOFT_REFERENCES: i32 = 384;
    pub(in super::super) const COMPATIBLE_ENGINE: i32 = 444;
    pub(in super::super) const GATHERABLE_TEXT: i32 = 459;
    pub(in super::super) const EXPORT_IS_ASSET: i32 = 485;
    pub(in super::super) const NAME_HASHES: i32 = 504;
    pub(in super::super) const PRELOAD_DEPENDENCIES: i32 = 507;
    pub(in super::super) const EXPORT_TEMPLATE: i32 = 508;
    pub(in super::super) const SEARCHABLE_NAMES: i32 = 510;
    pub(in super::super) const LONG_EXPORTS: i32 = 511;
    pub(in super::super) const SOFT_NAMES: i32 = 514;
    pub(in super::super) const LOCALIZATION_ID: i32 = 516;
    pub(in super::super) const PACKAGE_OWNER: i32 = 518;
    pub(in super::super) const IMPORT_PACKAGE: i32 = 520;
    pub(in super::super) const DEPENDENCY_FLAGS: i32 = 521;
    // Unreal 5
    pub(in super::super) const OPTIONAL_IMPORTS: i32 = 1003;
    pub(in super::super) const NO_EXPORT_GUID: i32 = 1005;
    pub(in super::super) const EXPORT_IS_INHERITED: i32 = 1006;
    pub(in super::super) const SOFT_PATHS: i32 = 1008;
    pub(in super::super) const SCRIPT_OFFSETS: i32 = 1010;
    pub(in super::super) const METADATA: i32 = 1014;
    pub(in super::super) const VERSE_CELLS: i32 = 1015;
    pub(in super::super) const SAVED_HASH: i32 = 1016;
    pub(in super::super) const IMPORT_HIERARCHIES: i32 = 1018;
}
