//! Where content is cut: FastCDC (2020), so that an insertion moves boundaries near it and no others.
//!
//! The boundaries of a file are a pure function of its bytes, the extension of its name, and the store's
//! [`Chunking`] and seed. They never depend on what was stored before, so the same file has the same chunks from
//! every machine.

mod stream;

use std::borrow::Cow;

use cyclorama_outcome::{Classify, Kind};
use fastcdc::v2020::{Normalization, cut_gear, get_gear_with_seed, select_masks};
use serde::{Deserialize, Serialize};

pub use stream::ChunkStream;

/// How long chunks are, in bytes: none but a file's last is shorter than `min` or any longer than `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkClass {
    /// Shortest.
    pub min: u32,
    /// Most are near this.
    pub avg: u32,
    /// Longest.
    pub max: u32,
}

impl ChunkClass {
    /// 16, 64 and 256 KiB: packages, and everything that is not huge.
    pub const SMALL: Self = Self { min: 16 << 10, avg: 64 << 10, max: 256 << 10 };
    /// 64, 256 and 1024 KiB: huge binaries, a quarter of the records.
    pub const LARGE: Self = Self { min: 64 << 10, avg: 256 << 10, max: 1024 << 10 };
    /// No class has longer chunks than this.
    pub const LONGEST: u32 = 4 << 20;

    /// # Errors
    /// [`ChunkingError`] when the sizes are out of order, odd, or out of the range that the cutter takes.
    pub fn check(&self) -> Result<(), ChunkingError> {
        let Self { min, avg, max } = *self;
        let even = [min, avg, max].iter().all(|size| size % 2 == 0);
        if even && min >= 64 && min < avg && avg < max && avg >= 256 && (1024..=Self::LONGEST).contains(&max)
        {
            Ok(())
        } else {
            Err(ChunkingError { class: *self })
        }
    }
}

/// A store asks for chunks of sizes that nobody can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chunk sizes {}/{}/{} are out of range", class.min, class.avg, class.max)]
pub struct ChunkingError {
    /// The sizes.
    pub class: ChunkClass,
}

impl Classify for ChunkingError {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

/// Which class a file is cut by. Written into a store once; it never changes there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunking {
    /// For most files.
    pub small: ChunkClass,
    /// For files of `large_from` bytes or more whose extension is listed.
    pub large: ChunkClass,
    /// Bytes.
    pub large_from: u64,
    /// Lower case, without the dot: what stands behind the last one of a name.
    pub large_extensions: Vec<String>,
}

impl Default for Chunking {
    fn default() -> Self {
        Self {
            small: ChunkClass::SMALL,
            large: ChunkClass::LARGE,
            // Below, the records saved are few, and each small change in a file would cost four times as much.
            large_from: 512 << 20,
            large_extensions: LARGE_EXTENSIONS.iter().map(|&extension| extension.to_owned()).collect(),
        }
    }
}

impl Chunking {
    /// The class of a file of `size` bytes called `name` (a path will do).
    pub fn class_of(&self, name: &str, size: u64) -> ChunkClass {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_listed = || self.large_extensions.iter().any(|listed| listed.eq_ignore_ascii_case(extension));
        if size >= self.large_from && is_listed() { self.large } else { self.small }
    }

    /// # Errors
    /// [`ChunkingError`] when one of the classes is impossible.
    pub fn check(&self) -> Result<(), ChunkingError> {
        self.small.check()?;
        self.large.check()
    }
}

/// Cuts content of one class. Cheap to clone when the seed is 0.
#[derive(Clone, Debug)]
pub struct Chunker {
    class: ChunkClass,
    masks: (u64, u64),
    gear: Cow<'static, [u64]>,
    gear_doubled: Cow<'static, [u64]>,
}

impl Chunker {
    /// A cutter; `seed` moves the boundaries, so that chunk lengths do not tell which known file this is.
    ///
    /// # Errors
    /// [`ChunkingError`] when the class is impossible.
    pub fn new(class: ChunkClass, seed: u64) -> Result<Self, ChunkingError> {
        class.check()?;
        let masks = select_masks(class.avg as usize, Normalization::Level1);
        let (gear, gear_doubled) = get_gear_with_seed(seed);
        Ok(Self { class, masks, gear, gear_doubled })
    }

    /// The sizes it cuts to.
    pub fn class(&self) -> ChunkClass {
        self.class
    }

    /// The length of the first chunk of what starts with `bytes`; `None` when that needs more bytes. With `is_end`
    /// nothing follows `bytes`, and only nothing has no chunk.
    pub fn first(&self, bytes: &[u8], is_end: bool) -> Option<usize> {
        let ChunkClass { min, avg, max } = self.class;
        if bytes.is_empty() || (bytes.len() < max as usize && !is_end) {
            return None;
        }
        let (strict, loose) = self.masks;
        let (_, length) = cut_gear(
            bytes,
            min as usize,
            avg as usize,
            max as usize,
            strict,
            loose,
            strict << 1,
            loose << 1,
            &self.gear,
            &self.gear_doubled,
        );
        Some(length)
    }

    /// The chunks of a file that is `bytes`; together they are `bytes`.
    pub fn chunks<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + 'a {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let (chunk, after) = rest.split_at(self.first(rest, true)?);
            rest = after;
            Some(chunk)
        })
    }

    /// The chunks of a file that is read from `reader`, in a buffer that is used again and again.
    pub fn stream<R: std::io::Read>(&self, reader: R, buffer: Vec<u8>) -> ChunkStream<'_, R> {
        ChunkStream::new(self, reader, buffer)
    }
}

/// What is huge where it is huge, for stores that are made from now on. A store that is there has the list it was made with.
#[rustfmt::skip]
const LARGE_EXTENSIONS: &[&str] = &[
    // Unreal.
    "pak", "uasset", "ubulk", "ucas", "uexp", "umap", "uptnl",
    // Cameras and films.
    "ari", "arx", "avi", "braw", "cine", "crm", "dng", "m4v", "mkv", "mov", "mp4", "mxf", "nev", "r3d", "rmf",
    // Images and sound.
    "dpx", "exr", "hdr", "psb", "psd", "tex", "tif", "tiff", "tx", "wav",
    // Scenes and geometry; `sc` is the end of `bgeo.sc`.
    "abc", "bgeo", "blend", "c4d", "fbx", "geo", "glb", "hip", "hipnc", "ma", "max", "mb", "obj", "sc", "spp", "usd", "usda",
    "usdc", "usdz", "vdb", "ztl",
    // What scanners measured.
    "e57", "las", "laz", "ply", "pts", "ptx", "rcs",
    // Everything else that holds much.
    "7z", "bin", "db", "sqlite", "tar", "zip",
];

#[cfg(test)]
mod tests;
