//! Which file a package's name means: mount points, and the folders where maps keep their actors apart.

use std::collections::{HashMap, HashSet};

/// A package that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, as `/Game/Maps/Stage`.
    pub name: String,
    /// Its file, from the top of what was listed, with `/` between names.
    pub path: String,
    /// Whether it is a map, by its file's name.
    pub is_map: bool,
    /// Files that belong to it: bulk data and bodies kept apart.
    pub companions: Vec<String>,
    pub(super) id: usize,
}

/// The packages of a project, by name. Made from a list of its files; nothing is read.
///
/// `/Game` is the `Content` folder beside the `.uproject` (of several, the one nearest to the top; without one, the
/// top itself), and each plugin's `Content` is mounted under the name of its `.uplugin`, or of its folder. Names are
/// found in any mix of capital letters, as Unreal does.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    list: Vec<Package>,
    by_name: HashMap<String, usize>,
    /// Lower-case names of packages in folders of external actors and objects, sorted.
    external: Vec<(String, usize)>,
    mounts: HashSet<String>,
}

/// A folder of content and the name it is mounted under.
struct Mount<'a> {
    folder: String,
    name: &'a str,
}

impl Packages {
    /// The packages among these files.
    pub fn of<P: AsRef<str>>(paths: &[P]) -> Self {
        let mounts = find_mounts(paths);
        let mut packages = Self::default();
        let mut companions: HashMap<&str, Vec<String>> = HashMap::new();
        for path in paths.iter().map(AsRef::as_ref) {
            match split(path) {
                Some((stem, Part::Package { is_map })) => packages.add(&mounts, path, stem, is_map),
                Some((stem, Part::Companion)) => companions.entry(stem).or_default().push(path.to_owned()),
                None => {}
            }
        }
        for package in &mut packages.list {
            let stem = split(&package.path).map_or("", |(stem, _)| stem);
            package.companions = companions.remove(stem).unwrap_or_default();
        }
        packages.external.sort_unstable();
        packages.mounts = mounts.iter().map(|mount| mount.name.to_ascii_lowercase()).collect();
        packages
    }

    fn add(&mut self, mounts: &[Mount<'_>], path: &str, stem: &str, is_map: bool) {
        let Some((mount, rest)) =
            mounts.iter().find_map(|mount| Some((mount, stem.strip_prefix(mount.folder.as_str())?)))
        else {
            return;
        };
        let id = self.list.len();
        let name = format!("/{}/{rest}", mount.name);
        let key = name.to_lowercase();
        if rest.starts_with("__External") {
            self.external.push((key.clone(), id));
        }
        self.by_name.entry(key).or_insert(id);
        self.list.push(Package { name, path: path.to_owned(), is_map, companions: Vec::new(), id });
    }

    /// All of them, in the order of the files.
    pub fn list(&self) -> &[Package] {
        &self.list
    }

    /// The package of this name.
    pub fn find(&self, name: &str) -> Option<&Package> {
        self.by_name.get(&name.to_lowercase()).map(|id| &self.list[*id])
    }

    /// The package a person means: its name, an object in it (`/Game/Maps/Stage.Stage`), or its file.
    pub fn named(&self, text: &str) -> Option<&Package> {
        if text.starts_with('/') {
            return self.find(text.split('.').next().unwrap_or_default());
        }
        self.list.iter().find(|package| package.path.eq_ignore_ascii_case(text))
    }

    /// Whether the project has content under this name's first part: if so, what is not found is missing.
    pub fn mounts(&self, name: &str) -> bool {
        mount_of(name).is_some_and(|mount| self.mounts.contains(&mount.to_ascii_lowercase()))
    }

    /// The packages that a map keeps apart: one file for each of its actors and other objects.
    pub fn external_of(&self, map: &Package) -> impl Iterator<Item = &Package> {
        let name = map.name.to_lowercase();
        let (mount, rest) = name[1..].split_once('/').unwrap_or((&name, ""));
        let folders = EXTERNAL.map(|folder| format!("/{mount}/{folder}/{rest}/").to_lowercase());
        folders.into_iter().flat_map(|folder| {
            let first = self.external.partition_point(|(name, _)| *name < folder);
            let below = self.external[first..].iter().take_while(move |(name, _)| name.starts_with(&folder));
            below.map(|(_, id)| &self.list[*id])
        })
    }
}

/// The first part of a package's name.
pub(super) fn mount_of(name: &str) -> Option<&str> {
    name.strip_prefix('/')?.split('/').next().filter(|mount| !mount.is_empty())
}

/// Whether a file of this path is a package, by its name.
pub(crate) fn is_package(path: &str) -> bool {
    matches!(split(path), Some((_, Part::Package { .. })))
}

/// Whether a file of this path is a package or belongs to one, by its name.
pub(super) fn belongs_to_package(path: &str) -> bool {
    split(path).is_some()
}

/// What a file is to a package.
enum Part {
    Package { is_map: bool },
    Companion,
}

/// A file's path without its extension, and what it is.
fn split(path: &str) -> Option<(&str, Part)> {
    let (stem, extension) = path.rsplit_once('.')?;
    let is = |other: &str| extension.eq_ignore_ascii_case(other);
    if is("uasset") || is("umap") {
        Some((stem, Part::Package { is_map: is("umap") }))
    } else if is("uexp") || is("ubulk") || is("uptnl") {
        // Optional bulk data is named `X.m.ubulk` or `X.o.ubulk`.
        let stem = stem.strip_suffix(".m").or(stem.strip_suffix(".o")).unwrap_or(stem);
        Some((stem, Part::Companion))
    } else {
        None
    }
}

/// Every folder of content, the deepest first.
fn find_mounts<P: AsRef<str>>(paths: &[P]) -> Vec<Mount<'_>> {
    let paths = || paths.iter().map(AsRef::as_ref);
    let folder_of = |path: &str| path.rfind('/').map_or(0, |at| at + 1);
    let projects = paths().filter(|path| has_extension(path, "uproject"));
    let root = projects.map(|path| &path[..folder_of(path)]).min_by_key(|root| root.len()).unwrap_or("");
    let plugins: HashMap<&str, &str> = paths()
        .filter(|path| has_extension(path, "uplugin"))
        .map(|path| {
            let (folder, file) = path.split_at(folder_of(path));
            (folder, file.rsplit_once('.').map_or(file, |(stem, _)| stem))
        })
        .collect();
    let mut mounts = vec![Mount { folder: format!("{root}Content/"), name: "Game" }];
    let mut known = HashSet::new();
    for path in paths() {
        let Some(folder) = path.find("/Content/").map(|at| &path[..=at]) else { continue };
        let is_plugin = plugins.contains_key(folder)
            || folder.strip_prefix(root).is_some_and(|below| below.starts_with("Plugins/"));
        if is_plugin && known.insert(folder) {
            let short = folder.trim_end_matches('/');
            let own = short.rsplit_once('/').map_or(short, |(_, name)| name);
            let name = plugins.get(folder).copied().unwrap_or(own);
            mounts.push(Mount { folder: format!("{folder}Content/"), name });
        }
    }
    mounts.sort_by_key(|mount| std::cmp::Reverse(mount.folder.len()));
    mounts
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(extension))
}

/// Folders below a mount point where maps keep what has a file of its own.
pub(super) const EXTERNAL: [&str; 2] = ["__ExternalActors__", "__ExternalObjects__"];
