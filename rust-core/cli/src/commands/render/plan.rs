//! `cyclorama render plan`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;

use super::planning::Planning;
use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
    files::write_whole,
};

/// Show what `render submit` would do, and why
///
/// Says in words which ranges a take is cut into, where their borders are and why, how much is drawn and thrown away,
/// and which files come out. Starts nothing and writes no ledger.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama render plan shot-12.take --history 0.04 --walk-in auto --picture plan.svg")]
pub(crate) struct Args {
    #[command(flatten)]
    planning: Planning,
    /// Write the plan as a timeline picture
    #[arg(long, value_name = "FILE.svg")]
    picture: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (_, camera, planned) = args.planning.plan(cx)?;
    let plan = &planned.plan;
    if let Some(file) = &args.picture {
        let doing = format!("write {}", file.display());
        write_whole(file, plan.timeline_svg(&camera).as_bytes()).doing_io(doing)?;
    }
    if cx.printer.json() {
        cx.printer.data(&serde_json::to_string(plan).expect("a plan is JSON"))?;
    } else {
        plan.explain().iter().try_for_each(|line| cx.printer.data(line))?;
    }
    Ok(ExitCode::Done)
}
