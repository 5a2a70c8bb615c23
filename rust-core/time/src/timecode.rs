//! SMPTE 12M timecode: labels of frames within a day.

use std::{fmt, str::FromStr};

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{FrameNumber, FrameRate};

/// A timecode label `HH:MM:SS:FF` (`;FF` when drop-frame) at a rate. Always a label that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timecode {
    hours: u8,
    minutes: u8,
    seconds: u8,
    frames: u8,
    rate: FrameRate,
    drop_frame: bool,
}

/// Why a timecode was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimecodeError {
    /// A field is past its end.
    #[error("{hours:02}:{minutes:02}:{seconds:02}:{frames:02} is not a timecode at {rate} frames per second")]
    OutOfRange {
        /// 0-23 wanted.
        hours: u8,
        /// 0-59 wanted.
        minutes: u8,
        /// 0-59 wanted.
        seconds: u8,
        /// Less than the nominal rate wanted.
        frames: u8,
        /// The rate it was read at.
        rate: FrameRate,
    },
    /// Drop-frame counting skips this label.
    #[error("drop-frame timecode has no frame {frames:02} at {hours:02}:{minutes:02}:00")]
    Dropped {
        /// Hours of the label.
        hours: u8,
        /// Minutes of the label.
        minutes: u8,
        /// Frames of the label.
        frames: u8,
    },
    /// Drop-frame asked for at a rate that has none.
    #[error("there is no drop-frame timecode at {0} frames per second")]
    NoDropFrame(FrameRate),
    /// Timecode counts at most 120 frames in a second.
    #[error("there is no timecode at {0} frames per second; 120 is the most")]
    TooFast(FrameRate),
    /// The text is no timecode.
    #[error("`{0}` is not a timecode; write HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame")]
    Text(String),
}

impl Timecode {
    /// The label from its fields.
    ///
    /// # Errors
    /// When a field is out of range, the label is one drop-frame skips, or the rate has no such timecode.
    pub fn new(
        hours: u8,
        minutes: u8,
        seconds: u8,
        frames: u8,
        rate: FrameRate,
        drop_frame: bool,
    ) -> Result<Self, TimecodeError> {
        check_rate(rate, drop_frame)?;
        if hours > 23 || minutes > 59 || seconds > 59 || u32::from(frames) >= rate.nominal() {
            return Err(TimecodeError::OutOfRange { hours, minutes, seconds, frames, rate });
        }
        if drop_frame
            && seconds == 0
            && !minutes.is_multiple_of(10)
            && u32::from(frames) < dropped_each_minute(rate)
        {
            return Err(TimecodeError::Dropped { hours, minutes, frames });
        }
        Ok(Self { hours, minutes, seconds, frames, rate, drop_frame })
    }

    /// The label of frame `frame` of the day; past midnight, and before it, the day wraps.
    ///
    /// # Errors
    /// [`TimecodeError::NoDropFrame`] when the rate has no drop-frame counting, [`TimecodeError::TooFast`] past
    /// 120 frames per second.
    pub fn from_frame(frame: FrameNumber, rate: FrameRate, drop_frame: bool) -> Result<Self, TimecodeError> {
        check_rate(rate, drop_frame)?;
        let nominal = i64::from(rate.nominal());
        let mut label = frame.0.rem_euclid(frames_in_day(rate, drop_frame));
        if drop_frame {
            // Inverse of the drop count: P frames in ten minutes, Q in a minute that drops d labels.
            let d = i64::from(dropped_each_minute(rate));
            let (p, q) = (600 * nominal - 9 * d, 60 * nominal - d);
            let (tens, rest) = (label / p, label % p);
            label += 9 * d * tens + if rest >= d { d * ((rest - d) / q) } else { 0 };
        }
        let field = |value: i64| value as u8;
        Ok(Self {
            hours: field(label / (3600 * nominal)),
            minutes: field(label / (60 * nominal) % 60),
            seconds: field(label / nominal % 60),
            frames: field(label % nominal),
            rate,
            drop_frame,
        })
    }

    /// The number of this frame within its day; 00:00:00:00 is 0.
    pub fn frame_of_day(self) -> FrameNumber {
        let nominal = i64::from(self.rate.nominal());
        let minutes = 60 * i64::from(self.hours) + i64::from(self.minutes);
        let label = nominal * (60 * minutes + i64::from(self.seconds)) + i64::from(self.frames);
        let dropped = if self.drop_frame { i64::from(dropped_each_minute(self.rate)) } else { 0 };
        FrameNumber(label - dropped * (minutes - minutes / 10))
    }

    /// The label `frames` later (earlier when negative), wrapping at midnight.
    #[must_use]
    pub fn plus_frames(self, frames: i64) -> Self {
        let day = frames_in_day(self.rate, self.drop_frame);
        let frame = FrameNumber((self.frame_of_day().0 + frames.rem_euclid(day)) % day);
        Self::from_frame(frame, self.rate, self.drop_frame).unwrap_or(self)
    }

    /// Frames from `earlier` to this label, the short way round midnight: within half a day either way.
    /// Only for two labels of one rate and counting.
    pub fn frames_since(self, earlier: Self) -> i64 {
        let day = frames_in_day(self.rate, self.drop_frame);
        let forward = (self.frame_of_day().0 - earlier.frame_of_day().0).rem_euclid(day);
        if forward > day / 2 { forward - day } else { forward }
    }

    /// Whether this label is one of those from `first` on up to `last`, both included. The way is forward, so a last
    /// label that is smaller than the first lies beyond midnight. Only for labels of one rate and counting.
    pub fn lies_between(self, first: Self, last: Self) -> bool {
        let day = frames_in_day(self.rate, self.drop_frame);
        let forward = |to: Self| (to.frame_of_day().0 - first.frame_of_day().0).rem_euclid(day);
        forward(self) <= forward(last)
    }

    /// Real time from the label 00:00:00:00 to this one, nanoseconds. Without drop-frame, 29.97 takes 3.6 s
    /// longer than an hour to count one.
    pub fn nanos_of_day(self) -> i64 {
        self.rate.nanos_at(self.frame_of_day())
    }

    /// Hours, 0-23.
    pub fn hours(self) -> u8 {
        self.hours
    }

    /// Minutes, 0-59.
    pub fn minutes(self) -> u8 {
        self.minutes
    }

    /// Seconds, 0-59.
    pub fn seconds(self) -> u8 {
        self.seconds
    }

    /// Frames, from 0 to less than the nominal rate.
    pub fn frames(self) -> u8 {
        self.frames
    }

    /// The rate the label counts at.
    pub fn rate(self) -> FrameRate {
        self.rate
    }

    /// Whether the label counts drop-frame.
    pub fn is_drop_frame(self) -> bool {
        self.drop_frame
    }

    /// Reads `HH:MM:SS:FF`, or `HH:MM:SS;FF` for drop-frame, at `rate`.
    ///
    /// # Errors
    /// [`TimecodeError`] when the text is no timecode, or names a label that does not exist.
    pub fn parse(text: &str, rate: FrameRate) -> Result<Self, TimecodeError> {
        let refused = || TimecodeError::Text(text.to_owned());
        let (clock, frames, drop_frame) = match text.rsplit_once(';') {
            Some((clock, frames)) => (clock, frames, true),
            None => {
                text.rsplit_once(':').map(|(clock, frames)| (clock, frames, false)).ok_or_else(refused)?
            }
        };
        let mut fields = clock.split(':').chain([frames]).map(|field| {
            let digits = (1..=3).contains(&field.len()) && field.bytes().all(|c| c.is_ascii_digit());
            if digits { field.parse::<u8>().map_err(|_| refused()) } else { Err(refused()) }
        });
        let mut next = || fields.next().ok_or_else(refused)?;
        let label = Self::new(next()?, next()?, next()?, next()?, rate, drop_frame)?;
        if fields.next().is_some() { Err(refused()) } else { Ok(label) }
    }
}

fn check_rate(rate: FrameRate, drop_frame: bool) -> Result<(), TimecodeError> {
    if rate.nominal() > 120 {
        return Err(TimecodeError::TooFast(rate));
    }
    if drop_frame && !rate.has_drop_frame() {
        return Err(TimecodeError::NoDropFrame(rate));
    }
    Ok(())
}

/// Labels skipped at the start of each minute not divisible by ten: 2 at 29.97, 4 at 59.94.
fn dropped_each_minute(rate: FrameRate) -> u32 {
    rate.nominal() / 15
}

fn frames_in_day(rate: FrameRate, drop_frame: bool) -> i64 {
    let nominal = i64::from(rate.nominal());
    let dropped = if drop_frame { i64::from(dropped_each_minute(rate)) * (1440 - 144) } else { 0 };
    86_400 * nominal - dropped
}

impl Classify for TimecodeError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.drop_frame { ';' } else { ':' };
        let Self { hours, minutes, seconds, frames, .. } = self;
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}{separator}{frames:02}")
    }
}

impl FromStr for Timecode {
    type Err = TimecodeError;

    /// Reads `HH:MM:SS:FF@RATE`.
    fn from_str(text: &str) -> Result<Self, TimecodeError> {
        let refused = || TimecodeError::Text(text.to_owned());
        let (label, rate) = text.split_once('@').ok_or_else(refused)?;
        Self::parse(label, rate.parse().map_err(|_| refused())?)
    }
}

impl Serialize for Timecode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self}@{}", self.rate))
    }
}

impl<'de> Deserialize<'de> for Timecode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
