//! From a take and flags to a plan: what `render submit`, `render plan` and `render seams` have in common.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cyclorama_outcome::Kind;
use cyclorama_render::{
    content::Content,
    frame::FrameFormat,
    from_take::{UNREAL, Wishes},
    plan::{FrameRange, Passes, Planned, UnrealScene},
    walk_in::closed,
};
use cyclorama_tracking::{CameraPath, take::Reader};

use super::content::Naming;
use crate::{
    commands::{
        take::{self, Found, path},
        version::HOSTS,
    },
    context::Context,
    failure::{Doing as _, Failure},
};

/// Flags that make a plan.
#[derive(Debug, clap::Args)]
pub(crate) struct Planning {
    /// The take: a file, a name in the takes folder, or STORE@TAKE
    take: PathBuf,
    /// Scene to render, a USDA file [default: the demo stage]
    #[arg(long, value_name = "FILE")]
    scene: Option<PathBuf>,
    /// What draws the pixels: builtin, blender (its Cycles), blender-eevee, blender-workbench or unreal
    #[arg(long, default_value = "builtin", value_name = "NAME")]
    host: String,
    /// Frames to render, both ends included [default: all of the take]
    #[arg(long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    frames: Option<FrameRange>,
    /// Size of the frames in pixels [default: the setting render.size, 1280x720]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Samples per pixel [default: the setting render.samples, 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    samples: Option<u32>,
    #[command(flatten)]
    which: path::Which,
    /// Temporal history of the built-in host: the weight of the newest frame, as in 0.04 [default: none]
    #[arg(long, value_name = "WEIGHT")]
    history: Option<f64>,
    /// Frames drawn and thrown away ahead of each range: a number, or `auto` to measure it on the plan's borders
    #[arg(long, value_name = "N|auto", default_value = "0", value_parser = walk_in)]
    walk_in: WalkIn,
    /// Map of the Unreal project, as in /Game/Maps/Stage; --host unreal renders the first. Of --project only what the maps, the
    /// sequence and the preset need is brought, as their packages' headers say, and what is no package; may be repeated, and name
    /// other packages too
    #[arg(long, value_name = "PACKAGE")]
    map: Vec<String>,
    /// Level sequence to render, for --host unreal; its camera must be the take's
    #[arg(long, value_name = "PACKAGE", requires = "preset")]
    sequence: Option<String>,
    /// Preset of Movie Render Queue, or Movie Render Graph, for --host unreal
    #[arg(long, value_name = "PACKAGE", requires = "map")]
    preset: Option<String>,
    /// Linear colour space of the frames' files, as in acescg or lin_ap0_scene; with --ocio a name, alias or role of that
    /// configuration [default: lin_rec709_scene, or with --ocio its role scene_linear]
    #[arg(long, value_name = "NAME")]
    colour_space: Option<String>,
    /// OCIO configuration, a text file: goes with the job to its hosts, and its name of the colour space into the frames
    #[arg(long, value_name = "FILE")]
    ocio: Option<PathBuf>,
    /// What kind of file each frame is: exr (light as it is, and every pass), or png (8 or 16 bits, sRGB, clipped at white, the beauty
    /// alone; 16 bits where builtin or blender draw, with unreal what the preset's PNG output writes)
    #[arg(long, value_name = "exr|png", default_value = "exr")]
    format: FrameFormat,
    /// What each frame's file holds, as layers: beauty first, then depth (Z, metres along the view axis), normal (N.X, N.Y, N.Z of the
    /// stage), or with --host unreal the names of the preset's layers
    #[arg(long, value_name = "NAME,NAME", default_value = "beauty")]
    passes: Passes,
    /// The scene flashes: refuse no frame because it is much brighter or darker than the one before
    #[arg(long)]
    flashes: bool,
    #[command(flatten)]
    pub(crate) content: Naming,
}

/// A take that is to be planned.
pub(crate) struct Opened {
    /// Where it was found.
    pub(crate) found: Found,
    reader: Reader,
    packages: Vec<String>,
}

/// How the walk-in is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WalkIn {
    Frames(u32),
    Auto,
}

fn walk_in(text: &str) -> Result<WalkIn, String> {
    match text {
        "auto" => Ok(WalkIn::Auto),
        number => match number.parse() {
            Ok(frames) if frames <= 1000 => Ok(WalkIn::Frames(frames)),
            _ => Err("wanted: 0 to 1000, or auto".to_owned()),
        },
    }
}

/// Width of the pictures by which a walk-in is measured, pixels.
const MEASURED_WIDTH: u32 = 96;
/// So many borders are measured where a plan has more: those at which a residue counts most.
const MEASURED_BORDERS: usize = 12;

impl Planning {
    /// The take's name, its camera, and the plan.
    pub(crate) fn plan(&self, cx: &Context) -> Result<(String, CameraPath, Planned), Failure> {
        let opened = self.open(cx)?;
        let (camera, planned) = self.plan_of(&opened, cx)?;
        Ok((opened.found.name(), camera, planned))
    }

    /// The take, as far as one comes without reading it.
    pub(crate) fn open(&self, cx: &Context) -> Result<Opened, Failure> {
        check_here("host", &self.host, &HOSTS)?;
        let packages = self.packages()?;
        let (found, reader) = take::open(&self.take, cx)?;
        if !reader.summary().closed {
            cx.printer.say(&format!(
                "warning: take {found} was never closed: it is being recorded still, or its end is lost; this is about what it holds now"
            ));
        }
        Ok(Opened { found, reader, packages })
    }

    /// The camera and the plan of an opened take.
    pub(crate) fn plan_of(&self, opened: &Opened, cx: &Context) -> Result<(CameraPath, Planned), Failure> {
        let Opened { found, reader, packages } = opened;
        let (evaluated, _) = self.which.evaluate(reader, &found.to_string(), cx)?;
        let mut wanted = Wanted {
            scene: self.scene.as_deref(),
            host: &self.host,
            frames: self.frames,
            size: self.size.unwrap_or(cx.settings.size),
            samples: self.samples.unwrap_or(cx.settings.samples),
            temporal: Temporal { walk_in: 0, history: self.history, flashes: self.flashes },
            unreal: self.unreal(),
            colour_space: self.colour_space.as_deref(),
            ocio: self.ocio.as_deref(),
            format: self.format,
            passes: self.passes.clone(),
            content: cx.wait(self.content.contents(packages, cx))?,
        };
        // A walk-in that is measured takes several plans; what is wrong with the scene is said once.
        let mut said = BTreeSet::new();
        let mut plan = |frames: u32| {
            wanted.temporal.walk_in = frames;
            let mut warn = |warning: &str| {
                if said.insert(warning.to_owned()) {
                    cx.printer.say(&format!("warning: {warning}"));
                }
            };
            wanted.plan_with(reader, &evaluated.path, cx, &mut warn)
        };
        let planned = match self.walk_in {
            WalkIn::Frames(frames) => plan(frames)?,
            WalkIn::Auto => {
                let measured = closed(&mut plan, MEASURED_WIDTH, MEASURED_BORDERS)?;
                let planned = measured.doing("measure the walk-in")?;
                cx.printer.say(&format!("walk-in: {} frames, by measure", planned.plan.walk_in));
                planned
            }
        };
        Ok((evaluated.path, planned))
    }

    /// The packages of the project that the job needs, as it names them.
    fn packages(&self) -> Result<Vec<String>, Failure> {
        let rendered = usize::from(self.host == UNREAL);
        if self.map.len() > rendered && !self.content.has_project() {
            let message = "failed to plan the render: --map says what of a project is brought, and no --project was given";
            return Err(Failure::new(Kind::User, message).hint("give --project STORE, or leave out --map"));
        }
        let rendering = [&self.sequence, &self.preset].into_iter().flatten();
        Ok(self.map.iter().chain(rendering.filter(|_| rendered > 0)).cloned().collect())
    }

    fn unreal(&self) -> Option<UnrealScene> {
        let (map, sequence, preset) =
            (self.map.first().cloned()?, self.sequence.clone()?, self.preset.clone()?);
        Some(UnrealScene { map, sequence, preset })
    }
}

/// Reads `1920x1080`.
pub(crate) fn size(text: &str) -> Result<(u32, u32), String> {
    cyclorama_app::settings::parse_size(text)
        .ok_or_else(|| "wanted: WIDTHxHEIGHT, each from 16 to 16384, such as 1920x1080".to_owned())
}

/// What is to be rendered.
pub(crate) struct Wanted<'a> {
    pub(crate) scene: Option<&'a Path>,
    pub(crate) host: &'a str,
    pub(crate) frames: Option<FrameRange>,
    pub(crate) size: (u32, u32),
    pub(crate) samples: u32,
    pub(crate) temporal: Temporal,
    pub(crate) unreal: Option<UnrealScene>,
    pub(crate) colour_space: Option<&'a str>,
    pub(crate) ocio: Option<&'a Path>,
    pub(crate) format: FrameFormat,
    pub(crate) passes: Passes,
    pub(crate) content: Vec<Content>,
}

impl Wanted<'_> {
    pub(crate) fn plan(
        &self,
        reader: &Reader,
        camera: &CameraPath,
        cx: &Context,
    ) -> Result<Planned, Failure> {
        self.plan_with(reader, camera, cx, &mut |warning| cx.printer.say(&format!("warning: {warning}")))
    }

    fn plan_with(
        &self,
        reader: &Reader,
        camera: &CameraPath,
        cx: &Context,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Planned, Failure> {
        let Temporal { walk_in, history, flashes } = self.temporal;
        let wishes = Wishes {
            scene: self.scene,
            host: self.host,
            frames: self.frames,
            size: self.size,
            samples: self.samples,
            walk_in,
            history,
            flashes,
            unreal: self.unreal.clone(),
            colour_space: self.colour_space,
            ocio: self.ocio,
            format: self.format,
            passes: self.passes.clone(),
            content: self.content.clone(),
            created: cx.clock.utc(),
        };
        wishes.plan(reader, camera, warn).doing("plan the render")
    }
}

/// What concerns more than one frame.
#[derive(Clone, Copy, Default)]
pub(crate) struct Temporal {
    pub(crate) walk_in: u32,
    pub(crate) history: Option<f64>,
    pub(crate) flashes: bool,
}

/// Tells who named something that this version cannot do what it can.
pub(crate) fn check_here(what: &str, asked: &str, here: &[&str]) -> Result<(), Failure> {
    if here.contains(&asked) {
        return Ok(());
    }
    let message = format!("failed to render: {what} `{asked}` is not part of this version");
    Err(Failure::new(Kind::User, message).hint(format!("this version has --{what} {}", here.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::version::ENGINES;
    use cyclorama_outcome::ExitCode;

    #[test]
    fn a_name_that_means_nothing_here_is_wrong_usage_and_told_with_those_that_do() {
        let refused = check_here("host", "houdini", &HOSTS).unwrap_err();
        assert_eq!(refused.exit_code(), ExitCode::Usage);
        assert_eq!(
            refused.lines()[1],
            "hint: this version has --host builtin, blender, blender-eevee, blender-workbench, unreal"
        );
        assert!(check_here("engine", "local", &ENGINES).is_ok());
    }

    #[test]
    fn a_walk_in_is_a_number_or_measured() {
        assert_eq!(walk_in("32"), Ok(WalkIn::Frames(32)));
        assert_eq!(walk_in("auto"), Ok(WalkIn::Auto));
        assert!(walk_in("-1").is_err() && walk_in("1001").is_err() && walk_in("many").is_err());
    }
}
