//! `cyclorama assets attachments`

use std::path::PathBuf;

use bytes::Bytes;
use cyclorama_assets::deadline::{
    AssembleOptions, Assembled, Attachments, Manifest, Place as Queue, assemble, manifest_of,
};
use cyclorama_assets::hydrate::Select;
use cyclorama_assets::unreal::Follow;
use cyclorama_assets::{Condition, Key as ObjectKey, SnapshotId};
use cyclorama_content::Xxh128;
use cyclorama_outcome::ExitCode;
use cyclorama_time::StageTime;
use serde::Serialize;

use super::deps;
use super::place::{Key, place};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
    printer::BYTES,
    text,
};

/// Make job attachments of a version, for AWS Deadline Cloud's workers
///
/// Run it near the bucket: objects are put together from chunks there, so that only what is new crossed the studio's
/// line. Objects that are in the bucket already stay. With --farm, --queue and --source-root the manifest is put where
/// the queue's workers look for it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets attachments s3://studio/wall s3://farm/DeadlineCloud --farm farm-1 --queue queue-2 \
    --source-root /mnt/project\n  \
    cyclorama assets attachments ./store@main~1 ./bucket --map /Game/Maps/Stage --manifest ./stage.manifest")]
pub(crate) struct Args {
    /// The store, and the version in it [default: main]
    #[arg(value_name = "STORE[@VERSION]")]
    store: String,
    /// Bucket and root prefix of the queue's job attachments, or a folder
    #[arg(value_name = "ROOT")]
    root: String,
    /// Only what this glob matches; may be given several times
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Only what this Unreal map needs, as its packages' headers say; may be given several times
    #[arg(long, value_name = "PACKAGE")]
    map: Vec<String>,
    /// The farm's id
    #[arg(long, value_name = "ID", requires = "queue", requires = "source_root")]
    farm: Option<String>,
    /// The queue's id
    #[arg(long, value_name = "ID", requires = "farm")]
    queue: Option<String>,
    /// Folder that the job's paths begin with, as the job's rootPath names it
    #[arg(long, value_name = "PATH", requires = "farm")]
    source_root: Option<String>,
    /// Also write the manifest to this file
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Find out what would be written, and write nothing, --manifest neither
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Made<'a> {
    snapshot: SnapshotId,
    files: u64,
    bytes: u64,
    objects: u64,
    objects_written: u64,
    bytes_uploaded: u64,
    /// What a job says as `inputManifestHash`.
    manifest_hash: String,
    /// What a job says as `inputManifestPath`, when farm and queue are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest_path: Option<&'a str>,
    links: &'a [String],
    dry_run: bool,
    seconds: f64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let began = cx.clock.now();
    cx.wait(async {
        let from = place(&args.store);
        let repository = from.open_with(&args.key, cx).await?;
        let doing = format!("find the version in {}", from.store);
        let (id, snapshot) = repository.resolve(&from.revision()?).await.doing(doing)?;
        repository.load_indexes(&snapshot.indexes).await.doing("read the store's index")?;
        let mut select = Select::all();
        if !args.only.is_empty() {
            select = Select::only(args.only.iter().map(String::as_str)).doing("read --only")?;
        }
        if !args.map.is_empty() {
            let closure = deps::closure_of_version(&repository, &snapshot, &args.map, Follow::Loaded).await?;
            deps::warn(&closure, cx);
            select = select.with_paths(closure.files.into_iter().collect());
        }
        let named = manifest_of(&repository, snapshot.root, |path| select.is_wanted(path)).await;
        let attachments = named.doing("name the files of this version")?;
        let target = cx.store(&args.root).await.doing(format!("open {}", args.root))?;
        let manifest = Encoded::of(&attachments.manifest, args)?;
        if repository.format().seal.is_some() {
            cx.printer.say(PLAIN);
        }
        let (cancel, dry_run) = (cx.cancel().clone(), args.dry_run);
        let options = AssembleOptions { cancel, dry_run, ..AssembleOptions::default() };
        let made = {
            let _drawn = cx.printer.follow(BYTES, &options.progress, &cx.clock);
            assemble(&repository, &attachments.files, target.as_ref(), &options).await
        };
        let made = made.doing(format!("make objects in {}", args.root))?;
        // A manifest is there only once everything it names is.
        if let Some(key) = manifest.key.as_ref().filter(|_| !args.dry_run) {
            let put = target.put(key, manifest.bytes.clone(), Condition::Always).await;
            put.doing(format!("put the manifest into {}", args.root))?;
        }
        if let Some(file) = args.manifest.as_ref().filter(|_| !args.dry_run) {
            write_whole(file, &manifest.bytes).doing_io(format!("write {}", file.display()))?;
        }
        tell(id, &attachments, &made, &manifest, (args.dry_run, began), cx)
    })
}

/// Said of an encrypted store: a farm's workers have no key.
const PLAIN: &str = "warning: the store is encrypted, and the objects made of it are not, so that a farm's workers can \
    read them; whoever reads that bucket reads them too";

/// A manifest's bytes, their hash, and where they belong.
struct Encoded {
    bytes: Bytes,
    hash: Xxh128,
    key: Option<ObjectKey>,
}

impl Encoded {
    /// Manifests of different files lie at different keys, whatever part of a version they are: their own hash is
    /// what tells them apart.
    fn of(manifest: &Manifest, args: &Args) -> Result<Self, Failure> {
        let bytes = Bytes::from(manifest.encode());
        let hash = Xxh128::of(&bytes);
        let key = match (&args.farm, &args.queue, &args.source_root) {
            (Some(farm), Some(queue), Some(root)) => {
                let queue = Queue { farm: farm.clone(), queue: queue.clone(), guid: hash.to_string() };
                Some(queue.manifest_key(root).doing("name the manifest")?)
            }
            _ => None,
        };
        Ok(Self { bytes, hash, key })
    }

    /// The key as a job names it: below `Manifests/`.
    fn path(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.as_str().trim_start_matches("Manifests/"))
    }
}

fn tell(
    snapshot: SnapshotId,
    attachments: &Attachments,
    made: &Assembled,
    manifest: &Encoded,
    (dry_run, began): (bool, StageTime),
    cx: &Context,
) -> Result<ExitCode, Failure> {
    let seconds = cx.clock.now().nanos_since(began) as f64 / 1e9;
    for link in &attachments.links {
        cx.printer.say(&format!("warning: {link} is a symbolic link, which job attachments cannot hold"));
    }
    let (files, bytes) = (attachments.manifest.files().len() as u64, attachments.manifest.total_size());
    if cx.printer.json() {
        let told = Made {
            snapshot,
            files,
            bytes,
            objects: made.objects,
            objects_written: made.written,
            bytes_uploaded: made.bytes,
            manifest_hash: manifest.hash.to_string(),
            manifest_path: manifest.path(),
            links: &attachments.links,
            dry_run,
            seconds,
        };
        cx.printer.object("cyclorama.attachments/1", &told)?;
        return Ok(ExitCode::Done);
    }
    let wrote = if dry_run { "would write" } else { "wrote" };
    cx.printer.data(&format!(
        "attachments of {} ({}, {}): {wrote} {}, {}; {} were there",
        snapshot.short(),
        text::count(files, "file"),
        text::bytes(bytes),
        text::count(made.written, "object"),
        text::bytes(made.bytes),
        made.present
    ))?;
    if let Some(path) = manifest.path() {
        cx.printer.data(&format!("inputManifestPath {path}"))?;
        cx.printer.data(&format!("inputManifestHash {}", manifest.hash))?;
    }
    Ok(ExitCode::Done)
}
