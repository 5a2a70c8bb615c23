//! Other people's software in the demo, where it is installed: a movie by ffmpeg, a frame by Blender. Neither is needed, and
//! what goes wrong with them is said and changes nothing else.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use cyclorama_progress::Progress;
use cyclorama_render::{
    engine::local::LocalOptions,
    forecast::Hours,
    frame::{FrameFormat, decode_exr, encode_png},
    ledger::Job,
    movie::Movie,
    plan::{FrameRange, Passes},
    verify::verify_job,
};

use super::{Options, facts, folder, ingest::Recording, rendering::LEASE, since, step};
use crate::{
    commands::render::{
        movie,
        planning::{Temporal, Wanted},
        submit::{machine, submit, work, worker_command},
    },
    context::Context,
    failure::{Doing as _, Failure},
    files::write_whole,
};

/// Samples per pixel of Blender's frame.
const SAMPLES: u32 = 16;

/// What Blender drew.
pub(crate) struct Guest {
    pub(crate) facts: facts::Blender,
    /// PNG of its frame.
    pub(crate) picture: Vec<u8>,
}

/// The job's frames as a movie; false where there is none.
pub(crate) async fn movie(job: &Job, folder: &Path, cx: &Context) -> bool {
    if !is_here(OsStr::new("ffmpeg"), "-version") {
        cx.printer.say("     no ffmpeg here, so no movie");
        return false;
    }
    let plan = job.plan();
    let size = (plan.size.width, plan.size.height);
    let started =
        Movie::start(OsStr::new("ffmpeg"), &folder.join("movie.mp4"), size, plan.rate, plan.timecode);
    let made = match started.doing("start the movie") {
        Ok(started) => movie::encode(job, started, &Progress::new(), cx.cancel()).await,
        Err(failure) => Err(failure),
    };
    told(made, cx).is_some()
}

/// The middle frame, half as large, drawn by Blender through the same plan, ledger and worker.
pub(crate) fn blender(
    folder: &Path,
    recording: &Recording,
    scene: &Path,
    options: &Options,
    cx: &Context,
) -> Option<Guest> {
    if !is_here(&cx.settings.blender, "--version") {
        cx.printer.say("     no Blender here, so no frame by it");
        return None;
    }
    step(cx, "     a frame by Blender");
    told(draw(folder, recording, scene, options, cx), cx)
}

fn draw(
    folder: &Path,
    recording: &Recording,
    scene: &Path,
    options: &Options,
    cx: &Context,
) -> Result<Guest, Failure> {
    let begun = cx.clock.now();
    let (first, last) = (options.frames.first.0, options.frames.last.0);
    let middle = cyclorama_time::FrameNumber(first + (last - first) / 2);
    let even = |side: u32| (side / 2).max(16);
    let wanted = Wanted {
        scene: Some(scene),
        host: "blender",
        frames: Some(FrameRange { first: middle, last: middle }),
        size: (even(options.size.0), even(options.size.1)),
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
    let url = folder::guests_ledger(folder).display().to_string();
    let command = worker_command(cx, &url, &planned.plan.job, LEASE)?;
    cx.wait(async {
        let job = submit(&url, &planned, Hours::default(), cx).await?;
        let (grace, lease) = (Duration::from_secs(20), Duration::from_secs_f64(LEASE));
        let engine = LocalOptions { workers: 1, command, machine: machine(cx), grace, lease };
        work(&job, &engine, cx, &mut |_| {}).await?;
        let verified =
            verify_job(&job, &Progress::new(), cx.cancel()).await.doing("check Blender's frame")?;
        let doing = "read Blender's frame";
        let record = job.frame(middle).await.doing(doing)?;
        let Some(record) = record.filter(|_| verified.bad.is_empty()) else {
            let message = "failed to draw with Blender: its frame is not right";
            return Err(Failure::new(cyclorama_outcome::Kind::Integrity, message));
        };
        let file = job.picture(&record.frame).await.doing(doing)?;
        let (image, header) = decode_exr(&file).doing(doing)?;
        let picture = encode_png(&image).doing(doing)?;
        let still = folder.join("stills").join("blender.png");
        write_whole(&still, &picture).map_err(|error| {
            Failure::new(
                cyclorama_outcome::Kind::Internal,
                format!("failed to write {}: {error}", still.display()),
            )
        })?;
        let facts = facts::Blender {
            software: header.software,
            frame: middle,
            size: (image.width, image.height),
            samples: SAMPLES,
            seconds: since(begun, cx),
        };
        Ok(Guest { facts, picture })
    })
}

fn is_here(program: &OsStr, flag: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(flag).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn told<T>(result: Result<T, Failure>, cx: &Context) -> Option<T> {
    result
        .map_err(|failure| failure.lines().iter().for_each(|line| cx.printer.say(&format!("     {line}"))))
        .ok()
}
