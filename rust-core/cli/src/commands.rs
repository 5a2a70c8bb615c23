//! One file per command: arguments to options, call the library, print.

pub(crate) mod assets;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod lens;
pub(crate) mod man;
pub(crate) mod render;
pub(crate) mod take;
pub(crate) mod track;
pub(crate) mod version;

use cyclorama_outcome::ExitCode;

use crate::{arguments::Command, context::Context, failure::Failure};

/// Runs one command to its end.
pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(args) => demo::run(&args, cx),
        Command::Track(command) => track::run(command, cx),
        Command::Take(command) => take::run(command, cx),
        Command::Assets(command) => assets::run(command, cx),
        Command::Lens(command) => lens::run(command, cx),
        Command::Render(command) => render::run(command, cx),
        Command::Doctor(args) => doctor::run(&args, cx),
        Command::Version(args) => version::run(&args, cx),
        Command::Completions(args) => completions::run(&args, cx),
        Command::Man(args) => man::run(&args, cx),
    }
}
