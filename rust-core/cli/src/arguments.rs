//! The command line as people type it. Help, man pages and completions all come from this text.

use clap::{ArgAction, Args, Parser, Subcommand};
use cyclorama_app::{logging::Verbosity, settings::KEYS};

use crate::commands;

/// Carry a camera's motion from the stage to rendered, verified frames
///
/// Trackers are received and recorded as takes; takes are rendered again on any number of machines; a frame
/// counts only when it has been opened, checked and committed.
#[derive(Debug, Parser)]
#[command(name = "cyclorama", version, propagate_version = false, after_long_help = after_help())]
#[command(subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Global {
    /// Print one JSON object per line on stdout, each with its "schema", and an error as one on stderr
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Log more on stderr; twice for details
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Everywhere")]
    pub(crate) verbose: u8,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// S3 server other than AWS, for s3:// stores [default: AWS_ENDPOINT_URL, then the setting store.endpoint]
    #[arg(long, value_name = "URL", global = true, help_heading = "Everywhere")]
    pub(crate) endpoint_url: Option<String>,
    /// Warnings in the log only with `-v`: the command tells of them in its own words.
    #[arg(skip)]
    pub(crate) calm: bool,
}

impl Global {
    pub(crate) fn verbosity(&self) -> Verbosity {
        Verbosity { verbose: self.verbose, quiet: self.quiet || (self.calm && self.verbose == 0) }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(commands::demo::Args),
    /// Receive, decode and send camera tracking
    #[command(subcommand, arg_required_else_help = true)]
    Track(commands::track::Command),
    /// Look after recorded takes
    #[command(subcommand, arg_required_else_help = true)]
    Take(commands::take::Command),
    /// Bring in, check and hand out calibrated lenses
    #[command(subcommand, arg_required_else_help = true)]
    Lens(commands::lens::Command),
    /// Share a project's content: versions, locks, following stages
    #[command(subcommand, arg_required_else_help = true)]
    Assets(commands::assets::Command),
    /// Render takes into verified frames
    #[command(subcommand, arg_required_else_help = true)]
    Render(commands::render::Command),
    Doctor(commands::doctor::Args),
    Version(commands::version::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
}

fn after_help() -> String {
    let mut text = String::from(
        "Exit codes:\n  \
         0 done                5 damaged or incomplete data\n  \
         1 internal error      6 network or store unreachable\n  \
         2 wrong usage         7 cancelled\n  \
         3 not found           8 finished, but not all of it\n  \
         4 refused\n\n\
         Settings (user's config.toml, then ./cyclorama.toml, then the environment; flags win):\n",
    );
    for key in KEYS {
        text.push_str(&format!("  {} ({})\n      {}\n", key.name, key.variable, key.meaning));
    }
    text.push_str(
        "\nExamples:\n  \
         cyclorama demo\n  \
         cyclorama track listen --protocol f4 --bind 0.0.0.0:8001 --record shot-12.take\n  \
         cyclorama take show shot-12.take\n  \
         cyclorama render submit shot-12.take --frames 0-47 --workers 4 --ledger ./shot-12.ledger\n  \
         cyclorama render frames --ledger ./shot-12.ledger --out ./frames --png",
    );
    text
}

#[cfg(test)]
mod tests;
