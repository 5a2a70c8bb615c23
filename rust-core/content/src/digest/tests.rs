//! The published empty digest, pieces against the whole, and text there and back.

use proptest::prelude::*;

use super::*;

/// Gives out its bytes in the lengths it is told, with an interruption before each.
struct Dribble<'a> {
    bytes: &'a [u8],
    lengths: Vec<usize>,
    interrupted: bool,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.lengths.pop().unwrap_or(usize::MAX).clamp(1, buffer.len()).min(self.bytes.len());
        buffer[..length].copy_from_slice(&self.bytes[..length]);
        self.bytes = &self.bytes[length..];
        Ok(length)
    }
}

proptest! {
    #[test]
    fn pieces_give_the_digest_of_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..5000), cut in any::<prop::sample::Index>()) {
        let (head, tail) = bytes.split_at(cut.index(bytes.len() + 1));
        let mut hasher = Hasher::new();
        hasher.update(head);
        // Asking in between changes nothing.
        prop_assert_eq!(hasher.finish(), Digest::of(head));
        prop_assert_eq!(hasher.update(tail).finish(), Digest::of(&bytes));
        prop_assert_eq!(hasher.len(), bytes.len() as u64);
    }

    #[test]
    fn a_reader_that_dribbles_gives_the_digest_of_the_whole(
        length in 0..200_000_usize, seed in any::<u8>(), lengths in proptest::collection::vec(1..70_000_usize, 0..20),
    ) {
        let bytes: Vec<u8> = (0..length).map(|i| (i / 251) as u8 ^ seed).collect();
        let mut hasher = Hasher::new();
        let read = hasher.update_reader(Dribble { bytes: &bytes, lengths, interrupted: false }).unwrap();
        prop_assert_eq!((read, hasher.finish()), (bytes.len() as u64, Digest::of(&bytes)));
    }

    #[test]
    fn text_comes_back(bytes in any::<[u8; 32]>()) {
        let digest = Digest::from_bytes(bytes);
        prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        prop_assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        prop_assert_eq!(serde_json::from_slice::<Digest>(json.as_bytes()).unwrap(), digest);
        prop_assert!(digest.to_string().starts_with(&digest.short()));
        prop_assert_eq!(digest.as_bytes(), &bytes);
    }

    #[test]
    fn any_other_text_is_refused(text in ".{0,80}") {
        let canonical = text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        prop_assert_eq!(text.parse::<Digest>().is_ok(), canonical);
    }

    #[test]
    fn a_changed_byte_changes_the_digest(mut bytes in proptest::collection::vec(any::<u8>(), 1..200), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let before = Digest::of(&bytes);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_ne!(Digest::of(&bytes), before);
    }
}

#[test]
fn nothing_and_a_word_have_their_published_digests() {
    assert_eq!(
        Digest::of(b"").to_string(),
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    );
    assert_eq!(
        Digest::of(b"abc").to_string(),
        "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
    );
}

#[test]
fn upper_case_is_another_spelling_and_refused() {
    let text = Digest::of(b"").to_string().to_uppercase();
    assert_eq!(text.parse::<Digest>(), Err(ParseDigestError));
}

#[test]
fn a_broken_reader_gives_its_error_and_no_digest() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
    assert_eq!(Digest::of_reader(b"head".chain(Broken)).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn copying_into_a_hasher_hashes() {
    let mut hasher = Hasher::new();
    assert!(hasher.is_empty());
    io::copy(&mut &b"abc"[..], &mut hasher).unwrap();
    hasher.flush().unwrap();
    assert_eq!(hasher.finish(), Digest::of(b"abc"));
    assert_eq!(format!("{hasher:?} {:?}", hasher.finish()), "Hasher(3 bytes) Digest(6437b3ac3846)");
}
