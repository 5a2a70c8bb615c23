//! Rational frame rates and integer frame numbers.

use std::{fmt, num::NonZeroU32, str::FromStr};

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Frames per second as an exact fraction in lowest terms; 24000/1001 is not 23.976.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    numerator: NonZeroU32,
    denominator: NonZeroU32,
}

/// A frame counted from a zero the context names (a take's first frame, midnight of its timecode).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct FrameNumber(pub i64);

/// Why a frame rate was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// A zero above or below the line, or more than 1000 frames per second.
    #[error("a frame rate is a positive fraction of at most 1000, not {numerator}/{denominator}")]
    OutOfRange {
        /// Above the line.
        numerator: u32,
        /// Below the line.
        denominator: u32,
    },
    /// The text is no frame rate.
    #[error("`{0}` is not a frame rate; write 24, 30000/1001 or 29.97")]
    Text(String),
}

impl FrameRate {
    /// 24 frames per second.
    pub const FPS_24: Self = Self::exact(24, 1);
    /// 25 frames per second.
    pub const FPS_25: Self = Self::exact(25, 1);
    /// 30 frames per second.
    pub const FPS_30: Self = Self::exact(30, 1);
    /// 50 frames per second.
    pub const FPS_50: Self = Self::exact(50, 1);
    /// 60 frames per second.
    pub const FPS_60: Self = Self::exact(60, 1);
    /// 24000/1001 frames per second, "23.976".
    pub const FPS_23_976: Self = Self::exact(24000, 1001);
    /// 30000/1001 frames per second, "29.97".
    pub const FPS_29_97: Self = Self::exact(30000, 1001);
    /// 60000/1001 frames per second, "59.94".
    pub const FPS_59_94: Self = Self::exact(60000, 1001);

    const fn exact(numerator: u32, denominator: u32) -> Self {
        match (NonZeroU32::new(numerator), NonZeroU32::new(denominator)) {
            (Some(numerator), Some(denominator)) => Self { numerator, denominator },
            _ => panic!("a constant frame rate is not zero"),
        }
    }

    /// `numerator / denominator` frames per second, brought to lowest terms.
    ///
    /// # Errors
    /// [`RateError::OutOfRange`] for zeros and for more than 1000 frames per second.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, RateError> {
        let refused = RateError::OutOfRange { numerator, denominator };
        let divisor = gcd(numerator, denominator);
        if divisor == 0 || u64::from(numerator) > 1000 * u64::from(denominator) {
            return Err(refused);
        }
        match (NonZeroU32::new(numerator / divisor), NonZeroU32::new(denominator / divisor)) {
            (Some(numerator), Some(denominator)) => Ok(Self { numerator, denominator }),
            _ => Err(refused),
        }
    }

    /// Above the line.
    pub fn numerator(self) -> u32 {
        self.numerator.get()
    }

    /// Below the line.
    pub fn denominator(self) -> u32 {
        self.denominator.get()
    }

    /// Frames per second, for display and estimates only.
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator()) / f64::from(self.denominator())
    }

    /// The whole number of frames timecode counts in a second: the rate rounded up (30 for 29.97).
    pub fn nominal(self) -> u32 {
        self.numerator().div_ceil(self.denominator())
    }

    /// Whether SMPTE 12M drop-frame counting exists for this rate (30000/1001 and 60000/1001).
    pub fn has_drop_frame(self) -> bool {
        self == Self::FPS_29_97 || self == Self::FPS_59_94
    }

    /// Nanoseconds from frame zero to the start of `frame`, rounded down.
    pub fn nanos_at(self, frame: FrameNumber) -> i64 {
        let nanos = i128::from(frame.0) * i128::from(self.denominator()) * 1_000_000_000;
        clamp(nanos.div_euclid(i128::from(self.numerator())))
    }

    /// The frame that contains the moment `nanos` after frame zero.
    pub fn frame_at(self, nanos: i64) -> FrameNumber {
        // One more nanosecond, since `nanos_at` rounds down: the start of a frame belongs to it.
        let scaled = (i128::from(nanos) + 1) * i128::from(self.numerator()) - 1;
        FrameNumber(clamp(scaled.div_euclid(i128::from(self.denominator()) * 1_000_000_000)))
    }

    /// How long a frame lasts, nanoseconds, rounded down. To place frames use [`FrameRate::nanos_at`]: adding
    /// this up drifts.
    pub fn frame_nanos(self) -> i64 {
        self.nanos_at(FrameNumber(1))
    }
}

impl FrameNumber {
    /// The frame `frames` later, earlier when negative (saturating).
    #[must_use]
    pub const fn plus(self, frames: i64) -> Self {
        Self(self.0.saturating_add(frames))
    }

    /// Frames from `earlier` to this one (saturating).
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for FrameNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Classify for RateError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// The n * 1000/1001 rate people mean by a decimal (23.976, 23.98, 59.94): the one that rounds to those digits.
fn spoken(whole: &str, fraction: &str) -> Option<FrameRate> {
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if !digits(whole)
        || !digits(fraction)
        || !(1..=3).contains(&whole.len())
        || !(2..=6).contains(&fraction.len())
    {
        return None;
    }
    let unit = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let nominal = whole.parse::<u64>().ok()? + 1;
    let said = (nominal - 1) * unit + fraction.parse::<u64>().ok()?;
    let rounded = (nominal * 1000 * unit + 500) / 1001;
    (said == rounded).then(|| FrameRate::new(u32::try_from(nominal).ok()? * 1000, 1001).ok())?
}

fn clamp(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator() {
            1 => write!(f, "{}", self.numerator()),
            denominator => write!(f, "{}/{denominator}", self.numerator()),
        }
    }
}

impl FromStr for FrameRate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let refused = || RateError::Text(text.to_owned());
        if let Some((whole, fraction)) = text.trim().split_once('.') {
            return spoken(whole, fraction).ok_or_else(refused);
        }
        let (numerator, denominator) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
        let numerator = numerator.trim().parse().map_err(|_| refused())?;
        let denominator = denominator.trim().parse().map_err(|_| refused())?;
        Self::new(numerator, denominator)
    }
}

impl Serialize for FrameRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FrameRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
