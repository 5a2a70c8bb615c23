//! Plans and jobs, as `cyclorama render plan` and `submit` make them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cyclorama_app::{
    Settings, engines,
    pinned::{Pack, pin},
    worker_name,
};
use cyclorama_assets::Place;
use cyclorama_progress::words;
use cyclorama_render::{
    content::{Content, ContentName},
    engine::{
        Engine, Report, SlotRequest,
        local::{self, LocalOptions},
    },
    frame::FrameFormat,
    from_take::{UNREAL, Wishes},
    ledger::{Job, Ledger},
    plan::{BEAUTY, FrameRange, Passes, Planned, UnrealScene},
};
use cyclorama_time::UtcTime;
use cyclorama_tracking::{
    evaluate::{EvaluateOptions, evaluate},
    replay,
    take::Reader,
};

use super::{
    RenderConfig,
    farm::{FarmOrder, Sent, not_asked, tell_mend},
    follow::ended,
    played::Taken,
    preset::unfit,
};
use crate::{
    Status,
    failure::Failure,
    house::{House, Opening, house},
    work::{Strings, Told, Work},
};

/// How long local workers may take to finish the frame in flight.
const GRACE: Duration = Duration::from_secs(20);

pub(super) fn plan(config: &RenderConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("render_plan", |strings| async move {
        let order = Order::new(house, config)?;
        let planned = order.planned(strings.clone());
        let planned = strings.unless_stopped("cancelled: nothing was planned", planned).await?.1;
        let lines = planned.plan.explain();
        Ok(Told { text: format!("job {}", planned.plan.job), lines, partial: false })
    })
}

pub(super) fn submit(config: &RenderConfig) -> Result<Work, Failure> {
    let (house, config) = (house()?, config.clone());
    Work::start("render_submit", |strings| async move {
        Box::pin(Order::new(house, config)?.submit(strings)).await
    })
}

/// A plan, and where it goes.
struct Prepared {
    planned: Planned,
    url: String,
    farm: Option<Box<dyn Engine>>,
    ledger: Ledger,
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
        let content = self.contents(&strings).await?;
        let (config, settings) = (self.config.clone(), self.settings.clone());
        let created = self.house.clock.utc();
        let planning =
            tokio::task::spawn_blocking(move || planned(&config, &settings, content, created, &strings));
        planning.await.map_err(|error| Failure::new(Status::Internal, error.to_string()))?
    }

    /// What the job's machines bring to themselves, each at the version that its store has now.
    async fn contents(&self, strings: &Strings) -> Result<Vec<Content>, Failure> {
        let config = &self.config;
        let mut wanted = Vec::new();
        if !config.project.is_empty() {
            wanted.push(Pack { name: ContentName::project(), place: config.project.clone() });
        }
        for text in &config.packs {
            let pack =
                text.parse().map_err(|why| Failure::new(Status::User, format!("`{text}` is no pack: {why}")));
            wanted.push(pack?);
        }
        let is_unreal = named(&config.host, UNREAL) == UNREAL;
        let named = [&config.map, &config.sequence, &config.preset].into_iter();
        let packages: Vec<String> = named.filter(|name| is_unreal && !name.is_empty()).cloned().collect();
        let mut contents = Vec::new();
        for Pack { name, place } in wanted {
            let place = Place::new(&place);
            let doing = format!("find the version of {name} in {}", place.store);
            let how = Opening { key_file: &config.key_file, accept_rollback: config.accept_rollback };
            let repository = self.house.repository(&place.store, how).await?;
            let pinned = pin(name, &place, &repository, &packages).await;
            let pinned = pinned.map_err(|error| Failure::of(&doing, &error))?;
            strings.tell(pinned.lacks);
            contents.push(pinned.content);
        }
        Ok(contents)
    }

    async fn submit(&self, strings: Strings) -> Result<Told, Failure> {
        let nothing = "cancelled: nothing was submitted";
        let Prepared { planned, url, farm, ledger } =
            strings.unless_stopped(nothing, self.prepared(&strings)).await?;
        let doing = format!("write the plan to ledger {url}");
        strings.cancel.check().map_err(|_| Failure::new(Status::Cancelled, nothing))?;
        let job = ledger.submit(&planned).await.map_err(|error| Failure::of(&doing, &error))?;
        strings.tell([format!("job {} in ledger {url}", job.plan().job)]);
        let report = match farm {
            Some(farm) => {
                let request = self.slots(&job, farm.as_ref(), &url)?;
                let clock = self.house.clock.clone();
                let order = FarmOrder { job: &job, engine: farm.as_ref(), request, strings: &strings, clock };
                let (workers, lease) = (self.workers(), Duration::from_secs(self.lease().into()));
                match order.carried_out(workers, lease, self.config.detach).await? {
                    Sent::Told(told) => return Ok(told),
                    Sent::Settled => return ended(&job, self.house.clock.utc()).await,
                    Sent::Drawn(report) => report,
                }
            }
            None if self.config.detach => return self.started(&job, &url, &strings),
            None => self.here(&job, &url, &strings).await?,
        };
        if report.cancelled {
            let text = "cancelled: committed frames are safe; submit the same again to go on";
            return Err(Failure::new(Status::Cancelled, text));
        }
        ended(&job, self.house.clock.utc()).await
    }

    /// All that is needed to submit. Nobody hears of the job yet.
    async fn prepared(&self, strings: &Strings) -> Result<Prepared, Failure> {
        let (take, planned) = self.planned(strings.clone()).await?;
        let url = self.ledger(&take)?;
        let farm = self.farm(named(&self.config.engine, "local"), &planned).await?;
        let doing = format!("write the plan to ledger {url}");
        let store = self.house.store(&url, &self.settings).await?;
        let ledger = Ledger::create(store).await.map_err(|error| Failure::of(&doing, &error))?;
        Ok(Prepared { planned, url, farm, ledger })
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

    /// What each slot of a farm runs.
    fn slots(&self, job: &Job, engine: &dyn Engine, url: &str) -> Result<SlotRequest, Failure> {
        let logs = logs(url, &self.config.unreal_project, &job.plan().job);
        let request = engines::slots(job, engine, self.worker(job, url, false), logs.as_deref());
        request.map_err(|error| Failure::of(&format!("ask {} for workers", engine.name()), &error))
    }

    /// Starts workers of this machine that outlive this process.
    fn started(&self, job: &Job, url: &str, strings: &Strings) -> Result<Told, Failure> {
        strings.cancel.check().map_err(|_| not_asked(job))?;
        let command = self.worker(job, url, true);
        let workers = self.workers();
        for _ in 0..workers {
            engines::start_detached(&command).map_err(|error| Failure::of("start a worker", &error))?;
        }
        let many = words::count(u64::from(workers), "worker");
        let text = format!("sent job {}: {many} of this machine draw it", job.plan().job);
        Ok(Told { text, ..Told::default() })
    }

    async fn here(&self, job: &Job, url: &str, strings: &Strings) -> Result<Report, Failure> {
        let machine = worker_name(&self.house.environment);
        let machine = machine.rsplit_once('-').map_or(machine.clone(), |(machine, _)| machine.to_owned());
        let command = self.worker(job, url, true);
        let (workers, lease) = (self.workers(), Duration::from_secs(self.lease().into()));
        let options = LocalOptions { workers, command, machine, grace: GRACE, lease };
        let mut heard = |event| tell_mend(&event, strings);
        let (progress, cancel) = (&strings.progress, &strings.cancel);
        let ran = local::run_and_mend(
            job,
            &options,
            local::Early::default(),
            &self.house.clock,
            progress,
            cancel,
            &mut heard,
        )
        .await;
        ran.map_err(|error| Failure::of("run the workers", &error))
    }

    /// What a worker is started with. On this machine it also hears which Unreal and which project.
    fn worker(&self, job: &Job, url: &str, here: bool) -> Vec<OsString> {
        let program = PathBuf::from(named(&self.config.command, "cyclorama"));
        let mut command = engines::worker_command(program, url, &job.plan().job, f64::from(self.lease()));
        let program = that_speaks(&self.config.unreal_program);
        let words = [("--unreal", &program), ("--unreal-project", &self.config.unreal_project)];
        for (flag, value) in words.into_iter().filter(|(_, value)| here && !value.is_empty()) {
            command.extend([OsString::from(flag), OsString::from(value)]);
        }
        if !self.config.key_file.is_empty() {
            let key = std::path::absolute(&self.config.key_file);
            let key = key.unwrap_or_else(|_| PathBuf::from(&self.config.key_file));
            command.extend([OsString::from("--key-file"), key.into_os_string()]);
        }
        command
    }

    /// Seconds.
    fn lease(&self) -> u32 {
        if self.config.lease_s == 0 { 10 } else { self.config.lease_s }
    }

    fn workers(&self) -> u32 {
        match self.config.workers {
            0 => u32::try_from(self.settings.workers).unwrap_or(1),
            some => some,
        }
    }
}

/// The folder for the output of a farm's workers: beside a ledger that is a folder, which all machines see, else among what the project
/// saves. The folder that an editor works in is the engine's own.
fn logs(url: &str, project: &str, job: &str) -> Option<PathBuf> {
    let has_scheme = url.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1);
    let ledger = url.strip_prefix("file://").or_else(|| (!has_scheme).then_some(url));
    if let Some(ledger) = ledger {
        return Some(PathBuf::from(format!("{}-logs", ledger.trim_end_matches(['/', '\\']))).join(job));
    }
    let saved = Path::new(project).parent().filter(|folder| !folder.as_os_str().is_empty());
    saved.map(|folder| folder.join("Saved").join("Cyclorama").join(job))
}

fn planned(
    config: &RenderConfig,
    settings: &Settings,
    content: Vec<Content>,
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
        format: format(&config.frame_format)?,
        passes: passes(&config.passes)?,
        content,
        created,
    };
    let mut warn = |warning: &str| strings.tell([warning.to_owned()]);
    let planned = wishes.plan(&reader, &camera, &mut warn);
    Ok((file, planned.map_err(|error| Failure::of("plan the render", &error))?))
}

/// What kind of file each frame is to be; EXR where nothing is said.
fn format(text: &str) -> Result<FrameFormat, Failure> {
    let known = match text {
        "" => Ok(FrameFormat::Exr),
        text => text.to_ascii_lowercase().parse(),
    };
    known.map_err(|error| Failure::of("plan the render", &error))
}

/// The beauty, and what is named beside it. Layers may be written as the preset does, in capitals: their channels are found in either.
fn passes(names: &[String]) -> Result<Passes, Failure> {
    let names = names.iter().map(|name| name.trim().to_ascii_lowercase());
    let beside = names.filter(|name| !name.is_empty() && name != BEAUTY);
    let passes = Passes::new(std::iter::once(BEAUTY.to_owned()).chain(beside).collect());
    passes.map_err(|error| Failure::of("plan the render", &error))
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

/// The editor's twin that writes to a console, where it lies beside it: on Windows a program with windows writes nothing that a worker
/// could read. Notes on the engine say so; it was not run.
fn that_speaks(program: &str) -> String {
    let twin = program.strip_suffix(".exe").filter(|name| !name.ends_with("-Cmd"));
    let twin = twin.map(|name| format!("{name}-Cmd.exe")).filter(|twin| Path::new(twin).is_file());
    twin.unwrap_or_else(|| program.to_owned())
}

fn named<'a>(text: &'a str, usual: &'a str) -> &'a str {
    if text.is_empty() { usual } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_workers_of_a_farm_write_lies_beside_the_ledger_or_in_the_project() {
        let at =
            |url: &str, project: &str| logs(url, project, "abc-0").map(|path| path.display().to_string());
        let project = "/stage/Stage.uproject";
        assert_eq!(at("/share/ledger/", project).as_deref(), Some("/share/ledger-logs/abc-0"));
        assert_eq!(at("file:///share/ledger", project).as_deref(), Some("/share/ledger-logs/abc-0"));
        assert_eq!(at("s3://wall/ledger", project).as_deref(), Some("/stage/Saved/Cyclorama/abc-0"));
        assert_eq!(at("s3://wall/ledger", ""), None);
    }

    #[test]
    fn of_two_editors_the_one_that_speaks_is_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        assert_eq!(that_speaks(&at("UnrealEditor.exe")), at("UnrealEditor.exe"), "there is no other");
        std::fs::write(at("UnrealEditor-Cmd.exe"), "").expect("writes");
        assert_eq!(that_speaks(&at("UnrealEditor.exe")), at("UnrealEditor-Cmd.exe"));
        for kept in ["UnrealEditor-Cmd.exe", "UnrealEditor", "Game.exe"] {
            assert_eq!(that_speaks(&at(kept)), at(kept));
        }
        assert_eq!(that_speaks(""), "");
    }
}
