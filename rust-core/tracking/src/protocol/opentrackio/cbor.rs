//! Reads CBOR (RFC 8949) in one pass, without copying or allocating.
//!
//! Any kind of number serves where a number is wanted, tags are looked through, and lengths are never believed: a
//! claim beyond the payload is an end in the middle, not an allocation.

use super::{
    message::{Custom, Encoding, Pools, Text},
    source::{LONGEST_KEY, Malformed, Read, Source, known_key, whole},
};

/// Maps and arrays may stand this deep in each other.
const DEEPEST: u32 = 127;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;
const BREAK: u8 = 0xFF;

/// A walk over one CBOR item.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

/// Entries left in a map or array; `None` where a break ends it.
pub(super) struct Level {
    left: Option<u64>,
}

/// The first bytes of an item, and their argument.
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    info: u8,
    argument: u64,
}

impl Head {
    fn is_indefinite(self) -> bool {
        self.info == 31
    }
}

impl<'a> Reader<'a> {
    /// At the start of `payload`.
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self { bytes: payload, at: 0, depth: 0 }
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.malformed("something after the value")) }
    }

    #[cold]
    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }

    #[inline(always)]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(chunk) = rest.first_chunk::<N>() else {
            return Err(self.malformed("the end in the middle of a value"));
        };
        self.at += N;
        Ok(*chunk)
    }

    /// Takes `len` bytes.
    #[inline(always)]
    fn run(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let rest = &self.bytes[self.at..];
        match usize::try_from(len).ok().and_then(|len| rest.get(..len)) {
            Some(run) => {
                self.at += run.len();
                Ok(run)
            }
            None => Err(self.malformed("the end in the middle of a value")),
        }
    }

    /// The head of the next item that is not a tag.
    #[inline(always)]
    fn head(&mut self) -> Result<Head, Malformed> {
        loop {
            let [first] = self.take()?;
            let (major, info) = (first >> 5, first & 31);
            let argument = if info < 24 { u64::from(info) } else { self.argument(major, info)? };
            if major != TAG {
                return Ok(Head { major, info, argument });
            }
        }
    }

    #[inline(always)]
    fn argument(&mut self, major: u8, info: u8) -> Result<u64, Malformed> {
        Ok(match info {
            24 => u64::from(self.take::<1>()?[0]),
            25 => u64::from(u16::from_be_bytes(self.take()?)),
            26 => u64::from(u32::from_be_bytes(self.take()?)),
            27 => u64::from_be_bytes(self.take()?),
            31 if matches!(major, BYTES | TEXT | ARRAY | MAP) => 0,
            31 if major == SIMPLE => return Err(self.malformed("a break that ends nothing")),
            _ => return Err(self.malformed("a reserved length")),
        })
    }

    #[inline(always)]
    fn enter(&mut self, head: Head) -> Result<Level, Malformed> {
        if self.depth == DEEPEST {
            return Err(self.malformed("nesting that is too deep"));
        }
        self.depth += 1;
        Ok(Level { left: (!head.is_indefinite()).then_some(head.argument) })
    }

    /// Whether another entry follows; otherwise the map or array has ended.
    #[inline(always)]
    fn another(&mut self, level: &mut Level) -> Result<bool, Malformed> {
        let ended = match &mut level.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => {
                let ended = self.bytes.get(self.at) == Some(&BREAK);
                self.at += usize::from(ended);
                ended
            }
        };
        self.depth -= u32::from(ended);
        Ok(!ended)
    }

    /// Passes over the rest of the item whose head was taken.
    fn skip_rest(&mut self, head: Head) -> Result<(), Malformed> {
        match head.major {
            BYTES | TEXT => self.pieces(head, |_| ()),
            ARRAY => {
                let mut level = self.enter(head)?;
                while self.another(&mut level)? {
                    self.skip()?;
                }
                Ok(())
            }
            MAP => {
                let mut level = self.enter(head)?;
                while self.another(&mut level)? {
                    self.skip()?;
                    self.skip()?;
                }
                Ok(())
            }
            SIMPLE if head.info == 24 && head.argument < 32 => {
                Err(self.malformed("a simple value written too long"))
            }
            _ => Ok(()),
        }
    }

    /// The pieces of a text or byte string; one unless its length was left open.
    fn pieces(&mut self, head: Head, mut piece: impl FnMut(&'a [u8])) -> Result<(), Malformed> {
        if !head.is_indefinite() {
            piece(self.run(head.argument)?);
            return Ok(());
        }
        while self.bytes.get(self.at) != Some(&BREAK) {
            let [first] = self.take()?;
            let (major, info) = (first >> 5, first & 31);
            if major != head.major || info == 31 {
                return Err(self.malformed("a piece of another kind in a string"));
            }
            let len = if info < 24 { u64::from(info) } else { self.argument(major, info)? };
            piece(self.run(len)?);
        }
        self.at += 1;
        Ok(())
    }

    /// A key that came in pieces, or is no text; rare.
    #[cold]
    fn odd_key(&mut self, head: Head) -> Result<&'static [u8], Malformed> {
        if head.major != TEXT {
            self.skip_rest(head)?;
            return Ok(b"");
        }
        let mut name = [0; LONGEST_KEY];
        let mut len = 0;
        self.pieces(head, |piece| {
            if let Some(room) = name.get_mut(len..len + piece.len()) {
                room.copy_from_slice(piece);
            }
            len += piece.len();
        })?;
        Ok(name.get(..len).map_or(b"", known_key))
    }
}

impl<'a> Source<'a> for Reader<'a> {
    type Level = Level;

    #[inline(always)]
    fn object(&mut self) -> Read<Level> {
        let head = self.head()?;
        if head.major == MAP { self.enter(head).map(Some) } else { self.skip_rest(head).map(|()| None) }
    }

    #[inline(always)]
    fn key(&mut self, level: &mut Level) -> Read<&'a [u8]> {
        if !self.another(level)? {
            return Ok(None);
        }
        let head = self.head()?;
        if head.major == TEXT && !head.is_indefinite() {
            return self.run(head.argument).map(Some);
        }
        self.odd_key(head).map(Some)
    }

    #[inline(always)]
    fn array(&mut self) -> Read<Level> {
        let head = self.head()?;
        if head.major == ARRAY { self.enter(head).map(Some) } else { self.skip_rest(head).map(|()| None) }
    }

    #[inline(always)]
    fn element(&mut self, level: &mut Level) -> Result<bool, Malformed> {
        self.another(level)
    }

    #[inline]
    fn number(&mut self) -> Read<f64> {
        let head = self.head()?;
        let value = match (head.major, head.info) {
            (SIMPLE, 27) => f64::from_bits(head.argument),
            (SIMPLE, 26) => f64::from(f32::from_bits(head.argument as u32)),
            (SIMPLE, 25) => half(head.argument as u16),
            (UNSIGNED, _) => head.argument as f64,
            (NEGATIVE, _) => -1.0 - head.argument as f64,
            _ => {
                self.skip_rest(head)?;
                return Ok(None);
            }
        };
        Ok(value.is_finite().then_some(value))
    }

    #[inline]
    fn integer(&mut self) -> Read<u64> {
        let head = self.head()?;
        Ok(match (head.major, head.info) {
            (UNSIGNED, _) => Some(head.argument),
            (SIMPLE, 27) => whole(f64::from_bits(head.argument)),
            (SIMPLE, 26) => whole(f64::from(f32::from_bits(head.argument as u32))),
            (SIMPLE, 25) => whole(half(head.argument as u16)),
            _ => {
                self.skip_rest(head)?;
                None
            }
        })
    }

    fn boolean(&mut self) -> Read<bool> {
        let head = self.head()?;
        match (head.major, head.info) {
            (SIMPLE, 20) => Ok(Some(false)),
            (SIMPLE, 21) => Ok(Some(true)),
            _ => self.skip_rest(head).map(|()| None),
        }
    }

    fn text(&mut self, pools: &mut Pools) -> Read<Text> {
        let head = self.head()?;
        if head.major != TEXT {
            self.skip_rest(head)?;
            return Ok(None);
        }
        let start = pools.text.len();
        let mut right = true;
        self.pieces(head, |piece| match std::str::from_utf8(piece) {
            Ok(piece) => pools.text.push_str(piece),
            Err(_) => right = false,
        })?;
        Ok(right.then(|| pools.text_since(start)))
    }

    #[inline]
    fn skip(&mut self) -> Result<(), Malformed> {
        let head = self.head()?;
        self.skip_rest(head)
    }

    fn raw(&mut self, pools: &mut Pools) -> Result<Custom, Malformed> {
        let start = self.at;
        self.skip()?;
        Ok(pools.put_raw(Encoding::Cbor, &self.bytes[start..self.at]))
    }
}

/// The value of an IEEE 754 half.
pub(super) fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * f64::from_bits(0x3E70_0000_0000_0000),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        // (1024 + fraction) * 2^(exponent - 25), the power written as its bits.
        _ => (1024.0 + fraction) * f64::from_bits(((exponent - 25 + 1023) as u64) << 52),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}
