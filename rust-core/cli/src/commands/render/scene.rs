//! The scene a take is rendered in: a USDA file, or the demo stage.

use std::path::Path;

use cyclorama_render::from_take;
use cyclorama_tracking::{CameraPath, take::Reader};

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Scene and camera as one USDA text. The scene's own camera, if it has one, is replaced by the take's.
pub(crate) fn scene_text(
    file: Option<&Path>,
    camera: &CameraPath,
    take: &Reader,
    cx: &Context,
) -> Result<String, Failure> {
    let mut warn = |warning: &str| cx.printer.say(&format!("warning: {warning}"));
    from_take::scene_text(file, camera, take, &mut warn).doing("read the scene")
}
