//! Published content that jobs need: from flags to a plan, and from there onto this machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::NonEmptyStringValueParser;
use cyclorama_app::{
    cache_folder,
    pinned::{Pack, pin},
};
use cyclorama_outcome::Kind;
use cyclorama_progress::{Cancel, Progress};
use cyclorama_render::content::{Brought, Content, ContentFolder, ContentName, Room};

use crate::{
    commands::assets::place::{Key, Place, Through, place},
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    printer::BYTES,
    text,
};

/// Flags that name published content.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Naming {
    /// Published version of the production's files that each machine brings to itself first: all of it, or with --map what the
    /// maps need; hosts find it as CYCLORAMA_PROJECT
    #[arg(long, value_name = "STORE[@VERSION]", value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Published pack of derived data, such as a warm cache, the same way: --pack ddc=s3://studio/warm@main, which hosts find as
    /// CYCLORAMA_PACK_DDC; may be repeated
    #[arg(long, value_name = "NAME=STORE[@VERSION]")]
    pack: Vec<Pack>,
    #[command(flatten)]
    reading: Reading,
}

/// How stores of content are read.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Reading {
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    through: Through,
}

/// Content that is on this machine, by the name hosts know it by.
pub(super) type Here = BTreeMap<ContentName, Brought>;

impl Naming {
    /// What was named, each at the version that its store has now; of the project only what `packages` need, if there are any.
    pub(super) async fn contents(&self, packages: &[String], cx: &Context) -> Result<Vec<Content>, Failure> {
        let project = self.project.iter().map(|place| (ContentName::project(), place));
        let packs = self.pack.iter().map(|pack| (pack.name.clone(), &pack.place));
        let mut contents = Vec::new();
        for (name, typed) in project.chain(packs) {
            let place = place(typed);
            let doing = format!("find the version of {name} in {}", place.store);
            let repository = self.reading.open(&place, cx).await?;
            let pinned = pin(name, &place, &repository, packages).await.doing(doing)?;
            pinned.lacks.iter().for_each(|sentence| cx.printer.say(sentence));
            contents.push(pinned.content);
        }
        Ok(contents)
    }

    /// Whether the production's files were named.
    pub(super) fn has_project(&self) -> bool {
        self.project.is_some()
    }

    /// The flags by which workers read the same stores.
    pub(super) fn worker_flags(&self) -> Result<Vec<OsString>, Failure> {
        let Reading { key, through } = &self.reading;
        let file = |flag: &str, file: &Option<PathBuf>| {
            let Some(file) = file else { return Ok(None) };
            let mut word = OsString::from(format!("{flag}="));
            word.push(std::path::absolute(file).doing_io(format!("find {}", file.display()))?);
            Ok::<_, Failure>(Some(word))
        };
        let edge = through.edge.map(|address| OsString::from(format!("--edge={address}")));
        let files =
            [file("--key-file", &key.key_file)?, file("--edge-token-file", &through.edge_token_file)?];
        Ok(files.into_iter().flatten().chain(edge).collect())
    }

    /// Makes sure that `contents` are on this machine, and stay as long as what comes back lives.
    pub(super) async fn bring(&self, contents: &[Content], cx: &Context) -> Result<Here, Failure> {
        self.reading.bring(contents, cx.cancel(), cx).await
    }
}

impl Reading {
    async fn open(&self, place: &Place, cx: &Context) -> Result<cyclorama_assets::Repository, Failure> {
        place.open_through(&self.key, &self.through, cx).await
    }

    /// Makes sure that `contents` are on this machine, unless `stop` is set, and stay as long as what comes back lives.
    pub(super) async fn bring(
        &self,
        contents: &[Content],
        stop: &Cancel,
        cx: &Context,
    ) -> Result<Here, Failure> {
        let mut here = Here::new();
        if contents.is_empty() {
            return Ok(here);
        }
        let kept = ContentFolder::new(home(cx)?, Arc::clone(&cx.clock)).within(cx.settings.cache_limit);
        for content in contents {
            let repository = self.open(&Place::of_store(&content.store), cx).await?;
            let progress = Progress::new();
            let brought = {
                let _drawn = cx.printer.follow(BYTES, &progress, &cx.clock);
                kept.bring(&repository, content, &progress, stop).await
            };
            let brought = brought.doing(format!("bring {} from {}", content.name, content.store))?;
            let (name, version) = (&content.name, content.snapshot.short());
            cx.printer.say(&match brought.fetched {
                0 => format!("{name}: version {version} is here"),
                bytes => format!("{name}: version {version}, fetched {}", text::bytes(bytes)),
            });
            tell_room(&brought.room, cx);
            here.insert(name.clone(), brought);
        }
        Ok(here)
    }
}

/// Says what was removed, and where that was not enough.
fn tell_room(room: &Room, cx: &Context) {
    let most = cx.settings.cache_limit;
    if room.removed > 0 {
        let versions = text::count(room.removed, "version");
        cx.printer.say(&format!("made room: {versions} nobody uses, {}", text::bytes(room.freed)));
    }
    if room.left > most {
        cx.printer.say(&format!(
            "warning: content takes {} here, more than the {} of render.cache-limit, and all of it is used",
            text::bytes(room.left),
            text::bytes(most)
        ));
    }
}

/// Where this machine keeps content.
pub(super) fn home(cx: &Context) -> Result<PathBuf, Failure> {
    let usual = || cache_folder(&cx.environment).map(|folder| folder.join("content"));
    cx.settings.cache.clone().or_else(usual).ok_or_else(|| {
        let message = "failed to find a folder for content: neither a setting nor the environment names one";
        Failure::new(Kind::User, message).hint("set render.cache")
    })
}
