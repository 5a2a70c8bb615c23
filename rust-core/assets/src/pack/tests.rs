use cyclorama_content::ChunkIds;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::seal::MasterKey;

fn made() -> UtcTime {
    UtcTime::from_seconds(1.7e9)
}

fn build(chunks: &[Vec<u8>], sealer: &Sealer) -> Pack {
    let mut builder = PackBuilder::with_target(100);
    for chunk in chunks {
        builder.add(ChunkIds::plain().of(chunk), chunk.len() as u32, Codec::Raw, chunk, sealer);
    }
    builder.finish(sealer, made())
}

fn sealers() -> [Sealer; 2] {
    [Sealer::none(), Sealer::new(&MasterKey::from_bytes([5; 32]))]
}

fn chunks() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 1..200), 0..12)
}

#[test]
fn a_footer_is_found_from_the_last_bytes_alone() {
    for sealer in sealers() {
        let pack = build(&[vec![1; 50_000], vec![2; 70_000]], &sealer);
        let size = pack.bytes.len() as u64;
        let suffix = &pack.bytes[pack.bytes.len() - 300..];
        assert!(footer_length(suffix, size).expect("a tail") < 300);
        assert_eq!(read_footer(suffix, size, &sealer), Ok(pack.entries));
    }
}

#[test]
fn a_small_pack_holds_no_room_for_a_large_one() {
    let mut builder = PackBuilder::with_target(16 << 20);
    builder.add(ChunkIds::plain().of(b"few"), 3, Codec::Raw, b"few", &Sealer::none());
    let bytes = Vec::from(builder.finish(&Sealer::none(), made()).bytes);
    assert!(bytes.capacity() <= 2 * bytes.len(), "{} bytes for {}", bytes.capacity(), bytes.len());
}

#[test]
fn an_encrypted_pack_shows_neither_chunks_nor_their_ids() {
    let [_, sealer] = sealers();
    let chunk = b"the wall's secret texture".to_vec();
    let pack = build(std::slice::from_ref(&chunk), &sealer);
    let id = ChunkIds::plain().of(&chunk);
    for secret in [&chunk[..], &id.as_bytes()[..]] {
        assert!(!pack.bytes.windows(secret.len()).any(|window| window == secret));
    }
    assert!(read_footer(&pack.bytes, pack.bytes.len() as u64, &Sealer::none()).is_err());
}

#[test]
fn lengths_that_cannot_be_true_are_refused() {
    let sealer = Sealer::none();
    for raw in [0, LONGEST_CHUNK + 1] {
        let mut builder = PackBuilder::default();
        builder.add(ChunkIds::plain().of(b"x"), raw, Codec::Raw, b"x", &sealer);
        let pack = builder.finish(&sealer, made());
        assert!(read_footer(&pack.bytes, pack.bytes.len() as u64, &sealer).is_err(), "{raw}");
    }
    let pack = build(&[vec![1; 100]], &sealer);
    let size = pack.bytes.len() as u64;
    assert!(read_footer(&pack.bytes, size + 1, &sealer).is_err());
    assert!(read_footer(&pack.bytes[..99], size, &sealer).is_err());
}

proptest! {
    #[test]
    fn the_footer_tells_what_was_put_in(chunks in chunks()) {
        for sealer in sealers() {
            let pack = build(&chunks, &sealer);
            let size = pack.bytes.len() as u64;
            prop_assert_eq!(read_footer(&pack.bytes, size, &sealer), Ok(pack.entries.clone()));
            prop_assert!(pack.id.names(&pack.bytes));
            for (entry, chunk) in pack.entries.iter().zip(&chunks) {
                let stored = &pack.bytes[entry.offset as usize..][..entry.stored as usize];
                let mut buffer = Vec::new();
                let opened = sealer.open(Sealed::Chunk, entry.id.as_bytes(), stored, &mut buffer);
                prop_assert_eq!(opened, Ok(&chunk[..]));
            }
        }
    }

    #[test]
    fn any_damaged_byte_of_the_footer_is_refused(
        chunks in chunks(), at in any::<prop::sample::Index>(), flip in 1u8..,
    ) {
        let pack = build(&chunks, &Sealer::none());
        let mut bytes = pack.bytes.to_vec();
        let size = bytes.len() as u64;
        let footer = footer_length(&bytes, size).expect("a tail") as usize;
        let at = bytes.len() - footer + at.index(footer);
        bytes[at] ^= flip;
        prop_assert!(read_footer(&bytes, size, &Sealer::none()).is_err());
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), size in any::<u64>()) {
        let _ = read_footer(&bytes, size, &Sealer::none());
        let mut sound = bytes.clone();
        sound.extend((bytes.len() as u32).to_le_bytes());
        sound.extend(Digest::of(&bytes).as_bytes());
        sound.extend(b"CYPACK\n\x01");
        let _ = read_footer(&sound, sound.len() as u64, &Sealer::none());
    }
}
