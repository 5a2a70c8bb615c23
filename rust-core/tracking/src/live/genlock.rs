//! The moments of a genlocked engine's frames: exact for every rational rate, for ever.

use cyclorama_time::{FrameNumber, FrameRate, StageTime};

/// Frames of a rate from an origin. Frame `n` is at `origin + n / rate`, from integers: no drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genlock {
    /// Frames per second.
    pub rate: FrameRate,
    /// When frame 0 is.
    pub origin: StageTime,
}

impl Genlock {
    /// When frame `frame` is, rounded down to a nanosecond.
    pub fn at(&self, frame: FrameNumber) -> StageTime {
        self.origin.plus_nanos(self.rate.nanos_at(frame))
    }

    /// The frame that `time` lies in.
    pub fn frame(&self, time: StageTime) -> FrameNumber {
        self.rate.frame_at(time.nanos_since(self.origin))
    }

    /// The first frame at or after `time`, and when it is.
    pub fn next(&self, time: StageTime) -> (FrameNumber, StageTime) {
        let frame = self.frame(time);
        let frame = if self.at(frame) < time { frame.plus(1) } else { frame };
        (frame, self.at(frame))
    }
}
