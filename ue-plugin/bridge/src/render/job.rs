//! Plans and jobs, as `cyclorama render plan`, `submit` and `watch` make and follow them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cyclorama_app::{Settings, engines, worker_name};
use cyclorama_render::{
    engine::{
        Engine, Report,
        farm::{self, FarmOptions},
        local::{self, LocalOptions},
    },
    from_take::{UNREAL, Wishes},
    ledger::{Job, Ledger},
    plan::{FrameRange, Planned, UnrealScene},
};
use cyclorama_time::UtcTime;
use cyclorama_tracking::{
    evaluate::{EvaluateOptions, evaluate},
    replay,
    take::Reader,
};

use super::{RenderConfig, played::Taken, preset::unfit};
use crate::{
    Status,
    failure::Failure,
    house::{House, house},
    work::{Strings, Told, Work},
};

/// How often a watched job is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long local workers may take to finish the frame in flight.
const GRACE: Duration = Duration::from_secs(20);

pub(super) fn plan(config: &RenderConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("render_plan", |strings| async move {
        let planned = Order::new(house, config)?.planned(strings).await?.1;
        let lines = planned.plan.explain();
        Ok(Told { text: format!("job {}", planned.plan.job), lines, partial: false })
    })
}

pub(super) fn submit(config: &RenderConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("render_submit", |strings| async move { Order::new(house, config)?.submit(strings).await })
}

pub(super) fn watch(ledger: &str, job: &str) -> Result<Work, Failure> {
    let (house, ledger, job) = (house()?, ledger.to_owned(), job.to_owned());
    Work::start("render_watch", |strings| async move { follow(house, &ledger, &job, &strings).await })
}

/// What was asked for, with the settings it is asked with.
struct Order {
    house: &'static House,
    settings: Settings,
    config: RenderConfig,
}

impl Order {
    fn new(house: &'static House, config: RenderConfig) -> Result<Self, Failure> {
        Ok(Self { house, settings: house.settings()?, config })
    }

    /// The take's file and the plan. Reading a take takes a while.
    async fn planned(&self, strings: Strings) -> Result<(PathBuf, Planned), Failure> {
        let (config, settings) = (self.config.clone(), self.settings.clone());
        let created = self.house.clock.utc();
        let planning = tokio::task::spawn_blocking(move || planned(&config, &settings, created, &strings));
        planning.await.map_err(|error| Failure::new(Status::Internal, error.to_string()))?
    }

    async fn submit(&self, strings: Strings) -> Result<Told, Failure> {
        let (take, planned) = self.planned(strings.clone()).await?;
        strings.cancel.check().map_err(|error| Failure::of("submit", &error))?;
        let url = self.ledger(&take)?;
        let engine = named(&self.config.engine, "local");
        let farm = self.farm(engine, &planned).await?;
        let doing = format!("write the plan to ledger {url}");
        let store = self.house.store(&url, &self.settings).await?;
        let ledger = Ledger::create(store).await.map_err(|error| Failure::of(&doing, &error))?;
        let job = ledger.submit(&planned).await.map_err(|error| Failure::of(&doing, &error))?;
        strings.tell([format!("job {} in ledger {url}", job.plan().job)]);
        let report = match farm {
            Some(farm) => self.on_farm(&job, farm.as_ref(), &url, &strings).await?,
            None => self.here(&job, &url, &strings).await?,
        };
        if report.cancelled {
            let text = "cancelled: committed frames are safe; submit the same again to go on";
            return Err(Failure::new(Status::Cancelled, text));
        }
        ended(&job, self.house.clock.utc()).await
    }

    /// Where the ledger is: as asked, as the settings say, or beside the take. Other processes hear it too.
    fn ledger(&self, take: &Path) -> Result<String, Failure> {
        let given = Some(self.config.ledger.clone()).filter(|url| !url.is_empty());
        let url = given
            .or_else(|| self.settings.ledger.clone())
            .unwrap_or_else(|| take.with_extension("ledger").to_string_lossy().into_owned());
        engines::reachable(&url).map_err(|error| Failure::of("find the ledger's folder", &error))
    }

    async fn farm(&self, engine: &str, planned: &Planned) -> Result<Option<Box<dyn Engine>>, Failure> {
        if !engines::NAMES.contains(&engine) {
            let text = format!("there is no engine `{engine}`: this core has {}", engines::NAMES.join(", "));
            return Err(Failure::new(Status::Refused, text));
        }
        let options: Vec<OsString> = self.config.engine_options.iter().map(OsString::from).collect();
        let clock = self.house.clock.clone();
        let (plan, environment) = (&planned.plan, &self.house.environment);
        let farm = engines::farm(engine, &options, plan, &self.settings, environment, clock).await;
        farm.map_err(|error| Failure::of(&format!("submit to {engine}"), &error))
    }

    async fn on_farm(
        &self,
        job: &Job,
        engine: &dyn Engine,
        url: &str,
        strings: &Strings,
    ) -> Result<Report, Failure> {
        let doing = format!("run the workers on {}", engine.name());
        let request = engines::slots(job, engine, self.worker(job, url, false), None);
        let request = request.map_err(|error| Failure::of(&doing, &error))?;
        let options = FarmOptions { workers: self.workers(), ..FarmOptions::default() };
        let (progress, cancel) = (&strings.progress, &strings.cancel);
        let ran = farm::run(job, engine, &request, &options, progress, cancel, &mut |_| {}).await;
        ran.map_err(|error| Failure::of(&doing, &error))
    }

    async fn here(&self, job: &Job, url: &str, strings: &Strings) -> Result<Report, Failure> {
        let machine = worker_name(&self.house.environment);
        let machine = machine.rsplit_once('-').map_or(machine.clone(), |(machine, _)| machine.to_owned());
        let command = self.worker(job, url, true);
        let options = LocalOptions { workers: self.workers(), command, machine, grace: GRACE };
        let mut on_mend = |runs: u32, walk_in: u32| {
            let text = format!("{runs} runs began with a seam: rendered again after {walk_in} frames");
            strings.tell([text]);
        };
        let (progress, cancel) = (&strings.progress, &strings.cancel);
        let ran = local::run_and_mend(job, &options, &self.house.clock, progress, cancel, &mut on_mend).await;
        ran.map_err(|error| Failure::of("run the workers", &error))
    }

    /// What a worker is started with. On this machine it also hears which Unreal and which project.
    fn worker(&self, job: &Job, url: &str, here: bool) -> Vec<OsString> {
        let lease = if self.config.lease_s == 0 { 10 } else { self.config.lease_s };
        let program = PathBuf::from(named(&self.config.command, "cyclorama"));
        let mut command = engines::worker_command(program, url, &job.plan().job, f64::from(lease));
        let words =
            [("--unreal", &self.config.unreal_program), ("--unreal-project", &self.config.unreal_project)];
        for (flag, value) in words.into_iter().filter(|(_, value)| here && !value.is_empty()) {
            command.extend([OsString::from(flag), OsString::from(value)]);
        }
        command
    }

    fn workers(&self) -> u32 {
        match self.config.workers {
            0 => u32::try_from(self.settings.workers).unwrap_or(1),
            some => some,
        }
    }
}

fn planned(
    config: &RenderConfig,
    settings: &Settings,
    created: UtcTime,
    strings: &Strings,
) -> Result<(PathBuf, Planned), Failure> {
    if let Some(why) = unfit(&config.facts) {
        return Err(Failure::new(Status::Refused, why));
    }
    let named_take = PathBuf::from(&config.take);
    let file = take_of(&named_take, settings);
    let doing = format!("open take {}", file.display());
    let reader = Reader::open(&file).map_err(|error| Failure::of(&doing, &error))?;
    let replayed = replay::samples(&reader).map_err(|error| Failure::of(&doing, &error))?;
    let options = EvaluateOptions { rate: reader.info().rate, ..EvaluateOptions::default() };
    let camera = evaluate(&replayed.samples, &options);
    let camera = camera.map_err(|error| Failure::of("make a camera path of the take", &error))?.path;
    let frames = match config.frames.as_str() {
        "" => None,
        text => {
            let read: Result<FrameRange, _> = text.parse();
            Some(
                read.map_err(|error| Failure::new(Status::User, format!("`{text}` are no frames: {error}")))?,
            )
        }
    };
    let taken = Taken::of(&camera);
    if let Some(taken) = taken {
        strings.tell(taken.differences(&config.played, frames));
    }
    let frames = frames.or_else(|| taken?.played(&config.played));
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let unreal = match (filled(&config.map), filled(&config.sequence), filled(&config.preset)) {
        (Some(map), Some(sequence), Some(preset)) => Some(UnrealScene { map, sequence, preset }),
        _ => None,
    };
    let or = |given: u32, usual: u32| if given == 0 { usual } else { given };
    let wishes = Wishes {
        scene: filled(&config.scene).is_some().then(|| Path::new(&config.scene)),
        host: named(&config.host, UNREAL),
        frames,
        size: (or(config.width, settings.size.0), or(config.height, settings.size.1)),
        samples: or(config.samples, settings.samples),
        walk_in: config.walk_in,
        history: None,
        flashes: false,
        unreal,
        colour_space: None,
        ocio: None,
        content: Vec::new(),
        created,
    };
    let mut warn = |warning: &str| strings.tell([warning.to_owned()]);
    let planned = wishes.plan(&reader, &camera, &mut warn);
    Ok((file, planned.map_err(|error| Failure::of("plan the render", &error))?))
}

/// Where the take lies: as a path, or by name in the takes folder.
fn take_of(named: &Path, settings: &Settings) -> PathBuf {
    let in_folder = settings.takes_folder.join(named);
    let places = [named.with_extension("take"), in_folder.clone(), in_folder.with_extension("take")];
    if named.is_file() {
        return named.to_owned();
    }
    places.into_iter().find(|path| path.is_file()).unwrap_or_else(|| named.to_owned())
}

fn named<'a>(text: &'a str, usual: &'a str) -> &'a str {
    if text.is_empty() { usual } else { text }
}

/// The last word of a job, with what was given up.
async fn ended(job: &Job, now: UtcTime) -> Result<Told, Failure> {
    let doing = format!("read the state of job {}", job.plan().job);
    let status = job.status(now).await.map_err(|error| Failure::of(&doing, &error))?;
    let failures = job.failures().await.map_err(|error| Failure::of(&doing, &error))?;
    let lines = failures.iter().map(|failed| {
        format!("frame {} was given up after {} attempts: {}", failed.frame.0, failed.attempts, failed.reason)
    });
    let partial = status.committed < status.frames;
    Ok(Told { text: status.sentence(), lines: lines.collect(), partial })
}

async fn follow(house: &House, url: &str, job: &str, strings: &Strings) -> Result<Told, Failure> {
    let settings = house.settings()?;
    let doing = format!("find the job in ledger {url}");
    let store = house.store(url, &settings).await?;
    let ledger = Ledger::open(store).await.map_err(|error| Failure::of(&doing, &error))?;
    let named = (!job.is_empty()).then_some(job);
    let job = ledger.job(named).await.map_err(|error| Failure::of(&doing, &error))?;
    strings.progress.set_total(job.plan().frames.count());
    loop {
        let state = job.state().await.map_err(|error| Failure::of(&doing, &error))?;
        strings.progress.set_done(state.committed.len() as u64);
        if state.cancelled || state.is_settled_all(job.plan()) {
            return ended(&job, house.clock.utc()).await;
        }
        if strings.cancel.is_cancelled() {
            return Err(Failure::new(Status::Cancelled, "stopped watching; the job goes on"));
        }
        tokio::time::sleep(LOOK).await;
    }
}
