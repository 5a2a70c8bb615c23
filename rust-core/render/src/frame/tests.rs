use cyclorama_space::{
    DQuat, DVec3, Distortion, DistortionDirection, Encoders, PanTiltRoll, RawEncoders, SensorSize,
};
use proptest::prelude::*;

use super::*;

pub(super) fn header() -> Header {
    Header {
        take: "Ein Take, größer".to_owned(),
        shot: Some("12A".to_owned()),
        frame: FrameNumber(117),
        timecode: Timecode::new(15, 3, 47, 2, FrameRate::FPS_25, false).ok(),
        rate: FrameRate::FPS_25,
        pose: Pose::new(
            DVec3::new(-0.08045, -1.85355, 1.19801),
            PanTiltRoll::from_degrees(-3.031, -28.072, 3.096),
        ),
        lens: LensState {
            focal_length_mm: Some(28.4567),
            sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
            anamorphic_squeeze: Some(2.0),
            focus_distance_m: Some(2.3135),
            f_stop: Some(2.8),
            t_stop: Some(3.0),
            entrance_pupil_m: Some(0.1499),
            encoders: Some(Encoders { focus: Some(0.25), iris: None, zoom: Some(1.0) }),
            raw_encoders: Some(RawEncoders { focus: Some(50091), iris: None, zoom: Some(93) }),
            projection_offset_mm: Some([-0.146, 0.129]),
            distortion_offset_mm: Some([0.1, 0.2]),
            distortion: Some(Distortion {
                direction: DistortionDirection::UndistortedToDistorted,
                radial: [0.1568, 0.0, -0.088, 0.0, 0.0, 0.0],
                tangential: [1e-5, -1e-6],
            }),
        },
        colour_space: COLOUR_SPACE.to_owned(),
        ocio: None,
        software: "Cyclorama 0.1.0 builtin".to_owned(),
    }
}

pub(super) fn picture(width: u32, height: u32) -> Image {
    let pixels = (0..width * height).map(|i| [i as f32 * 0.125, 0.5, 1.0 / (1.0 + i as f32)]).collect();
    let mut image = Image { width, height, pixels };
    // What half floats hold exactly reads back exactly.
    for value in image.pixels.iter_mut().flatten() {
        *value = half::f16::from_f32(*value).to_f32();
    }
    image
}

/// Larger than what is read in one piece, and with another kind of sample in each channel.
#[test]
fn each_kind_of_sample_is_read_at_its_place() {
    use exr::image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image as ExrImage, Layer};
    use exr::prelude::{LayerAttributes, WritableImage as _};
    let (width, height) = (71, 67);
    let place = |i: usize| i as f32 / 8.0;
    let all = || (0..width * height).map(place);
    let channels = AnyChannels::sort(
        [
            AnyChannel::new("R", FlatSamples::F16(all().map(half::f16::from_f32).collect())),
            AnyChannel::new("G", FlatSamples::F32(all().map(|value| value + 0.1).collect())),
            AnyChannel::new("B", FlatSamples::U32(all().map(|value| value as u32).collect())),
        ]
        .into_iter()
        .collect(),
    );
    let layer = Layer::new((width, height), LayerAttributes::default(), Encoding::FAST_LOSSLESS, channels);
    let mut bytes = std::io::Cursor::new(Vec::new());
    ExrImage::from_layer(layer).write().to_buffered(&mut bytes).expect("encodes");
    let image = decode_exr_pixels(&bytes.into_inner()).expect("decodes");
    let wanted = |i| [half::f16::from_f32(place(i)).to_f32(), place(i) + 0.1, place(i).trunc()];
    assert_eq!((image.width, image.height), (71, 67));
    assert!(image.pixels.iter().enumerate().all(|(i, pixel)| *pixel == wanted(i)));
}

#[test]
fn the_name_that_an_ocio_configuration_has_for_the_space_is_written_and_read_back() {
    let config = cyclorama_content::Digest::of(b"ocio_profile_version: 2");
    let ocio = Some(OcioName { space: "ACEScg".to_owned(), config });
    let acescg = Header { colour_space: "lin_ap1_scene".to_owned(), ocio, ..header() };
    let bytes = encode_exr(&picture(4, 3), &acescg).expect("encodes");
    assert_eq!(decode_exr(&bytes).expect("decodes").1, acescg);
}

#[test]
fn a_file_in_another_space_holds_its_numbers_and_reads_back_as_it_was() {
    let grey = Image { width: 2, height: 1, pixels: vec![[0.5; 3], [1.0, 0.0, 0.0]] };
    let acescg = Header { colour_space: "lin_ap1_scene".to_owned(), ..header() };
    let bytes = encode_exr(&grey, &acescg).unwrap();
    let stored = decode_exr_pixels(&bytes).unwrap();
    let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
    assert!(
        near(stored.pixels[0], [0.5; 3]) && near(stored.pixels[1], [0.6131, 0.0702, 0.0206]),
        "{stored:?}"
    );
    let (image, read) = decode_exr(&bytes).unwrap();
    assert_eq!(read, acescg);
    assert!(image.pixels.iter().zip(&grey.pixels).all(|(read, drawn)| near(*read, *drawn)), "{image:?}");
    let meta = exr::meta::MetaData::read_from_buffered(bytes.as_slice(), true).unwrap();
    let primaries = meta.headers[0].shared_attributes.chromaticities.unwrap();
    assert_eq!((primaries.red.x(), primaries.white.y()), (0.713, 0.337_67));
    let interop =
        &meta.headers[0].own_attributes.other.get(&exr::meta::attribute::Text::from("colorInteropID"));
    assert!(format!("{interop:?}").contains("lin_ap1_scene"), "{interop:?}");
    // Nothing is claimed of a space that nobody here knows.
    let house = Header { colour_space: "house_log".to_owned(), ..header() };
    let bytes = encode_exr(&grey, &house).unwrap();
    let meta = exr::meta::MetaData::read_from_buffered(bytes.as_slice(), true).unwrap();
    assert_eq!(meta.headers[0].shared_attributes.chromaticities, None);
    assert_eq!(decode_exr(&bytes).unwrap(), (grey, house));
}

#[test]
fn a_frame_reads_back_with_all_it_said() {
    let bytes = encode_exr(&picture(9, 5), &header()).unwrap();
    let (image, read) = decode_exr(&bytes).unwrap();
    assert_eq!(image, picture(9, 5));
    assert_eq!(read, header());
}

#[test]
fn channels_beside_the_colours_read_back_as_they_were_in_any_colour_space() {
    let depth: Vec<f32> = (0..45).map(|i| if i == 7 { 1e10 } else { 0.1 + i as f32 }).collect();
    let others = vec![
        Channel::half("A", [0.5; 45]),
        Channel::half("N.X", (0..45).map(|i| i as f32 / 64.0)),
        Channel::single("Z", depth),
    ];
    for space in [COLOUR_SPACE, "lin_ap1_scene"] {
        let header = Header { colour_space: space.to_owned(), ..header() };
        let bytes = encode_exr_with(&picture(9, 5), others.clone(), &header).expect("encodes");
        assert_eq!(encode_exr_with(&picture(9, 5), others.clone(), &header).expect("encodes"), bytes);
        let file = open_exr(&bytes).expect("opens");
        assert_eq!((&file.others, &file.header), (&others, &header), "{space}");
        let alone = decode_exr(&encode_exr(&picture(9, 5), &header).expect("encodes")).expect("decodes").0;
        assert_eq!(file.into_picture(), alone, "{space}");
    }
    let renamed = |name: &str| (name != "A").then(|| name.replace('Z', "depth"));
    let bytes = encode_exr_with(&picture(9, 5), others, &header()).expect("encodes");
    let (_, read) = decode_exr_channels(&bytes, renamed).expect("decodes");
    assert_eq!(read.iter().map(Channel::name).collect::<Vec<_>>(), ["N.X", "depth"]);
}

#[test]
fn channels_that_do_not_fit_the_picture_or_have_one_name_are_not_written() {
    let short = vec![Channel::single("Z", vec![0.0; 44])];
    assert!(matches!(
        encode_exr_with(&picture(9, 5), short, &header()),
        Err(FrameError::Size { pixels: 44, .. })
    ));
    for name in ["Z", "R"] {
        let twice = [name, "Z"].map(|name| Channel::single(name, vec![0.0; 45])).to_vec();
        let refused = encode_exr_with(&picture(9, 5), twice, &header()).expect_err("two of one name");
        assert!(refused.to_string().contains(&format!("two channels {name}")), "{refused}");
    }
}

#[test]
fn a_bare_header_reads_back_too() {
    let bare = Header { shot: None, timecode: None, lens: LensState::default(), ..header() };
    let bytes = encode_exr(&picture(3, 2), &bare).unwrap();
    assert_eq!(decode_exr(&bytes).unwrap().1, bare);
}

#[test]
fn the_same_frame_gives_the_same_bytes() {
    let bytes = encode_exr(&picture(20, 20), &header()).unwrap();
    for _ in 0..8 {
        assert_eq!(encode_exr(&picture(20, 20), &header()).unwrap(), bytes);
    }
}

#[test]
fn standard_attributes_say_it_for_other_tools() {
    let bytes = encode_exr(&picture(4, 4), &header()).unwrap();
    let meta = exr::meta::MetaData::read_from_buffered(&bytes[..], true).unwrap();
    let (image, layer) = (&meta.headers[0].shared_attributes, &meta.headers[0].own_attributes);
    let timecode = image.time_code.unwrap();
    assert_eq!((timecode.hours, timecode.minutes, timecode.seconds, timecode.frame), (15, 3, 47, 2));
    assert_eq!(layer.frames_per_second, Some((25, 1)));
    assert_eq!(layer.focus, Some(2.3135));
    assert_eq!(layer.aperture, Some(2.8));
    assert!(image.chromaticities.is_some());
    assert!(layer.capture_date.is_none(), "a date would make two renders of one frame differ");
}

#[test]
fn the_world_to_camera_matrix_puts_the_view_direction_on_minus_z() {
    let header = header();
    let bytes = encode_exr(&picture(4, 4), &header).unwrap();
    let meta = exr::meta::MetaData::read_from_buffered(&bytes[..], true).unwrap();
    let matrix = meta.headers[0].own_attributes.world_to_camera.unwrap();
    let ahead = header.pose.position + header.pose.forward() * 2.0;
    let seen = |column: usize| {
        (0..3).map(|row| ahead[row] * f64::from(matrix[4 * row + column])).sum::<f64>()
            + f64::from(matrix[12 + column])
    };
    let seen = DVec3::new(seen(0), seen(1), seen(2));
    assert!(seen.distance(DVec3::new(0.0, 0.0, -2.0)) < 1e-6, "{seen}");
}

#[test]
fn timecode_above_thirty_frames_counts_pairs_and_stays_exact() {
    let timecode = Timecode::new(1, 2, 3, 49, FrameRate::FPS_50, false).ok();
    let header = Header { timecode, rate: FrameRate::FPS_50, ..header() };
    let bytes = encode_exr(&picture(2, 2), &header).unwrap();
    assert_eq!(decode_exr(&bytes).unwrap().1.timecode, timecode);
    let meta = exr::meta::MetaData::read_from_buffered(&bytes[..], true).unwrap();
    let standard = meta.headers[0].shared_attributes.time_code.unwrap();
    assert_eq!((standard.frame, standard.field_phase), (24, true));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = encode_exr(&picture(6, 20), &header()).unwrap();
    for length in 0..bytes.len() {
        assert!(decode_exr(&bytes[..length]).is_err(), "{length} of {} bytes were accepted", bytes.len());
    }
}

#[test]
fn a_header_that_promises_more_than_the_file_holds_is_refused() {
    let mut bytes = encode_exr(&picture(4, 4), &header()).unwrap();
    for name in [&b"dataWindow\0box2i\0"[..], b"displayWindow\0box2i\0"] {
        let at = bytes.windows(name.len()).position(|window| window == name).unwrap() + name.len() + 4;
        bytes[at + 8..at + 12].copy_from_slice(&15_000i32.to_le_bytes());
        bytes[at + 12..at + 16].copy_from_slice(&4_000i32.to_le_bytes());
    }
    assert!(matches!(decode_exr(&bytes), Err(FrameError::Size { .. } | FrameError::Damaged { .. })));
}

#[test]
fn pictures_that_cannot_be_are_not_written() {
    for (width, height, pixels) in [(0, 4, 0), (4, 4, 15), (LONGEST_SIDE + 1, 1, LONGEST_SIDE as usize + 1)] {
        let image = Image { width, height, pixels: vec![[0.0; 3]; pixels] };
        assert!(matches!(encode_exr(&image, &header()), Err(FrameError::Size { .. })));
        assert!(matches!(encode_png(&image), Err(FrameError::Size { .. })));
    }
}

#[test]
fn what_half_floats_cannot_hold_is_clipped_and_nan_is_kept() {
    let mut image = picture(2, 1);
    image.pixels[0] = [1e9, f32::NAN, -1e9];
    let read = decode_exr_pixels(&encode_exr(&image, &header()).unwrap()).unwrap();
    assert_eq!((read.pixels[0][0], read.pixels[0][2]), (65504.0, -65504.0));
    assert!(read.pixels[0][1].is_nan());
}

#[test]
fn a_png_is_srgb_and_says_so() {
    let image =
        Image { width: 4, height: 1, pixels: vec![[0.0; 3], [0.215_860_5; 3], [1.0; 3], [f32::NAN; 3]] };
    let bytes = encode_png(&image).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    assert!(reader.info().srgb.is_some());
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut samples).unwrap();
    assert_eq!(samples, [0, 0, 0, 128, 128, 128, 255, 255, 255, 0, 0, 0]);
}

#[test]
fn a_file_appears_whole_and_leaves_no_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frame.exr");
    for _ in 0..2 {
        write_exr(&path, &picture(3, 3), &header()).unwrap();
    }
    write_png(&folder.path().join("frame.png"), &picture(3, 3)).unwrap();
    assert_eq!(read_exr(&path).unwrap().1, header());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    let nowhere =
        write_exr(&folder.path().join("no/such/folder.exr"), &picture(3, 3), &header()).unwrap_err();
    assert_eq!(nowhere.kind(), Kind::NotFound);
}

proptest! {
    #[test]
    fn decode_inverts_encode(
        (width, height) in (1u32..24, 1u32..40),
        seed in any::<u32>(),
        frame in any::<i64>(),
        position in prop::array::uniform3(-1e6f64..1e6),
        rotation in prop::array::uniform4(-1.0f64..1.0),
        take in "\\PC{0,40}",
    ) {
        let mut image = picture(width, height);
        for (index, value) in image.pixels.iter_mut().flatten().enumerate() {
            let bits = seed.wrapping_mul(index as u32 | 1) as u16;
            let half = half::f16::from_bits(bits);
            *value = if half.is_finite() { half.to_f32() } else { 0.0 };
        }
        let pose = Pose { position: DVec3::from_array(position), rotation: DQuat::from_array(rotation) };
        let header = Header { take, frame: FrameNumber(frame), pose, ..header() };
        let (read, said) = decode_exr(&encode_exr(&image, &header).unwrap()).unwrap();
        prop_assert_eq!(read, image);
        prop_assert_eq!(said, header);
    }

    #[test]
    fn damaged_bytes_never_panic(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = encode_exr(&picture(5, 18), &header()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let _ = decode_exr(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), magic in any::<bool>()) {
        if magic && bytes.len() > 8 {
            bytes[..8].copy_from_slice(&[0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]);
        }
        let _ = decode_exr(&bytes);
    }
}
