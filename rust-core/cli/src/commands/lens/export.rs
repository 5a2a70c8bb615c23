//! `cyclorama lens export`

use std::path::{Path, PathBuf};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_space::{
    Encoders, LensState,
    optics::{
        LensModel,
        opencv::{self, PixelOrigin},
        stmap::{self, Makes},
        unreal::{self, LensRole},
    },
};
use cyclorama_tracking::lens::{LensFile, open_lens_io};
use serde::Serialize;

use super::map_file;
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
    text,
};

/// Write a lens for other programs
///
/// ulens: the whole lens. The others are the lens at one position of its rings (--focus, --zoom, --iris); openlensio
/// and unreal give every calibrated place when none is named. stmap writes two pictures of 32-bit floats: NAME.undistort.exr
/// straightens what the camera took, NAME.distort.exr bends a render; where the model ends both floats are -1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama lens export --format ulens --out zoom.ulens zoom.lens.json\n  \
    cyclorama lens export --format openlensio zoom.lens.json\n  \
    cyclorama lens export --format stmap --focus 0.3 --zoom 0.5 --size 4096x2304 --out maps/zoom zoom.lens.json")]
pub(crate) struct Args {
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Format,
    /// Where the focus ring stands: 0 far, 1 near
    #[arg(long, value_name = "POSITION")]
    focus: Option<f64>,
    /// Where the zoom ring stands: 0 wide, 1 tele
    #[arg(long, value_name = "POSITION")]
    zoom: Option<f64>,
    /// Where the iris ring stands: 0 open, 1 closed
    #[arg(long, value_name = "POSITION")]
    iris: Option<f64>,
    /// Picture size in pixels [default: that of the calibration]
    #[arg(long, value_name = "WxH", value_parser = super::size)]
    size: Option<(u32, u32)>,
    /// File to write, whole or not at all; for stmap the beginning of both names [default: stdout]
    #[arg(long, value_name = "FILE", required_if_eq("format", "stmap"))]
    out: Option<PathBuf>,
    /// The lens file, ours or .ulens
    lens: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Unreal's lens file in JSON
    Ulens,
    /// The calibration in OpenCV's terms, JSON
    Opencv,
    /// Static and lens blocks of OpenTrackIO 1.0.1, one JSON object a line
    Openlensio,
    /// What Unreal's Live Link lens role carries, one JSON object a line
    Unreal,
    /// Undistort and distort maps for compositing, OpenEXR
    Stmap,
}

#[derive(Serialize)]
struct RoleLine {
    schema: &'static str,
    focus: Option<f64>,
    zoom: Option<f64>,
    #[serde(flatten)]
    role: LensRole,
}

#[derive(Serialize)]
struct MapLine<'a> {
    files: &'a [String],
    pixels: u64,
    nowhere: u64,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let document = super::load(&args.lens, cx)?;
    let named = args.lens.display().to_string();
    let doing = |what: &str| format!("write {named} as {what}");
    let file = LensFile::new(document).doing(format!("use lens file {named}"))?;
    if file.document().anamorphic_degree4.is_some() && !matches!(args.format, Format::Stmap | Format::Ulens) {
        cx.printer.say("left out: the anamorphic distortion; ST maps have it");
    }
    let written = match args.format {
        Format::Ulens => {
            let exported = file.document().to_ulens().doing(doing("ulens"))?;
            exported.remarks.iter().for_each(|remark| cx.printer.say(&format!("left out: {remark}")));
            exported.text
        }
        Format::Opencv => {
            let camera = opencv::from_lens(&args.state(&file), args.size(&file)?, PixelOrigin::Corner);
            json_line(&camera.doing(doing("opencv"))?)
        }
        Format::Openlensio => args
            .states(&file)
            .iter()
            .map(|state| json_line(&open_lens_io(file.document(), state, file.exposure_falloff(state))))
            .collect(),
        Format::Unreal => roles(args, &file).doing(doing("unreal"))?,
        Format::Stmap => return maps(args, &file, cx),
    };
    match &args.out {
        Some(out) => write_whole(out, written.as_bytes()).doing_io(format!("write {}", out.display()))?,
        None => cx.printer.bytes(written.as_bytes())?,
    }
    Ok(ExitCode::Done)
}

impl Args {
    /// The lens where the flags say its rings stand.
    fn state(&self, file: &LensFile) -> LensState {
        state(file, Encoders { focus: self.focus, iris: self.iris, zoom: self.zoom })
    }

    /// That one, or the lens at every calibrated place.
    fn states(&self, file: &LensFile) -> Vec<LensState> {
        if self.focus.is_some() || self.zoom.is_some() {
            return vec![self.state(file)];
        }
        let places = file.document().focal_length_mm.iter();
        places
            .map(|line| state(file, Encoders { focus: Some(line[0]), iris: self.iris, zoom: Some(line[1]) }))
            .collect()
    }

    fn size(&self, file: &LensFile) -> Result<[u32; 2], Failure> {
        self.size.map(|(width, height)| [width, height]).or(file.document().image).ok_or_else(|| {
            Failure::new(Kind::User, "the lens file does not say how large its pictures are")
                .hint("give --size, like --size 4096x2304")
        })
    }
}

fn state(file: &LensFile, rings: Encoders) -> LensState {
    let mut state = LensState { encoders: Some(rings), ..LensState::default() };
    file.apply(&mut state);
    state
}

fn roles(args: &Args, file: &LensFile) -> Result<String, cyclorama_space::optics::OpticsError> {
    let mut text = String::new();
    for state in args.states(file) {
        let rings = state.encoders.unwrap_or_default();
        let role = unreal::lens_role(&state)?;
        text += &json_line(&RoleLine {
            schema: "cyclorama.lens-role/1",
            focus: rings.focus,
            zoom: rings.zoom,
            role,
        });
    }
    Ok(text)
}

fn maps(args: &Args, file: &LensFile, cx: &Context) -> Result<ExitCode, Failure> {
    let sensor = file.document().sensor;
    let size = args.size(file)?;
    let out = args.out.as_deref().expect("clap asks for it with this format");
    let mut files = Vec::new();
    let mut nowhere = 0;
    for (makes, name) in [(Makes::Undistorted, "undistort"), (Makes::Distorted, "distort")] {
        let path = map_path(out, name);
        let map = match &file.document().anamorphic_degree4 {
            Some(model) => stmap::map_anamorphic(model, sensor, size, makes),
            None => {
                LensModel::new(&args.state(file)).and_then(|model| stmap::map(&model, sensor, size, makes))
            }
        }
        .doing("draw the maps; the rings' position is named with --focus and --zoom")?;
        nowhere += map.nowhere;
        let bytes = map_file::encode(&map).map_err(|error| {
            Failure::new(Kind::Internal, format!("failed to encode {}: {error}", path.display()))
        })?;
        write_whole(&path, &bytes).doing_io(format!("write {}", path.display()))?;
        files.push(path.display().to_string());
    }
    let pixels = 2 * u64::from(size[0]) * u64::from(size[1]);
    if cx.printer.json() {
        cx.printer.object("cyclorama.lens-maps/1", &MapLine { files: &files, pixels, nowhere })?;
    } else {
        files.iter().try_for_each(|file| cx.printer.data(file))?;
    }
    if nowhere == 0 {
        return Ok(ExitCode::Done);
    }
    let lost = text::count(nowhere, "pixel");
    cx.printer.say(&format!(
        "{lost} of {pixels} lie beyond the lens model and are marked {0}, {0}",
        stmap::NOWHERE
    ));
    Ok(ExitCode::Partial)
}

/// `maps/zoom` and `undistort` to `maps/zoom.undistort.exr`.
fn map_path(out: &Path, name: &str) -> PathBuf {
    let mut file = out.file_name().unwrap_or_default().to_owned();
    file.push(format!(".{name}.exr"));
    out.with_file_name(file)
}

fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is written has text keys and finite numbers") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_named_after_what_they_make() {
        assert_eq!(map_path(Path::new("maps/zoom"), "undistort"), Path::new("maps/zoom.undistort.exr"));
    }
}
