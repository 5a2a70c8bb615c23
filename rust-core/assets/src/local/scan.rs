//! Looks through a working folder: every file's stamp, in parallel, without reading a byte of content.
//!
//! What cannot be published as it is comes back as [`Trouble`], by name and reason; nothing is left out in silence.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cyclorama_outcome::{Classify, Kind};
use rayon::prelude::*;

use super::names::{self, Why};
use super::rules::{Rules, RulesError};
use super::stamp::Stamp;
use crate::format::{Format, LONGEST as LONGEST_FORMAT};

/// A folder as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its own name; empty for the top.
    pub name: String,
    /// What is in it, sorted by name. Empty folders are kept.
    pub items: Vec<Item>,
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A file.
    File(ScannedFile),
    /// A folder.
    Folder(Folder),
    /// A symbolic link that stays inside the project.
    Symlink {
        /// Its name.
        name: String,
        /// What it says, `/` between segments.
        target: String,
    },
}

/// A file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFile {
    /// Its name in its folder.
    pub name: String,
    /// How it looked.
    pub stamp: Stamp,
    /// Unix permission bits (0 to 0o777), its owner's right to read and write among them: with that it arrives elsewhere,
    /// and a tool that write-protects files is not one who changed them. None where the system has none.
    pub mode: Option<u32>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The top folder.
    pub root: Folder,
    /// What cannot be published, sorted by path.
    pub troubles: Vec<Trouble>,
}

/// Something that cannot be published as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its path below the working folder, as well as it can be shown.
    pub path: String,
    /// Why.
    pub why: TroubleKind,
}

/// Why something cannot be published as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TroubleKind {
    /// Its name.
    #[error(transparent)]
    Name(#[from] Why),
    /// A symbolic link that leads out of the project.
    #[error("links to `{0}`, outside the project")]
    LinkOutside(String),
    /// A device, socket or pipe.
    #[error("is neither a file nor a folder")]
    Special,
    /// The system refused to show it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Folders in folders in folders.
    #[error("lies too deep: at most {DEEPEST} folders in each other")]
    Deep,
    /// A content store: each publish would publish the one before it.
    #[error("is a content store itself, which belongs beside the project")]
    Store,
}

/// Why a working folder could not be looked through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The folder itself.
    #[error("the folder `{}` cannot be read", path.display())]
    Root {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Rules that mean nothing.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

impl Classify for ScanError {
    fn kind(&self) -> Kind {
        match self {
            Self::Root { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Kind::NotFound,
                io::ErrorKind::PermissionDenied => Kind::Refused,
                _ => Kind::User,
            },
            Self::Rules(source) => source.kind(),
        }
    }
}

impl Item {
    /// Its name in its folder.
    pub fn name(&self) -> &str {
        match self {
            Self::File(file) => &file.name,
            Self::Folder(folder) => &folder.name,
            Self::Symlink { name, .. } => name,
        }
    }
}

impl Folder {
    /// Calls `visit` for everything below, with its path, folders before what is in them.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&str, &'a Item)) {
        self.walk_below(&mut String::new(), visit);
    }

    fn walk_below<'a>(&'a self, path: &mut String, visit: &mut dyn FnMut(&str, &'a Item)) {
        for item in &self.items {
            let length = path.len();
            if length > 0 {
                path.push('/');
            }
            path.push_str(item.name());
            visit(path, item);
            if let Item::Folder(folder) = item {
                folder.walk_below(path, visit);
            }
            path.truncate(length);
        }
    }

    /// Files and bytes in it and below.
    pub fn totals(&self) -> (u64, u64) {
        let mut totals = (0, 0);
        self.walk(&mut |_, item| {
            if let Item::File(file) = item {
                totals = (totals.0 + 1, totals.1 + file.stamp.size);
            }
        });
        totals
    }
}

/// Looks through `root` on all cores.
///
/// # Errors
/// [`ScanError`] when the folder itself cannot be read, or a `.cycignore` makes no sense.
pub fn scan(root: &Path) -> Result<Scan, ScanError> {
    check_root(root)?;
    let listed = list(root).map_err(|source| ScanError::Root { path: root.to_owned(), source })?;
    let (folder, mut troubles) = inside(root, "", String::new(), listed, &Rules::none(), 0)?;
    troubles.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Scan { root: folder, troubles })
}

/// Whether there is such a folder to look through.
///
/// # Errors
/// [`ScanError::Root`] when there is none.
pub(crate) fn check_root(root: &Path) -> Result<(), ScanError> {
    let failed = |source| ScanError::Root { path: root.to_owned(), source };
    match fs::metadata(root).map_err(failed)?.is_dir() {
        true => Ok(()),
        false => Err(failed(io::Error::from(io::ErrorKind::NotADirectory))),
    }
}

type Listed = Vec<(std::ffi::OsString, io::Result<fs::Metadata>)>;
type Looked = Result<(Folder, Vec<Trouble>), ScanError>;

/// Names and what they are, links themselves and not what they point to.
fn list(folder: &Path) -> io::Result<Listed> {
    let mut listed = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        listed.push((entry.file_name(), entry.metadata()));
    }
    Ok(listed)
}

fn inside(path: &Path, shown: &str, name: String, listed: Listed, above: &Rules, depth: usize) -> Looked {
    let texts: Vec<&str> = listed.iter().filter_map(|(name, _)| name.to_str()).collect();
    if texts.contains(&Format::key().as_str()) && holds_a_store(path) {
        let shown = if shown.is_empty() { "." } else { shown }.to_owned();
        return Ok((
            Folder { name, items: Vec::new() },
            vec![Trouble { path: shown, why: TroubleKind::Store }],
        ));
    }
    let rules = above.inside(path, texts.iter().copied())?;
    let mut found = Found { shown, items: Vec::new(), below: Vec::new(), troubles: Vec::new() };
    for (name, metadata) in listed {
        found.take(path, &name, metadata, &rules);
    }
    let Found { mut items, below, mut troubles, .. } = found;
    let looked: Vec<_> =
        below.into_par_iter().map(|name| descend(path, shown, name, &rules, depth + 1)).collect();
    for looked in looked {
        let Some((folder, more)) = looked? else { continue };
        troubles.extend(more);
        items.push(Item::Folder(folder));
    }
    items.sort_by(|a, b| a.name().cmp(b.name()));
    let twins = names::twins(items.iter().map(Item::name));
    troubles.extend(twins.into_iter().map(|(first, second)| Trouble {
        path: joined(shown, second),
        why: Why::Twin(first.to_owned()).into(),
    }));
    Ok((Folder { name, items }, troubles))
}

/// Whether a content store lies in this folder.
pub fn holds_a_store(folder: &Path) -> bool {
    let path = folder.join(Format::key().as_str());
    let is_small =
        fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= LONGEST_FORMAT as u64);
    is_small && fs::read(&path).is_ok_and(|bytes| Format::decode(&bytes).is_ok())
}

/// What is in the folder `name`; none where it went between the listing that named it and this look.
fn descend(
    above: &Path,
    shown: &str,
    name: String,
    rules: &Rules,
    depth: usize,
) -> Result<Option<(Folder, Vec<Trouble>)>, ScanError> {
    let (path, shown) = (above.join(&name), joined(shown, &name));
    let trouble = |why| {
        Ok(Some((
            Folder { name: name.clone(), items: Vec::new() },
            vec![Trouble { path: shown.clone(), why }],
        )))
    };
    if depth > DEEPEST {
        return trouble(TroubleKind::Deep);
    }
    let listed = match list(&path) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return trouble(TroubleKind::Unreadable(error.to_string())),
    };
    match inside(&path, &shown, name, listed, rules, depth) {
        // Its rules went with it.
        Err(ScanError::Rules(_)) if is_gone(&path) => Ok(None),
        looked => looked.map(Some),
    }
}

fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// What one folder holds, being sorted out.
struct Found<'a> {
    shown: &'a str,
    items: Vec<Item>,
    below: Vec<String>,
    troubles: Vec<Trouble>,
}

impl Found<'_> {
    fn take(
        &mut self,
        folder: &Path,
        name: &std::ffi::OsStr,
        metadata: io::Result<fs::Metadata>,
        rules: &Rules,
    ) {
        let shown = name.to_string_lossy();
        let metadata = match metadata {
            Ok(metadata) => metadata,
            // Gone between the listing and the look: it is not there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.trouble(&shown, TroubleKind::Unreadable(error.to_string())),
        };
        let kind = metadata.file_type();
        if rules.ignores(folder, &shown, kind.is_dir()) {
            return;
        }
        let Some(text) = name.to_str() else { return self.trouble(&shown, Why::NotText.into()) };
        if let Some(why) = names::problem_of(text) {
            return self.trouble(&shown, why.into());
        }
        if names::is_too_long(&joined(self.shown, text)) {
            return self.trouble(&shown, Why::Long.into());
        }
        let name = text.to_owned();
        if kind.is_dir() {
            self.below.push(name);
        } else if kind.is_file() {
            self.items.push(Item::File(ScannedFile {
                name,
                stamp: Stamp::at(&folder.join(text), &metadata),
                mode: mode(&metadata),
            }));
        } else if kind.is_symlink() {
            match fs::read_link(folder.join(text)) {
                Ok(target) => self.take_link(name, &target),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.trouble(&shown, TroubleKind::Unreadable(error.to_string())),
            }
        } else {
            self.trouble(&shown, TroubleKind::Special);
        }
    }

    fn take_link(&mut self, name: String, target: &Path) {
        let target = target.to_string_lossy().replace('\\', "/");
        if stays_inside(self.shown, &target) {
            self.items.push(Item::Symlink { name, target });
        } else {
            self.trouble(&name, TroubleKind::LinkOutside(target));
        }
    }

    fn trouble(&mut self, name: &str, why: TroubleKind) {
        self.troubles.push(Trouble { path: joined(self.shown, name), why });
    }
}

/// Whether a link in `folder` (a path below the root, empty for the root) leads to something below the root.
pub fn stays_inside(folder: &str, target: &str) -> bool {
    let mut depth = if folder.is_empty() { 0 } else { folder.split('/').count() };
    if target.is_empty() || target.starts_with('/') || target.contains([':', '\\', '\0']) {
        return false;
    }
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    // As it is brought elsewhere: whoever hydrates can read and write what they own.
    Some(metadata.mode() & 0o777 | 0o600)
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Folders in each other.
const DEEPEST: usize = 128;

#[cfg(test)]
mod tests;
