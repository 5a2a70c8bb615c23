//! A thousand frames of each kind: the good ones pass, the bad ones are caught. `CYCLORAMA_LONG` asks for more.

use super::*;
use crate::builtin::{Options, Painter};
use crate::frame::{PngDepth, decode_frame, encode_exr, encode_png_frame};
use crate::plan::tests::request;
use crate::plan::{Border, BorderReason, PlanRequest};
use crate::scene::{demo_camera, demo_stage};
use cyclorama_tracking::CameraPath;

const SIZE: Size = Size { width: 24, height: 14 };

fn header(camera: &CameraPath, frame: FrameNumber) -> Header {
    let at = camera.at(frame).expect("the camera has it");
    Header {
        take: "t".to_owned(),
        shot: None,
        frame,
        timecode: None,
        rate: camera.rate,
        pose: at.pose,
        lens: at.lens,
        colour_space: "lin_rec709_scene".to_owned(),
        ocio: None,
        software: "test 1".to_owned(),
    }
}

/// The whole demo move, painted with so many rays a pixel.
fn pictures(samples: u32, camera: &CameraPath) -> Vec<Image> {
    let options = Options { samples, ..Options::default() };
    let mut painter = Painter::new(demo_stage(), (SIZE.width, SIZE.height), options);
    camera.frames.iter().map(|frame| painter.paint(frame)).collect()
}

/// How frames are written.
#[derive(Clone, Copy)]
struct Way {
    format: FrameFormat,
    encode: fn(&Image, &Header) -> Vec<u8>,
}

const EXR: Way =
    Way { format: FrameFormat::Exr, encode: |image, header| encode_exr(image, header).expect("encodes") };

const PNG: Way = Way {
    format: FrameFormat::Png,
    encode: |image, header| encode_png_frame(image, PngDepth::Eight, header).expect("encodes"),
};

impl Way {
    fn header(self, camera: &CameraPath, frame: FrameNumber) -> Header {
        Header { colour_space: self.format.colour_space().to_owned(), ..header(camera, frame) }
    }

    /// What the file holds of a picture.
    fn stored(self, image: &Image, camera: &CameraPath, frame: FrameNumber) -> Image {
        decode_frame(&(self.encode)(image, &self.header(camera, frame))).expect("decodes").0
    }
}

/// What frame `index` must be when the file of the one before it holds `before`.
fn wanted(way: Way, camera: &CameraPath, index: usize, before: Option<&Image>) -> Expected {
    let now = &camera.frames[index];
    let pair = before.map(|image| (&camera.frames[index - 1], image));
    let moved = pair.filter(|(last, _)| camera_moved(last, now));
    let light = pair.and_then(|(last, image)| {
        let mean = mean_luminance(image);
        Some(LightOf { frame: last.frame, mean, most_stops: most_stops(last, now)? })
    });
    Expected {
        frame: now.frame,
        size: SIZE,
        format: way.format,
        colour_space: way.format.colour_space().to_owned(),
        passes: Passes::default(),
        // As the record has it: digests are of what the file holds.
        must_differ_from: moved.map(|(last, image)| (last.frame, digest_of_pixels(image))),
        light,
    }
}

/// A way to spoil the file of a frame, given its picture and the one before it.
type Spoil = fn(Way, &Image, &Image, &Header, usize) -> Vec<u8>;

fn with_pixel(image: &Image, at: usize, value: f32) -> Image {
    let mut image = image.clone();
    let count = image.pixels.len();
    image.pixels[at % count][at % 3] = value;
    image
}

fn brighter(image: &Image, by: f32) -> Image {
    let pixels = image.pixels.iter().map(|pixel| pixel.map(|value| value * by)).collect();
    Image { pixels, ..*image }
}

const BAD: [(&str, Spoil); 10] = [
    ("cut", |way, image, _, header, n| {
        let mut bytes = (way.encode)(image, header);
        bytes.truncate(bytes.len() * (n % 97 + 1) / 99);
        bytes
    }),
    ("another size", |way, _, _, header, n| {
        (way.encode)(&Image::filled(25, 14, [n as f32, 0.5, 0.25]), header)
    }),
    ("another number", |way, image, _, header, n| {
        let frame = FrameNumber(header.frame.0 + 1 + (n % 5) as i64);
        (way.encode)(image, &Header { frame, ..header.clone() })
    }),
    ("another colour space", |way, image, _, header, _| {
        (way.encode)(image, &Header { colour_space: "acescg".to_owned(), ..header.clone() })
    }),
    (NOT_A_NUMBER, |way, image, _, header, n| (way.encode)(&with_pixel(image, n * 7, f32::NAN), header)),
    ("black", |way, image, _, header, _| (way.encode)(&brighter(image, 0.0), header)),
    ("one colour", |way, _, _, header, n| {
        (way.encode)(&Image::filled(24, 14, [0.1 + n as f32 * 1e-3; 3]), header)
    }),
    ("the frame before", |way, _, before, header, _| (way.encode)(before, header)),
    ("too bright", |way, image, _, header, n| (way.encode)(&brighter(image, 2.5 + (n % 8) as f32), header)),
    ("too dark", |way, image, _, header, n| (way.encode)(&brighter(image, 0.4 / (n % 8 + 1) as f32), header)),
];

/// A PNG has no such sample.
const NOT_A_NUMBER: &str = "not a number";

/// How often the move of 250 frames is judged.
#[expect(clippy::disallowed_methods, reason = "the long tier asks by the environment")]
fn rounds() -> u32 {
    if std::env::var_os("CYCLORAMA_LONG").is_some() { 20 } else { 5 }
}

/// Judges the whole move, painted with so many rays a pixel: how many frames are clean, and how many of each kind are caught.
fn judge_all(way: Way, samples: u32, camera: &CameraPath) -> (usize, [usize; BAD.len()]) {
    let (mut clean, mut caught) = (0, [0; BAD.len()]);
    let pictures = pictures(samples, camera);
    let at = |index: usize| camera.frames[index].frame;
    let stored: Vec<Image> =
        pictures.iter().enumerate().map(|(index, image)| way.stored(image, camera, at(index))).collect();
    for (index, image) in pictures.iter().enumerate() {
        let before = index.checked_sub(1);
        let (header, expected) =
            (way.header(camera, at(index)), wanted(way, camera, index, before.map(|before| &stored[before])));
        let verdict = check_frame(&(way.encode)(image, &header), &expected);
        assert!(verdict.is_ok(), "clean frame {index} with {samples} samples is accused: {verdict:?}");
        clean += 1;
        let Some(before) = before else { continue };
        for (kind, (name, spoil)) in BAD.iter().enumerate() {
            let may_pass = (*name == "the frame before" && expected.must_differ_from.is_none())
                || (*name == NOT_A_NUMBER && way.format == FrameFormat::Png);
            let spoilt = spoil(way, image, &pictures[before], &header, index + kind);
            let verdict = check_frame(&spoilt, &expected);
            assert!(verdict.is_err() || may_pass, "{name}: frame {index} with {samples} samples passes");
            caught[kind] += usize::from(verdict.is_err());
        }
    }
    (clean, caught)
}

#[test]
fn a_thousand_clean_frames_pass_and_a_thousand_bad_ones_of_each_kind_do_not() {
    let camera = demo_camera();
    let (mut clean, mut caught) = (0, [0; BAD.len()]);
    for samples in 1..=rounds() {
        let (more, found) = judge_all(EXR, samples, &camera);
        clean += more;
        caught.iter_mut().zip(found).for_each(|(all, found)| *all += found);
    }
    assert!(clean >= 1000 && caught.iter().all(|count| *count >= 1000), "{clean} clean, {caught:?} caught");
    println!("{clean} clean frames, none accused; caught of each kind: {caught:?}");
}

#[test]
fn frames_of_eight_bits_are_judged_as_those_of_light_are() {
    let (clean, caught) = judge_all(PNG, 2, &demo_camera());
    println!("{clean} clean PNG frames, none accused; caught of each kind: {caught:?}");
    let kinds = BAD.iter().zip(caught).filter(|((name, _), _)| *name != NOT_A_NUMBER);
    assert!(clean == 250 && kinds.map(|(_, count)| count).min() >= Some(200), "{caught:?}");
}

/// Every second frame of the move is a border, the frame `first` the first of them; 124 in all.
fn bordered(camera: &CameraPath, first: i64) -> crate::plan::Plan {
    let mut plan = PlanRequest { size: SIZE, ..request(camera) }.plan().expect("plans").plan;
    let border = |frame| Border { frame: FrameNumber(frame), reason: BorderReason::Even, change: 0.0 };
    plan.borders = (0..124).map(|n| border(first + n * 2)).collect();
    plan
}

fn seams(pictures: &[Image], camera: &CameraPath, first: i64) -> Vec<Seam> {
    let mut changes = Changes::default();
    for (image, frame) in pictures.iter().zip(&camera.frames) {
        changes.add(frame.frame, image.clone());
    }
    changes.seams(&bordered(camera, first).borders, camera, 1.0)
}

#[test]
fn clean_borders_are_not_accused_whether_the_host_has_a_history_or_not() {
    let camera = demo_camera();
    for history in [None, Some(0.04)] {
        let options = Options { samples: 1, history, ..Options::default() };
        let mut painter = Painter::new(demo_stage(), (SIZE.width, SIZE.height), options);
        let pictures: Vec<Image> = camera.frames.iter().map(|frame| painter.paint(frame)).collect();
        // A history of 0.04 needs a while until it runs as if unbroken. A bright spark that stays in it is a change like a seam, which pictures
        // alone cannot tell apart, once in more than a hundred: such borders are drawn twice, and judged by that.
        let (settled, may_be_accused) = if history.is_some() { (140, 1) } else { (0, 0) };
        let found: Vec<_> = [2, 3]
            .iter()
            .flat_map(|first| seams(&pictures, &camera, *first))
            .filter(|seam| seam.frame.0 >= settled)
            .collect();
        let worst = found.iter().map(|seam| seam.ratio).fold(0.0, f64::max);
        let accused = found.iter().filter(|seam| seam.is_visible()).count();
        println!(
            "history {history:?}: {} clean borders, {accused} accused, the worst {worst:.2}",
            found.len()
        );
        assert!(found.len() >= if history.is_some() { 100 } else { 240 });
        assert!(accused <= may_be_accused, "worst {worst}");
    }
}

#[test]
fn every_cold_start_of_a_history_is_a_seam() {
    let camera = demo_camera();
    let options = Options { samples: 1, history: Some(0.04), ..Options::default() };
    let mut painter = Painter::new(demo_stage(), (SIZE.width, SIZE.height), options);
    let mut plan = bordered(&camera, 2);
    plan.borders.retain(|border| border.frame.0 % 20 == 0);
    let mut changes = Changes::default();
    for frame in &camera.frames {
        if plan.borders.iter().any(|border| border.frame == frame.frame) {
            painter.reset();
        }
        changes.add(frame.frame, painter.paint(frame));
    }
    let found = changes.seams(&plan.borders, &camera, 1.0);
    let least = found.iter().map(|seam| seam.ratio).fold(f64::INFINITY, f64::min);
    println!("{} cold borders, the least {least:.2}", found.len());
    assert!(found.len() == 12 && found.iter().all(Seam::is_visible), "{found:?}");
}
