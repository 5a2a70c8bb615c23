//! `cyclorama assets ...`

mod archive;
mod attachments;
pub(crate) mod deps;
mod diff;
mod edge;
mod follow;
mod gc;
mod hydrate;
mod init;
mod locks;
mod log;
pub(crate) mod place;
mod publish;
mod refs;
mod restore;
mod status;
mod verify;
mod wake;

use cyclorama_outcome::ExitCode;

use crate::{context::Context, failure::Failure};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Publish(publish::Args),
    Hydrate(hydrate::Args),
    Status(status::Args),
    Log(log::Args),
    Diff(diff::Args),
    Refs(refs::Args),
    Locks(locks::Args),
    Follow(follow::Args),
    Verify(verify::Args),
    Gc(gc::Args),
    Archive(archive::Args),
    Restore(restore::Args),
    Wake(wake::Args),
    Deps(deps::Args),
    Edge(edge::Args),
    Attachments(attachments::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(args) => init::run(&args, cx),
        Command::Publish(args) => publish::run(&args, cx),
        Command::Hydrate(args) => hydrate::run(&args, cx),
        Command::Status(args) => status::run(&args, cx),
        Command::Log(args) => log::run(&args, cx),
        Command::Diff(args) => diff::run(&args, cx),
        Command::Refs(args) => refs::run(&args, cx),
        Command::Locks(args) => locks::run(&args, cx),
        Command::Follow(args) => follow::run(&args, cx),
        Command::Verify(args) => verify::run(&args, cx),
        Command::Gc(args) => gc::run(&args, cx),
        Command::Archive(args) => archive::run(&args, cx),
        Command::Restore(args) => restore::run(&args, cx),
        Command::Wake(args) => wake::run(&args, cx),
        Command::Deps(args) => deps::run(&args, cx),
        Command::Edge(args) => edge::run(&args, cx),
        Command::Attachments(args) => attachments::run(&args, cx),
    }
}
