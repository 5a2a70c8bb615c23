//! Rendering takes: a plan, a job on an engine, watching it, and the worker's side inside an engine.
//!
//! A job lives in its ledger, never in this process: local workers are processes of their own and finish it when the
//! editor crashes, and asking again goes on where it stands.

#[cfg(not(feature = "render"))]
mod absent;
#[cfg(feature = "render")]
mod farm;
#[cfg(feature = "render")]
mod follow;
#[cfg(feature = "render")]
mod host;
#[cfg(feature = "render")]
mod job;
#[cfg(feature = "render")]
mod played;
#[cfg(feature = "render")]
mod preset;

pub use ffi::{FrameSpan, HostTask, PresetFacts, RenderConfig, SequenceFacts};

use crate::{
    Status,
    failure::Failure,
    guard,
    work::{Work, handle},
};
#[cfg(not(feature = "render"))]
use absent::{Session, plan, submit, unfit, watch, withdraw};
#[cfg(feature = "render")]
use {
    follow::{watch, withdraw},
    host::Session,
    job::{plan, submit},
    preset::unfit,
};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        include!("Bridge/work.h");
        /// What every call answers.
        type Status = crate::status::Status;
        /// How far work is.
        type WorkSnapshot = crate::work::WorkSnapshot;
    }

    /// Frames, `end` not included.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct FrameSpan {
        /// The first.
        first: i64,
        /// The one after the last.
        end: i64,
    }

    /// What a level sequence says of itself, in frames of its display rate.
    #[derive(Clone, Debug, Default)]
    struct SequenceFacts {
        /// It was there to be asked.
        known: bool,
        /// Frames a second.
        rate_numerator: u32,
        /// As above.
        rate_denominator: u32,
        /// What it plays.
        plays: FrameSpan,
        /// Where it cuts to a camera.
        cuts: Vec<FrameSpan>,
    }

    /// What a preset says of itself, beside its size, frames and samples.
    #[derive(Clone, Debug, Default)]
    struct PresetFacts {
        /// It draws all that is around the camera.
        panorama: bool,
        /// Why the engine could not evaluate it; nothing when it could, or was not asked.
        fault: String,
    }

    /// What to render, and on what. What is left empty or 0 is as the settings say.
    #[derive(Clone, Debug, Default)]
    struct RenderConfig {
        /// The take: a file, or a name in the takes folder.
        take: String,
        /// USDA file of the scene, for hosts that draw one; nothing for the demo stage.
        scene: String,
        /// builtin, blender or unreal; nothing for unreal.
        host: String,
        /// Frames, both included, as in 0-47; nothing for what the sequence plays of the take, or all of it.
        frames: String,
        /// Map of the project, as /Game/Maps/Stage.
        map: String,
        /// Level sequence; its camera is the take's.
        sequence: String,
        /// What that sequence says of itself.
        played: SequenceFacts,
        /// Preset of Movie Render Queue, or Movie Render Graph.
        preset: String,
        /// What that preset says of itself.
        facts: PresetFacts,
        /// local, slurm, batch or deadline; nothing for local.
        engine: String,
        /// What the farm is told, as --partition=gpu.
        engine_options: Vec<String>,
        /// Store of the ledger; nothing for the setting, or a folder beside the take.
        ledger: String,
        /// The `cyclorama` command, which workers are; nothing for the one in PATH.
        command: String,
        /// What local workers start for the host unreal; nothing for the setting.
        unreal_program: String,
        /// The project file they open; nothing for the setting.
        unreal_project: String,
        /// Workers.
        workers: u32,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Samples per pixel.
        samples: u32,
        /// What kind of file each frame is: exr or png; nothing for exr.
        frame_format: String,
        /// What each frame's file holds beside the beauty: layers of the preset, or passes of the host, one name each.
        passes: Vec<String>,
        /// Frames drawn and dropped ahead of each range.
        walk_in: u32,
        /// Seconds without a sign of life after which a worker's frames go to another; 0 for 10.
        lease_s: u32,
        /// Done once its workers were asked for: the job is theirs then.
        detach: bool,
        /// Published version of the project that each machine brings to itself first, STORE or STORE@VERSION; nothing for none. Of it
        /// only what map, sequence and preset need, and what is no package.
        project: String,
        /// Published packs of derived data, brought likewise, as ddc=STORE@VERSION.
        packs: Vec<String>,
        /// File with the key of these stores; nothing for stores without.
        key_file: String,
        /// Go on where a ref is older than this machine has seen it, or is gone.
        accept_rollback: bool,
    }

    /// A range that an engine is to draw. Frames are those of the level sequence.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct HostTask {
        /// Its number.
        number: u64,
        /// The first frame to draw; those before `first_frame` are dropped.
        drawn_from: i64,
        /// The first frame to deliver.
        first_frame: i64,
        /// The frame after the last: not drawn.
        end_frame: i64,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Samples per pixel.
        samples: u32,
        /// Map of the project.
        map: String,
        /// Level sequence.
        sequence: String,
        /// Preset of Movie Render Queue, or Movie Render Graph.
        preset: String,
        /// Frames are wanted as PNG files, and not as EXR: what draws must write them.
        png: bool,
        /// Where files go, one a frame.
        folder: String,
        /// How they are named: {frame_number} stands for six digits.
        file_name: String,
    }

    extern "Rust" {
        /// A plan, a job or a watch, as it goes on.
        type RenderWork;
        /// A conversation with a worker.
        type HostSession;

        /// Begins to plan; the lines are the plan in words. Writes nothing.
        fn render_plan(config: &RenderConfig) -> Box<RenderWork>;
        /// Begins a job, or goes on with it: writes the plan to the ledger, and runs workers until it has settled.
        fn render_submit(config: &RenderConfig) -> Box<RenderWork>;
        /// Begins to watch a job, the newest when it is not named, until it has settled.
        fn render_watch(ledger: &str, job: &str) -> Box<RenderWork>;

        /// Begins to take a job back, the newest when it is not named: workers stop after the frame in flight, wherever they run.
        fn render_withdraw(ledger: &str, job: &str) -> Box<RenderWork>;

        /// Why a preset cannot draw a take, in a sentence; nothing when it can. Submitting asks it as well.
        fn preset_unfit(facts: &PresetFacts) -> String;

        /// How far it is; units are frames.
        fn render_poll(self: &RenderWork, snapshot: &mut WorkSnapshot) -> Status;
        /// What it works on now, for people.
        fn render_items(self: &RenderWork) -> Vec<String>;
        /// Stops workers after the frame in flight, or the watching. Committed frames stay. A handle that is dropped, or an engine
        /// that goes, stops workers of this machine alone: a farm goes on.
        fn render_cancel(self: &RenderWork) -> Status;
        /// `Timeout` while it runs, `Ok` or `Partial` when it ended well, else why not.
        fn render_state(self: &RenderWork) -> Status;
        /// As above, once it ended or the time ran out. Not for threads that may not wait.
        fn render_wait(self: &RenderWork, timeout_us: u32) -> Status;
        /// How it ended, in a sentence.
        fn render_text(self: &RenderWork) -> String;
        /// What belongs to that, line by line: the job and its ledger, frames that were given up.
        fn render_lines(self: &RenderWork) -> Vec<String>;

        /// Connects to the worker that started this engine, at the address it gave. `software` is the engine's name
        /// and version.
        fn host_connect(address: &str, software: &str) -> Box<HostSession>;
        /// The next range to draw, once each. `Timeout` while there is none; `Cancelled` when the worker wants nothing
        /// more; else why there is no worker.
        fn host_next(self: &HostSession, task: &mut HostTask) -> Status;
        /// The engine lives; call it every frame. True when the range is not wanted any more.
        fn host_beat(self: &HostSession, task: u64) -> bool;
        /// The engine says that this file is whole.
        fn host_wrote(self: &HostSession, path: &str) -> Status;
        /// Nothing more comes of this range: it is drawn, or it is not, with the reason.
        fn host_finished(self: &HostSession, task: u64, success: bool, why: &str) -> Status;
        /// How the conversation ended, in a sentence.
        fn host_text(self: &HostSession) -> String;
    }
}

/// See the bridge.
pub struct RenderWork(Work);

/// See the bridge.
pub struct HostSession(Session);

handle!(
    RenderWork,
    render_poll,
    render_items,
    render_cancel,
    render_state,
    render_wait,
    render_text,
    render_lines
);

fn render_plan(config: &RenderConfig) -> Box<RenderWork> {
    guard::value("render_plan", failed, || Ok(Box::new(RenderWork(plan(config)?))))
}

fn render_submit(config: &RenderConfig) -> Box<RenderWork> {
    guard::value("render_submit", failed, || Ok(Box::new(RenderWork(submit(config)?))))
}

fn render_watch(ledger: &str, job: &str) -> Box<RenderWork> {
    guard::value("render_watch", failed, || Ok(Box::new(RenderWork(watch(ledger, job)?))))
}

fn render_withdraw(ledger: &str, job: &str) -> Box<RenderWork> {
    guard::value("render_withdraw", failed, || Ok(Box::new(RenderWork(withdraw(ledger, job)?))))
}

fn preset_unfit(facts: &PresetFacts) -> String {
    guard::value("preset_unfit", |failure| failure.text, || Ok(unfit(facts).unwrap_or_default()))
}

fn failed(failure: Failure) -> Box<RenderWork> {
    Box::new(RenderWork(Work::failed(failure)))
}

fn host_connect(address: &str, software: &str) -> Box<HostSession> {
    let failed = |failure| Box::new(HostSession(Session::failed(failure)));
    guard::value("host_connect", failed, || Ok(Box::new(HostSession(Session::connect(address, software)?))))
}

impl HostSession {
    fn host_next(&self, task: &mut HostTask) -> Status {
        guard::status("host_next", || {
            *task = self.0.next()?;
            Ok(())
        })
    }

    fn host_beat(&self, task: u64) -> bool {
        guard::value("host_beat", |_| true, || Ok(self.0.beat(task)))
    }

    fn host_wrote(&self, path: &str) -> Status {
        guard::status("host_wrote", || self.0.wrote(path))
    }

    fn host_finished(&self, task: u64, success: bool, why: &str) -> Status {
        guard::status("host_finished", || self.0.finished(task, success, why))
    }

    fn host_text(&self) -> String {
        guard::value("host_text", |failure| failure.text, || Ok(self.0.text()))
    }
}

#[cfg(all(test, feature = "render"))]
mod tests;
