//! What changed, in an artist's words: only what two headers, two names and two sizes prove.

use super::{Asset, Header, packages::EXTERNAL};

/// An actor (or other object) of a map that has a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorOf {
    /// The map's package, as `/Game/Maps/Stage` for a file in `Content`; plugins' maps by their folder.
    pub map: String,
    /// Whether it is an actor; else something else that the map keeps apart.
    pub is_actor: bool,
}

/// The map that a file's path says its actor belongs to. Nothing is read.
pub fn actor_of(path: &str) -> Option<ActorOf> {
    let segments: Vec<&str> = path.split('/').collect();
    let at = segments.iter().position(|segment| EXTERNAL.contains(segment))?;
    // The last three are two folders of one and two characters and the file.
    let map = segments.get(at + 1..segments.len().checked_sub(3)?).filter(|map| !map.is_empty())?;
    let mount = match segments.get(at.checked_sub(1)?)? {
        &"Content" => match at.checked_sub(2).and_then(|plugin| segments.get(plugin)) {
            Some(plugin) if segments[..at].contains(&"Plugins") => plugin,
            _ => "Game",
        },
        other => other,
    };
    Some(ActorOf { map: format!("/{mount}/{}", map.join("/")), is_actor: segments[at] == EXTERNAL[0] })
}

/// What happened to a package that was there and is there, as short sentences; the most telling one first.
///
/// `same_body` says whether everything behind the headers is known to be the same or another; `None`: not known.
pub fn explain(path: &str, before: &Header, after: &Header, same_body: Option<bool>) -> Vec<String> {
    let what = subject(path, Some(after));
    let mut said = Vec::new();
    if let (false, Some(to)) = (before.redirects_to().is_some(), after.redirects_to()) {
        let was = subject(path, Some(before));
        return vec![match to {
            [to] => format!("{was} was moved to {to}"),
            _ => format!("{was} was moved; a redirector is in its place"),
        }];
    }
    if let Some((source, again)) = imported(before, after) {
        let verb = if again { "re-imported" } else { "imported" };
        said.push(format!("{what} was {verb} from {source}"));
    }
    for (tag, name) in
        [("Dimensions", "size"), ("Vertices", "number of vertices"), ("Triangles", "number of triangles")]
    {
        if let (Some(old), Some(new)) = (tag_of(before, tag), tag_of(after, tag))
            && old != new
        {
            said.push(format!("{what} has another {name}: {new}, before {old}"));
        }
    }
    if let (Some(old), Some(new)) = (tag_of(before, "ActorLabel"), tag_of(after, "ActorLabel"))
        && old != new
    {
        said.push(format!("actor {old} is now called {new}"));
    }
    said.extend(references(&what, before, after));
    let (old, new) = ((before.engine.major, before.engine.minor), (after.engine.major, after.engine.minor));
    if old != new && new.0 > 0 && old.0 > 0 {
        said.push(format!("{what} was saved by Unreal {}.{}, before by {}.{}", new.0, new.1, old.0, old.1));
    }
    if said.is_empty() {
        said.push(match same_body {
            Some(true) if before.saved == after.saved => format!("{what} is the same"),
            Some(true) => format!("{what} was only saved again"),
            Some(false) => format!("{what} was changed"),
            None if before.saved == after.saved => {
                format!("{what} was written again; its header tells no new save")
            }
            None => format!("{what} was saved again; its header shows no other change"),
        });
    }
    said
}

/// What happened to a package that came or went. Without its header only its name tells what it is.
pub fn explain_one(path: &str, header: Option<&Header>, came: bool) -> String {
    let what = subject(path, header);
    format!("{what} was {}", if came { "added" } else { "removed" })
}

/// How a person calls what a file holds.
fn subject(path: &str, header: Option<&Header>) -> String {
    let stem = path.rsplit('/').next().unwrap_or(path);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let class = header.and_then(Header::class);
    if let Some(ActorOf { map, is_actor }) = actor_of(path) {
        let label = header.and_then(|header| tag_of(header, "ActorLabel"));
        let kind = if is_actor { "actor" } else { "object" };
        let class = class.map(|class| format!(" ({})", spoken(class))).unwrap_or_default();
        return match label {
            Some(label) => format!("{kind} {label}{class} of map {map}"),
            None => format!("an {kind}{class} of map {map}"),
        };
    }
    match class {
        Some(class) => format!("{} {stem}", spoken(class)),
        None => stem.to_owned(),
    }
}

/// A class as artists say it.
fn spoken(class: &str) -> String {
    let known = match class {
        "Texture2D" | "TextureCube" | "Texture2DArray" | "VolumeTexture" => "texture",
        "Material" => "material",
        "MaterialInstanceConstant" => "material instance",
        "MaterialFunction" => "material function",
        "StaticMesh" => "static mesh",
        "SkeletalMesh" => "skeletal mesh",
        "Blueprint" | "BlueprintGeneratedClass" => "blueprint",
        "World" => "map",
        "LevelSequence" => "level sequence",
        "AnimSequence" => "animation",
        "SoundWave" => "sound",
        "NiagaraSystem" => "particle system",
        "ObjectRedirector" => "redirector",
        _ => return class.to_owned(),
    };
    known.to_owned()
}

fn tag_of<'a>(header: &'a Header, tag: &str) -> Option<&'a str> {
    header.assets.iter().find_map(|asset| asset.tag(tag)).filter(|value| !value.is_empty())
}

/// The file an asset was imported from, when the header shows that it was imported (again): another file, or a file
/// of another content or time.
fn imported(before: &Header, after: &Header) -> Option<(String, bool)> {
    let source = |header: &Header| header.assets.iter().find_map(import_of);
    let (old, new) = (source(before), source(after)?);
    (old.as_ref() != Some(&new)).then(|| (new.file.clone(), old.is_some()))
}

/// Where an asset came from, as its `AssetImportData` tag tells.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    file: String,
    time: Option<String>,
    md5: Option<String>,
}

fn import_of(asset: &Asset) -> Option<Import> {
    let sources: serde_json::Value = serde_json::from_str(asset.tag("AssetImportData")?).ok()?;
    let first = sources.get(0)?;
    let text = |name: &str| first.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let file = text("RelativeFilename")?;
    let name = file.rsplit(['/', '\\']).next().unwrap_or(&file).to_owned();
    Some(Import { file: name, time: text("Timestamp"), md5: text("FileMD5") })
}

/// What is referred to now and was not, and the other way round.
fn references(what: &str, before: &Header, after: &Header) -> Vec<String> {
    let (old, new) = (&before.dependencies.hard, &after.dependencies.hard);
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|name| those.binary_search(name).is_err()).cloned().collect()
    };
    let mut said = Vec::new();
    for (names, verb) in [(only(new, old), "now uses"), (only(old, new), "no longer uses")] {
        match &names[..] {
            [] => {}
            [one] => said.push(format!("{what} {verb} {one}")),
            [first, rest @ ..] => said.push(format!("{what} {verb} {first} and {} more", rest.len())),
        }
    }
    said
}
