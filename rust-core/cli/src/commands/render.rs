//! `cyclorama render ...`

mod cache;
mod cancel;
mod content;
mod cost;
pub(crate) mod frames;
pub(crate) mod host;
mod logs;
pub(crate) mod movie;
mod notice;
mod plan;
pub(crate) mod planning;
mod retry;
mod scene;
mod seams;
mod sheet;
mod status;
pub(crate) mod submit;
mod unreal_project;
mod verify;
mod watch;
pub(crate) mod worker;

use std::{fs, path::Path};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_render::ledger::{Job, Ledger};

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

pub(crate) use scene::scene_text;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Plan(Box<plan::Args>),
    Seams(Box<seams::Args>),
    Submit(Box<submit::Args>),
    Status(status::Args),
    Watch(watch::Args),
    Logs(logs::Args),
    Cancel(cancel::Args),
    Retry(retry::Args),
    Worker(worker::Args),
    Frames(frames::Args),
    Movie(movie::Args),
    Sheet(sheet::Args),
    Cost(cost::Args),
    Cache(cache::Args),
    Verify(verify::Args),
    #[command(hide = true)]
    Host(host::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Plan(args) => plan::run(&args, cx),
        Command::Seams(args) => seams::run(&args, cx),
        Command::Submit(args) => submit::run(&args, cx),
        Command::Status(args) => status::run(&args, cx),
        Command::Watch(args) => watch::run(&args, cx),
        Command::Logs(args) => logs::run(&args, cx),
        Command::Cancel(args) => cancel::run(&args, cx),
        Command::Retry(args) => retry::run(&args, cx),
        Command::Worker(args) => worker::run(&args, cx),
        Command::Frames(args) => frames::run(&args, cx),
        Command::Movie(args) => movie::run(&args, cx),
        Command::Sheet(args) => sheet::run(&args, cx),
        Command::Cost(args) => cost::run(&args, cx),
        Command::Cache(args) => cache::run(&args, cx),
        Command::Verify(args) => verify::run(&args, cx),
        Command::Host(args) => host::run(&args),
    }
}

/// Seconds of a lease: no more than a day, after which nobody waits for the dead.
fn lease(text: &str) -> Result<f64, String> {
    let known = text.parse().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    known.ok_or_else(|| "wanted: seconds from 0.1 to 86400".to_owned())
}

/// What `render submit` left in a folder where nobody said where to; in order, a few at most.
fn ledgers_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter(|entry| entry.path().join("ledger.json").is_file());
    let mut names: Vec<String> =
        names.map(|entry| format!("./{}", entry.file_name().to_string_lossy())).collect();
    names.sort();
    names.truncate(5);
    names
}

/// Which job is meant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Which {
    /// Store that holds the ledger: a folder, file:// or s3://bucket/prefix [default: the setting render.ledger]
    #[arg(long, value_name = "URL")]
    ledger: Option<String>,
    /// Job in that ledger [default: the newest]
    #[arg(long, value_name = "JOB")]
    job: Option<String>,
}

impl Which {
    /// The ledger's store, as a URL.
    fn url(&self, cx: &Context) -> Result<String, Failure> {
        self.ledger.clone().or_else(|| cx.settings.ledger.clone()).ok_or_else(|| {
            Failure::new(
                Kind::User,
                "failed to open the ledger: no --ledger was given, and no setting names one",
            )
            .hint(match &ledgers_in(Path::new("."))[..] {
                [] => "give --ledger, the place that `render submit` printed".to_owned(),
                there => format!("give --ledger; here lie {}", there.join(", ")),
            })
        })
    }

    /// The job itself.
    async fn open(&self, cx: &Context) -> Result<Job, Failure> {
        let url = self.url(cx)?;
        let doing = format!("open ledger {url}");
        let store = cx.store(&url).await.doing(&doing)?;
        let ledger = Ledger::open(store).await.doing(&doing)?;
        ledger.job(self.job.as_deref()).await.doing(format!("find the job in ledger {url}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_a_time_that_somebody_may_wait() {
        assert_eq!((lease("10"), lease("0.5")), (Ok(10.0), Ok(0.5)));
        assert!(["0", "-1", "1e300", "inf", "NaN", "soon"].iter().all(|text| lease(text).is_err()));
    }
}
