//! What a PNG frame must be to be one: whole to the last chunk, of known samples and colours, and with our header.

use proptest::prelude::*;

use super::tests::{header, picture};
use super::*;

const DEPTHS: [PngDepth; 2] = [PngDepth::Eight, PngDepth::Sixteen];

/// A picture whose colours a PNG holds, and a little more than white.
fn small(width: u32, height: u32) -> Image {
    let count = width * height;
    let pixels = (0..count).map(|i| [i as f32 / count as f32, 0.5, 1.0 / (1.0 + i as f32)]).collect();
    Image { width, height, pixels }
}

fn png_header() -> Header {
    Header { colour_space: PNG_COLOUR_SPACE.to_owned(), ..header() }
}

fn encoded(depth: PngDepth) -> Vec<u8> {
    encode_png_frame(&small(9, 5), depth, &png_header()).unwrap()
}

/// A PNG by hand: this head, these chunks ahead of the pixels, which are zeros of `raw` bytes, filters and all.
fn by_hand(head: [u8; 13], chunks: &[([u8; 4], Vec<u8>)], raw: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut zlib = vec![0x78, 0x01];
    let mut blocks = vec![0_u8; raw].chunks(65_535).map(<[u8]>::to_vec).collect::<Vec<_>>();
    if blocks.is_empty() {
        blocks.push(Vec::new());
    }
    for (index, block) in blocks.iter().enumerate() {
        let length = block.len() as u16;
        zlib.push(u8::from(index + 1 == blocks.len()));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    // Adler-32 of zeros alone.
    zlib.extend((((raw % 65_521) as u32) << 16 | 1).to_be_bytes());
    put(&mut bytes, *b"IHDR", &head);
    chunks.iter().for_each(|(name, data)| put(&mut bytes, *name, data));
    put(&mut bytes, *b"IDAT", &zlib);
    put(&mut bytes, *b"IEND", &[]);
    bytes
}

fn put(bytes: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    bytes.extend((data.len() as u32).to_be_bytes());
    let at = bytes.len();
    bytes.extend(name);
    bytes.extend(data);
    let sum = crc(&bytes[at..]);
    bytes.extend(sum.to_be_bytes());
}

/// CRC-32 as PNG has it, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 },
        )
    };
    !bytes.iter().fold(!0, step)
}

/// A head: width, height, bits of a sample, and PNG's colour type.
fn head(width: u32, height: u32, bits: u8, colour: u8) -> [u8; 13] {
    let mut head = [0; 13];
    head[..4].copy_from_slice(&width.to_be_bytes());
    head[4..8].copy_from_slice(&height.to_be_bytes());
    (head[8], head[9]) = (bits, colour);
    head
}

/// Begin and end of each chunk, its length and checksum with it.
fn chunks(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push((at, at + 12 + length));
        at += 12 + length;
    }
    found
}

#[test]
fn a_png_frame_reads_back_with_all_it_said_and_the_same_bytes_every_time() {
    for depth in DEPTHS {
        let bytes = encoded(depth);
        assert_eq!(encoded(depth), bytes);
        let file = open_frame(&bytes).unwrap();
        assert_eq!((file.header, file.others.len()), (png_header(), 0));
        let step = 1.5 / f32::from(depth.most());
        for (read, drawn) in file.image.pixels.as_flattened().iter().zip(small(9, 5).pixels.as_flattened()) {
            assert!((read - drawn).abs() < step, "{depth:?}: {read} and {drawn}");
        }
        // Once more, and it is the same picture to the bit.
        let again = encode_png_frame(&file.image, depth, &png_header()).unwrap();
        assert_eq!(again, bytes, "{depth:?}");
        assert_eq!(decode_png_picture(&bytes).unwrap().depth, depth);
    }
}

#[test]
fn what_a_png_cannot_hold_is_clipped_and_no_number_becomes_black() {
    let image = Image { width: 2, height: 1, pixels: vec![[7.0, -1.0, f32::NAN], [0.5; 3]] };
    let read = open_png(&encode_png_frame(&image, PngDepth::Sixteen, &png_header()).unwrap()).unwrap();
    assert_eq!(read.image.pixels[0], [1.0, 0.0, 0.0]);
}

#[test]
fn whichever_way_a_frame_is_stored_it_is_read() {
    let image = picture(4, 3);
    let exr = encode_exr(&image, &header()).unwrap();
    assert_eq!(decode_frame(&exr).unwrap(), (image, header()));
    assert_eq!(decode_frame(&encoded(PngDepth::Eight)).unwrap().1, png_header());
    assert_eq!(FrameFormat::of(&exr), Some(FrameFormat::Exr));
    assert_eq!(FrameFormat::of(&encoded(PngDepth::Eight)), Some(FrameFormat::Png));
    assert_eq!(FrameFormat::of(b"\x89PNG"), None);
    assert!(open_frame(b"neither").unwrap_err().to_string().contains("OpenEXR"));
    for format in [FrameFormat::Exr, FrameFormat::Png] {
        assert_eq!(format.to_string().parse(), Ok(format));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame");
        let header = Header { colour_space: format.colour_space().to_owned(), ..header() };
        write_frame(format, &path, &picture(3, 3), Vec::new(), &header).unwrap();
        assert_eq!(read_frame(&path).unwrap().1, header);
    }
    assert_eq!(
        "jpg".parse::<FrameFormat>().unwrap_err().to_string(),
        "`jpg` is no format of frames: wanted is exr or png"
    );
}

#[test]
fn every_truncation_of_a_png_is_refused() {
    for depth in DEPTHS {
        let bytes = encoded(depth);
        for length in 0..bytes.len() {
            assert!(open_png(&bytes[..length]).is_err(), "{length} of {} bytes were accepted", bytes.len());
        }
    }
}

#[test]
fn a_png_with_any_damaged_chunk_or_more_behind_its_end_is_refused() {
    let bytes = encoded(PngDepth::Eight);
    let whole = chunks(&bytes);
    assert!(whole.len() > 20, "head, colours, texts, pixels, end");
    for (begin, end) in whole {
        for at in (begin..end).step_by(3).chain([end - 1]) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert!(open_png(&damaged).is_err(), "byte {at} of {begin} to {end}");
        }
        let missing = [&bytes[..begin], &bytes[end..]].concat();
        let name = &bytes[begin + 4..begin + 8];
        if [&b"IHDR"[..], b"IDAT", b"IEND"].contains(&name) {
            assert!(open_png(&missing).is_err(), "without {}", String::from_utf8_lossy(name));
        }
    }
    let more = [&bytes[..], b"\0"].concat();
    let said = open_png(&more).unwrap_err().to_string();
    assert_eq!(said, "read the picture as PNG: there is more behind its end");
}

#[test]
fn rows_that_are_missing_are_refused_though_every_checksum_is_right() {
    let whole = by_hand(head(4, 3, 8, 2), &[], 3 * 13);
    assert!(decode_png_picture(&whole).is_ok());
    for raw in [0, 13, 38] {
        assert!(decode_png_picture(&by_hand(head(4, 3, 8, 2), &[], raw)).is_err(), "{raw} of 39 bytes");
    }
}

#[test]
fn pictures_of_other_samples_are_refused_by_name() {
    for (head, raw, said) in [
        (head(4, 3, 8, 0), 15, "the PNG has greys, and not red, green and blue of 8 or 16 bits"),
        (head(4, 3, 16, 4), 51, "the PNG has greys"),
        (head(4, 3, 8, 3), 15, "the PNG has a palette"),
    ] {
        let found = decode_png_picture(&by_hand(head, &[], raw)).err().unwrap();
        assert!(found.to_string().starts_with(said), "{found}");
        assert_eq!(found.kind(), Kind::Integrity);
    }
    let animated = by_hand(head(4, 3, 8, 2), &[(*b"acTL", vec![0, 0, 0, 1, 0, 0, 0, 0])], 39);
    assert!(decode_png_picture(&animated).err().unwrap().to_string().contains("an animation"));
}

#[test]
fn alpha_is_a_channel_beside_a_picture_that_it_does_not_change() {
    for (bits, raw) in [(8, 3 * 17), (16, 3 * 33)] {
        let read = decode_png_picture(&by_hand(head(4, 3, bits, 6), &[], raw)).unwrap();
        assert_eq!(
            (read.image, read.depth),
            (Image::filled(4, 3, [0.0; 3]), DEPTHS[usize::from(bits == 16)])
        );
        let alpha = read.alpha.unwrap();
        assert_eq!((alpha.name(), alpha.values().count()), ("A", 12));
    }
}

#[test]
fn the_transfer_function_is_the_one_that_the_file_names_and_srgb_where_it_names_none() {
    // One pixel of 128 in 8 bits, by what the chunks say of it.
    let light = |chunks: &[([u8; 4], Vec<u8>)]| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        chunks
            .iter()
            .for_each(|(name, data)| writer.write_chunk(png::chunk::ChunkType(*name), data).unwrap());
        writer.write_image_data(&[128; 3]).unwrap();
        writer.finish().unwrap();
        decode_png_picture(&bytes).map(|read| read.image.pixels[0][1])
    };
    let gamma = |hundred_thousandths: u32| (*b"gAMA", hundred_thousandths.to_be_bytes().to_vec());
    let points = |primaries, transfer, full| (*b"cICP", vec![primaries, transfer, 0, full]);
    for (chunks, wanted) in [
        (vec![], 0.215_861),
        (vec![gamma(45_455)], 0.219_521),
        (vec![gamma(100_000)], 0.501_961),
        (vec![gamma(100_000), (*b"sRGB", vec![0])], 0.215_861),
        (vec![points(1, 13, 1), gamma(100_000)], 0.215_861),
        (vec![points(1, 8, 1), (*b"sRGB", vec![0])], 0.501_961),
        (vec![points(2, 1, 1)], 0.261_482),
        // No light of a picture is ever this far from its samples.
        (vec![gamma(1)], 0.501_961_f32.powf(10.0)),
    ] {
        let found = light(&chunks).unwrap();
        assert!((found - wanted).abs() < 2e-5, "{chunks:?}: {found}");
    }
    for (chunk, said) in [
        (points(9, 13, 1), "the PNG's cICP says colour primaries 9"),
        (points(1, 16, 1), "the PNG's cICP says transfer function 16"),
        (points(1, 13, 0), "the PNG's cICP says samples of video range"),
    ] {
        assert!(light(&[chunk]).unwrap_err().to_string().starts_with(said));
    }
}

#[test]
fn a_png_that_promises_more_than_it_holds_is_refused_before_memory_is_taken() {
    for (width, height) in
        [(16_000, 4_000), (LONGEST_SIDE + 1, 1), (9_000, 9_000), (u32::MAX >> 1, u32::MAX >> 1)]
    {
        let hostile = by_hand(head(width, height, 16, 6), &[], 100);
        let refused = decode_png_picture(&hostile).err().unwrap();
        assert!(
            matches!(refused, FrameError::Size { .. } | FrameError::Damaged { .. }),
            "{width}x{height}: {refused}"
        );
    }
    // Texts that grow: a chunk of 64 KiB of which 64 MiB would come is no header's.
    let name = |text: &str| [b"cyclorama.version\0", text.as_bytes()].concat();
    let long = by_hand(head(4, 3, 8, 2), &[(*b"tEXt", name(&"1".repeat(70_000)))], 39);
    assert!(matches!(open_png(&long), Err(FrameError::Header("cyclorama.version"))));
    let vast = by_hand(head(4, 3, 8, 2), &[(*b"tEXt", vec![b'a'; 40 << 20])], 39);
    assert!(open_png(&vast).is_err());
}

#[test]
fn a_png_without_our_header_is_a_picture_and_no_frame() {
    let bare = encode_png(&small(4, 3)).unwrap();
    assert!(matches!(open_png(&bare), Err(FrameError::Header("cyclorama.version"))));
    assert_eq!(decode_png_picture(&bare).unwrap().image.pixels.len(), 12);
}

#[test]
fn a_header_is_found_in_text_of_every_kind() {
    let texts = super::png_text::texts(&png_header());
    for kind in 0..3 {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
        encoder.set_color(png::ColorType::Rgb);
        for (keyword, text) in &texts {
            let (keyword, text) = (keyword.clone(), text.clone());
            match kind {
                0 => encoder.add_itxt_chunk(keyword, text),
                // This take's name has letters of Latin-1 alone.
                1 => encoder.add_ztxt_chunk(keyword, text),
                _ => encoder.add_text_chunk(keyword, text),
            }
            .unwrap();
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[1, 2, 3]).unwrap();
        writer.finish().unwrap();
        assert_eq!(open_png(&bytes).unwrap().header, png_header(), "kind {kind}");
    }
}

proptest! {
    #[test]
    fn a_png_decodes_to_what_was_encoded(
        (width, height) in (1u32..24, 1u32..40),
        seed in any::<u32>(),
        frame in any::<i64>(),
        sixteen in any::<bool>(),
        take in "\\PC{0,40}",
    ) {
        let depth = DEPTHS[usize::from(sixteen)];
        let mut image = small(width, height);
        for (index, value) in image.pixels.iter_mut().flatten().enumerate() {
            *value = f32::from(seed.wrapping_mul(index as u32 | 1) as u16) / 65_535.0;
        }
        let header = Header { take, frame: FrameNumber(frame), ..png_header() };
        let bytes = encode_png_frame(&image, depth, &header).unwrap();
        let read = open_png(&bytes).unwrap();
        prop_assert_eq!(&read.header, &header);
        let samples = |image: &Image| image.pixels.iter().flatten().map(|light| depth.sample(*light)).collect::<Vec<_>>();
        prop_assert_eq!(samples(&read.image), samples(&image));
        prop_assert_eq!(encode_png_frame(&read.image, depth, &header).unwrap(), bytes);
    }

    #[test]
    fn a_damaged_byte_of_a_png_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = encoded(PngDepth::Sixteen);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(open_png(&bytes).is_err(), "byte {at} with {flip}");
    }

    #[test]
    fn any_bytes_after_a_pngs_begin_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<bool>()) {
        let begin = encoded(PngDepth::Eight);
        let begin = &begin[..if head { 33 } else { 8 }];
        let _ = open_png(&[begin, &bytes].concat());
    }
}
