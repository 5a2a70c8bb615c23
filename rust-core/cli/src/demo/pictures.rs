//! What there is to look at: stills, contact sheet, scene, table and drawings.

use std::path::Path;

use cyclorama_render::{
    builtin::{Options, Painter},
    frame::{Image, encode_png, read_exr},
    scene::demo_stage,
    sheet::contact_sheet,
    usda,
};
use cyclorama_space::LensState;
use cyclorama_tracking::export;

use super::{ingest::Recording, plots, rendering::Rendered, telling::Pictures};
use crate::{
    commands::render::frames::still,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
};

/// Width of the picture at the top of the report, pixels.
const HERO_WIDTH: u32 = 1600;
const HERO_SAMPLES: u32 = 8;

/// Makes everything, and gives back what the report shows.
pub(crate) fn make(folder: &Path, recording: &Recording, rendered: &Rendered) -> Result<Pictures, Failure> {
    let (path, frames) = (&recording.path, &rendered.facts.frames);
    stills(folder, rendered)?;
    let sheet = sheet(rendered)?;
    write(folder, "contact-sheet.png", &sheet)?;
    write(folder, "scene.usda", usda::write(&demo_stage(), path).as_bytes())?;
    let mut table = Vec::new();
    export::csv(path, &mut table).doing_io("write the camera's path")?;
    write(folder, "camera.csv", &table)?;
    let first = frames.first().map_or(0, |frame| frame.number.0) as usize;
    let last = frames.last().map_or(0, |frame| frame.number.0) as usize;
    let drawn = |drawing: Result<String, plots::DrawError>| {
        drawing.map_err(std::io::Error::other).doing_io("draw a plot")
    };
    let pictures = Pictures {
        hero_index: frames.len() / 2,
        hero: hero(recording, rendered)?,
        hero_lens: hero_lens(recording, rendered),
        sheet,
        blender: Vec::new(),
        path: drawn(plots::path_from_above(path, (first, last)))?,
        angles: drawn(plots::angles(path, (first, last)))?,
        focal: drawn(plots::focal_length(path, (first, last)))?,
        focus: drawn(plots::focus(path, (first, last)))?,
    };
    write(folder, "path.svg", plots::on_paper(&pictures.path).as_bytes())?;
    write(folder, "lens.svg", plots::on_paper(&pictures.focal).as_bytes())?;
    Ok(pictures)
}

/// First, middle and last frame as PNG.
fn stills(folder: &Path, rendered: &Rendered) -> Result<(), Failure> {
    let files = &rendered.files;
    let mut chosen = vec![0, files.len() / 2, files.len().saturating_sub(1)];
    chosen.dedup();
    for exr in chosen.into_iter().filter_map(|index| files.get(index)) {
        let name = exr.with_extension("png");
        still(exr, &folder.join("stills").join(name.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

fn sheet(rendered: &Rendered) -> Result<Vec<u8>, Failure> {
    let labelled = |(exr, frame): (&std::path::PathBuf, &super::facts::Frame)| {
        let (image, _) = read_exr(exr).doing(format!("read frame {}", frame.number.0))?;
        let timecode = frame.timecode.map_or_else(String::new, |timecode| format!("  {timecode}"));
        Ok((format!("{}{timecode}", frame.number.0), image))
    };
    let frames: Vec<(String, Image)> =
        rendered.files.iter().zip(&rendered.facts.frames).map(labelled).collect::<Result<_, Failure>>()?;
    let title = format!(
        "{}   frames {} to {}",
        rendered.title,
        frames.first().map_or("", |(label, _)| label),
        frames.last().map_or("", |(label, _)| label)
    );
    encode_png(&contact_sheet(&title, &frames)).doing("make the contact sheet")
}

/// The middle frame, drawn once more and larger, from the same take.
fn hero(recording: &Recording, rendered: &Rendered) -> Result<Vec<u8>, Failure> {
    let frames = &rendered.facts.frames;
    let camera = frames.get(frames.len() / 2).and_then(|frame| recording.path.at(frame.number));
    let (width, height) = rendered.facts.size;
    let size = (HERO_WIDTH, (HERO_WIDTH * height).div_ceil(width));
    let options = Options { samples: HERO_SAMPLES, ..Options::default() };
    let image = match camera {
        Some(camera) => Painter::new(demo_stage(), size, options).paint(camera),
        None => Image::filled(size.0, size.1, [0.02; 3]),
    };
    encode_png(&image).doing("draw the picture of the report")
}

fn hero_lens(recording: &Recording, rendered: &Rendered) -> LensState {
    let frames = &rendered.facts.frames;
    let camera = frames.get(frames.len() / 2).and_then(|frame| recording.path.at(frame.number));
    camera.map(|camera| camera.lens).unwrap_or_default()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    write_whole(&folder.join(name), bytes).doing_io(format!("write {name}"))
}
