//! `cyclorama render submit`

mod farm;
mod opening;

use std::{ffi::OsString, path::PathBuf, time::Duration};

use cyclorama_app::{engines, webhook::Webhook};
use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_progress::Progress;
use cyclorama_render::{
    engine::{
        Engine, already,
        local::{self, Early, Event, LocalOptions, LocalReport},
        tags::Tag,
    },
    forecast::Hours,
    ledger::{Job, LedgerError},
    plan::Planned,
};

use self::opening::Opening;
use super::{
    cost::When,
    notice,
    planning::{Opened, Planning, check_here},
    status,
    worker::{self, host_user},
};
use crate::{
    commands::version::ENGINES,
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// Render a take into verified frames
///
/// Makes a plan, writes it to the ledger, and starts workers. Waits for the end unless detached. The same command
/// again goes on where it was stopped; frames that are committed are never drawn twice. A farm that has the job already is
/// not asked for workers again: the command says so, and waits for those that it has, unless detached. `render plan` with the
/// same words shows what this would do.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama render submit shot-12.take --frames 0-47 --workers 4\n  \
    cyclorama render submit shot-12.take --scene set.usda --size 1920x1080 --ledger /mnt/farm/ledger --detach")]
pub(crate) struct Args {
    #[command(flatten)]
    planning: Planning,
    /// What runs the workers: local (processes of this machine), slurm, batch or deadline
    #[arg(long, default_value = "local", value_name = "NAME")]
    engine: String,
    /// Worker processes [default: the setting render.workers, 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    workers: Option<u32>,
    /// Store for the ledger: a folder, file:// or s3://bucket/prefix [default: the setting render.ledger, or ./TAKE.ledger]
    #[arg(long, value_name = "URL")]
    ledger: Option<String>,
    /// Seconds without a sign of life after which a worker's frames go to another
    #[arg(long, value_name = "S", default_value = "10", value_parser = super::lease)]
    lease: f64,
    /// Start the workers and return at once
    #[arg(long)]
    detach: bool,
    /// Ask the farm for workers although it has the job already, or somebody else draws it
    #[arg(long)]
    again: bool,
    /// Said to the farm, may be repeated: --engine-option=--partition=gpu; docs/farms.md lists what each farm takes
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    engine_option: Vec<OsString>,
    /// Tag the job on its farm, may be repeated: --tag production=Nemo; its take and shot are then tags too
    #[arg(long, value_name = "NAME=VALUE")]
    tag: Vec<Tag>,
    #[command(flatten)]
    when: When,
    /// Post a notice of the end there, as JSON [default: the setting render.notify]
    #[arg(long, value_name = "URL", conflicts_with = "detach")]
    notify: Option<String>,
    /// Workers on a farm hand everything back when AWS says that it takes their machine back; on AWS Batch they do so unasked
    #[arg(long)]
    spot_notices: bool,
    /// Folder for the output of workers on a farm, seen by all its machines [default: ./cyclorama-logs/JOB]
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
}

impl Args {
    /// A flag that means nothing where workers run on this machine.
    fn of_farms(&self) -> Option<&'static str> {
        let given = [
            ("--tag", !self.tag.is_empty()),
            ("--engine-option", !self.engine_option.is_empty()),
            ("--logs", self.logs.is_some()),
            ("--spot-notices", self.spot_notices),
            ("--again", self.again),
        ];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    check_here("engine", &args.engine, &ENGINES)?;
    let hours = args.when.hours(cx)?;
    let taken = args.planning.open(cx)?;
    let url = args
        .ledger
        .clone()
        .or_else(|| cx.settings.ledger.clone())
        .unwrap_or_else(|| of_take(&taken.found.name()));
    // A new ledger's store is raced while the take is read and planned.
    let opening = Opening::begin(&url, cx)?;
    let mut order = match args.order(&taken, url, &hours, cx) {
        Ok(order) => order,
        Err(failure) => {
            cx.wait(opening.leave());
            return Err(failure);
        }
    };
    cx.wait(async {
        // Workers here start while the plan is written, and wait for it.
        let early = order.early(args, &hours, cx);
        let job = opening.submit(&order.planned, hours).await?;
        cx.printer.say(&format!("job {} in ledger {}", job.plan().job, order.url));
        if let Some(opens) = hours.closed_until(cx.clock.utc()) {
            cx.printer.say(&format!("the job waits: no frame is begun before {opens:.0}"));
        }
        let webhook = order.webhook.take();
        let result = Box::pin(carry_out(args, &job, order, early, hours, cx)).await;
        notice::send_state(webhook.as_ref(), &job, cx).await;
        result
    })
}

/// All that is asked for, once it is known.
struct Order {
    planned: Planned,
    /// The ledger, as its workers must hear it.
    url: String,
    farm: Option<Box<dyn Engine>>,
    workers: u32,
    /// What a worker is started with.
    command: Vec<OsString>,
    webhook: Option<Webhook>,
}

impl Order {
    fn local(&self, args: &Args, cx: &Context) -> LocalOptions {
        let (workers, command) = (self.workers, self.command.clone());
        let (grace, lease) = (Duration::from_secs(20), Duration::from_secs_f64(args.lease));
        LocalOptions { workers, command, machine: machine(cx), grace, lease }
    }

    /// Workers that can begin as soon as the plan is written.
    fn early(&self, args: &Args, hours: &Hours, cx: &Context) -> Early {
        let begin = self.farm.is_none()
            && !args.detach
            && self.planned.plan.content.is_empty()
            && hours.closed_until(cx.clock.utc()).is_none();
        // What keeps them from starting is said when they are needed.
        begin.then(|| Early::start(&self.local(args, cx), &cx.clock).ok()).flatten().unwrap_or_default()
    }
}

impl Args {
    fn order(&self, taken: &Opened, url: String, hours: &Hours, cx: &Context) -> Result<Order, Failure> {
        let (_, planned) = self.planning.plan_of(taken, cx)?;
        let workers = self.workers.unwrap_or(u32::try_from(cx.settings.workers).unwrap_or(2));
        let farm = cx.wait(farm::named(&self.engine, &self.engine_option, &planned.plan, cx))?;
        if farm.is_none() {
            if let Some(flag) = self.of_farms() {
                let message = format!(
                    "failed to submit: {flag} is for a farm, and workers on this machine are in none"
                );
                return Err(Failure::new(Kind::User, message)
                    .hint(format!("leave out {flag}, or say which farm with --engine")));
            }
            // Workers here would refuse it one after the other.
            host_user(cx)?;
        }
        let url = if farm.is_some() { farm::reachable(&url)? } else { url };
        let mut command = worker_command(cx, &url, &planned.plan.job, self.lease)?;
        command.extend(worker::hours_flags(hours));
        command.extend(self.planning.content.worker_flags()?);
        command.extend(self.spot_notices.then(|| OsString::from("--spot-notices")));
        let webhook = notice::webhook(self.notify.as_deref(), cx)?.filter(|_| !self.detach);
        Ok(Order { planned, url, farm, workers, command, webhook })
    }
}

/// Starts the workers, and waits for the end unless detached.
async fn carry_out(
    args: &Args,
    job: &Job,
    order: Order,
    early: Early,
    hours: Hours,
    cx: &Context,
) -> Result<ExitCode, Failure> {
    let options = order.local(args, cx);
    let Order { farm, workers, command, .. } = order;
    if let Some(engine) = farm {
        let mut request = farm::request(job, engine.as_ref(), command, args.logs.as_deref(), &args.tag)?;
        let lease = Duration::from_secs_f64(args.lease);
        if !args.again && !farm::is_free(job, engine.as_ref(), lease, args.detach, cx).await? {
            // One that ended while nobody waited for it may still have borders to mend.
            if args.detach || !is_unjudged(job).await.doing("read the state of the job")? {
                let code = finish(job, cx).await?;
                return Ok(if args.detach { ExitCode::Done } else { code });
            }
        }
        if args.detach {
            request.begin_in = farm::begin_in(engine.as_ref(), &hours, cx);
            let doing = format!("ask {} for workers", engine.name());
            let submission = already::submit(job, engine.as_ref(), &request, workers).await.doing(doing)?;
            cx.printer.say(&format!("{} job {}", engine.name(), submission.id));
            return finish(job, cx).await.map(|_| ExitCode::Done);
        }
        let how = (hours, args.again, lease);
        let report = farm::work(job, engine.as_ref(), &request, workers, how, cx).await?;
        return ended(job, &report, cx).await;
    }
    // Once for all workers here, and what is wrong with it is said once.
    let _held = args.planning.content.bring(&job.plan().content, cx).await?;
    if args.detach {
        (0..workers).try_for_each(|_| engines::start_detached(&command)).doing_io("start a worker")?;
        return finish(job, cx).await.map(|_| ExitCode::Done);
    }
    let report = work_and_mend(job, &options, early, cx).await?;
    ended(job, &report, cx).await
}

/// The last word of a job that was waited for.
async fn ended(job: &Job, report: &LocalReport, cx: &Context) -> Result<ExitCode, Failure> {
    let code = finish(job, cx).await?;
    if report.cancelled {
        return Err(Failure::cancelled("committed frames are safe; run the same command again to go on"));
    }
    Ok(code)
}

/// Puts the plan, to be worked on in these hours, into the ledger at `url`, which is made when there is none.
pub(crate) async fn submit(url: &str, planned: &Planned, hours: Hours, cx: &Context) -> Result<Job, Failure> {
    Opening::of(url, cx).await?.submit(planned, hours).await
}

/// Runs workers on this machine until the job has ended.
pub(crate) async fn work(
    job: &Job,
    options: &LocalOptions,
    cx: &Context,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<LocalReport, Failure> {
    let progress = Progress::new();
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    local::run(job, options, &cx.clock, &progress, cx.cancel(), on_event).await.doing("run the workers")
}

/// Runs workers until the job has ended and no border of a host with a history shows a seam that more walk-in mends.
async fn work_and_mend(
    job: &Job,
    options: &LocalOptions,
    early: Early,
    cx: &Context,
) -> Result<LocalReport, Failure> {
    let progress = Progress::new();
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    let mut on_event = |event: Event| tell_mend(&event, cx);
    local::run_and_mend(job, options, early, &cx.clock, &progress, cx.cancel(), &mut on_event)
        .await
        .doing("run the workers")
}

async fn is_unjudged(job: &Job) -> Result<bool, LedgerError> {
    job.is_unjudged(&job.state().await?).await
}

fn tell_mend(event: &Event, cx: &Context) {
    let Event::Reopened { runs, walk_in } = event else { return };
    let runs = crate::text::count(u64::from(*runs), "run");
    cx.printer
        .say(&format!("{runs} began with a seam and are rendered again after {walk_in} walk-in frames"));
}

/// This very command as a worker of `job`.
pub(crate) fn worker_command(
    cx: &Context,
    url: &str,
    job: &str,
    lease: f64,
) -> Result<Vec<OsString>, Failure> {
    let command = engines::worker_command(cx.command()?, url, job, lease);
    // The environment goes along by itself; a flag does not.
    let endpoint = cx.endpoint.as_deref().map(|endpoint| format!("--endpoint-url={endpoint}"));
    Ok(command.into_iter().chain(endpoint.map(OsString::from)).collect())
}

/// What the names of workers on this machine begin with.
pub(crate) fn machine(cx: &Context) -> String {
    let name = cyclorama_app::worker_name(&cx.environment);
    name.rsplit_once('-').map_or(name.clone(), |(machine, _)| machine.to_owned())
}

async fn finish(job: &Job, cx: &Context) -> Result<ExitCode, Failure> {
    let now = status::read(job, cx).await?;
    if cx.printer.json() {
        status::line(&now, cx)?;
    } else {
        cx.printer.data(&now.sentence())?;
    }
    Ok(status::ending(&now))
}

/// `./shot-12.ledger` for `any/where/shot-12.take`. Of what a store calls a take only letters that any folder may have stay.
fn of_take(name: &str) -> String {
    format!("./{}.ledger", name.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_lies_here_under_the_takes_name() {
        assert_eq!(of_take("shot-12"), "./shot-12.ledger");
        assert_eq!(of_take("../A101 t003"), "./..-A101 t003.ledger");
    }
}
