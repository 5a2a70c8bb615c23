//! A folder of frames as motion of the picture.
//!
//! PNG and EXR, in the order of their names, one at a time; nothing else in the folder is touched.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cyclorama_outcome::Kind;
use cyclorama_render::frame::{MOST_PIXELS, decode_exr_pixels};
use cyclorama_tracking::delay::{FrameMotion, Picture};

use crate::failure::{Doing as _, DoingIo as _, Failure};

/// A picture's brightness.
struct Luma {
    width: usize,
    values: Vec<f32>,
}

/// Seconds and pixels moved since the frame before, of the frames in `folder`, `rate` a second, the first at `first`
/// seconds.
///
/// # Errors
/// Naming the frame that cannot be read, or saying that too few show how they moved.
pub(super) fn motion(folder: &Path, rate: f64, first: f64) -> Result<Vec<(f64, f64)>, Failure> {
    let mut motion = FrameMotion::default();
    for (index, path) in frames_in(folder)?.iter().enumerate() {
        let luma = read(path)?;
        motion.take(first + index as f64 / rate, &Picture { width: luma.width, luma: &luma.values });
    }
    motion.motion().doing(format!("see how the picture moves in {}", folder.display()))
}

/// The frames by name: `shot.9.png` comes before `shot.10.png`.
fn frames_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let name = folder.display();
    let entries = fs::read_dir(folder).doing_io(format!("look into {name}"))?;
    let mut frames = Vec::new();
    for entry in entries {
        let path = entry.doing_io(format!("look into {name}"))?.path();
        if kind(&path).is_some() && path.is_file() {
            frames.push(path);
        }
    }
    if frames.is_empty() {
        let none = format!("failed to find frames: there is no .png and no .exr in {name}");
        return Err(Failure::new(Kind::NotFound, none).hint("name the folder with one file for each frame"));
    }
    frames.sort_by_cached_key(|path| sort_key(&path.file_name().unwrap_or_default().to_string_lossy()));
    Ok(frames)
}

/// Numbers are compared by value, the rest as text.
fn sort_key(name: &str) -> Vec<(String, u128)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[text..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| text + at);
        // A number of more than 38 digits is none that counts frames.
        parts.push((rest[..text].to_ascii_lowercase(), rest[text..digits].parse().unwrap_or(0)));
        rest = &rest[digits..];
    }
    parts
}

#[derive(Clone, Copy)]
enum Format {
    Png,
    Exr,
}

fn kind(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "png" => Some(Format::Png),
        "exr" => Some(Format::Exr),
        _ => None,
    }
}

fn read(path: &Path) -> Result<Luma, Failure> {
    let name = path.display();
    let bytes = fs::read(path).doing_io(format!("read {name}"))?;
    match kind(path) {
        Some(Format::Exr) => {
            let image = decode_exr_pixels(&bytes).doing(format!("read {name}"))?;
            // Light has no upper end: what the eye sees of it is nearer to its logarithm.
            let values =
                image.pixels.iter().map(|[r, g, b]| (0.25 * r + 0.5 * g + 0.25 * b).max(0.0).ln_1p());
            Ok(Luma { width: image.width as usize, values: values.collect() })
        }
        _ => png(&bytes)
            .map_err(|reason| Failure::new(Kind::Integrity, format!("failed to read {name}: {reason}"))),
    }
}

/// Grey values of a PNG, 0 to 255.
fn png(bytes: &[u8]) -> Result<Luma, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    if u64::from(info.width) * u64::from(info.height) > MOST_PIXELS {
        return Err(format!("{width}x{height} pixels are more than {MOST_PIXELS}"));
    }
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
    let samples = frame.color_type.samples();
    let colours = if samples > 2 { 3 } else { 1 };
    let values = pixels[..frame.buffer_size()]
        .chunks_exact(samples)
        .map(|pixel| pixel[..colours].iter().map(|value| f32::from(*value)).sum::<f32>() / colours as f32);
    Ok(Luma { width, values: values.collect() })
}

#[cfg(test)]
mod tests {
    use cyclorama_render::frame::{Image, write_png};

    use super::*;

    #[test]
    fn frames_come_in_the_order_of_their_numbers() {
        let mut names = ["shot.10.png", "shot.9.png", "Shot.1.png", "shot.100.png"];
        names.sort_by_cached_key(|name| sort_key(name));
        assert_eq!(names, ["Shot.1.png", "shot.9.png", "shot.10.png", "shot.100.png"]);
    }

    #[test]
    fn frames_that_move_are_read_from_their_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let columns: Vec<f32> = (0..400).map(|x| ((x * x * 7919 + x * 31) % 101) as f32 / 101.0).collect();
        for index in 0..6_usize {
            let mut image = Image::filled(200, 32, [0.0; 3]);
            for (place, pixel) in image.pixels.iter_mut().enumerate() {
                // The view goes to the right by five pixels a frame: the content to the left.
                *pixel = [columns[place % 200 + 5 * index]; 3];
            }
            write_png(&folder.path().join(format!("f{index}.png")), &image).expect("a file");
        }
        fs::write(folder.path().join("notes.txt"), "not a frame").expect("a file");
        let motion = motion(folder.path(), 25.0, 2.0).expect("frames");
        assert_eq!(motion.len(), 5);
        for (index, (seconds, moved)) in (1..).zip(&motion) {
            assert!((seconds - 2.0 - f64::from(index) / 25.0).abs() < 1e-9);
            assert!((moved + 5.0).abs() < 0.05, "{moved}");
        }
    }

    #[test]
    fn a_folder_without_frames_and_a_broken_frame_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let none = motion(folder.path(), 25.0, 0.0).expect_err("empty");
        assert_eq!(none.exit_code(), Kind::NotFound.into());
        for name in ["broken.png", "broken.exr"] {
            let path = folder.path().join(name);
            fs::write(&path, b"\x89PNG\r\n\x1a\nno more").expect("a file");
            let broken = motion(folder.path(), 25.0, 0.0).expect_err("broken");
            assert!(format!("{broken:?}").contains(name), "{broken:?}");
            fs::remove_file(path).expect("there");
        }
    }
}
