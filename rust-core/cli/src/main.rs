//! The `cyclorama` command: arguments in, the libraries called, the result printed.
//!
//! Data goes to stdout, everything else to stderr. No work is done here; each command has its file in
//! [`commands`]. How a process ends is one of the documented exit codes, whatever happened.

mod arguments;
mod commands;
mod context;
mod control;
mod demo;
mod failure;
mod files;
mod handoff;
mod memory;
mod printer;
mod screen;
mod text;

use std::process;

use clap::Parser as _;
use cyclorama_outcome::ExitCode;

use crate::{arguments::Cli, context::Context};

fn main() -> process::ExitCode {
    memory::give_back_large_blocks();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(stop) => {
            // Help and version end well, anything else is usage; a closed stdout is nobody's fault.
            let _ = stop.print();
            return if stop.use_stderr() { ExitCode::Usage.into() } else { ExitCode::Done.into() };
        }
    };
    let Cli { mut global, command } = cli;
    // The demo kills a worker on purpose and tells of it itself.
    global.calm = matches!(command, arguments::Command::Demo(_));
    let outcome = Context::build(&global).and_then(|cx| {
        let outcome = commands::run(command, &cx);
        cx.printer.flush()?;
        outcome
    });
    match outcome {
        Ok(code) => code.into(),
        Err(failure) => {
            failure.print();
            failure.exit_code().into()
        }
    }
}
