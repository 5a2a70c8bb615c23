//! `cyclorama render worker`

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    time::Duration,
};

use cyclorama_outcome::ExitCode;
use cyclorama_render::{
    host::{BlenderEngine, HostCommand, safe_environment},
    plan::FrameRange,
    worker::{self, WorkerOptions},
};

use super::Which;
use crate::{
    commands::track::protocol::positive,
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Work on a job until nothing is left: what every engine runs
///
/// Start as many as you like, on as many machines as can reach the ledger. One that dies costs one frame.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Its name in the ledger [default: this machine's name and the process number]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Folder for scratch files [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// Seconds without a sign of life after which its frames go to another; the same for all workers of a job
    #[arg(long, value_name = "S", default_value = "10", value_parser = positive)]
    lease: f64,
    /// Work only on ranges of the plan that lie within these frames [default: on all]
    #[arg(long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    frames: Option<FrameRange>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let name = args.name.clone().unwrap_or_else(|| cyclorama_app::worker_name(&cx.environment));
    cx.wait(async {
        let job = args.which.open(cx).await?;
        let command = HostCommand {
            program: cx.command()?.into_os_string(),
            arguments: host_arguments(&job.plan().host, &cx.settings.blender),
            environment: safe_environment(),
        };
        let scratch = args.scratch.clone().unwrap_or_else(std::env::temp_dir);
        let options = WorkerOptions {
            lease: Duration::from_secs_f64(args.lease),
            only: args.frames,
            ..WorkerOptions::new(name, command, scratch)
        };
        let doing = format!("work on job {}", job.plan().job);
        let report = worker::run(job, options, cx.clock.clone(), cx.cancel().clone()).await.doing(doing)?;
        if cx.printer.json() {
            cx.printer.object("cyclorama.worker/1", &report)?;
        } else {
            cx.printer.say(&format!(
                "{} committed, {} rejected",
                text::count(report.committed, "frame"),
                report.rejected
            ));
        }
        Ok(if report.cancelled { ExitCode::Cancelled } else { ExitCode::Done })
    })
}

/// This very command as the host called `name`; the host sees none of our settings.
fn host_arguments(name: &str, blender: &OsStr) -> Vec<OsString> {
    let mut arguments = ["render", "host", name].map(OsString::from).to_vec();
    if BlenderEngine::of_host(name).is_some() {
        arguments.extend([OsString::from("--blender"), blender.to_owned()]);
    }
    arguments
}
