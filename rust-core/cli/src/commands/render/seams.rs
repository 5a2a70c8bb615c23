//! `cyclorama render seams`

use cyclorama_outcome::ExitCode;
use cyclorama_render::walk_in::{builtin, residues, sampled_borders};

use super::planning::Planning;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Measure how much of a cold start is left at a plan's borders
///
/// Draws some borders in an unbroken run and again after few walk-in frames. A ratio of 1 means: as much difference as
/// between two neighbouring frames.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama render seams shot-12.take --history 0.04 --try 0,32,96")]
pub(crate) struct Args {
    #[command(flatten)]
    planning: Planning,
    /// Numbers of walk-in frames to try
    #[arg(long = "try", value_name = "N,N,...", value_delimiter = ',', default_values_t = [0, 16, 32, 64, 96],
        value_parser = clap::value_parser!(u32).range(0..=255))]
    walk_ins: Vec<u32>,
    /// How many borders to measure
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    borders: u32,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (_, _, planned) = args.planning.plan(cx)?;
    let mut draw = builtin(&planned, planned.plan.size.width).doing("measure the seams")?;
    let mut worst = vec![0.0_f64; args.walk_ins.len()];
    let borders = sampled_borders(&planned.plan, args.borders as usize);
    for border in &borders {
        if cx.cancel().is_cancelled() {
            return Err(Failure::cancelled("the borders printed so far are measured"));
        }
        for (worst, residue) in worst.iter_mut().zip(residues(&mut draw, *border, &args.walk_ins)) {
            *worst = worst.max(residue.ratio);
            if cx.printer.json() {
                cx.printer.object("cyclorama.seam/1", &residue)?;
            }
        }
    }
    if !cx.printer.json() {
        cx.printer
            .data(&format!("{} borders, difference to the unbroken run at the worst:", borders.len()))?;
        for (walk_in, worst) in args.walk_ins.iter().zip(worst) {
            cx.printer.data(&format!("  walk-in {walk_in:3}: {worst:.2} times the natural change"))?;
        }
    }
    Ok(ExitCode::Done)
}
