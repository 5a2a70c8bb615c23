//! How a command fails: one clear line, a hint when there is one thing to do, and an exit code.
//!
//! Always on stderr. With `--json` it is one object, so that a program need not read sentences.

use std::{error::Error, fmt::Display, io};

use clap::error::ErrorKind as Unparsed;
use cyclorama_outcome::{Classify, ExitCode, Kind};
use serde::Serialize;

use crate::printer::{Printer, object_line};

/// What is printed and returned when a command does not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    hint: Option<String>,
    /// Whoever read our output has seen enough: not an error at all.
    enough: bool,
}

impl Failure {
    /// A failure in our own words, complete: `failed to ...` or a sentence.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: one_line(&message.into()), hint: None, enough: false }
    }

    /// What went wrong while that was being done; `what` fits after "failed to".
    pub(crate) fn of(error: &(impl Error + Classify), what: impl Display) -> Self {
        let message = one_line(&format!("failed to {what}: {}", chain(error)));
        Self { kind: error.kind(), message, hint: error.hint(), enough: false }
    }

    /// A command line that cannot be read, without what is said for people alone: colours, usage and where help is.
    pub(crate) fn of_command_line(error: &clap::Error) -> Self {
        let said = error.render().to_string();
        if error.kind() == Unparsed::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::new(Kind::User, "the command line ends too early")
                .hint("`--help` lists what may follow");
        }
        let mut parts = said.split("\n\n").map(str::trim);
        let first = parts.next().unwrap_or_default();
        let tip = parts.find_map(|part| part.strip_prefix("tip: ")).map(one_line);
        let failure = Self::new(Kind::User, first.strip_prefix("error: ").unwrap_or(first));
        failure.hint(tip.unwrap_or_else(|| "`--help` after the command lists what it takes".to_owned()))
    }

    /// The person pressed Ctrl-C; `state` says what is left and how to go on.
    pub(crate) fn cancelled(state: &str) -> Self {
        Self::new(Kind::Cancelled, format!("cancelled: {state}"))
    }

    /// Adds the one thing to do next.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whoever reads stdout went away.
    pub(crate) fn enough() -> Self {
        Self { kind: Kind::Cancelled, message: String::new(), hint: None, enough: true }
    }

    /// The code the process ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.enough { ExitCode::Done } else { self.kind.into() }
    }

    /// The lines for stderr; none when there is nothing to say.
    pub(crate) fn lines(&self) -> Vec<String> {
        if self.enough {
            return Vec::new();
        }
        let hint = self.hint.as_ref().map(|hint| format!("hint: {hint}"));
        [format!("error: {}", self.message)].into_iter().chain(hint).collect()
    }

    /// The object for stderr, schema `cyclorama.error/1`; none when there is nothing to say.
    fn object(&self) -> Option<String> {
        let line = Line {
            kind: self.kind,
            exit_code: self.exit_code().code(),
            message: &self.message,
            hint: self.hint.as_deref(),
        };
        (!self.enough).then(|| object_line("cyclorama.error/1", &line))
    }

    /// Prints [`Self::lines`] on stderr, or with `json` one object that says the same.
    pub(crate) fn print(&self, json: bool) {
        let said = if json { self.object().into_iter().collect() } else { self.lines() };
        said.iter().for_each(|line| Printer::note(line));
    }
}

/// A failure as programs read it.
#[derive(Serialize)]
struct Line<'a> {
    kind: Kind,
    exit_code: u8,
    message: &'a str,
    hint: Option<&'a str>,
}

/// Says what was being done when an error with a kind came.
pub(crate) trait Doing<T> {
    /// `what` fits after "failed to".
    fn doing(self, what: impl Display) -> Result<T, Failure>;
}

impl<T, E: Error + Classify> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::of(&error, what))
    }
}

/// Says what was being done when the system refused.
pub(crate) trait DoingIo<T> {
    /// `what` fits after "failed to".
    fn doing_io(self, what: impl Display) -> Result<T, Failure>;
}

impl<T> DoingIo<T> for io::Result<T> {
    fn doing_io(self, what: impl Display) -> Result<T, Failure> {
        self.map_err(|error| {
            let (kind, hint) = judge(&error);
            Failure {
                kind,
                message: one_line(&format!("failed to {what}: {}", chain(&error))),
                hint: hint.map(str::to_owned),
                enough: false,
            }
        })
    }
}

fn judge(error: &io::Error) -> (Kind, Option<&'static str>) {
    use io::ErrorKind as E;
    match error.kind() {
        E::NotFound => (Kind::NotFound, Some("check the path")),
        E::PermissionDenied | E::ReadOnlyFilesystem => {
            (Kind::Refused, Some("check the permissions, or choose another place"))
        }
        E::StorageFull | E::QuotaExceeded => (Kind::Internal, Some("free some space, then run it again")),
        E::AddrInUse => (Kind::User, Some("close the other program, or choose another port")),
        E::AddrNotAvailable => (Kind::User, Some("choose an address of this machine")),
        E::AlreadyExists | E::IsADirectory | E::NotADirectory | E::InvalidInput => (Kind::User, None),
        E::ConnectionRefused | E::TimedOut | E::NetworkUnreachable | E::HostUnreachable => {
            (Kind::Network, None)
        }
        _ => (Kind::Internal, None),
    }
}

/// An error and its causes, each said once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

/// On one line, without the picture that a parser of TOML draws of the place: what it says before names line and column.
fn one_line(text: &str) -> String {
    let mut said = String::new();
    let mut between = " ";
    for line in text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")) {
        if is_picture(&line) {
            between = ": ";
        } else if !line.is_empty() {
            let between = if said.is_empty() { "" } else { std::mem::replace(&mut between, " ") };
            said.push_str(between);
            said.push_str(&line);
        }
    }
    said
}

/// `|`, `| ^^^` or `12 | text`.
fn is_picture(line: &str) -> bool {
    line.split_once('|').is_some_and(|(number, _)| number.trim().bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the frame\n is torn")]
    struct Torn(#[source] io::Error);

    impl Classify for Torn {
        fn kind(&self) -> Kind {
            Kind::Integrity
        }
        fn hint(&self) -> Option<String> {
            Some("render it again".to_owned())
        }
    }

    #[test]
    fn a_failure_is_one_line_with_its_causes_and_a_hint() {
        let torn = Torn(io::Error::other("short read"));
        let failure = Err::<(), _>(torn).doing("open frame 7").unwrap_err();
        assert_eq!(
            failure.lines(),
            ["error: failed to open frame 7: the frame is torn: short read", "hint: render it again"]
        );
        assert_eq!(failure.exit_code(), ExitCode::Integrity);
    }

    #[test]
    fn a_program_is_told_the_same_as_one_object_with_its_kind_and_code() {
        let failure = Failure::new(Kind::Conflict, "failed to publish: \"main\" moved").hint("try again");
        let wanted = r#"{"schema":"cyclorama.error/1","kind":"conflict","exit_code":4,"message":"failed to publish: \"main\" moved","hint":"try again"}"#;
        assert_eq!(failure.object().as_deref(), Some(wanted));
        let without = Failure::new(Kind::User, "no").object().unwrap();
        assert!(without.ends_with(r#""hint":null}"#), "{without}");
        assert_eq!(Failure::enough().object(), None);
    }

    #[test]
    fn what_a_parser_of_toml_draws_is_left_out_and_where_and_what_stay() {
        let text = "read the prices: TOML parse error at line 1, column 2\n  |\n1 | t,frame\n  |  ^\nkey with no value\n";
        let said = "error: read the prices: TOML parse error at line 1, column 2: key with no value";
        assert_eq!(Failure::new(Kind::User, text).lines(), [said]);
        assert_eq!(Failure::new(Kind::User, "wanted:\n a | b").lines(), ["error: wanted: a | b"]);
    }

    #[test]
    fn what_the_system_says_becomes_the_documented_exit_code() {
        let code = |kind: io::ErrorKind| {
            Err::<(), _>(io::Error::from(kind)).doing_io("x").unwrap_err().exit_code() as u8
        };
        assert_eq!(code(io::ErrorKind::NotFound), 3);
        assert_eq!(code(io::ErrorKind::PermissionDenied), 4);
        assert_eq!(code(io::ErrorKind::AddrInUse), 2);
        assert_eq!(code(io::ErrorKind::StorageFull), 1);
        assert_eq!(code(io::ErrorKind::TimedOut), 6);
        assert_eq!(Failure::cancelled("nothing is lost").exit_code() as u8, 7);
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let failure = Failure::enough();
        assert_eq!((failure.exit_code(), failure.lines().len()), (ExitCode::Done, 0));
    }
}
