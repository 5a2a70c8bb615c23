//! `cyclorama assets ...`

mod deps;
mod edge;
mod hydrate;
mod init;
mod place;
mod publish;
mod status;
mod verify;

use cyclorama_outcome::ExitCode;

use crate::{context::Context, failure::Failure};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Publish(publish::Args),
    Hydrate(hydrate::Args),
    Status(status::Args),
    Verify(verify::Args),
    Deps(deps::Args),
    Edge(edge::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(args) => init::run(&args, cx),
        Command::Publish(args) => publish::run(&args, cx),
        Command::Hydrate(args) => hydrate::run(&args, cx),
        Command::Status(args) => status::run(&args, cx),
        Command::Verify(args) => verify::run(&args, cx),
        Command::Deps(args) => deps::run(&args, cx),
        Command::Edge(args) => edge::run(&args, cx),
    }
}
