//! `cyclorama track sync ...`: one node evaluates, all nodes show the same.

mod follow;
mod publish;

use cyclorama_outcome::ExitCode;
use cyclorama_time::Timecode;
use cyclorama_tracking::sync::Record;
use serde::Serialize;

use crate::{context::Context, failure::Failure};

#[derive(Debug, clap::Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, parsed once")]
pub(crate) enum Command {
    Publish(publish::Args),
    Follow(follow::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Publish(args) => publish::run(&args, cx),
        Command::Follow(args) => follow::run(&args, cx),
    }
}

/// A tick as either end prints it: schema `cyclorama.sync-tick/1`. Nodes that show the same have the same hash.
#[derive(Serialize)]
struct TickLine {
    tick: u64,
    hash: String,
    subjects: usize,
    stale: usize,
    /// The tracker's, where it says one: `HH:MM:SS:FF@RATE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    timecode: Option<Timecode>,
    /// From the moment the tick was evaluated for to when it was applied here, where the primary's time is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_ms: Option<f64>,
}

impl TickLine {
    /// `hash` as it came or went: a record of an older version has another one today.
    fn of(record: &Record, hash: [u8; 16], age_ms: Option<f64>) -> Self {
        Self {
            tick: record.tick,
            hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            subjects: record.subjects.len(),
            timecode: record.sources.first().and_then(|source| source.timecode),
            stale: record.subjects.iter().filter(|subject| subject.stale).count(),
            age_ms: age_ms.map(|ms| (ms * 1e3).round() * 1e-3),
        }
    }

    fn print(&self, cx: &Context) -> Result<(), Failure> {
        if cx.printer.json() {
            cx.printer.object("cyclorama.sync-tick/1", self)?;
        } else {
            let label = self.timecode.map(|label| format!(" {label}")).unwrap_or_default();
            cx.printer.data(&format!("{} {}{label}", self.tick, self.hash))?;
        }
        cx.printer.flush()
    }
}
