//! Numbers: exact by one multiplication or division where that is possible, by the standard library otherwise.

use super::{Malformed, Reader};

/// A number as it was written: `mantissa * 10^exponent`, unless `long`.
pub(super) struct Number {
    start: usize,
    end: usize,
    mantissa: u64,
    exponent: i32,
    negative: bool,
    /// More digits than `mantissa` holds: only the text is right.
    long: bool,
}

/// Powers of ten that `f64` holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// This many digits always fit in 64 bits.
const DIGITS: usize = 19;

impl Number {
    /// The nearest `f64`; infinite when it is beyond the largest.
    #[inline(always)]
    pub(super) fn to_f64(&self, bytes: &[u8]) -> f64 {
        let power = TENS.get(self.exponent.unsigned_abs() as usize);
        // Both operands are exact, so the one operation rounds once, which is the nearest value.
        if let (false, true, Some(power)) = (self.long, self.mantissa < 1 << 53, power) {
            let mantissa = self.mantissa as f64;
            let value = if self.exponent < 0 { mantissa / power } else { mantissa * power };
            return if self.negative { -value } else { value };
        }
        self.parsed(bytes)
    }

    #[cold]
    fn parsed(&self, bytes: &[u8]) -> f64 {
        let text = bytes.get(self.start..self.end).and_then(|digits| std::str::from_utf8(digits).ok());
        text.and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
    }

    /// The value if it is whole, not negative, and held exactly.
    #[inline(always)]
    pub(super) fn to_integer(&self, bytes: &[u8]) -> Option<u64> {
        if self.exponent == 0 && !self.long {
            return (!self.negative || self.mantissa == 0).then_some(self.mantissa);
        }
        super::super::source::whole(self.to_f64(bytes))
    }
}

impl Number {
    /// The value if it is written without point or exponent and fits.
    pub(super) fn as_written_integer(&self, bytes: &[u8]) -> Option<i64> {
        std::str::from_utf8(bytes.get(self.start..self.end)?).ok()?.parse().ok()
    }
}

impl Reader<'_> {
    /// Walks over a number; the cursor stands on its first byte.
    #[inline(always)]
    pub(super) fn scan_number(&mut self) -> Result<Number, Malformed> {
        let start = self.at;
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let mut mantissa = 0;
        let first = self.at;
        self.digits(&mut mantissa);
        let mut digits = self.at - first;
        if digits == 0 || (digits > 1 && self.bytes[first] == b'0') {
            return Err(self.malformed("a number with no digit or a leading zero"));
        }
        let mut exponent = 0;
        if self.peek() == b'.' {
            self.at += 1;
            let point = self.at;
            self.digits(&mut mantissa);
            let places = self.at - point;
            if places == 0 {
                return Err(self.malformed("a number with no digit after its point"));
            }
            digits += places;
            exponent = -(places.min(1 << 20) as i32);
        }
        if self.peek() | 0x20 == b'e' {
            exponent = exponent.saturating_add(self.power()?);
        }
        Ok(Number { start, end: self.at, mantissa, exponent, negative, long: digits > DIGITS })
    }

    #[inline(always)]
    fn digits(&mut self, mantissa: &mut u64) {
        while let digit @ 0..=9 = self.peek().wrapping_sub(b'0') {
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
    }

    #[cold]
    fn power(&mut self) -> Result<i32, Malformed> {
        self.at += 1;
        let sign = self.peek();
        self.at += usize::from(sign == b'-' || sign == b'+');
        let first = self.at;
        let mut power: i32 = 0;
        while let digit @ 0..=9 = self.peek().wrapping_sub(b'0') {
            power = power.saturating_mul(10).saturating_add(i32::from(digit));
            self.at += 1;
        }
        if self.at == first {
            return Err(self.malformed("a number with an empty exponent"));
        }
        // Far beyond any f64, and far from overflow when places are added.
        let power = power.min(1 << 24);
        Ok(if sign == b'-' { -power } else { power })
    }
}
