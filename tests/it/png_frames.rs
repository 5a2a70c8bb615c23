//! A job whose frames are PNG files, from the order to the movie; and one of them is damaged where it lies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cyclorama_render::frame::{FrameFormat, PngDepth, decode_png_picture, open_png};
use cyclorama_tests::{run, text};

use crate::stage::{render, with_a_take};

fn named(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("lists").map(|entry| entry.expect("readable").path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == ending)).collect();
    found.sort();
    found
}

#[test]
fn a_job_of_pngs_is_planned_drawn_verified_fetched_and_shown() {
    let folder = with_a_take();
    let [ledger, out, sheet, movie] =
        ["ledger", "frames", "sheet.png", "movie.mp4"].map(|name| folder.path().join(name));
    let explained = render(folder.path(), &["plan", "--format", "png"]).done().stdout;
    assert!(explained.contains("pictures: 64x36 as PNG in srgb_rec709_scene"), "{explained}");
    assert!(explained.contains("files: real.000300.png to real.000302.png, 3 files"), "{explained}");
    let on = ["--format", "png", "--workers", "1", "--ledger", text(&ledger)];
    let _ = render(folder.path(), &[&["submit"], &on[..]].concat()).done();
    let of = |words: &[&str]| run(&[&["render"], words, &["--ledger", text(&ledger)]].concat());
    assert_eq!(of(&["verify", "--json"]).done().json_lines()[0]["good"], 3);
    // There is nothing to write beside them, and none of them is written over.
    let _ = of(&["frames", "--png", "--out", text(&out)]).done();
    let files = named(&out, "png");
    assert_eq!((files.len(), named(&out, "exr").len()), (3, 0));
    let bytes = fs::read(&files[1]).expect("a frame");
    let frame = open_png(&bytes).expect("a frame of ours");
    assert_eq!((frame.header.frame.0, frame.image.width, frame.image.height), (301, 64, 36));
    assert!(frame.header.timecode.is_some() && frame.header.lens.focal_length_mm.is_some());
    assert_eq!(decode_png_picture(&bytes).expect("a PNG").depth, PngDepth::Sixteen);
    assert!(of(&["sheet", "--out", text(&sheet)]).done().stdout.contains("3 pictures"));
    if let Some(samples) = by_ffmpeg(&files[1]) {
        for (sample, light) in samples.iter().zip(frame.image.pixels.as_flattened()) {
            assert!((srgb_light(*sample) - f64::from(*light)).abs() < 1e-6, "{sample} is no {light}");
        }
        assert_eq!(samples.len(), 64 * 36 * 3);
        assert!(of(&["movie", "--out", text(&movie)]).done().stdout.contains("3 frames"));
    } else {
        eprintln!("SKIPPED the movie, and what ffmpeg reads of a frame: it is missing");
    }
    let blob = damaged(&ledger);
    let verdict = of(&["verify", "--json"]).with_code(5);
    assert!(verdict.stdout.contains("\"good\":2"), "{} of {}", verdict.stdout, blob.display());
}

/// The samples of a PNG as ffmpeg reads them, or none where it is not installed.
fn by_ffmpeg(file: &Path) -> Option<Vec<u16>> {
    let words = ["-v", "error", "-i", text(file), "-f", "rawvideo", "-pix_fmt", "rgb48be", "-"];
    let read = Command::new("ffmpeg").args(words).output().ok()?;
    Some(read.stdout.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
}

/// IEC 61966-2-1, of 16 bits.
fn srgb_light(sample: u16) -> f64 {
    let sample = f64::from(sample) / 65_535.0;
    if sample <= 0.040_45 { sample / 12.92 } else { ((sample + 0.055) / 1.055).powf(2.4) }
}

/// Cuts one of the ledger's PNGs short, as a disk does that was full.
fn damaged(ledger: &Path) -> PathBuf {
    let jobs = fs::read_dir(ledger.join("jobs")).expect("lists").map(|job| job.expect("readable").path());
    let blobs = jobs.last().expect("a job").join("blobs");
    let blob = fs::read_dir(&blobs).expect("lists").next().expect("a blob").expect("readable").path();
    let bytes = fs::read(&blob).expect("reads");
    assert_eq!(FrameFormat::of(&bytes), Some(FrameFormat::Png));
    // The store keeps what it holds from being written by mistake.
    fs::remove_file(&blob).expect("goes");
    fs::write(&blob, &bytes[..bytes.len() / 2]).expect("writes");
    blob
}

#[test]
fn what_needs_exr_is_refused_before_anything_is_drawn() {
    let folder = with_a_take();
    let refused = |words: &[&str], said: &str| {
        let refused = render(folder.path(), &[&["submit", "--format", "png"], words].concat()).with_code(2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    };
    refused(&["--passes", "beauty,depth"], "the pass depth needs EXR frames: a PNG holds the beauty alone");
    let needed = "the colour space `acescg` needs EXR frames: PNG frames are in srgb_rec709_scene";
    refused(&["--colour-space", "acescg"], needed);
    refused(&["--ocio", "config.ocio"], "an OCIO configuration needs EXR frames");
    let refused = render(folder.path(), &["plan", "--format", "jpg"]).with_code(2);
    assert!(refused.stderr.contains("wanted is exr or png"), "{}", refused.stderr);
}

#[test]
fn a_job_of_exrs_is_the_job_that_it_was() {
    let folder = with_a_take();
    let job = |words: &[&str]| render(folder.path(), words).done().object("cyclorama.plan/1")["job"].clone();
    let plain = job(&["plan", "--json"]);
    assert_eq!(job(&["plan", "--json", "--format", "exr"]), plain);
    assert_ne!(job(&["plan", "--json", "--format", "png"]), plain);
}
