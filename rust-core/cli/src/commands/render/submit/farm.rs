//! The part of `render submit` that hands worker slots to a farm.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_app::engines;
use cyclorama_progress::Progress;
use cyclorama_render::{
    engine::{
        Engine, Report, SlotRequest,
        already::{self, Others},
        farm,
        tags::{Tag, tags},
    },
    forecast::Hours,
    ledger::Job,
    plan::Plan,
};

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// The farm called `name`, for a job of `plan`; none when that is no farm.
pub(super) async fn named(
    name: &str,
    options: &[OsString],
    plan: &Plan,
    cx: &Context,
) -> Result<Option<Box<dyn Engine>>, Failure> {
    let found = engines::farm(name, options, plan, &cx.settings, &cx.environment, Arc::clone(&cx.clock));
    found.await.doing(format!("submit to {name}"))
}

/// A store's URL as the farm's machines must hear it.
pub(super) fn reachable(url: &str) -> Result<String, Failure> {
    engines::reachable(url).doing("find the ledger's folder")
}

/// What each slot runs.
pub(super) fn request(
    job: &Job,
    engine: &dyn Engine,
    command: Vec<OsString>,
    logs: Option<&Path>,
    asked: &[Tag],
) -> Result<SlotRequest, Failure> {
    let request = engines::slots(job, engine, command, logs);
    let request = request.doing("make the folder for the workers' output")?;
    let tags = tags(asked, job.plan()).doing("tag the job")?;
    Ok(SlotRequest { tags, ..request })
}

/// How long the farm shall not start slots that nobody watches; a warning where it cannot be told so.
pub(super) fn begin_in(engine: &dyn Engine, hours: &Hours, cx: &Context) -> Option<Duration> {
    let now = cx.clock.utc();
    let wait = hours.closed_until(now)?.nanos_since(now);
    if !engine.begins_later() {
        cx.printer.say(&format!(
            "warning: {} cannot be told to begin later, so its machines wait, and are paid for; without --detach they are \
             asked for when it is time",
            engine.name()
        ));
    }
    u64::try_from(wait).ok().map(Duration::from_nanos)
}

/// Whether the farm is to be asked for workers: not where all is drawn, nor where somebody has the job already. That is said, and unless
/// `detach` the others are waited for, who are left alone whatever happens.
pub(super) async fn is_free(
    job: &Job,
    engine: &dyn Engine,
    lease: Duration,
    detach: bool,
    cx: &Context,
) -> Result<bool, Failure> {
    let (doing, name) = (format!("ask {} for workers", engine.name()), &job.plan().job);
    let (progress, cancel) = (Progress::new(), cx.cancel());
    let mut state = job.state().await.doing(&doing)?;
    if job.has_ended(&mut state).await.doing(&doing)? {
        return Ok(false);
    }
    // To know whether somebody who is silent lives may take as long as a lease: that is shown.
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    let found = already::already(job, engine, state, lease, (&progress, cancel)).await.doing(&doing)?;
    if cancel.is_cancelled() {
        return Err(Failure::cancelled("the job stands in its ledger, and nobody was asked to draw it"));
    }
    let Some(found) = found else { return Ok(true) };
    cx.printer.say(&format!("job {name} {found}. No more workers were asked for; --again asks for them"));
    if detach {
        return Ok(false);
    }
    match already::wait_for_others(job, engine, lease, (&progress, cancel)).await.doing("watch the job")? {
        Others::Ended => Ok(false),
        Others::Gone => {
            cx.printer.say(&format!("nobody draws job {name} any more, and not all of it is there"));
            Ok(true)
        }
        Others::Left => Err(Failure::cancelled(
            "its workers go on, since they were asked for before; `render cancel` ends them",
        )),
    }
}

/// Watches the farm until the job has ended.
pub(super) async fn work(
    job: &Job,
    engine: &dyn Engine,
    request: &SlotRequest,
    workers: u32,
    (hours, again, lease): (Hours, bool, Duration),
    cx: &Context,
) -> Result<Report, Failure> {
    let progress = Progress::new();
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    let options =
        farm::FarmOptions { workers, hours, again, lease, ..farm::FarmOptions::new(Arc::clone(&cx.clock)) };
    let doing = format!("run the workers on {}", engine.name());
    let mut on_event = |event| super::tell_mend(&event, cx);
    farm::run_and_mend(job, engine, request, &options, &progress, cx.cancel(), &mut on_event)
        .await
        .doing(doing)
}
