use super::*;
use crate::frame::{
    Channel, FrameFile, PNG_COLOUR_SPACE, PngDepth, encode_exr, encode_exr_with, encode_png_frame,
};
use crate::plan::tests::camera;
use cyclorama_time::FrameRate;

pub(super) fn header(frame: i64) -> Header {
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
        format: FrameFormat::Exr,
        colour_space: "lin_rec709_scene".to_owned(),
        passes: Passes::default(),
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
fn a_png_is_judged_where_it_was_planned_and_refused_where_it_was_not() {
    let png_header = Header { colour_space: PNG_COLOUR_SPACE.to_owned(), ..header(3) };
    let png = encode_png_frame(&picture(8, 4), PngDepth::Eight, &png_header).expect("encodes");
    let exr = encode_exr(&picture(8, 4), &header(3)).expect("encodes");
    let wanted =
        Expected { format: FrameFormat::Png, colour_space: PNG_COLOUR_SPACE.to_owned(), ..expected(3) };
    let checked = check_frame(&png, &wanted).expect("passes");
    let linear = check_frame(&exr, &expected(3)).expect("passes");
    assert!((checked.luminance / linear.luminance - 1.0).abs() < 0.01, "{checked:?} and {linear:?}");
    let said = |bytes: &[u8], wanted: &Expected| check_frame(bytes, wanted).expect_err("a fault").to_string();
    assert_eq!(said(&png, &expected(3)), "the file is PNG instead of OpenEXR");
    assert_eq!(said(&exr, &wanted), "the file is OpenEXR instead of PNG");
    assert!(said(&png[..png.len() - 5], &wanted).contains("read the picture as PNG: it ends too early"));
    assert_eq!(said(&png, &Expected { frame: FrameNumber(4), ..wanted.clone() }), "the header says frame 3");
    let encoded = |image: &Image| encode_png_frame(image, PngDepth::Eight, &png_header).expect("encodes");
    // What is darker than half of the first step is black in eight bits.
    assert_eq!(said(&encoded(&Image::filled(8, 4, [1e-4; 3])), &wanted), "all pixels are black");
    assert_eq!(said(&encoded(&Image::filled(8, 4, [0.5; 3])), &wanted), "all pixels are the same");
}

#[test]
fn each_fault_is_named() {
    let fault = |image: &Image, frame| check(image, frame, &expected(3)).expect_err("a fault");
    assert!(matches!(fault(&picture(4, 8), 3), FrameFault::Size { .. }));
    assert!(matches!(fault(&picture(8, 4), 4), FrameFault::Number(FrameNumber(4))));
    let mut image = picture(8, 4);
    image.pixels[17][1] = f32::NAN;
    assert_eq!(fault(&image, 3).to_string(), "channel G is not a number at column 1, row 2");
    for endless in [f32::INFINITY, f32::NEG_INFINITY] {
        // Our writer clips these; other hosts' writers may not.
        image.pixels[17][1] = endless;
        image.pixels[20][0] = endless;
        let said = channels::check_colours(&image).expect_err("endless").to_string();
        assert_eq!(said, "channel G is infinite at column 1, row 2, the first of 2 such values", "{endless}");
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

/// A frame of this picture with these channels beside it, and what is wrong with it where these passes were planned.
fn verdict(passes: &str, others: Vec<Channel>) -> Result<Checked, String> {
    let bytes = encode_exr_with(&picture(8, 4), others, &header(3)).expect("encodes");
    let expected = Expected { passes: passes.parse().expect("passes"), ..expected(3) };
    check_frame(&bytes, &expected).map_err(|fault| fault.to_string())
}

fn flat(name: &str, value: f32) -> Channel {
    Channel::single(name, vec![value; 32])
}

/// The channel with another value at column 5, row 2.
fn with(name: &str, value: f32) -> Channel {
    Channel::single(name, (0..32).map(|i| if i == 21 { value } else { 0.5 }).collect())
}

#[test]
fn a_pass_that_was_planned_and_is_not_there_is_named_with_its_channel() {
    let normals = || ["N.X", "N.Y", "N.Z"].map(|name| flat(name, 0.0)).to_vec();
    let all = || [normals(), vec![flat("Z", 2.0), flat("Matte.R", 1.0)]].concat();
    assert!(verdict("beauty,depth,normal,matte", all()).is_ok());
    for (absent, said) in [
        ("Z", "the pass depth is missing: the file has no channel Z"),
        ("N.Y", "the pass normal is missing: the file has no channel N.Y"),
        ("Matte.R", "the pass matte is missing: the file has no channel matte.*"),
    ] {
        let others = all().into_iter().filter(|channel| channel.name() != absent).collect();
        assert_eq!(verdict("beauty,depth,normal,matte", others), Err(said.to_owned()));
    }
}

#[test]
fn numbers_that_cannot_be_are_refused_where_they_were_planned_and_nowhere_else() {
    let normals = |spoilt: Channel| {
        let others = ["N.X", "N.Y", "N.Z"].map(|name| flat(name, 0.0)).into_iter();
        others.filter(|channel| channel.name() != spoilt.name()).chain([spoilt.clone()]).collect::<Vec<_>>()
    };
    let place = "at column 5, row 2";
    let not_a_number = |name: &str| Err(format!("channel {name} is not a number {place}"));
    let infinite = |name: &str| Err(format!("channel {name} is infinite {place}"));
    assert_eq!(verdict("beauty", vec![with("A", f32::NAN)]), not_a_number("A"));
    assert_eq!(verdict("beauty", vec![with("A", f32::INFINITY)]), infinite("A"));
    assert_eq!(verdict("beauty,depth", vec![with("Z", f32::NAN)]), not_a_number("Z"));
    assert_eq!(verdict("beauty,normal", normals(with("N.Z", f32::NAN))), not_a_number("N.Z"));
    assert_eq!(verdict("beauty,normal", normals(with("N.X", f32::NEG_INFINITY))), infinite("N.X"));
    assert_eq!(verdict("beauty,matte", vec![with("matte.R", f32::NAN)]), not_a_number("matte.R"));
    // Nothing is hit there, or nobody asked.
    assert!(verdict("beauty,depth", vec![with("Z", f32::INFINITY)]).is_ok());
    assert!(verdict("beauty,matte", vec![with("matte.R", f32::INFINITY)]).is_ok());
    assert!(
        verdict("beauty", vec![with("Z", f32::NAN), with("N.X", f32::NAN), with("x.R", f32::NAN)]).is_ok()
    );
}

#[test]
fn a_frame_is_known_by_its_beauty_whatever_is_beside_it() {
    let plain = verdict("beauty", Vec::new()).expect("passes");
    let deep = verdict("beauty,depth", vec![flat("Z", 3.0)]).expect("passes");
    assert_eq!((plain.pixels, plain.luminance), (deep.pixels, deep.luminance));
    assert_ne!(plain.file, deep.file);
    let black = Image::filled(8, 4, [0.0; 3]);
    let bytes = encode_exr_with(&black, vec![with("Z", 7.0)], &header(3)).expect("encodes");
    let wanted = Expected { passes: "beauty,depth".parse().expect("passes"), ..expected(3) };
    assert!(matches!(check_frame(&bytes, &wanted), Err(FrameFault::Black)), "depth does not light it");
}

#[test]
fn a_bad_number_is_found_in_the_channel_that_has_it_whatever_the_colour_space() {
    let mut image = picture(8, 4);
    image.pixels[9][2] = f32::NAN;
    let frame = FrameFile {
        image,
        others: Vec::new(),
        header: Header { colour_space: "lin_ap1_scene".to_owned(), ..header(3) },
    };
    let said = channels::check(&frame, &Passes::default()).expect_err("not a number").to_string();
    assert_eq!(said, "channel B is not a number at column 1, row 1");
}

proptest::proptest! {
    #[test]
    fn one_bad_number_anywhere_is_found_at_its_place(at in 0..32_usize, channel in 0..5_usize, infinite in proptest::bool::ANY) {
        let value = if infinite { f32::INFINITY } else { f32::NAN };
        let names = ["A", "N.X", "N.Y", "N.Z", "Z"];
        let filled = |(index, name): (usize, &&str)| {
            let value_at = |i| if (index, i) == (channel, at) { value } else { 0.25 };
            Channel::half(*name, (0..32).map(value_at))
        };
        let others = names.iter().enumerate().map(filled).collect();
        let verdict = verdict("beauty,depth,normal", others).map(drop);
        let what = if infinite { "infinite" } else { "not a number" };
        let said = format!("channel {} is {what} at column {}, row {}", names[channel], at % 8, at / 8);
        let may_be = infinite && names[channel] == "Z";
        proptest::prop_assert_eq!(verdict, if may_be { Ok(()) } else { Err(said) });
    }
}
