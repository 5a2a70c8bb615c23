//! `cyclorama track ...`

mod decode;
mod listen;
pub(crate) mod protocol;
mod send;

use cyclorama_outcome::ExitCode;

use crate::{context::Context, failure::Failure};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Decode(decode::Args),
    Listen(listen::Args),
    Send(send::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Decode(args) => decode::run(&args, cx),
        Command::Listen(args) => listen::run(&args, cx),
        Command::Send(args) => send::run(&args, cx),
    }
}
