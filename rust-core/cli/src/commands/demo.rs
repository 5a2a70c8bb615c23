//! `cyclorama demo`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_render::plan::FrameRange;

use super::render::planning::size;
use crate::{
    context::Context,
    demo::{self, Options, Outcome},
    failure::Failure,
    text,
};

/// Show the whole story on this machine, from a real tracker's recording to verified frames
///
/// A real stage tracker's packets go over the network of this machine, become a take, and are rendered from the take
/// by two workers, one of which is killed on purpose. Every frame is checked. At the end there is a report to open
/// in a browser. Needs no camera, engine or cloud, and under three minutes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder for everything it makes; used again if an earlier demo made it
    #[arg(long, value_name = "DIR", default_value = "./cyclorama-demo")]
    out: PathBuf,
    /// Keep the render ledger too
    #[arg(long)]
    keep: bool,
    /// Frames to render, both ends included, of 0 to 599
    #[arg(long, value_name = "FIRST-LAST", default_value = "287-322")]
    frames: FrameRange,
    /// Size of the frames in pixels
    #[arg(long, value_name = "WxH", default_value = "640x360", value_parser = size)]
    size: (u32, u32),
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let options = Options { folder: args.out.clone(), keep: args.keep, frames: args.frames, size: args.size };
    let outcome = demo::run(&options, cx)?;
    if cx.printer.json() {
        cx.printer.object("cyclorama.demo/1", &outcome)?;
    } else {
        ending(&outcome).iter().try_for_each(|line| cx.printer.data(line))?;
    }
    let whole = outcome.replay_identical && outcome.set_identical && outcome.verified == outcome.frames;
    Ok(if whole { ExitCode::Done } else { ExitCode::Integrity })
}

fn ending(outcome: &Outcome) -> Vec<String> {
    let same = if outcome.replay_identical { "bit for bit the same" } else { "DIFFERENT" };
    let set = if outcome.set_identical { "bit for bit the same" } else { "DIFFERENT" };
    vec![
        String::new(),
        format!("  {} received, {} refused", text::count(outcome.packets, "packet"), outcome.rejected),
        format!("  replayed from the take: {same}"),
        format!("  set published and brought to the workers: {set}"),
        format!(
            "  {} of {} frames verified, {} killed on purpose",
            outcome.verified,
            outcome.frames,
            text::count(outcome.workers_killed, "worker")
        ),
        format!("  {}", text::seconds(outcome.seconds)),
        String::new(),
        format!("Open the report: {}", outcome.report.display()),
    ]
}
