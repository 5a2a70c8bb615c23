//! The part of `render submit` that hands worker slots to a farm.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cyclorama_app::services;
use cyclorama_outcome::Kind;
use cyclorama_progress::Progress;
use cyclorama_render::{
    engine::{
        Engine, Event, Report, SlotRequest,
        batch::{self, Batch},
        deadline::{self, Deadline},
        farm,
        service::Service,
        slurm::Slurm,
    },
    ledger::Job,
    plan::Plan,
};

use super::remote::Remote;
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// The farm called `name`, for a job of `plan`; none when that is no farm.
pub(super) async fn named(
    name: &str,
    options: &[OsString],
    plan: &Plan,
    cx: &Context,
) -> Result<Option<Box<dyn Engine>>, Failure> {
    let doing = format!("submit to {name}");
    Ok(match name {
        "slurm" => Some(Box::new(Slurm { options: options.to_vec() })),
        "deadline" => {
            let service = service(deadline::SERVICE, cx).await?;
            Some(Box::new(Deadline::new(service, options, &plan.ranges).doing(doing)?))
        }
        "batch" => {
            let service = service(batch::SERVICE, cx).await?;
            Some(Box::new(Batch::new(service, options).doing(doing)?))
        }
        _ => None,
    })
}

/// A service of the cloud as it is reached from here.
async fn service(name: &str, cx: &Context) -> Result<Arc<dyn Service>, Failure> {
    let opened = services::open(name, &cx.settings, &cx.environment, Arc::clone(&cx.clock)).await;
    Ok(Arc::new(Remote(opened.doing(format!("reach {name}"))?)))
}

/// A store's URL as the farm's machines must hear it: a path becomes absolute, other URLs stay.
pub(super) fn reachable(url: &str) -> Result<String, Failure> {
    let has_scheme = url.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1);
    if has_scheme {
        return Ok(url.to_owned());
    }
    let path = std::path::absolute(url).doing_io("find the ledger's folder")?;
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        Failure::new(Kind::User, format!("the ledger's path `{}` is not UTF-8", path.display()))
    })
}

/// What each slot runs; makes the folder for the workers' output where the farm does not keep it.
pub(super) fn request(
    job: &Job,
    engine: &dyn Engine,
    command: Vec<OsString>,
    logs: Option<&Path>,
) -> Result<SlotRequest, Failure> {
    let name = format!("cyclorama-{}", job.plan().job);
    let logs = logs.map_or_else(|| PathBuf::from("cyclorama-logs").join(&job.plan().job), Path::to_owned);
    let logs = std::path::absolute(logs).doing_io("find the folder for the workers' output")?;
    if engine.keeps_output().is_none() {
        std::fs::create_dir_all(&logs).doing_io(format!("make the folder {}", logs.display()))?;
    }
    Ok(SlotRequest { name, command, logs })
}

/// Watches the farm until the job has ended.
pub(super) async fn work(
    job: &Job,
    engine: &dyn Engine,
    request: &SlotRequest,
    workers: u32,
    cx: &Context,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, Failure> {
    let progress = Progress::new();
    let _drawn = cx.printer.follow("frames", &progress, &cx.clock);
    let options = farm::FarmOptions { workers, ..farm::FarmOptions::default() };
    let doing = format!("run the workers on {}", engine.name());
    farm::run(job, engine, request, &options, &progress, cx.cancel(), on_event).await.doing(doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_farm_hears_an_absolute_path_and_other_urls_unchanged() {
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(reachable("./x").expect("a path"), here.join("x").to_string_lossy());
        assert_eq!(reachable("s3://bucket/x").expect("a URL"), "s3://bucket/x");
    }
}
