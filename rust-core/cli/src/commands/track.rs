//! `cyclorama track ...`

mod decode;
mod listen;
pub(crate) mod protocol;
mod send;

use cyclorama_outcome::ExitCode;

use crate::{context::Context, failure::Failure};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Decode recorded messages to OpenTrackIO JSON, one sample per line
    Decode(decode::Args),
    /// Receive a tracker, print its samples, and record them as a take
    Listen(listen::Args),
    /// Send a take, a recording or a simulated camera, as a tracker would
    Send(send::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Decode(args) => decode::run(&args, cx),
        Command::Listen(args) => listen::run(&args, cx),
        Command::Send(args) => send::run(&args, cx),
    }
}
