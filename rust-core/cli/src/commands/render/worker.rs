//! `cyclorama render worker`

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use cyclorama_app::spot::{self, Notice};
use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_progress::Cancel;
use cyclorama_render::{
    content::{Content, ContentName},
    forecast::{Hours, OffPeak},
    from_take::UNREAL,
    host::{BlenderEngine, Channel, HostCommand, HostUser, safe_environment, unreal},
    ledger::Job,
    plan::{FrameRange, Plan},
    worker::{self, WorkerOptions, WorkerReport},
};
use cyclorama_time::UtcTime;
use cyclorama_tracking::udp::short_turns;
use tokio::task::JoinSet;

use super::{
    Which,
    content::{Here, Reading},
    unreal_project,
};
use crate::{
    commands::version::HOSTS,
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    printer::Printer,
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
    #[arg(long, value_name = "S", default_value = "10", value_parser = super::lease)]
    lease: f64,
    /// Work only on ranges of the plan that lie within these frames [default: on all]
    #[arg(long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    frames: Option<FrameRange>,
    /// Begin no frame before then
    #[arg(long, value_name = "UTC")]
    not_before: Option<UtcTime>,
    /// Work only in these hours of each day, on a clock so far from UTC, as 20:00-06:00+01:00
    #[arg(long, value_name = "HOURS", allow_hyphen_values = true)]
    hours: Option<OffPeak>,
    /// Folder with the production's files, in place of the version that the plan names: hosts find it as CYCLORAMA_PROJECT
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Unreal's program, for jobs of the host unreal [default: the setting render.unreal]
    #[arg(long, value_name = "FILE")]
    unreal: Option<OsString>,
    /// Unreal project, for jobs of the host unreal; a path within the production's files, where the job or --project names those
    /// [default: the setting render.unreal-project, else the one at the top of those files]
    #[arg(long, value_name = "FILE")]
    unreal_project: Option<PathBuf>,
    /// Hand everything back when AWS says that it takes this machine back; on AWS Batch it does so unasked
    #[arg(long)]
    spot_notices: bool,
    /// Begin when a line comes on standard input, and not at all when that ends before; stop with another line
    #[arg(long, hide = true)]
    when_told: bool,
    #[command(flatten)]
    reading: Reading,
}

/// Folders with published content, by the name hosts know it by.
type Folders = BTreeMap<ContentName, PathBuf>;

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    if args.when_told {
        if !is_told() {
            return Ok(ExitCode::Done);
        }
        stop_when_told(cx.cancel().clone()).doing_io("listen to who started the worker")?;
    }
    let name = args.name.clone().unwrap_or_else(|| cyclorama_app::worker_name(&cx.environment));
    // Hosts use every core there is, and what this thread does between two frames is little. They are started by others.
    short_turns();
    cx.wait(async {
        let (stop, mut watching) = args.watch(cx);
        let worked = args.work(name, &stop, cx).await;
        let was_noticed = stop.is_cancelled() && !cx.cancel().is_cancelled();
        match worked {
            Ok(false) => Ok(ExitCode::Done),
            _ if was_noticed => {
                if let Some(Ok(Some(notice))) = watching.join_next().await {
                    stay(&notice, cx).await;
                }
                Ok(ExitCode::Partial)
            }
            worked => worked.map(|_| ExitCode::Cancelled),
        }
    })
}

/// Waits for a line on standard input; whether one came.
fn is_told() -> bool {
    std::io::stdin().read_line(&mut String::new()).is_ok_and(|read| read > 0)
}

/// Ends the work when another line comes: not every system has a signal for that. Who started the worker may go without a word.
fn stop_when_told(cancel: Cancel) -> std::io::Result<()> {
    let listening = move || {
        if is_told() {
            cancel.cancel();
        }
    };
    std::thread::Builder::new().name("cyclorama-told".to_owned()).spawn(listening).map(drop)
}

/// Holds this machine until it is gone, or somebody wants the worker to end: its farm would only start the next one on it.
async fn stay(notice: &Notice, cx: &Context) {
    const LOOK: Duration = Duration::from_millis(200);
    let stays = notice.stay(cx.clock.utc());
    let _ = tokio::time::timeout(stays, async {
        while !cx.cancel().is_cancelled() {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await;
}

/// The flags that tell a worker its hours.
pub(crate) fn hours_flags(hours: &Hours) -> Vec<OsString> {
    let not_before = hours.not_before.map(|moment| format!("--not-before={moment}"));
    let only = hours.only.map(|only| format!("--hours={}", only.word()));
    not_before.into_iter().chain(only).map(OsString::from).collect()
}

/// Whom hosts run as here, by the setting.
pub(crate) fn host_user(cx: &Context) -> Result<Option<HostUser>, Failure> {
    cx.settings.host_user.as_deref().map(HostUser::named).transpose().doing("find the user for hosts")
}

impl Args {
    /// What asks the worker to stop: a signal, or a notice of AWS where those are wanted, which the task then tells.
    fn watch(&self, cx: &Context) -> (Cancel, JoinSet<Option<Notice>>) {
        let (stop, mut watching) = (cx.cancel().child(), JoinSet::new());
        if let Some(metadata) = spot::wanted(&cx.environment, self.spot_notices) {
            let asked = stop.clone();
            watching.spawn(async move {
                let notice = spot::notice(metadata).await?;
                Printer::note(&format!("{notice}: what is not drawn is given back"));
                asked.cancel();
                Some(notice)
            });
        }
        (stop, watching)
    }

    /// Works until nothing is left, or `stop` is set; whether it was stopped.
    async fn work(&self, name: String, stop: &Cancel, cx: &Context) -> Result<bool, Failure> {
        let job = self.which.open(cx).await?;
        // What a plan in the ledger names is started only when it is one of our own hosts.
        if !HOSTS.contains(&job.plan().host.as_str()) {
            let message = format!("failed to render: host `{}` is not part of this version", job.plan().host);
            let hint = format!("this version has the hosts {}", HOSTS.join(", "));
            return Err(Failure::new(Kind::Refused, message).hint(hint));
        }
        let user = host_user(cx)?;
        if let Some(advice) = HostUser::advice(user.as_ref()) {
            Printer::note(&format!("warning: {advice}"));
        }
        // A machine that comes late needs neither content nor a host of its own.
        if asks_of_machines(job.plan()) && is_settled(&job).await? {
            say(&WorkerReport::default(), cx)?;
            return Ok(false);
        }
        let hours = Hours { not_before: self.not_before, only: self.hours };
        if let Some(opens) = hours.closed_until(cx.clock.utc()) {
            cx.printer.say(&format!("the worker waits until {opens:.0}"));
        }
        // What was brought stays as long as this worker lives.
        let (content, _held) = self.content(job.plan(), stop, cx).await?;
        let command = self.host(job.plan(), &content, cx)?;
        let scratch = self.scratch.clone().unwrap_or_else(std::env::temp_dir);
        let options = WorkerOptions {
            lease: Duration::from_secs_f64(self.lease),
            only: self.frames,
            hours,
            disk: cx.settings.host_disk_mib << 20,
            user,
            content,
            ..WorkerOptions::new(name, command, scratch)
        };
        let doing = format!("work on job {}", job.plan().job);
        let report = worker::run(job, options, cx.clock.clone(), stop.clone()).await.doing(doing)?;
        say(&report, cx)?;
        Ok(report.cancelled)
    }

    /// The folders with what hosts of `plan` need beside the scene, brought here.
    async fn content(&self, plan: &Plan, stop: &Cancel, cx: &Context) -> Result<(Folders, Here), Failure> {
        let own = self.project.as_ref().map(std::path::absolute).transpose();
        let own = own.doing_io("find the project's folder")?;
        let wanted = plan.content.iter().filter(|content| own.is_none() || !content.name.is_project());
        let wanted: Vec<Content> = wanted.cloned().collect();
        let here = self.reading.bring(&wanted, stop, cx).await?;
        let mut folders: Folders =
            here.iter().map(|(name, brought)| (name.clone(), brought.folder.clone())).collect();
        folders.extend(own.map(|folder| (ContentName::project(), folder)));
        Ok((folders, here))
    }

    /// What draws the frames of `plan` here.
    fn host(&self, plan: &Plan, content: &Folders, cx: &Context) -> Result<HostCommand, Failure> {
        let Some(scene) = plan.unreal.as_ref().filter(|_| plan.host == UNREAL) else {
            return Ok(HostCommand {
                program: cx.command()?.into_os_string(),
                arguments: host_arguments(&plan.host, &cx.settings.blender),
                environment: safe_environment(),
                channel: Channel::Pipes,
            });
        };
        let program = self.unreal.as_ref().unwrap_or(&cx.settings.unreal);
        let named = self.unreal_project.as_deref().or(cx.settings.unreal_project.as_deref());
        let folder = content.get(&ContentName::project()).map(PathBuf::as_path);
        let project = unreal_project::project(named, folder)?;
        let mut command = unreal::command(program, &project, scene);
        command.environment.extend(unreal::warm_cache(content));
        Ok(command)
    }
}

/// Whether hosts of this plan need something of a machine that not every machine has.
fn asks_of_machines(plan: &Plan) -> bool {
    !plan.content.is_empty() || plan.unreal.is_some()
}

async fn is_settled(job: &Job) -> Result<bool, Failure> {
    let plan = job.plan();
    Ok(job.state().await.doing(format!("read the state of job {}", plan.job))?.is_settled_all(plan))
}

/// What became of the work.
fn say(report: &WorkerReport, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        return cx.printer.object("cyclorama.worker/1", report);
    }
    let committed = text::count(report.committed, "frame");
    cx.printer.say(&format!("{committed} committed, {} rejected", report.rejected));
    Ok(())
}

/// This very command as the host called `name`; the host sees none of our settings.
fn host_arguments(name: &str, blender: &OsStr) -> Vec<OsString> {
    let mut arguments = ["render", "host", name].map(OsString::from).to_vec();
    if BlenderEngine::of_host(name).is_some() {
        // Hosts run in a folder of their own; a path that is relative means ours, and a bare name one in PATH.
        let is_path = Path::new(blender).components().count() > 1;
        let here = is_path.then(|| std::path::absolute(blender).ok()).flatten();
        let blender = here.map_or_else(|| blender.to_owned(), PathBuf::into_os_string);
        arguments.extend([OsString::from("--blender"), blender]);
    }
    arguments
}
