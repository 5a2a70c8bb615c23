//! Hosts: programs that draw pixels, driven over pipes by one line-JSON protocol.
//!
//! A worker starts a [`Process`] and speaks to it; a program becomes a host by [`serve()`]-ing its [`Host`].
//! The protocol is documented in `docs/host-protocol.md`. What a host claims is never believed: every file it
//! reports is opened and checked by the worker.

mod blender;
mod builtin;
pub(crate) mod confine;
mod console;
mod draws;
pub mod engine;
mod process;
pub mod protocol;
mod serve;
pub mod unreal;

use std::path::Path;

use cyclorama_time::FrameNumber;

pub use blender::{BlenderEngine, BlenderHost};
pub use builtin::BuiltinHost;
pub use confine::{Confinement, HostUser, UserError};
pub use console::Console;
pub use draws::Draws;
pub(crate) use process::TailOfLog;
pub use process::{Channel, HostCommand, HostFailure, LogTail, Process, safe_environment};
pub use serve::{Beat, ServeError, serve};

use crate::frame::{ColourSpace, FrameFormat, PNG_COLOUR_SPACE};
use crate::plan::BEAUTY;
use protocol::{FrameHeader, Open, Render};

/// A host could not do something; the text is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HostError(pub String);

/// Refuses a colour space that no file of the format is written in here.
fn known_space(open: &Open) -> Result<(), HostError> {
    let name = &open.colour_space;
    if open.format == FrameFormat::Png {
        let known = name == PNG_COLOUR_SPACE;
        let unknown = || HostError(format!("this host writes PNG frames in {PNG_COLOUR_SPACE}, not {name}"));
        return known.then_some(()).ok_or_else(unknown);
    }
    match ColourSpace::named(name) {
        Some(space) if space.name == name.as_str() => Ok(()),
        _ => Err(HostError(format!("this host writes {}, not {name}", ColourSpace::names()))),
    }
}

/// What draws frames in order, one range after the other.
pub trait Host {
    /// Name and version, as frame headers carry it.
    fn software(&self) -> String;

    /// Takes what a host may call from any thread, as often as it likes, while a frame takes long and its renderer is seen
    /// to go on. A host that draws quickly, or hears nothing from its renderer, has no use for it.
    fn beat_with(&mut self, _beat: Beat) {}

    /// Which passes it can draw. What it cannot is refused before the scene is opened.
    fn draws(&self) -> Draws {
        Draws::These(&[BEAUTY])
    }

    /// Whether it writes frames of this format. What it does not is refused before the scene is opened.
    fn writes(&self, format: FrameFormat) -> bool {
        format.is_exr()
    }

    /// Loads the scene. Called once, before any range, and only with passes that it draws and a format that it writes.
    ///
    /// # Errors
    /// When the scene cannot be used; the worker then ends this host.
    fn open(&mut self, open: &Open) -> Result<(), HostError>;

    /// A new range begins: what is remembered of earlier frames must not be seen in it.
    fn begin_range(&mut self, range: &Render);

    /// Draws a frame that is thrown away, ahead of a range. Frames the camera does not have are passed over.
    ///
    /// # Errors
    /// When the frame cannot be drawn.
    fn walk_in(&mut self, frame: FrameNumber) -> Result<(), HostError>;

    /// Draws a frame into the file `path`, of the format that was opened with, with this header and a channel for each that the passes
    /// consist of.
    ///
    /// # Errors
    /// When the frame cannot be drawn or written; the worker tries it again.
    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError>;

    /// The range ended, drawn or not.
    fn end_range(&mut self) {}
}
