//! From a take and what somebody wishes to a plan: the one way the command and the plugin come to one.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::UtcTime;
use cyclorama_tracking::{CameraPath, take::Reader};

use crate::content::Content;
use crate::frame::{ColourSpace, FrameFormat, PNG_COLOUR_SPACE};
use crate::host::Draws;
use crate::ocio::{self, OcioConfig, OcioError};
use crate::plan::{
    FrameRange, OcioChoice, Passes, PlanError, PlanRequest, Planned, Size, TakeIdentity, UnrealScene,
};
use crate::scene::{Scene, demo_stage};
use crate::usda::{self, Origin, UsdaError};

/// What is to be rendered of a take.
#[derive(Clone, Debug)]
pub struct Wishes<'a> {
    /// A USDA file; the demo stage when absent.
    pub scene: Option<&'a Path>,
    /// Which host draws.
    pub host: &'a str,
    /// Which frames; all of the camera path when absent.
    pub frames: Option<FrameRange>,
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// Samples per pixel.
    pub samples: u32,
    /// Frames drawn and thrown away ahead of each range.
    pub walk_in: u32,
    /// Temporal history of the built-in host: the newest frame's weight.
    pub history: Option<f64>,
    /// The scene flashes: no frame is refused for its brightness.
    pub flashes: bool,
    /// What an Unreal project renders of itself; for the host `unreal` it must be there.
    pub unreal: Option<UnrealScene>,
    /// Colour space of the frames' files; what the OCIO configuration renders in, or linear Rec.709, when absent.
    pub colour_space: Option<&'a str>,
    /// An OCIO configuration that the colour space must be in, a file.
    pub ocio: Option<&'a Path>,
    /// What kind of file each frame is.
    pub format: FrameFormat,
    /// What each frame consists of.
    pub passes: Passes,
    /// Published content that hosts need too.
    pub content: Vec<Content>,
    /// The present, for people.
    pub created: UtcTime,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FromTakeError {
    /// The scene's file cannot be read.
    #[error("the scene {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The scene's file is no scene.
    #[error("the scene {} cannot be used", path.display())]
    Scene {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: UsdaError,
    },
    /// Unreal is to draw, and nobody said what of it.
    #[error("the host unreal needs a map, a level sequence and a preset")]
    NoSequence,
    /// The OCIO configuration's file cannot be read.
    #[error("the OCIO configuration {} cannot be read", path.display())]
    UnreadableOcio {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The OCIO configuration, or what was asked of it.
    #[error("the OCIO configuration {} cannot be used", path.display())]
    Ocio {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: OcioError,
    },
    /// A colour space that the host cannot write.
    #[error("the host {host} writes no files in the colour space `{space}`")]
    ColourSpace {
        /// The space.
        space: String,
        /// The host.
        host: String,
    },
    /// A colour space that the frames' format is never in.
    #[error("{what} needs EXR frames: PNG frames are in {PNG_COLOUR_SPACE}")]
    NeedsExr {
        /// What was asked for.
        what: String,
    },
    /// A pass that the host does not draw.
    #[error("the host {host} does not draw the pass {pass}; it draws {draws}")]
    Pass {
        /// The pass.
        pass: String,
        /// The host.
        host: String,
        /// What it draws.
        draws: Draws,
    },
    /// Frames, size or numbers.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl Classify for FromTakeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable { source, .. } | Self::UnreadableOcio { source, .. } => Classify::kind(source),
            Self::Scene { source, .. } => source.kind(),
            Self::Ocio { source, .. } => source.kind(),
            Self::ColourSpace { .. } | Self::NeedsExr { .. } | Self::Pass { .. } => Kind::User,
            Self::NoSequence => Kind::User,
            Self::Plan(source) => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } | Self::UnreadableOcio { .. } => Some("check the path".to_owned()),
            Self::Scene { source, .. } => source.hint(),
            Self::Ocio { source, .. } => source.hint(),
            Self::ColourSpace { .. } => Some(format!("name one of {}", ColourSpace::names())),
            Self::NeedsExr { .. } => Some("leave it out, or ask for EXR".to_owned()),
            Self::Pass { draws: Draws::Layers, .. } => {
                Some("depth and normal have a certain unit and certain axes; order the preset's layers by their own names".to_owned())
            }
            Self::Pass { .. } => Some("leave it out of --passes, or take another host".to_owned()),
            Self::NoSequence => Some("name them as the editor does, such as /Game/Maps/Stage".to_owned()),
            Self::Plan(source) => source.hint(),
        }
    }
}

impl Wishes<'_> {
    /// The plan for `take`, whose camera was evaluated as `camera`. `warn` hears what of the scene was simplified.
    ///
    /// # Errors
    /// [`FromTakeError`] when scene, frames, size or numbers cannot be used.
    pub fn plan(
        &self,
        take: &Reader,
        camera: &CameraPath,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Planned, FromTakeError> {
        if self.host == UNREAL && self.unreal.is_none() {
            return Err(FromTakeError::NoSequence);
        }
        let draws = Draws::of_host(self.host);
        if let Some(pass) = draws.lacking(&self.passes) {
            let (pass, host) = (pass.to_owned(), self.host.to_owned());
            return Err(FromTakeError::Pass { pass, host, draws });
        }
        let colour = self.colour()?;
        let scene = scene_text(self.scene, camera, take, warn)?;
        let info = take.info();
        let request = PlanRequest {
            take: TakeIdentity { name: info.name.clone(), shot: info.slate.clone(), digest: take.digest() },
            camera,
            scene: &scene,
            frames: self.frames,
            size: Size { width: self.size.0, height: self.size.1 },
            host: self.host.to_owned(),
            samples: self.samples,
            chunk: None,
            walk_in: self.walk_in,
            history: self.history,
            flashes: self.flashes,
            unreal: self.unreal.clone().filter(|_| self.host == UNREAL),
            colour_space: colour.space,
            ocio: colour.ocio.as_ref().map(|(config, space)| OcioChoice { config, space }),
            format: self.format,
            passes: self.passes.clone(),
            content: self.content.clone(),
            created: self.created,
            nonce: 0,
        };
        Ok(request.plan()?)
    }

    /// The colour space as hosts are told it, and as the OCIO configuration calls it.
    fn colour(&self) -> Result<Colour, FromTakeError> {
        let unwritten =
            |space: &str| FromTakeError::ColourSpace { space: space.to_owned(), host: self.host.to_owned() };
        if self.format == FrameFormat::Png {
            return self.colour_of_png();
        }
        let Some(path) = self.ocio else {
            let named = self.colour_space.unwrap_or(self.format.colour_space());
            let space = ColourSpace::named(named).ok_or_else(|| unwritten(named))?;
            return Ok(Colour { space: space.name.to_owned(), ocio: None });
        };
        let unusable = |source| FromTakeError::Ocio { path: path.to_owned(), source };
        let text = text_of(path, ocio::LONGEST)?;
        let config = OcioConfig::parse(&text).map_err(unusable)?;
        config.check_whole().map_err(unusable)?;
        let chosen =
            self.colour_space.map_or_else(|| config.usual(), |name| config.find(name)).map_err(unusable)?;
        let space = match chosen.known() {
            Some(known) => known.name.to_owned(),
            // A project's own settings decide there what is written.
            None if self.host == UNREAL => chosen.name.clone(),
            None => return Err(unwritten(&chosen.name)),
        };
        Ok(Colour { space, ocio: Some((text, chosen.name.clone())) })
    }

    fn colour_of_png(&self) -> Result<Colour, FromTakeError> {
        if self.ocio.is_some() {
            return Err(FromTakeError::NeedsExr { what: "an OCIO configuration".to_owned() });
        }
        match self.colour_space.filter(|named| *named != PNG_COLOUR_SPACE) {
            Some(named) => Err(FromTakeError::NeedsExr { what: format!("the colour space `{named}`") }),
            None => Ok(Colour { space: PNG_COLOUR_SPACE.to_owned(), ocio: None }),
        }
    }
}

struct Colour {
    space: String,
    /// Text of the configuration, and its name of the space.
    ocio: Option<(String, String)>,
}

/// The text of a configuration; no more of a file than one may have.
fn text_of(path: &Path, longest: usize) -> Result<String, FromTakeError> {
    let unreadable = |source| FromTakeError::UnreadableOcio { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(longest as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    // What is no text is no configuration either, which its reader says.
    Ok(String::from_utf8(bytes).unwrap_or_else(|_| "\0".to_owned()))
}

/// Scene and camera as one USDA text. The scene's own camera, if it has one, is replaced by the take's.
///
/// # Errors
/// [`FromTakeError`] when the scene cannot be read or used.
pub fn scene_text(
    file: Option<&Path>,
    camera: &CameraPath,
    take: &Reader,
    warn: &mut dyn FnMut(&str),
) -> Result<String, FromTakeError> {
    let origin = Origin { take: Some(take.info().name.clone()), digest: Some(take.digest()) };
    Ok(usda::write_with(&scene(file, warn)?, camera, &origin))
}

fn scene(file: Option<&Path>, warn: &mut dyn FnMut(&str)) -> Result<Scene, FromTakeError> {
    let Some(path) = file else { return Ok(demo_stage()) };
    let named = || path.to_owned();
    let text =
        fs::read_to_string(path).map_err(|source| FromTakeError::Unreadable { path: named(), source })?;
    let loaded = usda::load(&text).map_err(|source| FromTakeError::Scene { path: named(), source })?;
    for warning in &loaded.warnings {
        warn(&format!("{}: {warning}", path.display()));
    }
    Ok(loaded.scene)
}

/// The name of the host that is an Unreal project.
pub const UNREAL: &str = "unreal";
