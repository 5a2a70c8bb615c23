//! The demo: one real take from the tracker's packets to verified frames, and a report that tells of it.
//!
//! Everything runs through the same libraries as the single commands, over real sockets and real processes.

mod content;
mod facts;
mod fingerprint;
mod folder;
mod guests;
mod ingest;
mod kill;
mod pictures;
mod plots;
mod rendering;
mod report;
mod telling;
mod timeline;

use std::path::{Path, PathBuf};

use cyclorama_content::Digest;
use cyclorama_render::plan::FrameRange;
use cyclorama_time::StageTime;

use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
    files::write_whole,
    text,
};

/// What the demo is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Folder for everything it makes.
    pub(crate) folder: PathBuf,
    /// Keep the render ledger too.
    pub(crate) keep: bool,
    /// Frames to render.
    pub(crate) frames: FrameRange,
    /// Their size in pixels.
    pub(crate) size: (u32, u32),
}

/// How a demo ended.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Outcome {
    pub(crate) report: PathBuf,
    pub(crate) packets: u64,
    pub(crate) rejected: u64,
    pub(crate) digest: Digest,
    pub(crate) replay_identical: bool,
    pub(crate) set_identical: bool,
    pub(crate) frames: u64,
    pub(crate) verified: u64,
    pub(crate) workers_killed: u64,
    pub(crate) seconds: f64,
}

/// Tells the whole story once.
pub(crate) fn run(options: &Options, cx: &Context) -> Result<Outcome, Failure> {
    let begun = cx.clock.now();
    let folder = folder::prepare(&options.folder)?;
    let recording = ingest::record(&folder, cx)?;
    let travelled = content::travel(&folder, &recording, cx)?;
    let rendered = rendering::render(&folder, &recording, &travelled.scene, options, cx)?;
    let guest = guests::blender(&folder, &recording, &travelled.scene, options, cx);
    folder::remove_guests_ledger(&folder)?;
    step(cx, "6/6  pictures, plots and the report");
    let mut pictures = pictures::make(&folder, &recording, &rendered)?;
    let blender = guest.map(|guest| {
        pictures.blender = guest.picture;
        guest.facts
    });
    if !options.keep {
        folder::remove_ledger(&folder)?;
    }
    let facts = facts::Facts {
        made_on: text::date(cx.clock.utc()),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        seconds: since(begun, cx),
        ingest: recording.ingest,
        take: recording.take,
        replay: recording.replay,
        content: travelled.facts,
        render: rendered.facts,
        blender,
        files: folder::contents(&folder).doing_io("list what was made")?,
    };
    let report = folder.join("report.html");
    write_report(&report, &facts, &pictures)?;
    Ok(Outcome {
        report,
        packets: facts.ingest.received,
        rejected: facts.ingest.rejected,
        digest: facts.take.digest,
        replay_identical: facts.replay.live == facts.replay.replayed,
        set_identical: facts.content.published == facts.content.brought,
        frames: facts.render.asked,
        verified: facts.render.verified,
        workers_killed: u64::from(facts.render.kill.is_some()),
        seconds: since(begun, cx),
    })
}

fn write_report(path: &Path, facts: &facts::Facts, pictures: &telling::Pictures) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path).display().to_string();
    let page = telling::tell(facts, pictures, &folder).page();
    page.map_err(std::io::Error::other)
        .and_then(|page| write_whole(path, page.as_bytes()))
        .doing_io(format!("write the report to {}", path.display()))
}

/// One line for whoever waits.
fn step(cx: &Context, what: &str) {
    cx.printer.say(&cx.printer.bold(what));
}

fn since(begun: StageTime, cx: &Context) -> f64 {
    cx.clock.now().nanos_since(begun) as f64 * 1e-9
}
