//! The tables of a header: names, imports, exports, soft references.

use std::borrow::Cow;

use super::{
    HeaderError,
    cursor::{Cursor, Text},
    summary::Summary,
    version::since,
};

/// Every name a package uses, as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Names<'a>(Vec<Text<'a>>);

/// A name by its place in the table, and its number: 0 for none, else one more than what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameRef {
    index: i32,
    number: i32,
}

impl<'a> Names<'a> {
    pub(super) fn read(cursor: &Cursor<'a>, summary: &Summary<'a>) -> Result<Self, HeaderError> {
        let mut cursor = cursor.at(summary.names.offset, "names")?;
        let hashes = if summary.versions.ue4 >= since::NAME_HASHES { 4 } else { 0 };
        let mut names = Vec::with_capacity(cursor.room(summary.names.count, 4 + hashes));
        for _ in 0..summary.names.count {
            names.push(cursor.text("names")?);
            cursor.skip(1, hashes, "names")?;
        }
        Ok(Self(names))
    }

    /// The name itself, without its number.
    pub(super) fn plain(&self, name: NameRef) -> Result<Text<'a>, HeaderError> {
        let found = usize::try_from(name.index).ok().and_then(|index| self.0.get(index));
        found.copied().ok_or(HeaderError::Malformed { what: "a name beyond the table" })
    }

    /// The name with its number.
    pub(super) fn full(&self, name: NameRef) -> Result<Cow<'a, str>, HeaderError> {
        let plain = self.plain(name)?.read();
        if name.number > 0 { Ok(format!("{plain}_{}", name.number - 1).into()) } else { Ok(plain) }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl NameRef {
    fn read(cursor: &mut Cursor<'_>, what: &'static str) -> Result<Self, HeaderError> {
        Ok(Self { index: cursor.i32(what)?, number: cursor.i32(what)? })
    }
}

/// Something in another package.
#[derive(Clone, Copy, Debug)]
pub(super) struct Import {
    pub(super) class: NameRef,
    /// Less than 0: an import; more: an export; 0: nothing.
    pub(super) outer: i32,
    pub(super) name: NameRef,
    /// The package it lies in, where that is not its outermost outer.
    pub(super) package: Option<NameRef>,
}

/// Calls `each` for every import, in order.
pub(super) fn imports<'a>(
    cursor: &Cursor<'a>,
    summary: &Summary<'a>,
    mut each: impl FnMut(Import) -> Result<(), HeaderError>,
) -> Result<(), HeaderError> {
    let mut cursor = cursor.at(summary.imports.offset, "imports")?;
    let filtered = summary.flags.is_without_editor_data();
    let always = (summary.engine.major, summary.engine.minor) >= (5, 8) && summary.versions.ue5 > 0;
    let has_package = summary.versions.ue4 >= since::IMPORT_PACKAGE && (!filtered || always);
    for _ in 0..summary.imports.count {
        NameRef::read(&mut cursor, "imports")?;
        let class = NameRef::read(&mut cursor, "imports")?;
        let outer = cursor.i32("imports")?;
        let name = NameRef::read(&mut cursor, "imports")?;
        let package = has_package.then(|| NameRef::read(&mut cursor, "imports")).transpose()?;
        if summary.versions.ue5 >= since::OPTIONAL_IMPORTS {
            cursor.i32("imports")?;
        }
        each(Import { class, outer, name, package })?;
    }
    Ok(())
}

/// Something in this package. What it holds is never read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExportRecord {
    /// As [`Import::outer`].
    pub(super) class: i32,
    pub(super) outer: i32,
    pub(super) name: NameRef,
    /// Bytes of its body.
    pub(super) size: i64,
    /// Whether the package calls it an asset.
    pub(super) is_asset: bool,
}

/// Calls `each` for every export, in order.
pub(super) fn exports<'a>(
    cursor: &Cursor<'a>,
    summary: &Summary<'a>,
    mut each: impl FnMut(ExportRecord) -> Result<(), HeaderError>,
) -> Result<(), HeaderError> {
    let mut cursor = cursor.at(summary.exports.offset, "exports")?;
    let (ue4, ue5) = (summary.versions.ue4, summary.versions.ue5);
    for _ in 0..summary.exports.count {
        let class = cursor.i32("exports")?;
        cursor.skip(if ue4 >= since::EXPORT_TEMPLATE { 2 } else { 1 }, 4, "exports")?;
        let outer = cursor.i32("exports")?;
        let name = NameRef::read(&mut cursor, "exports")?;
        cursor.u32("exports")?;
        let size = if ue4 >= since::LONG_EXPORTS {
            let size = cursor.i64("exports")?;
            cursor.i64("exports")?;
            size
        } else {
            let size = cursor.i32("exports")?;
            cursor.i32("exports")?;
            size.into()
        };
        cursor.skip(3, 4, "exports")?;
        if ue5 < since::NO_EXPORT_GUID {
            cursor.skip(1, 16, "exports")?;
        }
        if ue5 >= since::EXPORT_IS_INHERITED {
            cursor.i32("exports")?;
        }
        cursor.u32("exports")?;
        if ue4 >= since::LOAD_FOR_EDITOR_GAME {
            cursor.i32("exports")?;
        }
        let is_asset = ue4 >= since::EXPORT_IS_ASSET && cursor.i32("exports")? != 0;
        if ue5 >= since::OPTIONAL_IMPORTS {
            cursor.i32("exports")?;
        }
        if ue4 >= since::PRELOAD_DEPENDENCIES {
            cursor.skip(5, 4, "exports")?;
        }
        if ue5 >= since::SCRIPT_OFFSETS && !summary.flags.has_unversioned_properties() {
            cursor.skip(2, 8, "exports")?;
        }
        each(ExportRecord { class, outer, name, size, is_asset })?;
    }
    Ok(())
}

/// Calls `each` with the package of every soft reference.
pub(super) fn soft_references<'a>(
    cursor: &Cursor<'a>,
    summary: &Summary<'a>,
    names: &Names<'a>,
    mut each: impl FnMut(&str),
) -> Result<(), HeaderError> {
    if summary.soft.count == 0 || summary.soft.offset <= 0 {
        return Ok(());
    }
    let mut cursor = cursor.at(summary.soft.offset, "soft references")?;
    for _ in 0..summary.soft.count {
        let text = if summary.versions.ue4 >= since::SOFT_NAMES {
            names.full(NameRef::read(&mut cursor, "soft references")?)?
        } else {
            cursor.text("soft references")?.read()
        };
        // Before 4.18 it is an object's path: the package is what stands before the first dot.
        each(text.split('.').next().unwrap_or_default());
    }
    Ok(())
}
