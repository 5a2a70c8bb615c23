//! Bringing a version of the content into a folder, as `cyclorama assets hydrate` does.

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_app::content::closure_of_version;
use cyclorama_assets::hydrate::{HydrateError, OnEdit, Options, Report, Select, hydrate as bring};
use cyclorama_assets::unreal::Follow;
use cyclorama_assets::{Place, RefName, Repository, Snapshot};
use cyclorama_progress::words;

use super::HydrateConfig;
use crate::{
    failure::Failure,
    house::{House, Opening, house},
    work::{Keep, Strings, Told, Work},
};

pub(super) fn hydrate(config: &HydrateConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("assets_hydrate", |strings| run(house, config, strings))
}

async fn run(house: &'static House, config: HydrateConfig, strings: Strings) -> Result<Told, Failure> {
    let place = Place::new(&config.store);
    let how = Opening { key_file: &config.key_file, accept_rollback: config.accept_rollback };
    let repository = house.repository_nearby(&place.store, how).await?;
    let revision = place.revision().map_err(|error| Failure::of("read the name of a version", &error))?;
    let found = repository.resolve(&revision).await;
    let doing = format!("find the version in {}", place.store);
    let (id, snapshot) = found.map_err(|error| Failure::of(&doing, &error))?;
    let mut options = Options::new(Arc::clone(&house.clock));
    // A version named by its id came by no ref; what is published from it goes to the usual one.
    let named = match place.name() {
        Ok(name) => {
            let read = repository.read_ref(&name).await.map_err(|error| Failure::of("read a ref", &error))?;
            read.map(|pointer| pointer.value.name)
        }
        Err(_) => None,
    };
    options.reference = Some(named.unwrap_or_else(RefName::main));
    options.select = select(&repository, &snapshot, &config, &strings).await?;
    options.on_edit = match config.keep {
        Keep::Mine => OnEdit::Keep,
        Keep::Theirs => OnEdit::Replace,
        _ => OnEdit::Stop,
    };
    options.dry_run = config.dry_run;
    options.progress = strings.progress.clone();
    options.cancel = strings.cancel.clone();
    let folder = PathBuf::from(&config.folder);
    let report = bring(&repository, id, &snapshot, &folder, &options).await.map_err(|error| {
        name_each(&error, &strings);
        Failure::of(&format!("hydrate {}", folder.display()), &error)
    })?;
    Ok(Told {
        text: sentence(&report, &id.short(), config.dry_run),
        lines: lines(&report),
        partial: !report.skipped.is_empty(),
    })
}

/// Which part of the version is wanted.
async fn select(
    repository: &Repository,
    snapshot: &Snapshot,
    config: &HydrateConfig,
    strings: &Strings,
) -> Result<Select, Failure> {
    let mut select = Select::all();
    if !config.only.is_empty() {
        let only = Select::only(config.only.iter().map(String::as_str));
        select = only.map_err(|error| Failure::of("read which files are wanted", &error))?;
    }
    let mut files = config.files.clone();
    if !config.maps.is_empty() {
        let maps = &config.maps;
        let needs = closure_of_version(repository, snapshot, maps, Follow::Loaded).await;
        let needs = needs.map_err(|error| Failure::of("find what a map needs", &error))?;
        strings.tell(needs.missing.iter().map(|missing| format!("{} is missing", missing.package)));
        strings.tell(needs.unread.iter().map(|unread| format!("{}: {}", unread.path, unread.problem)));
        files.extend(needs.files);
    }
    Ok(if files.is_empty() { select } else { select.with_paths(files.into_iter().collect()) })
}

/// Everything that stands in the way; the error itself names the first.
fn name_each(error: &HydrateError, strings: &Strings) {
    match error {
        HydrateError::Edited(paths) | HydrateError::EditedMeanwhile(paths) => {
            strings.tell(paths.iter().map(|path| format!("{path} was changed here")));
        }
        HydrateError::Refused(problems) => {
            strings.tell(problems.iter().map(|(path, why)| format!("{path} {why}")));
        }
        _ => {}
    }
}

/// What stayed, and what could not come.
fn lines(report: &Report) -> Vec<String> {
    let kept = report.kept.iter().map(|path| format!("kept your {path}"));
    let skipped = report
        .skipped
        .iter()
        .map(|path| format!("{path} is left out: this system does not let you make symbolic links"));
    kept.chain(skipped).collect()
}

fn sentence(report: &Report, version: &str, dry_run: bool) -> String {
    let all = format!("{}, {}", words::count(report.files, "file"), words::bytes(report.bytes));
    let (written, removed) =
        (words::count(report.files_written, "file"), words::count(report.files_removed, "file"));
    let fetched = words::bytes(report.bytes_downloaded);
    if dry_run {
        let lacks = match report.bytes_missing {
            0 => String::new(),
            missing => format!("; the disk lacks {} of room for it", words::bytes(missing)),
        };
        return format!(
            "would bring {version} ({all}): write {written}, remove {removed}, fetch {fetched}{lacks}"
        );
    }
    format!("at {version} ({all}): wrote {written}, removed {removed}, fetched {fetched}")
}
