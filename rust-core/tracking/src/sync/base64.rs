//! Bytes as text that passes every string: RFC 4648's URL-safe alphabet without padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn encode(bytes: &[u8], out: &mut String) {
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let six = group >> (18 - 6 * place) & 63;
            out.push(char::from(ALPHABET[six as usize]));
        }
    }
}

/// Replaces `out` by the bytes; false when the text is none of ours. There is one text for each value: bits that
/// no byte needs must be zero.
pub(super) fn decode(text: &str, out: &mut Vec<u8>) -> bool {
    out.clear();
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0u32;
        for letter in chunk {
            let Some(six) = value(*letter) else { return false };
            group = group << 6 | six;
        }
        group <<= 6 * (4 - chunk.len());
        let [_, bytes @ ..] = group.to_be_bytes();
        let count = chunk.len() - 1;
        if count == 0 || bytes[count..].iter().any(|byte| *byte != 0) {
            return false;
        }
        out.extend_from_slice(&bytes[..count]);
    }
    true
}

fn value(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let (mut text, mut again) = (String::new(), Vec::new());
            encode(&bytes, &mut text);
            prop_assert!(decode(&text, &mut again));
            prop_assert_eq!(again, bytes);
        }

        #[test]
        fn text_that_is_read_is_the_one_text_of_its_bytes(text in "[A-Za-z0-9_ -]{0,40}") {
            let (mut bytes, mut again) = (Vec::new(), String::new());
            if decode(&text, &mut bytes) {
                encode(&bytes, &mut again);
                prop_assert_eq!(again, text);
            }
        }
    }

    #[test]
    fn known_texts_are_as_the_standard_has_them() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            let mut out = String::new();
            encode(bytes.as_bytes(), &mut out);
            assert_eq!(out, text);
        }
    }
}
