//! The second half of the story: two workers draw the take, one is killed, and every frame is checked.

use std::{path::Path, time::Duration};

use cyclorama_progress::Progress;
use cyclorama_render::{
    engine::{
        collect,
        local::{Event, LocalOptions},
    },
    forecast::Hours,
    frame::FrameFormat,
    ledger::{FrameRecord, Job},
    plan::Passes,
    verify::{VerifyReport, verify_job},
};
use cyclorama_time::{Clock, UtcTime};

use super::{Options, facts, folder, guests, ingest::Recording, kill, since, step};
use crate::{
    commands::render::{
        planning::{Temporal, Wanted},
        submit::{machine, submit, work, worker_command},
    },
    context::Context,
    failure::{Doing as _, Failure},
};

const WORKERS: u32 = 2;
/// Rays per pixel.
const SAMPLES: u32 = 4;
/// A dead worker's frames go to another after this silence, seconds.
pub(crate) const LEASE: f64 = 2.0;
/// A worker is killed when this share of the frames exists.
const KILL_AT: f64 = 0.35;

/// What was rendered.
pub(crate) struct Rendered {
    /// The take, for headings.
    pub(crate) title: String,
    pub(crate) facts: facts::Render,
    /// The EXR files, in the order of the frames.
    pub(crate) files: Vec<std::path::PathBuf>,
}

/// Renders, kills, checks, and copies the frames out.
pub(crate) fn render(
    folder: &Path,
    recording: &Recording,
    scene: &Path,
    options: &Options,
    cx: &Context,
) -> Result<Rendered, Failure> {
    step(cx, &format!("4/6  rendering frames {} with {WORKERS} workers", options.frames));
    let wanted = Wanted {
        scene: Some(scene),
        host: "builtin",
        frames: Some(options.frames),
        size: options.size,
        samples: SAMPLES,
        temporal: Temporal::default(),
        unreal: None,
        colour_space: None,
        ocio: None,
        format: FrameFormat::Exr,
        passes: Passes::default(),
        content: Vec::new(),
    };
    let planned = wanted.plan(&recording.reader, &recording.path, cx)?;
    let url = folder::ledger(folder).display().to_string();
    let command = worker_command(cx, &url, &planned.plan.job, LEASE)?;
    cx.wait(async {
        let job = submit(&url, &planned, Hours::default(), cx).await?;
        let (grace, lease) = (Duration::from_secs(20), Duration::from_secs_f64(LEASE));
        let engine = LocalOptions { workers: WORKERS, command, machine: machine(cx), grace, lease };
        let (begun, begun_utc) = (cx.clock.now(), cx.clock.utc());
        let mut crew = Crew::new(cx.clock.as_ref(), options.frames.count());
        let report = work(&job, &engine, cx, &mut |event| crew.hear(&event)).await?;
        let seconds = since(begun, cx);
        if report.cancelled {
            return Err(Failure::cancelled("run the demo again for the whole story"));
        }
        crew.tell(cx);
        step(cx, "5/6  opening and checking every frame");
        let (progress, cancel) = (Progress::new(), cx.cancel());
        let verified = verify_job(&job, &progress, cancel).await.doing("check the frames")?;
        cx.printer.say(&format!("     {} of {} right", verified.good, verified.frames));
        let copied = collect::sequence(&job, &folder.join("frames"), &Progress::new(), cancel).await;
        let files = copied.doing("copy the frames")?.files;
        let movie = guests::movie(&job, folder, cx).await;
        let records = job.frames().await.doing("read who drew what")?;
        let title = format!("slate {}", recording.reader.info().slate.as_deref().unwrap_or("not said"));
        let facts = facts::Render { movie, ..crew.facts(&job, &records, &verified, begun_utc, seconds) };
        Ok(Rendered { title, facts, files })
    })
}

/// The workers as they come and go, and the one that is killed.
struct Crew<'a> {
    clock: &'a dyn Clock,
    total: u64,
    members: Vec<Member>,
    committed: u64,
    trouble: Option<String>,
}

struct Member {
    slot: u32,
    pid: u32,
    killed: Option<(UtcTime, u64)>,
}

impl<'a> Crew<'a> {
    fn new(clock: &'a dyn Clock, total: u64) -> Self {
        Self { clock, total, members: Vec::new(), committed: 0, trouble: None }
    }

    fn hear(&mut self, event: &Event) {
        match *event {
            Event::Started { slot, pid } => self.members.push(Member { slot, pid, killed: None }),
            Event::Committed { done, .. } => {
                self.committed = done;
                let enough = done as f64 >= KILL_AT * self.total as f64 && done < self.total;
                if enough && self.members.iter().all(|member| member.killed.is_none()) {
                    self.kill_one();
                }
            }
            Event::Died { .. } | Event::Asked { .. } | Event::Reopened { .. } => {}
        }
    }

    /// Kills the worker of the last slot.
    fn kill_one(&mut self) {
        let Some(victim) = self.members.iter_mut().rev().find(|member| member.slot + 1 == WORKERS) else {
            return;
        };
        match kill::kill(victim.pid) {
            Ok(()) => victim.killed = Some((self.clock.utc(), self.committed)),
            Err(error) => self.trouble = Some(format!("the worker could not be killed: {error}")),
        }
    }

    fn tell(&self, cx: &Context) {
        if let Some(trouble) = &self.trouble {
            cx.printer.say(&format!("     {trouble}"));
        }
        for (index, (_, done)) in self.killed() {
            let name = &self.names()[index];
            cx.printer.say(&format!(
                "     {name} was killed on purpose when {} done; its work was taken over",
                if done == 1 { "1 frame was".to_owned() } else { format!("{done} frames were") }
            ));
        }
    }

    fn killed(&self) -> impl Iterator<Item = (usize, (UtcTime, u64))> + '_ {
        self.members.iter().enumerate().filter_map(|(index, member)| Some((index, member.killed?)))
    }

    fn names(&self) -> Vec<String> {
        (1..=self.members.len()).map(|number| format!("worker {number}")).collect()
    }

    /// Which member a record's worker is; workers are named after their process.
    fn member(&self, worker: &str) -> usize {
        let pid = worker.rsplit('-').next().and_then(|pid| pid.parse().ok());
        self.members.iter().rposition(|member| Some(member.pid) == pid).unwrap_or(0)
    }

    fn facts(
        &self,
        job: &Job,
        records: &[FrameRecord],
        verified: &VerifyReport,
        begun: UtcTime,
        seconds: f64,
    ) -> facts::Render {
        let plan = job.plan();
        let at = |moment: UtcTime| moment.nanos_since(begun) as f64 * 1e-9;
        let frame = |record: &FrameRecord| {
            let offset = record.frame.frame.0 - plan.frames.first.0;
            facts::Frame {
                number: record.frame.frame,
                timecode: plan.timecode.map(|first| first.plus_frames(offset)),
                worker: self.member(&record.worker),
                begun: (at(record.committed) - record.frame.render_seconds).max(0.0),
                committed: at(record.committed),
                pixels: record.frame.pixels,
                good: verified.bad.iter().all(|bad| bad.frame != record.frame.frame),
            }
        };
        let frames: Vec<facts::Frame> = records.iter().map(frame).collect();
        let kill = self.killed().next().map(|(worker, (moment, _))| {
            let killed = at(moment);
            let taken_over =
                records.iter().filter(|record| record.epoch > 1).map(|record| at(record.committed));
            facts::Kill {
                worker,
                at: killed,
                committed: frames.iter().filter(|frame| frame.worker == worker).count() as u64,
                recovered_after: taken_over
                    .filter(|then| *then > killed)
                    .reduce(f64::min)
                    .map(|then| then - killed),
            }
        });
        let killed_at = |index: usize| self.members[index].killed.map(|(moment, _)| at(moment));
        let names = self.names().into_iter().enumerate();
        facts::Render {
            size: (plan.size.width, plan.size.height),
            samples: plan.samples,
            seconds,
            workers: names.map(|(index, name)| facts::Worker { name, killed: killed_at(index) }).collect(),
            asked: verified.frames,
            verified: verified.good,
            frames,
            kill,
            movie: false,
        }
    }
}
