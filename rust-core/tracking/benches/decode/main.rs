//! What decoding one message costs, on one core, with everything in cache.
//!
//! Prints one line per figure, `figure NAME NANOSECONDS [of BASELINE]`, the median of many short windows. Figures that
//! are compared run in turns, so that a busy machine slows them alike.
//!
//! `cargo bench -p cyclorama-tracking --bench decode -- --json` prints one JSON object per line instead.
//! `-- --count freed/wire 100000` does that one operation so many times and prints nothing: two such runs of
//! different length under `valgrind --tool=callgrind` give the instructions of one operation, which
//! `cargo xtask bench --gate` holds against `docs/bench-limits.toml`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod binary;
#[path = "../../tests/support/corpus.rs"]
mod corpus;
mod measure;
mod opentrackio;

use measure::Asked;

fn main() -> std::process::ExitCode {
    let asked = Asked::from_args();
    let mut counted = false;
    for figures in binary::figures().into_iter().chain(opentrackio::figures()) {
        counted |= measure::run(figures, &asked);
    }
    match asked {
        Asked::Count(name, _) if !counted => {
            println!("there is no figure `{name}`");
            std::process::ExitCode::FAILURE
        }
        _ => std::process::ExitCode::SUCCESS,
    }
}
