//! A whole header, and its dependencies alone.

use serde::{Deserialize, Serialize};

use super::{
    EngineVersion, HeaderError, PackageFlags, Saved, Versions,
    cursor::Cursor,
    registry,
    summary::Summary,
    tables::{self, Names},
};

/// The packages that a package refers to. Each once, sorted, without `/Script/...` (that is code) and without itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependencies {
    /// Those that are loaded with it.
    pub hard: Vec<String>,
    /// Those that may be loaded later.
    pub soft: Vec<String>,
}

/// An asset, as a package announces it to the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its name or path, as written.
    pub path: String,
    /// Its class: `Texture2D`, or `/Script/Engine.Texture2D` since Unreal 5.1.
    pub class: String,
    /// Some of its tags.
    pub tags: Vec<(String, String)>,
}

impl Asset {
    /// The last part of the class's path.
    pub fn class_name(&self) -> &str {
        self.class.rsplit(['.', '/']).next().unwrap_or(&self.class)
    }

    /// The value of a tag, in any mix of capital letters.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An object that stands at the top of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// The name of its class, where that is another package's or this one's.
    pub class: Option<String>,
    /// Whether the package calls it an asset.
    pub is_asset: bool,
    /// Bytes of its body.
    pub size: u64,
}

/// What a package's header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Versions.
    pub versions: Versions,
    /// The engine that saved it.
    pub engine: EngineVersion,
    /// What it is.
    pub flags: PackageFlags,
    /// The package's name as it was saved: `None` or a folder's name in packages from before Unreal 5.
    pub name: String,
    /// Bytes of the header.
    pub size: u64,
    /// What tells this save from another.
    pub saved: Saved,
    /// What it refers to.
    pub dependencies: Dependencies,
    /// The assets it announces; none without editor data.
    pub assets: Vec<Asset>,
    /// What stands at its top. Empty when the export table cannot be followed, which harms nothing else.
    pub exports: Vec<Export>,
    /// How many names, imports and exports there are.
    pub counts: [usize; 3],
}

impl Header {
    /// The class of its one asset, or of the first thing it calls an asset.
    pub fn class(&self) -> Option<&str> {
        let announced = self.assets.first().map(Asset::class_name);
        let exported = self.exports.iter().find(|export| export.is_asset).or(self.exports.first());
        announced.or(exported.and_then(|export| export.class.as_deref()))
    }

    /// The packages it points to, when all it holds is a redirector: the asset was moved or renamed.
    pub fn redirects_to(&self) -> Option<&[String]> {
        (self.class() == Some("ObjectRedirector")).then_some(&self.dependencies.hard[..])
    }
}

/// Reads a header from the beginning of a package.
///
/// # Errors
/// [`HeaderError::Short`] when more of the file is needed; others when it is no package, or none that can be read.
pub fn read(bytes: &[u8]) -> Result<Header, HeaderError> {
    let mut cursor = Cursor::new(bytes);
    let summary = Summary::read(&mut cursor)?;
    let names = Names::read(&cursor, &summary)?;
    let dependencies = read_dependencies(&cursor, &summary, &names)?;
    let assets = registry::read_assets(&cursor, &summary)?;
    let exports = match read_exports(&cursor, &summary, &names) {
        Err(short @ HeaderError::Short { .. }) => return Err(short),
        exports => exports.unwrap_or_default(),
    };
    Ok(Header {
        versions: summary.versions,
        flags: summary.flags,
        name: summary.name.read().into_owned(),
        size: summary.header_size,
        saved: summary.saved,
        dependencies,
        assets,
        exports,
        counts: [names.len(), summary.imports.count, summary.exports.count],
        engine: summary.engine,
    })
}

/// Reads only what a package refers to.
///
/// # Errors
/// As [`read`].
pub fn dependencies(bytes: &[u8]) -> Result<Dependencies, HeaderError> {
    let mut cursor = Cursor::new(bytes);
    let summary = Summary::read(&mut cursor)?;
    let names = Names::read(&cursor, &summary)?;
    read_dependencies(&cursor, &summary, &names)
}

fn read_dependencies<'a>(
    cursor: &Cursor<'a>,
    summary: &Summary<'a>,
    names: &Names<'a>,
) -> Result<Dependencies, HeaderError> {
    let own = summary.name.read();
    let mut found = Dependencies::default();
    tables::imports(cursor, summary, |import| {
        if import.outer == 0 && names.plain(import.class)?.is("Package") {
            keep(&mut found.hard, &names.full(import.name)?, &own);
        }
        if let Some(package) = import.package {
            keep(&mut found.hard, &names.full(package)?, &own);
        }
        Ok(())
    })?;
    tables::soft_references(cursor, summary, names, |package| keep(&mut found.soft, package, &own))?;
    for list in [&mut found.hard, &mut found.soft] {
        list.sort_unstable();
        list.dedup();
    }
    Ok(found)
}

/// Keeps a package's name unless it is code, nothing, or the package itself.
fn keep(list: &mut Vec<String>, package: &str, own: &str) {
    let is_code = package.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("/Script/"));
    if package.starts_with('/') && !is_code && package != own {
        list.push(package.to_owned());
    }
}

fn read_exports<'a>(
    cursor: &Cursor<'a>,
    summary: &Summary<'a>,
    names: &Names<'a>,
) -> Result<Vec<Export>, HeaderError> {
    let mut imported = Vec::with_capacity(cursor.room(summary.imports.count, 28));
    tables::imports(cursor, summary, |import| {
        imported.push(import.name);
        Ok(())
    })?;
    let mut records = Vec::with_capacity(cursor.room(summary.exports.count, 60));
    tables::exports(cursor, summary, |record| {
        records.push(record);
        Ok(())
    })?;
    let class = |index: i32| match index {
        0 => None,
        1.. => records.get(index as usize - 1).map(|record| record.name),
        _ => imported.get((index.unsigned_abs() - 1) as usize).copied(),
    };
    let top = records.iter().filter(|record| record.outer == 0 || record.is_asset).take(MOST_EXPORTS);
    let export = |record: &tables::ExportRecord| {
        Ok(Export {
            name: names.full(record.name)?.into_owned(),
            class: class(record.class).map(|name| names.full(name).map(Into::into)).transpose()?,
            is_asset: record.is_asset,
            size: u64::try_from(record.size).map_err(|_| HeaderError::Malformed { what: "exports" })?,
        })
    };
    top.map(export).collect()
}

/// Objects at the top of one package that are listed.
const MOST_EXPORTS: usize = 4096;
