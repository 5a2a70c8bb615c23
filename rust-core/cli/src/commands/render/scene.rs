//! The scene a take is rendered in: a USDA file, or the demo stage.

use std::{fs, path::Path};

use cyclorama_render::{
    scene::{Scene, demo_stage},
    usda::{self, Origin},
};
use cyclorama_tracking::{CameraPath, take::Reader};

use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// Scene and camera as one USDA text. The scene's own camera, if it has one, is replaced by the take's.
pub(crate) fn scene_text(
    file: Option<&Path>,
    camera: &CameraPath,
    take: &Reader,
    cx: &Context,
) -> Result<String, Failure> {
    let origin = Origin { take: Some(take.info().name.clone()), digest: Some(take.digest()) };
    Ok(usda::write_with(&scene(file, cx)?, camera, &origin))
}

fn scene(file: Option<&Path>, cx: &Context) -> Result<Scene, Failure> {
    let Some(file) = file else { return Ok(demo_stage()) };
    let doing = format!("use scene {}", file.display());
    let text = fs::read_to_string(file).doing_io(&doing)?;
    let loaded = usda::load(&text).doing(&doing)?;
    for warning in &loaded.warnings {
        cx.printer.say(&format!("warning: {}: {warning}", file.display()));
    }
    Ok(loaded.scene)
}
