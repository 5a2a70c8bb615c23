//! `cyclorama lens ...`

mod check;
mod export;
mod import;
mod learn;
mod map_file;

use std::{fs, path::Path};

use cyclorama_outcome::ExitCode;
use cyclorama_space::SensorSize;
use cyclorama_tracking::lens::Document;

use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a lens file from Unreal's .ulens, OpenLensIO or an OpenCV calibration
    Import(import::Args),
    /// Write a lens for other programs: .ulens, OpenCV, OpenLensIO, Unreal's lens role, ST maps
    Export(export::Args),
    /// Say what a lens file lacks, and whether it covers what a take did
    Check(check::Args),
    /// Learn where the rings' counts begin and end, from a take in which each was turned
    Learn(learn::Args),
}

pub(crate) fn run(command: Command, cx: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Import(args) => import::run(&args, cx),
        Command::Export(args) => export::run(&args, cx),
        Command::Check(args) => check::run(&args, cx),
        Command::Learn(args) => learn::run(&args, cx),
    }
}

/// The lens file at `path`; says what was worth saying while reading it.
pub(crate) fn load(path: &Path, cx: &Context) -> Result<Document, Failure> {
    let text = text_of(path)?;
    let doing = format!("read lens file {}", path.display());
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ulens")) {
        let imported = Document::from_ulens(&text).doing(doing)?;
        imported.remarks.iter().for_each(|remark| cx.printer.say(&format!("{}: {remark}", path.display())));
        return Ok(imported.document);
    }
    Document::from_json(&text).doing(doing)
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).doing_io(format!("read {}", path.display()))?;
    // What is no text fails where it is read, with its line.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `36x20.25`: mm.
fn sensor(text: &str) -> Result<SensorSize, String> {
    let (width, height) = text.split_once(['x', 'X']).ok_or("write it as WIDTHxHEIGHT in mm, like 36x24")?;
    let side = |text: &str| text.trim().parse::<f64>().map_err(|_| format!("`{text}` is no number"));
    let size = SensorSize { width_mm: side(width)?, height_mm: side(height)? };
    if size.is_valid() { Ok(size) } else { Err("both sides must be greater than zero".to_owned()) }
}

/// `1920x1080`: pixels.
fn size(text: &str) -> Result<(u32, u32), String> {
    cyclorama_app::settings::parse_size(text)
        .ok_or_else(|| "write it as WIDTHxHEIGHT in pixels, each from 16 to 16384, like 4096x2304".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_is_two_sides_in_millimetres() {
        assert_eq!(sensor("36x20.25").unwrap(), SensorSize { width_mm: 36.0, height_mm: 20.25 });
        for wrong in ["36", "36x", "0x24", "36xNaN", "wide x high"] {
            assert!(sensor(wrong).is_err(), "{wrong}");
        }
    }
}
