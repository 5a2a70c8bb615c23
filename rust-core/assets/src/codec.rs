//! How a chunk's bytes are packed: zstd where that helps, as they are where it does not.
//!
//! A probe of a few kilobytes decides, because trying in vain is what costs most. What is unpacked is never longer
//! than was announced, whatever the packed bytes say. The chunk's id is the proof of its content, not zstd.

use std::io;

use crate::wire::FormatError;

/// How a stored chunk is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Codec {
    /// As it is.
    Raw = 0,
    /// One zstd frame without content size, checksum and dictionary.
    Zstd = 1,
}

/// Packs chunks with one context that is used again and again.
pub(crate) struct Packer {
    best: zstd::bulk::Compressor<'static>,
    quick: zstd::bulk::Compressor<'static>,
    sample: Vec<u8>,
    packed: Vec<u8>,
}

impl Packer {
    /// # Errors
    /// When there is no memory for a context.
    pub(crate) fn new(level: i32) -> io::Result<Self> {
        let frugal = |level| -> io::Result<_> {
            let mut compressor = zstd::bulk::Compressor::new(level)?;
            compressor.include_contentsize(false)?;
            compressor.include_checksum(false)?;
            compressor.include_dictid(false)?;
            Ok(compressor)
        };
        Ok(Self { best: frugal(level)?, quick: frugal(QUICK_LEVEL)?, sample: Vec::new(), packed: Vec::new() })
    }

    /// The packed form of `raw`, which is `raw` itself where packing does not pay.
    pub(crate) fn pack<'a>(&'a mut self, raw: &'a [u8]) -> (Codec, &'a [u8]) {
        if raw.len() < SHORTEST || !self.is_worth_it(raw) {
            return (Codec::Raw, raw);
        }
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(raw.len()));
        match self.best.compress_to_buffer(raw, &mut self.packed) {
            Ok(length) if length < raw.len() - raw.len() / LEAST_GAIN => {
                (Codec::Zstd, &self.packed[..length])
            }
            _ => (Codec::Raw, raw),
        }
    }

    /// Whether some pieces of it promise a gain: by the frequency of their bytes, or by what repeats in them.
    fn is_worth_it(&mut self, raw: &[u8]) -> bool {
        if raw.len() <= PIECES * PIECE {
            return true;
        }
        self.sample.clear();
        let stride = (raw.len() - PIECE) / (PIECES - 1);
        for piece in 0..PIECES {
            self.sample.extend_from_slice(&raw[piece * stride..][..PIECE]);
        }
        if entropy_bits(&self.sample) < DENSE_BITS {
            return true;
        }
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(self.sample.len()));
        match self.quick.compress_to_buffer(&self.sample, &mut self.packed) {
            Ok(length) => length < self.sample.len() - self.sample.len() / LEAST_GAIN,
            Err(_) => true,
        }
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

/// Bits that each byte carries, by how often each value occurs. Corrected for the small sample, in which even noise
/// is uneven.
fn entropy_bits(sample: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in sample {
        counts[usize::from(byte)] += 1;
    }
    let total = sample.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum();
    bits + 255.0 / (2.0 * total * std::f64::consts::LN_2)
}

/// Unpacks chunks with one context that is used again and again.
pub(crate) struct Unpacker(zstd::bulk::Decompressor<'static>);

impl Unpacker {
    /// # Errors
    /// When there is no memory for a context.
    pub(crate) fn new() -> io::Result<Self> {
        zstd::bulk::Decompressor::new().map(Self)
    }

    /// Appends the `raw_length` bytes that were packed to `out`.
    pub(crate) fn unpack_into(
        &mut self,
        codec: Codec,
        packed: &[u8],
        raw_length: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let damaged = |problem| FormatError::Damaged { object: "chunk", problem };
        match codec {
            Codec::Raw if packed.len() == raw_length => out.extend_from_slice(packed),
            Codec::Raw => return Err(damaged("its length is another than announced")),
            Codec::Zstd => {
                // A decoder goes on with a second frame, and passes over frames that are to be skipped: what is stored
                // could then hold anything beside the chunk.
                let length = zstd::zstd_safe::find_frame_compressed_size(packed);
                if !packed.starts_with(&FRAME) || length != Ok(packed.len()) {
                    return Err(damaged("it is not one frame"));
                }
                let start = out.len();
                out.resize(start + raw_length, 0);
                match self.0.decompress_to_buffer(packed, &mut out[start..]) {
                    Ok(length) if length == raw_length => {}
                    Ok(_) => return Err(damaged("its length is another than announced")),
                    Err(_) => return Err(damaged("it does not unpack")),
                }
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unpacker")
    }
}

/// How a frame of zstd begins (RFC 8878, 3.1.1), unlike one that is to be skipped.
const FRAME: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
/// Finds repetitions and nothing else, very fast.
const QUICK_LEVEL: i32 = -5;
/// Shorter chunks are not worth a frame's header.
const SHORTEST: usize = 32;
/// A sample is this many pieces ...
const PIECES: usize = 4;
/// ... of this many bytes.
const PIECE: usize = 2048;
/// A gain below one part in so many is none.
const LEAST_GAIN: usize = 64;
/// Bytes that carry less can be packed by their frequency alone.
const DENSE_BITS: f64 = 7.85;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 99u64;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .take(length)
        .collect()
    }

    fn unpack(codec: Codec, packed: &[u8], raw_length: usize) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::new();
        Unpacker::new().expect("a context").unpack_into(codec, packed, raw_length, &mut out)?;
        Ok(out)
    }

    #[test]
    fn noise_is_stored_as_it_is_and_text_is_packed() {
        let mut packer = Packer::new(1).expect("a context");
        let noise = noise(100_000);
        assert_eq!(packer.pack(&noise), (Codec::Raw, &noise[..]));
        let text = "A wall, a stage, a take. ".repeat(4000);
        let (codec, packed) = packer.pack(text.as_bytes());
        assert_eq!(codec, Codec::Zstd);
        assert!(packed.len() < 1000);
    }

    #[test]
    fn bytes_of_uneven_frequency_are_packed_though_nothing_repeats() {
        let uneven: Vec<u8> = noise(200_000).iter().map(|byte| byte & 0x7f).collect();
        let mut packer = Packer::new(1).expect("a context");
        let (codec, packed) = packer.pack(&uneven);
        assert_eq!(codec, Codec::Zstd);
        assert!(packed.len() < 180_000, "{}", packed.len());
    }

    #[test]
    fn a_bomb_unpacks_to_no_more_than_was_announced() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).expect("packs");
        assert!(bomb.len() < 10_000);
        assert!(unpack(Codec::Zstd, &bomb, 1 << 20).is_err());
    }

    #[test]
    fn lengths_that_are_not_as_announced_are_refused() {
        let packed = zstd::bulk::compress(&[7; 1000], 1).expect("packs");
        for announced in [0, 999, 1001, 5000] {
            assert!(unpack(Codec::Zstd, &packed, announced).is_err(), "{announced}");
        }
        assert!(unpack(Codec::Raw, b"abc", 4).is_err());
    }

    #[test]
    fn what_is_not_exactly_one_frame_is_refused() {
        let frame = |bytes: &[u8]| {
            let mut packer = zstd::bulk::Compressor::new(1).expect("a context");
            packer.include_contentsize(false).expect("takes it");
            packer.compress(bytes).expect("packs")
        };
        let (one, other) = (frame(&[7; 1000]), frame(&[8; 1000]));
        assert_eq!(unpack(Codec::Zstd, &one, 1000), Ok(vec![7; 1000]));
        let skipped = [&0x184d_2a50_u32.to_le_bytes()[..], &4_u32.to_le_bytes(), b"more"].concat();
        for (what, packed, length) in [
            ("two frames", [&one[..], &other].concat(), 2000),
            ("a frame that is skipped, and one", [&skipped[..], &one].concat(), 1000),
            ("one, and a frame that is skipped", [&one[..], &skipped].concat(), 1000),
            ("an empty frame behind", [&one[..], &frame(b"")].concat(), 1000),
            ("bytes behind", [&one[..], b"x"].concat(), 1000),
            ("a part of one", one[..one.len() - 1].to_vec(), 1000),
            ("a frame that is skipped alone", skipped.clone(), 0),
        ] {
            assert!(unpack(Codec::Zstd, &packed, length).is_err(), "{what}");
        }
    }

    proptest! {
        #[test]
        fn unpacking_inverts_packing(seed in vec(any::<u8>(), 1..60), times in 1usize..400) {
            let raw = seed.repeat(times);
            let mut packer = Packer::new(1).expect("a context");
            let (codec, packed) = packer.pack(&raw);
            prop_assert_eq!(unpack(codec, packed, raw.len()), Ok(raw.clone()));
        }

        #[test]
        fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), length in 0usize..5000) {
            let _ = unpack(Codec::Zstd, &bytes, length);
        }
    }
}
