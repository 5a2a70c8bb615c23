//! What changed in a project's folder since it was published or hydrated, as `cyclorama assets status` tells.

use std::path::PathBuf;

use cyclorama_assets::Place;
use cyclorama_assets::local::State;
use cyclorama_assets::status::{Difference, What, status};
use cyclorama_assets::unreal::explain_status;
use cyclorama_progress::words;

use super::StatusConfig;
use crate::{
    Status,
    failure::Failure,
    house::{House, Opening, house},
    work::{Strings, Told, Work},
};

pub(super) fn compare(config: &StatusConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("assets_status", |strings| async move {
        // A walk through the folder that is left ends by itself, and nobody waits for it.
        strings.unless_stopped("cancelled: nothing was compared", run(house, config, strings.clone())).await
    })
}

async fn run(house: &'static House, config: StatusConfig, strings: Strings) -> Result<Told, Failure> {
    let place = Place::new(&config.store);
    let how = Opening { key_file: &config.key_file, accept_rollback: config.accept_rollback };
    let repository = house.repository(&place.store, how).await?;
    let (folder, store) = (PathBuf::from(&config.folder), repository.format().id.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let state = State::load(&folder, &store);
        let now = status(&folder, &state, house.clock.as_ref());
        (folder, state, now)
    });
    let lost = |error: tokio::task::JoinError| Failure::new(Status::Internal, error.to_string());
    let (folder, state, now) = looking.await.map_err(lost)?;
    let doing = format!("look through {}", folder.display());
    let now = now.map_err(|error| Failure::of(&doing, &error))?;
    let name = match (&place.version, &state.reference) {
        (None, Some(name)) => name.clone(),
        _ => place.name().map_err(|error| Failure::of("read the name of a ref", &error))?,
    };
    let newest = repository.read_ref(&name).await.map_err(|error| Failure::of("read a ref", &error))?;
    let newest = newest.map(|pointer| pointer.value.snapshot);
    let most = config.explain as usize;
    let said = explain_status(&repository, &folder, &state, &now.differences, most).await;
    let said = said.map_err(|error| Failure::of("read the headers of packages", &error))?;
    strings.tell(
        now.troubles
            .iter()
            .map(|trouble| format!("{} {} and cannot be published", trouble.path, trouble.why)),
    );
    let lines = now.differences.iter().zip(&said).flat_map(|(difference, said)| lines_of(difference, said));
    let changes = match now.differences.len() as u64 {
        0 => "nothing changed here".to_owned(),
        some => format!("{} here", words::count(some, "change")),
    };
    let others = match (state.snapshot, newest) {
        (None, _) => "this folder was not published or hydrated yet",
        (Some(ours), Some(newest)) if ours != newest => "others published meanwhile: hydrate to have it",
        _ => "nobody published meanwhile",
    };
    Ok(Told { text: format!("{changes}; {others}"), lines: lines.collect(), partial: false })
}

/// A change in a sentence; the header's own words where there are some.
fn lines_of(difference: &Difference, said: &[String]) -> Vec<String> {
    if !said.is_empty() {
        return said.to_vec();
    }
    let what = match difference.what {
        What::Added => "is new",
        What::Changed => "was changed",
        What::Removed => "is gone",
    };
    vec![format!("{} {what}", difference.path)]
}
