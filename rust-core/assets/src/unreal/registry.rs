//! What a package tells the editor's asset registry: which assets it holds, with tags such as an actor's label.

use super::{HeaderError, cursor::Cursor, header::Asset, summary::Summary, version::since};

/// The assets, with those tags that [`KEPT`] names. Packages without editor data have none.
pub(super) fn read_assets<'a>(cursor: &Cursor<'a>, summary: &Summary<'a>) -> Result<Vec<Asset>, HeaderError> {
    let mut assets = Vec::new();
    if summary.registry <= 0 || summary.registry as u64 >= summary.header_size {
        return Ok(assets);
    }
    let mut cursor = cursor.at(summary.registry, "asset registry data")?;
    if summary.versions.ue4 >= since::DEPENDENCY_FLAGS && !summary.flags.is_without_editor_data() {
        cursor.i64("asset registry data")?;
    }
    let count = cursor.count("asset registry data")?;
    assets.reserve(cursor.room(count.min(MOST_ASSETS), 12));
    for _ in 0..count {
        let path = cursor.text("asset registry data")?;
        let class = cursor.text("asset registry data")?;
        let mut tags = Vec::new();
        for _ in 0..cursor.count("asset registry data")? {
            let key = cursor.text("asset registry data")?;
            let value = cursor.text("asset registry data")?;
            if KEPT.iter().any(|kept| key.is(kept)) {
                tags.push((key.read().into_owned(), value.read().into_owned()));
            }
        }
        if assets.len() < MOST_ASSETS {
            assets.push(Asset { path: path.read().into_owned(), class: class.read().into_owned(), tags });
        }
    }
    Ok(assets)
}

/// Tags that are kept: few, short, and of use to a person.
pub(super) const KEPT: [&str; 6] =
    ["ActorLabel", "AssetImportData", "Dimensions", "Vertices", "Triangles", "ParentClass"];
/// Assets of one package that are listed.
const MOST_ASSETS: usize = 4096;
