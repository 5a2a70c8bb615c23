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

use std::{env, ffi::OsString, process};

use clap::Parser as _;
use cyclorama_outcome::ExitCode;

use crate::{arguments::Cli, context::Context, failure::Failure};

fn main() -> process::ExitCode {
    memory::give_back_large_blocks();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(stop) => return not_begun(&stop).into(),
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
            failure.print(global.json);
            failure.exit_code().into()
        }
    }
}

/// Help and version end well, anything else is wrong usage.
fn not_begun(stop: &clap::Error) -> ExitCode {
    if !stop.use_stderr() {
        // A closed stdout is nobody's fault.
        let _ = stop.print();
        return ExitCode::Done;
    }
    // Flags cannot be asked where they could not be read.
    if process_arguments().any(|argument| argument == "--json") {
        Failure::of_command_line(stop).print(true);
    } else {
        let _ = stop.print();
    }
    ExitCode::Usage
}

/// What was typed, up to where flags end.
fn process_arguments() -> impl Iterator<Item = OsString> {
    env::args_os().skip(1).take_while(|argument| argument != "--")
}
