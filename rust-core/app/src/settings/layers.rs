//! Laying one source of settings over another.

use std::{fs, io, path::Path};

use toml::{Table, Value};

use super::{
    Environment, Settings, SettingsError,
    keys::{KEYS, nearest},
};
use crate::stores::REACH_NAMES;

const PREFIX: &str = "CYCLORAMA_";
/// Sections of sites are `[site.NAME]`.
const SITES: &str = "site";

/// Lays the file at `path` over `settings`; a file that is not there changes nothing.
pub(super) fn apply_file(settings: &mut Settings, path: &Path) -> Result<(), SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => apply_text(settings, &text, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SettingsError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Lays the TOML `text`, which stands in `path`, over `settings`.
pub(crate) fn apply_text(settings: &mut Settings, text: &str, path: &Path) -> Result<(), SettingsError> {
    let table: Table = text
        .parse()
        .map_err(|source| SettingsError::Syntax { path: path.to_owned(), source: Box::new(source) })?;
    let place = path.display().to_string();
    for (section, value) in table {
        let Value::Table(entries) = value else {
            apply_one(settings, &section, &plain(&value), &place)?;
            continue;
        };
        for (name, value) in entries {
            if let (SITES, Value::Table(site)) = (section.as_str(), &value) {
                apply_site(settings, &name, site, &place)?;
                continue;
            }
            apply_one(settings, &format!("{section}.{name}"), &plain(&value), &place)?;
        }
    }
    Ok(())
}

/// Lays the section `[site.NAME]` over `settings`.
fn apply_site(
    settings: &mut Settings,
    site: &str,
    entries: &Table,
    place: &str,
) -> Result<(), SettingsError> {
    for (name, value) in entries {
        if !REACH_NAMES.contains(&name.as_str()) {
            return Err(SettingsError::Unknown {
                name: format!("{SITES}.{site}.{name}"),
                place: place.to_owned(),
                nearest: nearest(name, REACH_NAMES.into_iter()),
            });
        }
        let reach = settings.sites.entry(site.to_owned()).or_default();
        let key = KEYS.iter().find(|key| key.name.strip_prefix("store.") == Some(name.as_str()));
        reach.set(name, &plain(value)).ok_or_else(|| SettingsError::Value {
            name: key.map_or("an entry of a site", |key| key.name),
            place: place.to_owned(),
            value: plain(value),
            wanted: key.map_or("something else", |key| key.wanted),
        })?;
    }
    Ok(())
}

/// Lays the `CYCLORAMA_*` variables over `settings`.
pub(super) fn apply_environment(
    settings: &mut Settings,
    environment: &Environment,
) -> Result<(), SettingsError> {
    let ours = |name: &str| name.starts_with(PREFIX) && !is_told_to_hosts(name);
    for (variable, value) in environment.iter().filter(|(name, _)| ours(name)) {
        let place = "the environment";
        let Some(key) = KEYS.iter().find(|key| key.variable == variable) else {
            let nearest = nearest(variable, KEYS.iter().map(|key| key.variable));
            return Err(SettingsError::Unknown {
                name: variable.to_owned(),
                place: place.to_owned(),
                nearest,
            });
        };
        apply_one(settings, key.name, value, place)?;
    }
    Ok(())
}

/// What a worker tells its host of content, in the same environment: the hosts that ship are this very command.
fn is_told_to_hosts(variable: &str) -> bool {
    variable == "CYCLORAMA_PROJECT" || variable.starts_with("CYCLORAMA_PACK_")
}

fn apply_one(settings: &mut Settings, name: &str, value: &str, place: &str) -> Result<(), SettingsError> {
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let nearest = nearest(name, KEYS.iter().map(|key| key.name));
        return Err(SettingsError::Unknown { name: name.to_owned(), place: place.to_owned(), nearest });
    };
    (key.set)(settings, value).ok_or_else(|| SettingsError::Value {
        name: key.name,
        place: place.to_owned(),
        value: value.to_owned(),
        wanted: key.wanted,
    })
}

/// A value as a person would type it after an `=` in a shell.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
