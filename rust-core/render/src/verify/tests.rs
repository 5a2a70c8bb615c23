use super::*;
use crate::frame::encode_exr;
use crate::plan::tests::camera;
use cyclorama_time::FrameRate;

fn header(frame: i64) -> Header {
    let at = &camera(frame, 1).frames[0];
    Header {
        take: "t".to_owned(),
        shot: None,
        frame: FrameNumber(frame),
        timecode: None,
        rate: FrameRate::FPS_24,
        pose: at.pose,
        lens: at.lens,
        colour_space: "lin_rec709_scene".to_owned(),
        ocio: None,
        software: "test 1".to_owned(),
    }
}

fn picture(width: u32, height: u32) -> Image {
    let pixels = (0..width * height).map(|i| [i as f32 / 100.0, 0.5, 0.25]).collect();
    Image { width, height, pixels }
}

fn expected(frame: i64) -> Expected {
    Expected {
        frame: FrameNumber(frame),
        size: Size { width: 8, height: 4 },
        colour_space: "lin_rec709_scene".to_owned(),
        must_differ_from: None,
        light: None,
    }
}

fn check(image: &Image, frame: i64, expected: &Expected) -> Result<Checked, FrameFault> {
    check_frame(&encode_exr(image, &header(frame)).expect("encodes"), expected)
}

#[test]
fn a_frame_as_asked_for_passes_and_is_known_by_its_pixels() {
    let checked = check(&picture(8, 4), 3, &expected(3)).expect("passes");
    let other = check(&picture(8, 4), 4, &expected(4)).expect("passes");
    assert_eq!(checked.pixels, other.pixels, "the header does not count");
    assert_ne!(checked.file, other.file);
}

#[test]
fn a_file_cut_anywhere_is_no_frame() {
    let whole = encode_exr(&picture(8, 4), &header(3)).expect("encodes");
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        let fault = check_frame(&whole[..length], &expected(3)).expect_err("cut");
        assert!(matches!(fault, FrameFault::Unreadable(_)), "cut at {length}: {fault:?}");
    }
}

#[test]
fn each_fault_is_named() {
    let fault = |image: &Image, frame| check(image, frame, &expected(3)).expect_err("a fault");
    assert!(matches!(fault(&picture(4, 8), 3), FrameFault::Size { .. }));
    assert!(matches!(fault(&picture(8, 4), 4), FrameFault::Number(FrameNumber(4))));
    let mut image = picture(8, 4);
    image.pixels[17][1] = f32::NAN;
    assert!(matches!(fault(&image, 3), FrameFault::NotFinite(1)));
    for endless in [f32::INFINITY, f32::NEG_INFINITY] {
        // Our writer clips these; other hosts' writers may not.
        image.pixels[17][1] = endless;
        assert!(matches!(check_pixels(&image), Err(FrameFault::NotFinite(1))), "{endless}");
    }
    assert!(matches!(fault(&Image::filled(8, 4, [0.0; 3]), 3), FrameFault::Black));
    assert!(matches!(fault(&Image::filled(8, 4, [0.5; 3]), 3), FrameFault::Constant));
    let other_space = Expected { colour_space: "acescg".to_owned(), ..expected(3) };
    let found = check(&picture(8, 4), 3, &other_space).expect_err("another colour space");
    assert!(matches!(found, FrameFault::ColourSpace(_)));
}

#[test]
fn the_same_pixels_twice_are_a_fault_only_when_the_camera_moved() {
    let pixels = check(&picture(8, 4), 2, &expected(2)).expect("passes").pixels;
    let moved = Expected { must_differ_from: Some((FrameNumber(2), pixels)), ..expected(3) };
    assert!(matches!(check(&picture(8, 4), 3, &moved), Err(FrameFault::Duplicate(FrameNumber(2)))));
    assert!(check(&picture(8, 4), 3, &expected(3)).is_ok());
    let path = camera(0, 2);
    assert!(camera_moved(&path.frames[0], &path.frames[1]), "ten centimetres");
    assert!(!camera_moved(&path.frames[0], &path.frames[0]));
    let mut zoomed = path.frames[0].clone();
    zoomed.lens.focal_length_mm = Some(36.0);
    assert!(camera_moved(&path.frames[0], &zoomed));
}

#[test]
fn a_digest_of_pixels_is_one_of_size_and_values_however_many_there_are() {
    for image in [picture(3, 2), picture(200, 100)] {
        let mut bytes = [image.width.to_le_bytes(), image.height.to_le_bytes()].concat();
        bytes.extend(image.pixels.iter().flatten().flat_map(|value| value.to_le_bytes()));
        assert_eq!(digest_of_pixels(&image), Digest::of(&bytes));
    }
}
