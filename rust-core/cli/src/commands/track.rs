//! `cyclorama track ...`

mod align;
pub(crate) mod calibration;
mod decode;
mod delay;
mod evaluate;
mod house;
pub(crate) mod listen;
pub(crate) mod listening;
mod probe;
pub(crate) mod protocol;
mod relay;
mod send;
mod shown;
mod sync;
mod time;
mod timecode;
mod view;

use cyclorama_outcome::ExitCode;

use crate::{context::Context, failure::Failure};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Decode(decode::Args),
    Listen(Box<listen::Args>),
    Evaluate(evaluate::Args),
    Probe(probe::Args),
    Align(align::Args),
    Timecode(timecode::Args),
    Delay(delay::Args),
    Relay(relay::Args),
    /// Show the same on every node of a cluster
    #[command(subcommand, arg_required_else_help = true)]
    Sync(sync::Command),
    Send(send::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Decode(args) => decode::run(&args, cx),
        Command::Listen(args) => listen::run(&args, cx),
        Command::Evaluate(args) => evaluate::run(&args, cx),
        Command::Probe(args) => probe::run(&args, cx),
        Command::Align(args) => align::run(&args, cx),
        Command::Timecode(args) => timecode::run(&args, cx),
        Command::Delay(args) => delay::run(&args, cx),
        Command::Relay(args) => relay::run(&args, cx),
        Command::Sync(command) => sync::run(command, cx),
        Command::Send(args) => send::run(&args, cx),
    }
}
