//! Reads JSON (RFC 8259) in one pass, without copying or allocating.
//!
//! Strict about form: commas, escapes, control characters, surrogates and whatever follows the value. It builds no
//! tree: the schema asks for each value as it comes, and everything else is walked over.

mod number;
mod strings;

use super::{
    message::{Custom, Encoding, Pools, Text},
    source::{LONGEST_KEY, Malformed, Read, Source, known_key},
};

/// Objects and arrays may stand this deep in each other.
const DEEPEST: u32 = 127;

/// A walk over one JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

/// An object or array being read.
pub(super) struct Level {
    first: bool,
}

impl<'a> Reader<'a> {
    /// At the start of `payload`, which must be UTF-8.
    pub(super) fn new(payload: &'a [u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(payload)
            .map_err(|error| Malformed { what: "text that is not UTF-8", at: error.valid_up_to() })?;
        Ok(Self { text, bytes: payload, at: 0, depth: 0 })
    }

    /// Nothing but white space may follow.
    pub(super) fn finish(mut self) -> Result<(), Malformed> {
        self.token();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.malformed("something after the value")) }
    }

    #[cold]
    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }

    #[inline(always)]
    fn peek(&self) -> u8 {
        // Zero stands for the end: no byte 0 is allowed in JSON.
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that is not white space.
    #[inline(always)]
    fn token(&mut self) -> u8 {
        let byte = self.peek();
        if byte > b' ' { byte } else { self.token_after_space() }
    }

    #[inline(never)]
    fn token_after_space(&mut self) -> u8 {
        loop {
            match self.peek() {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                other => return other,
            }
        }
    }

    #[inline(always)]
    fn enter(&mut self, opening: u8) -> Read<Level> {
        if self.token() != opening {
            self.skip()?;
            return Ok(None);
        }
        if self.depth == DEEPEST {
            return Err(self.malformed("nesting that is too deep"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(Some(Level { first: true }))
    }

    /// Steps over the comma before the next entry; `false` at the closing byte, which is taken.
    #[inline(always)]
    fn another(&mut self, level: &mut Level, closing: u8) -> Result<bool, Malformed> {
        let byte = self.token();
        if byte == closing {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if level.first {
            level.first = false;
        } else if byte == b',' {
            self.at += 1;
        } else {
            return Err(self.malformed("an entry without a comma before it"));
        }
        Ok(true)
    }

    /// The byte the next value starts with; 0 at the end.
    pub(super) fn next_byte(&mut self) -> u8 {
        self.token()
    }

    /// The next key of an object whose keys are not known, alone in `pools.text`; `false` at its end.
    pub(super) fn text_key(&mut self, level: &mut Level, pools: &mut Pools) -> Result<bool, Malformed> {
        if !self.another(level, b'}')? {
            return Ok(false);
        }
        if self.token() != b'"' {
            return Err(self.malformed("a key that is not text"));
        }
        pools.text.clear();
        self.text(pools)?;
        if self.token() != b':' {
            return Err(self.malformed("a key without a colon"));
        }
        self.at += 1;
        Ok(true)
    }

    /// A number, and the whole number it is written as, if it is.
    pub(super) fn any_number(&mut self) -> Result<(f64, Option<i64>), Malformed> {
        let number = self.scan_number()?;
        Ok((number.to_f64(self.bytes), number.as_written_integer(self.bytes)))
    }

    fn literal(&mut self, word: &str) -> Result<(), Malformed> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.malformed("a word that is not JSON"))
        }
    }

    /// A key that holds escapes is compared by what it means; rare, and slow.
    #[cold]
    fn escaped_key(&self, raw: &str) -> &'static [u8] {
        let mut name = [0; LONGEST_KEY];
        let mut len = 0;
        for character in strings::unescaped(raw) {
            let mut utf8 = [0; 4];
            let piece = character.encode_utf8(&mut utf8).as_bytes();
            let Some(room) = name.get_mut(len..len + piece.len()) else { return b"" };
            room.copy_from_slice(piece);
            len += piece.len();
        }
        known_key(&name[..len])
    }
}

impl<'a> Source<'a> for Reader<'a> {
    type Level = Level;

    #[inline(always)]
    fn object(&mut self) -> Read<Level> {
        self.enter(b'{')
    }

    #[inline(always)]
    fn key(&mut self, level: &mut Level) -> Read<&'a [u8]> {
        if !self.another(level, b'}')? {
            return Ok(None);
        }
        if self.token() != b'"' {
            return Err(self.malformed("a key that is not text"));
        }
        let string = self.string()?;
        if self.token() != b':' {
            return Err(self.malformed("a key without a colon"));
        }
        self.at += 1;
        if string.escaped {
            return Ok(Some(self.escaped_key(&self.text[string.start..string.end])));
        }
        Ok(Some(&self.bytes[string.start..string.end]))
    }

    #[inline(always)]
    fn array(&mut self) -> Read<Level> {
        self.enter(b'[')
    }

    #[inline(always)]
    fn element(&mut self, level: &mut Level) -> Result<bool, Malformed> {
        self.another(level, b']')
    }

    #[inline]
    fn number(&mut self) -> Read<f64> {
        let byte = self.token();
        if byte == b'-' || byte.is_ascii_digit() {
            let number = self.scan_number()?;
            let value = number.to_f64(self.bytes);
            return Ok(value.is_finite().then_some(value));
        }
        self.skip()?;
        Ok(None)
    }

    #[inline]
    fn integer(&mut self) -> Read<u64> {
        let byte = self.token();
        if byte == b'-' || byte.is_ascii_digit() {
            let number = self.scan_number()?;
            return Ok(number.to_integer(self.bytes));
        }
        self.skip()?;
        Ok(None)
    }

    fn boolean(&mut self) -> Read<bool> {
        match self.token() {
            b't' => self.literal("true").map(|()| Some(true)),
            b'f' => self.literal("false").map(|()| Some(false)),
            _ => self.skip().map(|()| None),
        }
    }

    fn text(&mut self, pools: &mut Pools) -> Read<Text> {
        if self.token() != b'"' {
            self.skip()?;
            return Ok(None);
        }
        let string = self.string()?;
        let raw = &self.text[string.start..string.end];
        if !string.escaped {
            return Ok(Some(pools.put_text(raw)));
        }
        let start = pools.text.len();
        pools.text.extend(strings::unescaped(raw));
        Ok(Some(pools.text_since(start)))
    }

    fn skip(&mut self) -> Result<(), Malformed> {
        match self.token() {
            b'"' => self.string().map(|_| ()),
            b'-' | b'0'..=b'9' => self.scan_number().map(|_| ()),
            b'{' => {
                let Some(mut level) = self.object()? else { return Ok(()) };
                while self.key(&mut level)?.is_some() {
                    self.skip()?;
                }
                Ok(())
            }
            b'[' => {
                let Some(mut level) = self.array()? else { return Ok(()) };
                while self.element(&mut level)? {
                    self.skip()?;
                }
                Ok(())
            }
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            0 if self.at >= self.bytes.len() => Err(self.malformed("the end in the middle of a value")),
            _ => Err(self.malformed("something that is no value")),
        }
    }

    fn raw(&mut self, pools: &mut Pools) -> Result<Custom, Malformed> {
        self.token();
        let start = self.at;
        self.skip()?;
        Ok(pools.put_raw(Encoding::Json, &self.bytes[start..self.at]))
    }
}
