//! Publishing the project's folder, as `cyclorama assets publish` does.

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_app::content;
use cyclorama_assets::Place;
use cyclorama_assets::publish::{AskLocks, OnConflict, Options, PublishError, Report};
use cyclorama_assets::working::{WorkingError, publish_folder};
use cyclorama_progress::words;

use super::PublishConfig;
use crate::{
    Status,
    failure::Failure,
    house::{House, Opening, house},
    work::{Keep, Strings, Told, Work},
};

pub(super) fn publish(config: &PublishConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("assets_publish", |strings| run(house, config, strings))
}

async fn run(house: &'static House, config: PublishConfig, strings: Strings) -> Result<Told, Failure> {
    let folder = PathBuf::from(&config.folder);
    if !folder.is_dir() {
        let text = format!("there is no folder {} to publish", folder.display());
        return Err(Failure::new(Status::NotFound, text));
    }
    let place = Place::new(&config.store);
    let how = Opening { key_file: &config.key_file, accept_rollback: config.accept_rollback };
    let repository = if config.make_store {
        house.repository_or_new(&place.store, how).await?
    } else {
        house.repository(&place.store, how).await?
    };
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let author = filled(&config.author);
    let mut options = Options::new();
    options.name = place.name().map_err(|error| Failure::of("read the name of a ref", &error))?;
    let owner = content::owner(&house.environment, author.as_deref(), "unreal");
    options.author = owner.person.clone();
    options.locks = Some(AskLocks { owner, refuse: config.refuse_locked });
    options.message = config.message;
    options.engine = filled(&config.engine_version);
    options.on_conflict = match config.keep {
        Keep::Mine => OnConflict::Ours,
        Keep::Theirs => OnConflict::Theirs,
        _ => OnConflict::Stop,
    };
    options.replace = config.replace;
    options.dry_run = config.dry_run;
    options.progress = strings.progress.clone();
    options.cancel = strings.cancel.clone();
    let published = publish_folder(&repository, &folder, Arc::clone(&house.clock), &options).await;
    let report = published.map_err(|error| {
        name_each(&error, &strings);
        Failure::of(&format!("publish {}", folder.display()), &error)
    })?;
    let left = report.left.iter().map(|(path, why)| format!("{path} was left out: {why}"));
    let held = report.held.iter().map(|held| format!("{held}; talk to them"));
    Ok(Told {
        text: sentence(&report, options.name.as_str(), options.dry_run),
        lines: left.chain(held).collect(),
        partial: !report.left.is_empty(),
    })
}

/// Everything that stands in the way; the error itself names the first.
fn name_each(error: &WorkingError, strings: &Strings) {
    match error {
        WorkingError::Troubles(troubles) => {
            strings.tell(troubles.iter().map(|trouble| format!("{} {}", trouble.path, trouble.why)));
        }
        WorkingError::Publish(PublishError::Conflicts { conflicts, .. }) => {
            strings.tell(
                conflicts.iter().map(|conflict| format!("{} was changed here and by others", conflict.path)),
            );
        }
        WorkingError::Publish(PublishError::Locked { held }) => {
            strings.tell(held.iter().map(|held| format!("{held}; talk to them")));
        }
        _ => {}
    }
}

fn sentence(report: &Report, name: &str, dry_run: bool) -> String {
    let all = format!("{}, {}", words::count(report.files, "file"), words::bytes(report.bytes));
    let (new, sent) = (words::bytes(report.bytes_new), words::bytes(report.bytes_uploaded));
    let removed = match (dry_run, report.removed.len() as u64) {
        (_, 0) => String::new(),
        (true, some) => format!(", {} would be removed", words::count(some, "file")),
        (false, 1) => ", 1 file was removed".to_owned(),
        (false, some) => format!(", {} were removed", words::count(some, "file")),
    };
    if dry_run {
        return format!("would publish {all}: {new} are new, {sent} would be sent{removed}");
    }
    if report.unchanged {
        return format!("nothing changed: {name} is {} ({all})", report.snapshot.short());
    }
    let merged = if report.merged { ", with the work of others" } else { "" };
    let version = report.snapshot.short();
    format!("published {all} as {name} {version}{merged}: {new} were new, {sent} were sent{removed}")
}
