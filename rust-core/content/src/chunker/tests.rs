use proptest::{collection::vec, prelude::*};

use super::*;

/// Bytes that look random and are the same on every machine.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

fn small(seed: u64) -> Chunker {
    Chunker::new(ChunkClass::SMALL, seed).expect("a class")
}

fn lengths(chunker: &Chunker, bytes: &[u8]) -> Vec<usize> {
    chunker.chunks(bytes).map(<[u8]>::len).collect()
}

/// Hands out a few bytes at a time, as a pipe does.
struct Trickle<'a>(&'a [u8], usize);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(buffer.len()).min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

#[test]
fn chunks_keep_to_their_class_and_add_up() {
    for class in [ChunkClass::SMALL, ChunkClass::LARGE] {
        let bytes = noise(6 << 20, 5);
        let chunker = Chunker::new(class, 0).expect("a class");
        let lengths = lengths(&chunker, &bytes);
        assert_eq!(lengths.iter().sum::<usize>(), bytes.len());
        let (last, others) = lengths.split_last().expect("chunks");
        assert!(others.iter().all(|&length| length >= class.min as usize && length <= class.max as usize));
        assert!(*last <= class.max as usize);
        let mean = bytes.len() / lengths.len();
        assert!(mean > class.avg as usize / 2 && mean < class.avg as usize * 2, "mean {mean} of {class:?}");
    }
}

/// The boundaries are part of the store's format: another version of the cutter must not move them.
#[test]
fn boundaries_are_the_ones_they_always_were() {
    let bytes = noise(1 << 20, 7);
    assert_eq!(lengths(&small(0), &bytes)[..4], GOLDEN_PLAIN);
    assert_eq!(lengths(&small(0x1234_5678_9abc_def0), &bytes)[..4], GOLDEN_SEEDED);
}

const GOLDEN_PLAIN: [usize; 4] = [99_632, 28_250, 156_712, 73_149];
const GOLDEN_SEEDED: [usize; 4] = [262_144, 76_828, 110_886, 74_038];

#[test]
fn an_insertion_changes_only_the_chunks_around_it() {
    let mut bytes = noise(4 << 20, 11);
    let before: std::collections::HashSet<_> = small(0).chunks(&bytes).map(crate::Digest::of).collect();
    bytes.splice(1_000_000..1_000_000, *b"a header grew");
    let after: Vec<_> = small(0).chunks(&bytes).map(crate::Digest::of).collect();
    let new = after.iter().filter(|digest| !before.contains(digest)).count();
    assert!(new <= 4, "{new} of {} chunks are new", after.len());
}

#[test]
fn equal_bytes_end_at_the_longest_chunk() {
    assert_eq!(lengths(&small(0), &vec![0; 600_000]), [262_144, 262_144, 75_712]);
}

#[test]
fn nothing_has_no_chunks() {
    assert_eq!(small(0).chunks(b"").count(), 0);
    let chunker = small(0);
    assert!(chunker.stream(&b""[..], Vec::new()).next_chunk().expect("reads").is_none());
}

#[test]
fn the_class_depends_on_extension_and_size_alone() {
    let chunking = Chunking::default();
    let cases = [
        ("Content/Big.ubulk", 512 << 20, ChunkClass::LARGE),
        ("Content/Big.UBULK", 512 << 20, ChunkClass::LARGE),
        ("Content/Big.ubulk", (512 << 20) - 1, ChunkClass::SMALL),
        ("Cards/A001/A001_C001.R3D", 1 << 40, ChunkClass::LARGE),
        ("Cache/smoke.0101.bgeo.sc", 1 << 30, ChunkClass::LARGE),
        ("Cards/A001/A001_C001.R3D", 511 << 20, ChunkClass::SMALL),
        ("Content/notes.txt", 1 << 30, ChunkClass::SMALL),
        ("Content/no extension", 1 << 30, ChunkClass::SMALL),
    ];
    for (name, size, class) in cases {
        assert_eq!(chunking.class_of(name, size), class, "{name} of {size}");
    }
}

#[test]
fn what_cameras_and_scenes_are_written_as_is_cut_large_where_it_is_huge() {
    let chunking = Chunking::default();
    for extension in ["r3d", "braw", "arx", "psd", "bgeo", "ma", "db", "mxf", "exr", "usdc", "e57"] {
        assert_eq!(chunking.class_of(&format!("a.{extension}"), 512 << 20), ChunkClass::LARGE, "{extension}");
    }
    let is_plain = |listed: &String| listed.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    assert!(chunking.large_extensions.iter().all(is_plain));
}

#[test]
fn a_store_keeps_the_list_it_was_made_with() {
    let text = r#"{"small":{"min":16384,"avg":65536,"max":262144},"large":{"min":65536,"avg":262144,"max":1048576},
        "large_from":536870912,"large_extensions":["uasset"]}"#;
    let older: Chunking = serde_json::from_str(text).expect("as it was written");
    assert_eq!(
        older.class_of("a.r3d", 1 << 40),
        ChunkClass::SMALL,
        "every machine cuts as the first one did"
    );
    assert_eq!(older.class_of("a.uasset", 1 << 40), ChunkClass::LARGE);
}

#[test]
fn impossible_classes_are_refused() {
    for (min, avg, max) in [(0, 0, 0), (64, 64, 1024), (65, 256, 1024), (64, 256, 8 << 20), (2, 256, 1024)] {
        assert!(Chunker::new(ChunkClass { min, avg, max }, 0).is_err(), "{min}/{avg}/{max}");
    }
    assert!(Chunking::default().check().is_ok());
}

#[test]
fn a_failing_reader_ends_the_stream_with_its_error() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let chunker = small(0);
    assert!(chunker.stream(Broken, Vec::new()).next_chunk().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_stream_cuts_where_the_whole_is_cut(
        length in 0usize..3_000_000, seed in any::<u64>(), step in 1usize..400_000, key in any::<u64>(),
    ) {
        let bytes = noise(length, seed);
        let chunker = small(key);
        let mut stream = chunker.stream(Trickle(&bytes, step), vec![9; 10]);
        let mut streamed = Vec::new();
        while let Some(chunk) = stream.next_chunk().expect("reads") {
            streamed.push(chunk.len());
        }
        prop_assert_eq!(streamed, lengths(&chunker, &bytes));
    }

    #[test]
    fn small_files_of_any_bytes_are_one_chunk(bytes in vec(any::<u8>(), 1..5000)) {
        prop_assert_eq!(lengths(&small(1), &bytes), [bytes.len()]);
    }
}
