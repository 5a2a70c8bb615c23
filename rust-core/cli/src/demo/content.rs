//! The middle of the story: the set is published to a store, and brought to where the workers are.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cyclorama_assets::{
    FormatOptions, RefName, Repository, RepositoryOptions, hydrate, publish, store, working,
};
use cyclorama_content::Digest;
use cyclorama_render::scene::demo_stage;
use cyclorama_render::usda;

use super::{facts, ingest::Recording, step};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
    text,
};

/// Where the artist works, the store, and where the workers read.
const PROJECT: &str = "project";
const STORE: &str = "store";
const WORKERS: &str = "workers";
/// The set, in each of the two folders.
const SET: &str = "Content/Set/stage.usda";

/// The set as the workers have it.
pub(crate) struct Travelled {
    pub(crate) scene: PathBuf,
    pub(crate) facts: facts::Content,
}

/// Publishes the set, and hydrates it into the folder that the workers read.
pub(crate) fn travel(folder: &Path, recording: &Recording, cx: &Context) -> Result<Travelled, Failure> {
    step(cx, "3/6  the set, published and brought to the workers");
    let project = folder.join(PROJECT);
    let (made, scene) = (project.join(SET), folder.join(WORKERS).join(SET));
    let set = usda::write(&demo_stage(), &recording.path);
    fs::create_dir_all(made.parent().unwrap_or(&project)).doing_io("make the project's folders")?;
    write_whole(&made, set.as_bytes()).doing_io("write the set")?;
    let facts = cx.wait(async {
        let store = store::open(&folder.join(STORE).display().to_string()).doing("open the store")?;
        let options = RepositoryOptions::new(Arc::clone(&cx.clock));
        let repository =
            Repository::init(store, FormatOptions::default(), options).await.doing("make the store")?;
        let options = publish::Options {
            author: "the demo".to_owned(),
            message: "the set, dressed".to_owned(),
            cancel: cx.cancel().clone(),
            ..publish::Options::new()
        };
        let published = working::publish_folder(&repository, &project, Arc::clone(&cx.clock), &options).await;
        let published = published.doing("publish the set")?;
        let main = repository.resolve(&RefName::main().into()).await;
        let (id, snapshot) = main.doing("find what was published")?;
        let options =
            hydrate::Options { cancel: cx.cancel().clone(), ..hydrate::Options::new(Arc::clone(&cx.clock)) };
        let brought = hydrate::hydrate(&repository, id, &snapshot, &folder.join(WORKERS), &options).await;
        let brought = brought.doing("bring the set to the workers")?;
        Ok(facts::Content {
            files: published.files,
            bytes: published.bytes,
            sent: published.bytes_uploaded,
            fetched: brought.bytes_downloaded,
            snapshot: id.to_string(),
            published: digest(&made)?,
            brought: digest(&scene)?,
        })
    })?;
    let same = if facts.published == facts.brought { "the same to the last bit" } else { "NOT the same" };
    cx.printer.say(&format!(
        "     {} of set, {} sent, {} fetched, {same}",
        text::bytes(facts.bytes),
        text::bytes(facts.sent),
        text::bytes(facts.fetched)
    ));
    Ok(Travelled { scene, facts })
}

fn digest(path: &Path) -> Result<Digest, Failure> {
    fs::read(path).map(|bytes| Digest::of(&bytes)).doing_io(format!("read {}", path.display()))
}
