//! `cyclorama completions SHELL`

use clap::CommandFactory as _;
use clap_complete::Shell;
use cyclorama_outcome::ExitCode;

use crate::{arguments::Cli, context::Context, failure::Failure};

/// Print a completion script for your shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama completions bash > ~/.local/share/bash-completion/completions/cyclorama\n  \
    cyclorama completions zsh > ~/.zfunc/_cyclorama")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cyclorama", &mut script);
    cx.printer.bytes(&script)?;
    Ok(ExitCode::Done)
}
