//! Inclusive ranges of frames, as people write them: `10-20`, `7`, `-10--3`.

use std::{fmt, str::FromStr};

use cyclorama_time::FrameNumber;
use serde::{Deserialize, Serialize};

/// Frames from `first` to `last`, both included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct FrameRange {
    /// The first frame.
    pub first: FrameNumber,
    /// The last frame, not before the first.
    pub last: FrameNumber,
}

#[derive(Deserialize)]
struct Ends {
    first: FrameNumber,
    last: FrameNumber,
}

/// The text or the ends are no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a range of frames; write FIRST-LAST, both included, as in 10-20")]
pub struct ParseRangeError(pub String);

impl FrameRange {
    /// From the first to the last frame, both included.
    ///
    /// # Errors
    /// [`ParseRangeError`] when the last comes before the first.
    pub fn new(first: FrameNumber, last: FrameNumber) -> Result<Self, ParseRangeError> {
        let range = Self { first, last };
        if first <= last { Ok(range) } else { Err(ParseRangeError(range.to_string())) }
    }

    /// How many frames.
    pub fn count(self) -> u64 {
        self.last.0.abs_diff(self.first.0).saturating_add(1)
    }

    /// Whether `frame` is one of them.
    pub fn contains(self, frame: FrameNumber) -> bool {
        (self.first..=self.last).contains(&frame)
    }

    /// The frames in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = FrameNumber> + Clone {
        (self.first.0..=self.last.0).map(FrameNumber)
    }

    /// The same frames in pieces of at most `length` (at least 1), of lengths that differ by one at most.
    pub fn chunks(self, length: u32) -> Vec<Self> {
        let pieces = self.count().div_ceil(u64::from(length.max(1)));
        let (short, longer) = (self.count() / pieces, self.count() % pieces);
        let mut first = self.first.0;
        (0..pieces)
            .map(|piece| {
                let length = short + u64::from(piece < longer);
                let last = first + length as i64 - 1;
                let range = Self { first: FrameNumber(first), last: FrameNumber(last) };
                first = last + 1;
                range
            })
            .collect()
    }

    /// The contiguous runs of frames of this range for which `wanted` holds.
    pub fn runs(self, wanted: impl Fn(FrameNumber) -> bool) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for frame in self.iter().filter(|&frame| wanted(frame)) {
            match runs.last_mut() {
                Some(run) if run.last.0 + 1 == frame.0 => run.last = frame,
                _ => runs.push(Self { first: frame, last: frame }),
            }
        }
        runs
    }
}

impl TryFrom<Ends> for FrameRange {
    type Error = ParseRangeError;
    fn try_from(ends: Ends) -> Result<Self, ParseRangeError> {
        Self::new(ends.first, ends.last)
    }
}

impl fmt::Display for FrameRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first.0, self.last.0)
    }
}

impl FromStr for FrameRange {
    type Err = ParseRangeError;

    fn from_str(text: &str) -> Result<Self, ParseRangeError> {
        let refused = || ParseRangeError(text.to_owned());
        let number = |text: &str| match text.trim().parse::<i64>() {
            Ok(number) if number.unsigned_abs() < 1 << 40 => Ok(FrameNumber(number)),
            _ => Err(refused()),
        };
        // The dash between two numbers is one that follows a digit; any other belongs to a negative number.
        let between = text
            .char_indices()
            .zip(text.chars().skip(1))
            .find(|((_, before), dash)| (before.is_ascii_digit() || *before == ' ') && *dash == '-')
            .map(|((at, _), _)| at + 1);
        match between {
            Some(at) if !text[..at].trim().is_empty() => {
                Self::new(number(&text[..at])?, number(&text[at + 1..])?)
            }
            _ => number(text).map(|frame| Self { first: frame, last: frame }),
        }
        .map_err(|_| refused())
    }
}
