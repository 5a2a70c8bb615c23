//! Scenes and camera paths as plain-text USD: what other tools open, and what workers are sent.
//!
//! Centimetres, Z up, lens figures in millimetres, so that Blender, Unreal and the USD tools see the right stage.
//! What USD has no words for stands in `cyclorama:*` attributes, and with them a file of ours reads back to the
//! very same scene and path. Files from elsewhere are read as far as they are simple; what is skipped is named.
//! No second file is ever opened.

mod camera;
mod number;
mod scene;
mod syntax;
mod tree;
mod write;

use cyclorama_content::Digest;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_tracking::CameraPath;

use crate::scene::Scene;

/// Where a scene and its camera came from; kept in the file for people and tools.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Name of the take.
    pub take: Option<String>,
    /// Digest of the take.
    pub digest: Option<Digest>,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The scene.
    pub scene: Scene,
    /// The camera, when the file has one.
    pub camera: Option<CameraPath>,
    /// Where it says that it came from.
    pub origin: Origin,
    /// What was skipped or simplified, one line each.
    pub warnings: Vec<String>,
}

/// Why a text is no scene.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsdaError {
    /// Not the text form of USD.
    #[error("read the scene: it does not begin with `#usda 1.`")]
    NotUsda,
    /// Larger than any scene we read.
    #[error("read a scene of {bytes} bytes; at most {most} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// Not USD syntax.
    #[error("read the scene: line {line}: {expected} expected")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// Prims or lists nested too deep.
    #[error("read the scene: line {line}: nested deeper than {most}")]
    TooDeep {
        /// Line, from 1.
        line: usize,
        /// The limit.
        most: usize,
    },
    /// Composition from other files or variants.
    #[error("read the scene: line {line}: {what} are not followed")]
    Composition {
        /// Line, from 1.
        line: usize,
        /// What it is.
        what: &'static str,
    },
    /// A value that does not fit its attribute.
    #[error("read the scene: line {line}: `{attribute}` of `{prim}` cannot be used: {why}")]
    Value {
        /// Line, from 1.
        line: usize,
        /// The prim.
        prim: String,
        /// The attribute.
        attribute: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file has no camera.
    #[error("read the camera: the scene has no prim of type Camera")]
    NoCamera,
}

impl Classify for UsdaError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotUsda => "convert it to text first: usdcat scene.usd -o scene.usda",
            Self::Composition { .. } => "flatten it first: usdcat --flatten scene.usda -o flat.usda",
            Self::TooLarge { .. } | Self::TooDeep { .. } => "export only what the camera sees",
            Self::Syntax { .. } | Self::Value { .. } => "correct that line, or export the scene again",
            Self::NoCamera => "export the take with `take export --format usda`",
        };
        Some(hint.to_owned())
    }
}

/// The scene and the camera's path as USD text. Frame numbers are time codes.
pub fn write(scene: &Scene, camera: &CameraPath) -> String {
    write_with(scene, camera, &Origin::default())
}

/// As [`write()`], saying where both came from.
pub fn write_with(scene: &Scene, camera: &CameraPath, origin: &Origin) -> String {
    write::layer(scene, camera, origin)
}

/// The scene and the camera's path of a USD text; of a text of ours, exactly those that were written.
///
/// # Errors
/// [`UsdaError`]: no USD text, nested or large beyond reason, composed of other files, a value that cannot be, or
/// no camera.
pub fn read(text: &str) -> Result<(Scene, CameraPath), UsdaError> {
    let loaded = load(text)?;
    Ok((loaded.scene, loaded.camera.ok_or(UsdaError::NoCamera)?))
}

/// Everything a USD text holds, with a list of what was skipped. A camera may be missing.
///
/// # Errors
/// As [`read()`], without the camera's.
pub fn load(text: &str) -> Result<Loaded, UsdaError> {
    let (layer, dictionary) = syntax::parse(text)?;
    scene::load(&layer, &dictionary)
}

#[cfg(test)]
mod tests;
