//! The summary at the beginning of a package: versions, flags, and where the tables are.

use super::{
    EngineVersion, HeaderError, LONGEST_HEADER, Versions,
    cursor::{Cursor, Text},
    version::since,
};

/// What a package is, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackageFlags(pub u32);

impl PackageFlags {
    /// Made by the cooker.
    pub fn is_cooked(self) -> bool {
        self.0 & 0x0000_0200 != 0
    }

    /// Holds a map.
    pub fn has_map(self) -> bool {
        self.0 & 0x0002_0000 != 0
    }

    /// Without what only the editor needs.
    pub fn is_without_editor_data(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// Its properties carry no tags.
    pub fn has_unversioned_properties(self) -> bool {
        self.0 & 0x0000_2000 != 0
    }
}

/// What tells one save of a package from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// A number drawn anew at each save, until Unreal 5.5.
    Guid([u8; 16]),
    /// A hash over what was saved, since Unreal 5.6.
    Hash([u8; 20]),
}

/// How many items stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) count: usize,
    pub(super) offset: i64,
}

/// The summary.
#[derive(Clone, Debug)]
pub(super) struct Summary<'a> {
    pub(super) versions: Versions,
    pub(super) header_size: u64,
    pub(super) name: Text<'a>,
    pub(super) flags: PackageFlags,
    pub(super) names: Span,
    pub(super) exports: Span,
    pub(super) imports: Span,
    pub(super) soft: Span,
    pub(super) saved: Saved,
    pub(super) engine: EngineVersion,
    pub(super) registry: i64,
}

impl<'a> Summary<'a> {
    /// Reads the summary; the cursor then knows how long the header is.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, HeaderError> {
        let versions = read_versions(cursor)?;
        let Versions { legacy, ue4, ue5, .. } = versions;
        let mut saved = None;
        let mut header_size = 0;
        if ue5 >= since::SAVED_HASH {
            saved = Some(Saved::Hash(cursor.bytes("saved hash")?));
            header_size = read_header_size(cursor)?;
        }
        skip_custom_versions(cursor, legacy)?;
        if ue5 < since::SAVED_HASH {
            header_size = read_header_size(cursor)?;
        }
        let name = cursor.text("package name")?;
        let flags = PackageFlags(cursor.u32("flags")?);
        let editor = !flags.is_without_editor_data();
        let [names, exports, imports, soft] = read_tables(cursor, &versions, editor)?;
        let saved = match saved {
            Some(saved) => saved,
            None => Saved::Guid(cursor.bytes("guid")?),
        };
        if editor && ue4 >= since::PACKAGE_OWNER {
            let guids = if ue4 < since::IMPORT_PACKAGE { 2 } else { 1 };
            cursor.skip(guids, 16, "persistent guid")?;
        }
        let generations = cursor.count("generations")?;
        cursor.skip(generations, 8, "generations")?;
        let engine = read_engine(cursor)?;
        if ue4 >= since::COMPATIBLE_ENGINE {
            read_engine(cursor)?;
        }
        let registry = read_end(cursor, legacy)?;
        // Only now: a summary that ends early needs more bytes, whatever it says about the header's length.
        cursor.expect_header(header_size);
        if (cursor.position() as u64) > header_size {
            return Err(HeaderError::Malformed { what: "header length" });
        }
        Ok(Self {
            versions,
            header_size,
            name,
            flags,
            names,
            exports,
            imports,
            soft,
            saved,
            engine,
            registry,
        })
    }
}

/// Where names, exports, imports and soft references are; what stands between these is passed over.
fn read_tables(cursor: &mut Cursor<'_>, versions: &Versions, editor: bool) -> Result<[Span; 4], HeaderError> {
    let Versions { ue4, ue5, .. } = *versions;
    let names = span(cursor, "names")?;
    if ue5 >= since::SOFT_PATHS {
        span(cursor, "soft object paths")?;
    }
    if editor && ue4 >= since::LOCALIZATION_ID {
        cursor.text("localization id")?;
    }
    if ue4 >= since::GATHERABLE_TEXT {
        span(cursor, "gatherable text")?;
    }
    let exports = span(cursor, "exports")?;
    let imports = span(cursor, "imports")?;
    if ue5 >= since::VERSE_CELLS {
        cursor.skip(4, 4, "cells")?;
    }
    if ue5 >= since::METADATA {
        cursor.i32("metadata")?;
    }
    cursor.i32("depends")?;
    let soft = if ue4 >= since::SOFT_REFERENCES { span(cursor, "soft references")? } else { Span::default() };
    if ue4 >= since::SEARCHABLE_NAMES {
        cursor.i32("searchable names")?;
    }
    cursor.i32("thumbnails")?;
    if ue5 >= since::IMPORT_HIERARCHIES {
        span(cursor, "import hierarchies")?;
    }
    Ok([names, exports, imports, soft])
}

fn read_versions(cursor: &mut Cursor<'_>) -> Result<Versions, HeaderError> {
    match cursor.u32("tag")? {
        TAG => {}
        tag if tag == TAG.swap_bytes() => return Err(HeaderError::BigEndian),
        LFS_TAG => return Err(HeaderError::LfsPointer),
        _ => return Err(HeaderError::NotAPackage),
    }
    let legacy = cursor.i32("file version")?;
    if !(-1_000..=-4).contains(&legacy) {
        return Err(HeaderError::TooOld { legacy, ue4: 0 });
    }
    if legacy != -4 {
        cursor.i32("Unreal 3 version")?;
    }
    let ue4 = cursor.i32("Unreal 4 version")?;
    let ue5 = if legacy <= -8 { cursor.i32("Unreal 5 version")? } else { 0 };
    let licensee = cursor.i32("licensee version")?;
    let newest = Versions::NEWEST;
    if legacy < newest.legacy || ue4 > newest.ue4 || ue5 > newest.ue5 {
        return Err(HeaderError::TooNew { legacy, ue4, ue5 });
    }
    if ue4 == 0 && ue5 == 0 {
        return Err(HeaderError::Unversioned);
    }
    if ue4 < Versions::OLDEST_UE4 {
        return Err(HeaderError::TooOld { legacy, ue4 });
    }
    Ok(Versions { legacy, ue4, ue5, licensee })
}

fn read_header_size(cursor: &mut Cursor<'_>) -> Result<u64, HeaderError> {
    let length = u64::try_from(cursor.i32("header length")?)
        .map_err(|_| HeaderError::Malformed { what: "header length" })?;
    if length > LONGEST_HEADER { Err(HeaderError::TooLong { length }) } else { Ok(length) }
}

/// Versions of parts of the engine, in one of three forms.
fn skip_custom_versions(cursor: &mut Cursor<'_>, legacy: i32) -> Result<(), HeaderError> {
    let count = cursor.count("custom versions")?;
    if legacy <= -6 {
        return cursor.skip(count, 20, "custom versions");
    }
    for _ in 0..count {
        cursor.skip(1, 20, "custom versions")?;
        cursor.text("custom versions")?;
    }
    Ok(())
}

fn span(cursor: &mut Cursor<'_>, what: &'static str) -> Result<Span, HeaderError> {
    Ok(Span { count: cursor.count(what)?, offset: cursor.i32(what)?.into() })
}

fn read_engine(cursor: &mut Cursor<'_>) -> Result<EngineVersion, HeaderError> {
    Ok(EngineVersion {
        major: cursor.u16("engine version")?,
        minor: cursor.u16("engine version")?,
        patch: cursor.u16("engine version")?,
        changelist: cursor.u32("engine version")?,
        branch: cursor.text("engine version")?.read().into_owned(),
    })
}

/// The rest of the summary as far as where the asset registry's data is.
fn read_end(cursor: &mut Cursor<'_>, legacy: i32) -> Result<i64, HeaderError> {
    cursor.u32("compression")?;
    if cursor.count("compressed chunks")? > 0 {
        return Err(HeaderError::Compressed);
    }
    cursor.u32("package source")?;
    for _ in 0..cursor.count("packages to cook")? {
        cursor.text("packages to cook")?;
    }
    if legacy > -7 && cursor.count("texture allocations")? > 0 {
        return Err(HeaderError::Malformed { what: "texture allocations" });
    }
    cursor.i32("asset registry data").map(i64::from)
}

/// The first four bytes of a package.
pub(super) const TAG: u32 = 0x9e2a_83c1;
/// The first four bytes of a Git LFS placeholder: `vers`.
const LFS_TAG: u32 = u32::from_le_bytes(*b"vers");
