//! Strings: found eight bytes at a time, checked while they are walked, unescaped only when kept.

use super::{Malformed, Reader};

/// Where a string's characters stand, its quotes not included.
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The top bit of every byte of `word` that ends plain text: a quote, a backslash or a control character.
/// Marks above the first true one may be false.
#[inline(always)]
fn special(word: u64) -> u64 {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let quote = zero(word ^ (ONES * b'"' as u64));
    let backslash = zero(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & TOPS
}

impl Reader<'_> {
    /// Walks over a string; the cursor stands on its opening quote.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Result<Span, Malformed> {
        let start = self.at + 1;
        self.at = start;
        self.plain();
        if self.peek() == b'"' {
            let end = self.at;
            self.at += 1;
            return Ok(Span { start, end, escaped: false });
        }
        self.string_with_escapes(start)
    }

    /// Moves to the next byte that is not plain text.
    #[inline(always)]
    fn plain(&mut self) {
        while let Some(word) = self.bytes.get(self.at..self.at + 8) {
            let word = u64::from_le_bytes(word.try_into().expect("eight bytes were taken"));
            let mask = special(word);
            if mask != 0 {
                self.at += mask.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while !matches!(self.peek(), 0..0x20 | b'"' | b'\\') {
            self.at += 1;
        }
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize) -> Result<Span, Malformed> {
        loop {
            match self.peek() {
                b'"' => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(Span { start, end, escaped: true });
                }
                b'\\' => self.escape()?,
                _ => return Err(self.malformed("a string that does not end, or holds a control character")),
            }
            self.plain();
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.at += 1;
                Ok(())
            }
            b'u' => match self.unit()? {
                0xD800..0xDC00 => {
                    let low = if self.peek() == b'\\' {
                        self.at += 1;
                        if self.peek() == b'u' { self.unit()? } else { 0 }
                    } else {
                        0
                    };
                    if (0xDC00..0xE000).contains(&low) {
                        Ok(())
                    } else {
                        Err(self.malformed("half a surrogate pair"))
                    }
                }
                0xDC00..0xE000 => Err(self.malformed("half a surrogate pair")),
                _ => Ok(()),
            },
            _ => Err(self.malformed("an escape that does not exist")),
        }
    }

    /// `uXXXX`, the cursor on the `u`.
    fn unit(&mut self) -> Result<u32, Malformed> {
        let digits = self.bytes.get(self.at + 1..self.at + 5);
        let unit = digits.and_then(hex);
        self.at += 5;
        unit.ok_or_else(|| self.malformed("an escape without four hex digits"))
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

/// The characters of a string that was walked over without complaint.
pub(super) fn unescaped(raw: &str) -> impl Iterator<Item = char> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let mut characters = rest.chars();
        let first = characters.next()?;
        rest = characters.as_str();
        if first != '\\' {
            return Some(first);
        }
        let kind = characters.next()?;
        rest = characters.as_str();
        Some(match kind {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut unit = || {
                    let unit = rest.as_bytes().get(..4).and_then(hex)?;
                    rest = &rest[4..];
                    Some(unit)
                };
                let high = unit()?;
                if !(0xD800..0xDC00).contains(&high) {
                    return char::from_u32(high);
                }
                rest = rest.strip_prefix("\\u")?;
                let low = rest.as_bytes().get(..4).and_then(hex)?;
                rest = &rest[4..];
                return char::from_u32(0x10000 + (high - 0xD800) * 0x400 + low.wrapping_sub(0xDC00));
            }
            other => other,
        })
    })
}
