//! Blender as a host: the same scene, camera and headers as everywhere, drawn by Cycles, EEVEE or Workbench.
//!
//! The scene file is read here, by our own reader, and told to a Blender that was started once; so it works with
//! every build of Blender, also those without USD. Blender writes pixels to a file of its own, and what leaves is
//! written here again with our header: the same pixels give the same bytes, which a file with Blender's date in it
//! never does. Waiting is limited by the worker, which ends a silent host.

mod process;
mod told;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use cyclorama_space::{DQuat, DVec3, LensState, Pose};
use cyclorama_time::{FrameNumber, FrameRate};
use cyclorama_tracking::{CameraFrame, CameraPath};

use self::process::Blender;
use self::told::{Frame, Stage};
use super::protocol::{FrameHeader, Open, Render};
use super::{Beat, Draws, Host, HostError};
use crate::builtin::dusk_picture;
use crate::frame::{COLOUR_SPACE, Channel, FrameFormat, Header, decode_exr_channels, write_exr, write_frame};
use crate::optics::Optics;
use crate::plan::{BEAUTY, DEPTH, NORMAL};
use crate::scene::Scene;
use crate::usda;

/// Which of Blender's engines draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlenderEngine {
    /// Cycles: light as it is, on the processor.
    Cycles,
    /// EEVEE: quick light on a graphics card.
    Eevee,
    /// Workbench: forms and colours, for a look at a move.
    Workbench,
}

impl BlenderEngine {
    /// The engine of a host's name; none when that is no host of Blender's.
    pub fn of_host(name: &str) -> Option<Self> {
        match name {
            "blender" => Some(Self::Cycles),
            "blender-eevee" => Some(Self::Eevee),
            "blender-workbench" => Some(Self::Workbench),
            _ => None,
        }
    }

    /// Workbench knows no normals.
    pub(super) fn draws(self) -> Draws {
        match self {
            Self::Cycles | Self::Eevee => Draws::These(&[BEAUTY, DEPTH, NORMAL]),
            Self::Workbench => Draws::These(&[BEAUTY, DEPTH]),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Cycles => "cycles",
            Self::Eevee => "eevee",
            Self::Workbench => "workbench",
        }
    }
}

/// Draws with a Blender of this machine.
pub struct BlenderHost {
    engine: BlenderEngine,
    blender: Result<Blender, HostError>,
    opened: Option<Opened>,
    beat: Option<Beat>,
}

struct Opened {
    scene: Scene,
    camera: CameraPath,
    folder: PathBuf,
    format: FrameFormat,
}

impl BlenderHost {
    /// Starts `program` in the background. That it does not start is told when a scene is opened, to whoever asked.
    pub fn start(program: &OsStr, engine: BlenderEngine) -> Self {
        Self { engine, blender: Blender::start(program), opened: None, beat: None }
    }

    /// Has Blender draw one frame, into `path` if any.
    fn draw(&mut self, frame: &CameraFrame, path: Option<PathBuf>) -> Result<(), HostError> {
        let Opened { scene, .. } = self.opened.as_ref().ok_or_else(nothing_open)?;
        let told = Frame::new(scene, &Optics::new(frame), frame.frame.0, path);
        let beat = &self.beat;
        let working = || beat.iter().for_each(Beat::beat);
        self.blender.as_mut().map_err(|error| error.clone())?.ask(&told, &working)
    }
}

impl Host for BlenderHost {
    fn software(&self) -> String {
        match &self.blender {
            Ok(blender) => format!("Blender {} {}", blender.version(), self.engine.name()),
            Err(_) => "Blender".to_owned(),
        }
    }

    fn draws(&self) -> Draws {
        self.engine.draws()
    }

    /// Blender draws into an EXR of its own all the same: its PNGs have a view transform.
    fn writes(&self, _: FrameFormat) -> bool {
        true
    }

    fn beat_with(&mut self, beat: Beat) {
        self.beat = Some(beat);
    }

    fn open(&mut self, open: &Open) -> Result<(), HostError> {
        let blender = self.blender.as_mut().map_err(|error| error.clone())?;
        super::known_space(open)?;
        if open.history.is_some() {
            return Err(HostError("Blender has no temporal history to set; leave --history out".to_owned()));
        }
        let name = open.scene.display();
        let unreadable =
            |error: &dyn std::fmt::Display| HostError(format!("the scene `{name}` cannot be read: {error}"));
        let text = std::fs::read_to_string(&open.scene).map_err(|error| unreadable(&error))?;
        let (scene, camera) = usda::read(&text).map_err(|error| unreadable(&error))?;
        let folder = open.scene.parent().unwrap_or(Path::new(".")).to_owned();
        let (dusk, stage) = (folder.join("dusk.exr"), folder.join("blender.json"));
        let unwritten = |error: &dyn std::fmt::Display| {
            HostError(format!("what Blender needs cannot be written beside the scene: {error}"))
        };
        write_exr(&dusk, &dusk_picture(), &anything()).map_err(|error| unwritten(&error))?;
        let told = serde_json::to_vec(&Stage::new(&scene, open, self.engine.name(), dusk))
            .map_err(|error| unwritten(&error))?;
        std::fs::write(&stage, told).map_err(|error| unwritten(&error))?;
        blender.ask(&serde_json::json!({ "open": stage }), &|| {})?;
        self.opened = Some(Opened { scene, camera, folder, format: open.format });
        Ok(())
    }

    fn begin_range(&mut self, _: &Render) {}

    /// Each of Blender's frames stands alone, but its first ones load and compile: so they are drawn.
    fn walk_in(&mut self, frame: FrameNumber) -> Result<(), HostError> {
        let at = self.opened.as_ref().ok_or_else(nothing_open)?.camera.at(frame).cloned();
        at.map_or(Ok(()), |frame| self.draw(&frame, None))
    }

    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError> {
        let number = header.frame.0;
        let Opened { camera, folder, format, .. } = self.opened.as_ref().ok_or_else(nothing_open)?;
        let format = *format;
        if camera.at(header.frame).is_none() {
            return Err(HostError(format!("the scene's camera has no frame {number}")));
        }
        let drawn = folder.join("blender.exr");
        // The header's camera is the take's, bit for bit; a scene file may have rounded it.
        self.draw(&header.camera(), Some(drawn.clone()))?;
        let failed = |error: &dyn std::fmt::Display| HostError(format!("frame {number}: {error}"));
        let bytes = std::fs::read(&drawn)
            .map_err(|error| failed(&format_args!("Blender's file cannot be read: {error}")))?;
        // A frame that Blender does not write must not find the one before.
        std::fs::remove_file(&drawn).map_err(|error| failed(&error))?;
        let (image, others) = decode_exr_channels(&bytes, name_here).map_err(|error| failed(&error))?;
        let others = others.into_iter().map(as_ours).collect();
        write_frame(format, path, &image, others, &header.drawn_by(self.software()))
            .map_err(|error| failed(&error))
    }
}

/// What a channel of Blender's is called in our files. With passes it puts its view layer's name and the pass's ahead:
/// `ViewLayer.Combined.R`.
fn name_here(channel: &str) -> Option<String> {
    let parts: Vec<&str> = channel.rsplitn(3, '.').collect();
    let name = match parts[..] {
        [colour @ ("R" | "G" | "B")] | [colour @ ("R" | "G" | "B"), "Combined", _] => colour.to_owned(),
        // Newer versions call it V.
        ["Z" | "V", "Depth", _] => "Z".to_owned(),
        [axis @ ("X" | "Y" | "Z"), "Normal", _] => format!("N.{axis}"),
        _ => return None,
    };
    Some(name)
}

/// Distances need all of their bits, directions do not.
fn as_ours(channel: Channel) -> Channel {
    if channel.name() == "Z" { channel } else { Channel::half(channel.name(), channel.values()) }
}

fn nothing_open() -> HostError {
    HostError("no scene is open".to_owned())
}

/// The header of a picture that is only for Blender's eyes.
fn anything() -> Header {
    Header {
        take: String::new(),
        shot: None,
        frame: FrameNumber(0),
        timecode: None,
        rate: FrameRate::FPS_24,
        pose: Pose { position: DVec3::ZERO, rotation: DQuat::IDENTITY },
        lens: LensState::default(),
        colour_space: COLOUR_SPACE.to_owned(),
        ocio: None,
        software: String::new(),
    }
}

#[cfg(test)]
mod tests;
