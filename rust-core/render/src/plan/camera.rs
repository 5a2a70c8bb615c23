//! The camera path of a job as JSON that reads back to the same bits.

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraPath;
use serde::{Deserialize, Serialize};

const SCHEMA: &str = "cyclorama.camera-path/1";

#[derive(Serialize, Deserialize)]
struct CameraFile<P> {
    schema: String,
    path: P,
}

/// The bytes are no camera path of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CameraFileError {
    /// Damaged JSON, or a field is missing.
    #[error("the camera path cannot be read")]
    Json(#[from] serde_json::Error),
    /// Another schema.
    #[error("the camera path has schema `{0}`, this build reads `{SCHEMA}`")]
    Schema(String),
    /// The frames are not consecutive.
    #[error("the camera path jumps at frame {}", .0.0)]
    Gap(FrameNumber),
}

impl Classify for CameraFileError {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

/// Writes a camera path.
pub fn camera_to_json(path: &CameraPath) -> String {
    let file = CameraFile { schema: SCHEMA.to_owned(), path };
    serde_json::to_string(&file).unwrap_or_else(|error| unreachable!("a camera path is JSON: {error}"))
}

/// Reads a camera path.
///
/// # Errors
/// [`CameraFileError`] when it is damaged, of another schema, or has gaps.
pub fn camera_from_json(bytes: &[u8]) -> Result<CameraPath, CameraFileError> {
    let file: CameraFile<CameraPath> = serde_json::from_slice(bytes)?;
    if file.schema != SCHEMA {
        return Err(CameraFileError::Schema(file.schema));
    }
    let path = file.path;
    if let Some(jump) =
        path.frames.windows(2).find(|pair| pair[0].frame.0.checked_add(1) != Some(pair[1].frame.0))
    {
        return Err(CameraFileError::Gap(jump[1].frame));
    }
    Ok(path)
}
