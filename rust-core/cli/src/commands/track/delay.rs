//! `cyclorama track delay`

mod frames;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cyclorama_outcome::ExitCode;
use cyclorama_time::FrameRate;
use cyclorama_tracking::delay::{Delay, DelayBook, DelayOptions, measure, read_image_motion};
use serde::Serialize;

use super::{
    evaluate::{motion, utf8},
    protocol::{positive, read},
};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files,
};

/// Measure how late the picture is behind the tracking, by a stop and a whip
///
/// Rest for a second, whip the camera to one side, rest again. The picture comes as a folder of frames (PNG or EXR), or
/// its motion as CSV t,dx: seconds, and pixels moved since the frame before. Both share a clock; a take counts seconds
/// from its first sample, and --first-frame says where on that clock the frames begin.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track delay --track whip.take --frames whip/ --frame-rate 25\n  \
    cyclorama track delay --track whip.take --image whip.csv\n  \
    cyclorama track delay --track whip.csv --image whip.csv --camera A --mode '4k 25p' --save delays.toml")]
pub(crate) struct Args {
    /// What the tracker said: a take, OpenTrackIO JSON lines, or CSV t,x,y,z,qw,qx,qy,qz
    #[arg(long, value_name = "MOTION")]
    track: PathBuf,
    /// What the picture did: CSV t,dx
    #[arg(long, value_name = "CSV", required_unless_present = "frames", conflicts_with = "frames")]
    image: Option<PathBuf>,
    /// The picture itself: a folder of PNG or EXR files, in the order of their names
    #[arg(long, value_name = "FOLDER", requires = "frame_rate")]
    frames: Option<PathBuf>,
    /// Frames per second of the folder, as 25, 23.976 or 24000/1001
    #[arg(long, value_name = "FPS", requires = "frames")]
    frame_rate: Option<FrameRate>,
    /// When the first frame was exposed, in seconds on the tracking's clock
    #[arg(long, value_name = "S", default_value = "0", requires = "frames", allow_negative_numbers = true)]
    first_frame: f64,
    /// Longest delay to look for, ms
    #[arg(long, value_name = "MS", default_value = "1000", value_parser = positive)]
    longest: f64,
    /// Tracked subject [default: the one with most readings]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Keep the result in this file, under the camera and mode
    #[arg(long, value_name = "FILE", requires = "camera")]
    save: Option<PathBuf>,
    /// The camera, as the crew calls it
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// What else its delay depends on: resolution, frame rate, processing
    #[arg(long, value_name = "TEXT", default_value = "default")]
    mode: String,
}

/// The result.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<&'a str>,
    mode: &'a str,
    #[serde(flatten)]
    delay: Delay,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (track, track_name) = motion::read(&args.track, args.subject.as_deref(), None, cx)?;
    let (image, name) = image(args)?;
    let options = DelayOptions { longest: args.longest * 1e-3 };
    let delay = measure(&track, &image, &options).doing(format!("measure {name} against {track_name}"))?;
    if let (Some(path), Some(camera)) = (&args.save, &args.camera) {
        keep(path, camera, &args.mode, &delay, cx)?;
    }
    if cx.printer.json() {
        let line = Line { camera: args.camera.as_deref(), mode: &args.mode, delay };
        cx.printer.object("cyclorama.delay/1", &line)?;
    } else {
        cx.printer.data(&sentence(&delay))?;
    }
    Ok(ExitCode::Done)
}

/// How the picture moves, and where that comes from.
fn image(args: &Args) -> Result<(Vec<(f64, f64)>, String), Failure> {
    if let (Some(folder), Some(rate)) = (&args.frames, args.frame_rate) {
        let motion = frames::motion(folder, rate.as_f64(), args.first_frame)?;
        return Ok((motion, folder.display().to_string()));
    }
    let (bytes, name) = read(args.image.as_deref().unwrap_or(Path::new("-")))?;
    let motion = read_image_motion(utf8(&bytes, &name)?).doing(format!("read the image motion in {name}"))?;
    Ok((motion, name))
}

fn sentence(delay: &Delay) -> String {
    format!(
        "the picture is {:.1} ms ({:.2} frames at {:.2}/s) {} the tracking, give or take {:.1} ms; agreement {:.3} over {} frames",
        delay.delay_ms.abs(),
        delay.delay_frames.abs(),
        delay.frame_rate,
        if delay.delay_ms < 0.0 { "ahead of" } else { "behind" },
        delay.uncertainty_ms,
        delay.quality,
        delay.frames
    )
}

fn keep(
    path: &std::path::Path,
    camera: &str,
    mode: &str,
    delay: &Delay,
    cx: &Context,
) -> Result<(), Failure> {
    let name = path.display();
    let mut book = match fs::read_to_string(path) {
        Ok(text) => DelayBook::from_toml(&text).doing(format!("read the delays in {name}"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => DelayBook::default(),
        Err(error) => return Err(error).doing_io(format!("read {name}")),
    };
    book.keep(camera, mode, delay, crate::text::utc(cx.clock.utc()));
    files::write_whole(path, book.to_toml().as_bytes()).doing_io(format!("write {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_told_with_its_doubt() {
        let delay = Delay {
            delay_ms: -120.0,
            delay_frames: -3.0,
            quality: 0.98,
            uncertainty_ms: 0.4,
            frames: 480,
            frame_rate: 25.0,
            opposed: true,
        };
        assert_eq!(
            sentence(&delay),
            "the picture is 120.0 ms (3.00 frames at 25.00/s) ahead of the tracking, give or take 0.4 ms; \
             agreement 0.980 over 480 frames"
        );
    }
}
