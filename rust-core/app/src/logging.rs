//! Log lines on stderr: quiet by default, more with `-v`, exact with `CYCLORAMA_LOG`.
//!
//! Never on stdout, and in colour only where a person reads it and `NO_COLOR` is not set. Never a credential: what the
//! cloud's own libraries say in detail holds some, so no filter lets that through.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::Environment;

/// How much a process says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verbosity {
    /// How often `-v` was given.
    pub verbose: u8,
    /// `--quiet`: errors only.
    pub quiet: bool,
}

/// Starts logging for the whole process. A second call changes nothing.
///
/// `filter` is the setting `log.filter` (`CYCLORAMA_LOG`), written as `level` or `crate=level,...`; it wins
/// over `verbosity`.
///
/// # Errors
/// The text of what is wrong with the filter.
pub fn init(verbosity: Verbosity, filter: Option<&str>, environment: &Environment) -> Result<(), String> {
    let directives = filter.map_or_else(|| default_directives(verbosity).to_owned(), str::to_owned);
    let filter = EnvFilter::try_new(&directives)
        .map_err(|error| format!("`{directives}` is not a log filter: {error}"))?;
    let started = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours(environment))
        .with_target(verbosity.verbose > 1)
        .without_time()
        .finish()
        .with(FilterFn::new(is_free_of_secrets))
        .try_init();
    // Refused only when a logger already runs, which is then the one to use.
    drop(started);
    Ok(())
}

/// Whether stderr may be coloured: a terminal, and no `NO_COLOR`.
pub fn colours(environment: &Environment) -> bool {
    std::io::stderr().is_terminal() && environment.get("NO_COLOR").is_none_or(str::is_empty)
}

/// Below `info` these write identities and signed requests.
const TALKATIVE: [&str; 4] = ["aws_", "hyper", "h2", "rustls"];

fn is_free_of_secrets(line: &Metadata<'_>) -> bool {
    *line.level() <= Level::INFO || !TALKATIVE.iter().any(|start| line.target().starts_with(start))
}

fn default_directives(verbosity: Verbosity) -> &'static str {
    match verbosity {
        Verbosity { quiet: true, .. } => "error",
        // What the cloud's library warns of on the way, the command's own error says at the end.
        Verbosity { verbose: 0, .. } => "warn,aws_config=error",
        Verbosity { verbose: 1, .. } => "info",
        Verbosity { verbose: 2, .. } => "debug",
        Verbosity { .. } => "trace",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_wins_over_verbose_and_each_v_says_more() {
        let level = |verbose, quiet| default_directives(Verbosity { verbose, quiet });
        assert_eq!(
            [level(0, false), level(1, false), level(2, false), level(9, false)],
            ["warn,aws_config=error", "info", "debug", "trace"]
        );
        assert_eq!(level(2, true), "error");
    }

    #[test]
    fn a_filter_that_is_none_is_refused_with_its_text() {
        let refused = init(Verbosity::default(), Some("render=loudest"), &Environment::default());
        assert!(refused.unwrap_err().contains("`render=loudest`"));
    }
}
