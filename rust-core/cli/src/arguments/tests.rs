use clap::{CommandFactory as _, error::ErrorKind};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_whole_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn flags_for_every_command_may_stand_anywhere() {
    let before = parse("cyclorama --json -vv version").unwrap().global;
    let after = parse("cyclorama version --json -v -v").unwrap().global;
    assert!(before.json && after.json);
    assert_eq!((before.verbose, after.verbose), (2, 2));
    assert_eq!(parse("cyclorama -q -v version").unwrap_err().kind(), ErrorKind::ArgumentConflict);
}

#[test]
fn nothing_and_nonsense_are_usage_errors() {
    assert!(parse("cyclorama").unwrap_err().use_stderr());
    assert_eq!(parse("cyclorama fly").unwrap_err().kind(), ErrorKind::InvalidSubcommand);
    assert_eq!(parse("cyclorama version --loud").unwrap_err().kind(), ErrorKind::UnknownArgument);
}

#[test]
fn every_command_and_flag_has_help() {
    fn check(command: &clap::Command) {
        assert!(command.get_about().is_some(), "{} has no help", command.get_name());
        for argument in command.get_arguments() {
            let named = (command.get_name(), argument.get_id());
            assert!(argument.get_help().is_some() || argument.is_hide_set(), "{named:?} has no help");
        }
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
}

#[test]
fn the_long_help_lists_exit_codes_and_every_setting() {
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("8 finished, but not all of it"));
    for key in KEYS {
        assert!(help.contains(key.name) && help.contains(key.variable));
    }
}

#[test]
fn what_a_command_takes_stands_under_no_heading_of_something_else() {
    fn of(line: &[&str], id: &str) -> Option<String> {
        let cli = Cli::command();
        let command = line.iter().fold(&cli, |command, verb| command.find_subcommand(verb).unwrap());
        let argument = command.get_arguments().find(|argument| argument.get_id() == id).unwrap();
        argument.get_help_heading().map(str::to_owned)
    }
    for (line, plain) in [
        (&["render", "submit"][..], &["take", "ledger", "workers", "engine", "host", "walk_in"][..]),
        (&["track", "listen"], &["record", "record_dir", "rate", "house", "store", "view"]),
        (&["track", "send"], &["source", "to"]),
        (&["take", "import"], &["file", "take"]),
        (&["take", "export"], &["take", "format", "out"]),
    ] {
        plain.iter().for_each(|id| assert_eq!(of(line, id), None, "{line:?} {id}"));
    }
    assert_eq!(of(&["render", "submit"], "segment").as_deref(), Some("Camera path"));
    assert_eq!(of(&["track", "send"], "loss").as_deref(), Some("Faults of the network"));
    assert_eq!(of(&["track", "listen"], "slate").as_deref(), Some("On the slate"));
}

#[test]
fn every_setting_fits_eighty_columns() {
    for line in after_help().lines().filter(|line| line.starts_with("  ") && line.contains("CYCLORAMA_")) {
        assert!(line.len() <= 80, "{line}");
    }
}
