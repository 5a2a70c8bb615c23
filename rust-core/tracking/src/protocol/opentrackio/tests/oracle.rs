//! Our JSON reader against `serde_json`: what is JSON, and what its numbers are.

use super::{dice::Dice, *};
use crate::protocol::opentrackio::source::Source;

/// Bytes that mean something in JSON.
const COMMON: &[u8] = b"{}[],:\"\\ \n0123456789.eE+-tfnu\x1f";

/// Whether the bytes are one JSON value and nothing else, by our reader.
fn accepts(bytes: &[u8]) -> bool {
    json::Reader::new(bytes)
        .and_then(|mut reader| {
            reader.skip()?;
            reader.finish()
        })
        .is_ok()
}

/// The same by `serde_json`, which also refuses what is JSON but too large a number for it.
fn expected(bytes: &[u8]) -> Option<bool> {
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(_) => Some(false),
    }
}

fn agrees(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Some(expected) = expected(bytes) {
        prop_assert_eq!(accepts(bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn both_accept_the_same_documents(tape in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut document = String::new();
        Dice::new(&tape).document(&mut document, 5, true);
        agrees(document.as_bytes())?;
    }

    #[test]
    fn both_refuse_the_same_damaged_documents(
        tape in proptest::collection::vec(any::<u8>(), 0..200),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), 0..3u8, any::<u8>(), any::<bool>()), 1..4),
    ) {
        let mut document = String::new();
        Dice::new(&tape).document(&mut document, 4, true);
        let mut bytes = document.into_bytes();
        for (at, what, byte, common) in damage {
            let at = at.index(bytes.len() + 1);
            // Most random bytes are refused at once; these lead further.
            let byte = if common { COMMON[usize::from(byte) % COMMON.len()] } else { byte };
            match what {
                0 if at < bytes.len() => drop(bytes.remove(at)),
                1 if at < bytes.len() => bytes[at] = byte,
                _ => bytes.insert(at, byte),
            }
        }
        agrees(&bytes)?;
    }

    #[test]
    fn numbers_are_the_nearest_floats_bit_for_bit(tape in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut text = String::new();
        Dice::new(&tape).number(&mut text);
        let read = json::Reader::new(text.as_bytes()).and_then(|mut reader| reader.any_number()).unwrap();
        prop_assert_eq!(read.0.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{}", text);
    }

    #[test]
    fn floats_are_written_as_the_shortest_text_that_reads_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let mut message = Message::default();
        message.lens = Some(message::Lens { entrance_pupil_offset: Some(value), ..message::Lens::default() });
        let mut json = Vec::new();
        encode(&message, Encoding::Json, &mut json);
        let text = std::str::from_utf8(&json).unwrap();
        let digits = &text[r#"{"lens":{"entrancePupilOffset":"#.len()..text.len() - 2];
        prop_assert_eq!(digits.parse::<f64>().unwrap().to_bits(), bits);
        let significant = |text: &str| {
            let mantissa = text.split(['e', 'E']).next().unwrap();
            let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').len()
        };
        prop_assert_eq!(significant(digits), significant(&format!("{value:e}")));
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let refused = [
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":}",
        "{a:1}",
        "[1 2]",
        "{} {}",
        "{}x",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "tru",
        "nul",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\uD800\"",
        "\"\\uDC00\"",
        "\"a",
        "\"\n\"",
        "\"\u{1}\"",
        "'a'",
        "[1,,2]",
        "[,1]",
        "{\"a\":1 \"b\":2}",
        "\u{feff}{}",
    ];
    for document in refused {
        assert!(!accepts(document.as_bytes()), "{document}");
        assert_eq!(expected(document.as_bytes()), Some(false), "{document}");
    }
    assert!(!accepts(b"\"\xff\""));
}

#[test]
fn nesting_is_followed_only_so_deep() {
    for (depth, accepted) in [(100, true), (127, true), (128, false), (100_000, false)] {
        let document = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(accepts(document.as_bytes()), accepted, "{depth}");
        let cbor: Vec<u8> = std::iter::repeat_n(0x81, depth).chain([0xF6]).collect();
        let mut reader = cbor::Reader::new(&cbor);
        assert_eq!(reader.skip().is_ok(), accepted, "{depth}");
    }
}

#[test]
fn floats_are_laid_out_as_the_standards_own_tools_do() {
    let layouts = [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.0001, "0.0001"),
        (0.000_01, "1e-05"),
        (1.5e-7, "1.5e-07"),
        (123_456.789, "123456.789"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (-2.5e300, "-2.5e+300"),
    ];
    for (value, text) in layouts {
        let mut message = Message::default();
        message.lens = Some(message::Lens { entrance_pupil_offset: Some(value), ..message::Lens::default() });
        let mut json = Vec::new();
        encode(&message, Encoding::Json, &mut json);
        assert_eq!(
            String::from_utf8(json).unwrap(),
            format!(r#"{{"lens":{{"entrancePupilOffset":{text}}}}}"#)
        );
    }
}
