//! What of a version may not be made here, found before anything is written.

use super::HydrateError;
use super::select::{Wanted, lies_in};
use crate::local::{OWN_FOLDER, Record, Records, RelPath, names, scan};
use crate::tree::Entry;

/// Refuses a version of which something wanted may not be made here: each name of it, and names of one folder that are
/// one name elsewhere.
pub(super) fn check(tree: &Records, wanted: &Wanted) -> Result<(), HydrateError> {
    let mut refused = Vec::new();
    let mut open = vec![Open { path: None, names: Vec::new() }];
    for (number, known) in tree.iter().enumerate().filter(|(number, _)| wanted.has(*number)) {
        while let Some(Open { path: Some(folder), .. }) = open.last()
            && !lies_in(known.path(), folder)
        {
            open.pop().into_iter().for_each(|closed| closed.check(&mut refused));
        }
        match allowed(known) {
            Err(why) => refused.push((known.path().to_owned(), why)),
            Ok(()) => {
                let name = known.path().rsplit('/').next().unwrap_or_default();
                open.iter_mut().last().into_iter().for_each(|folder| folder.names.push(name));
                if known.is_folder() {
                    open.push(Open { path: Some(tree.at(number).path()), names: Vec::new() });
                }
            }
        }
    }
    open.into_iter().rev().for_each(|closed| closed.check(&mut refused));
    if refused.is_empty() { Ok(()) } else { Err(HydrateError::Refused(refused)) }
}

/// A folder whose names are still coming.
struct Open<'a> {
    /// None of the top.
    path: Option<&'a str>,
    names: Vec<&'a str>,
}

impl Open<'_> {
    fn check(self, refused: &mut Vec<(String, String)>) {
        for (first, second) in names::twins(self.names) {
            let path = self.path.map_or_else(|| second.to_owned(), |folder| format!("{folder}/{second}"));
            refused.push((path, names::Why::Twin(first.to_owned()).to_string()));
        }
    }
}

/// Whether something may be made here.
fn allowed(known: Record<'_>) -> Result<(), String> {
    let path = RelPath::new(known.path()).map_err(|problem| problem.why.to_string())?;
    if names::folded(path.as_str().split('/').next().unwrap_or_default()) == OWN_FOLDER {
        return Err("lies where cyclorama keeps its own records".to_owned());
    }
    if !known.is_file()
        && let Entry::Symlink(link) = known.entry()
        && !scan::stays_inside(path.folder().unwrap_or(""), &link.target)
    {
        return Err(format!("links to `{}`, outside the project", link.target));
    }
    Ok(())
}
