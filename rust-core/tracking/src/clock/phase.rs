//! Where in a frame packets land, against the moment the engine reads.
//!
//! When packets land close to the read point, jitter decides which frame sees them: alternate stale and fresh
//! frames, which people see as stutter. This tells the margin, and where to read instead.

use cyclorama_time::{FrameRate, StageTime};
use serde::Serialize;

const BINS: usize = 100;
/// A packet counts for this many packets after it.
const MEMORY: f64 = 512.0;
/// A read this near to packets is one jitter decides, nanoseconds.
const NEAR: f64 = 1e6;

/// Watches one stream against one engine's frames.
#[derive(Clone, Debug)]
pub struct FramePhase {
    rate: FrameRate,
    origin: StageTime,
    bins: [f64; BINS],
    total: f64,
}

/// How packets land against the read point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PhaseHealth {
    /// Packets that land within a millisecond of the read point, 0 to 1. Above about 0.02 frames stutter.
    pub at_risk: f64,
    /// From the read point to the nearest time at which more than one packet in a hundred lands, nanoseconds.
    pub margin_nanos: i64,
    /// Reading this much later (less than a frame) gives the widest margin with the freshest sample.
    pub suggested_shift_nanos: i64,
}

impl FramePhase {
    /// Frames of `rate`, read at `origin` and whole frames before and after.
    pub fn new(rate: FrameRate, origin: StageTime) -> Self {
        Self { rate, origin, bins: [0.0; BINS], total: 0.0 }
    }

    /// Takes an arrival.
    pub fn take(&mut self, arrived: StageTime) {
        let since = arrived.nanos_since(self.origin);
        let start = self.rate.nanos_at(self.rate.frame_at(since));
        let phase = (since - start) as f64 / self.rate.frame_nanos() as f64;
        let bin = ((phase * BINS as f64) as usize).min(BINS - 1);
        let keep = 1.0 - 1.0 / MEMORY;
        for weight in &mut self.bins {
            *weight *= keep;
        }
        self.total = self.total * keep + 1.0;
        self.bins[bin] += 1.0;
    }

    /// What is known so far; `None` before 32 packets.
    pub fn health(&self) -> Option<PhaseHealth> {
        if self.total < 30.0 {
            return None;
        }
        let frame = self.rate.frame_nanos() as f64;
        let width = frame / BINS as f64;
        let share = |bin: usize| self.bins[bin % BINS] / self.total;
        let near = ((NEAR / width).ceil() as usize).clamp(1, BINS / 2);
        let at_risk = (0..near).map(|bin| share(bin) + share(BINS - 1 - bin)).sum::<f64>();
        let busy = |bin: usize| share(bin) > 0.01;
        let after = (0..BINS).position(busy).unwrap_or(BINS);
        let before = (0..BINS).position(|bin| busy(BINS - 1 - bin)).unwrap_or(BINS);
        let margin_nanos = (after.min(before) as f64 * width) as i64;
        Some(PhaseHealth { at_risk, margin_nanos, suggested_shift_nanos: self.shift(width, busy) })
    }

    /// Into the longest quiet stretch, but no further than two milliseconds past its start.
    fn shift(&self, width: f64, busy: impl Fn(usize) -> bool) -> i64 {
        let (mut best, mut length) = (0, 0);
        let mut quiet = 0;
        for bin in 0..2 * BINS {
            quiet = if busy(bin) { 0 } else { quiet + 1 };
            if quiet > length && quiet <= BINS {
                (best, length) = (bin + 1 - quiet, quiet);
            }
        }
        let into = (length as f64 * width * 0.5).min(2e6);
        ((best % BINS) as f64 * width + into) as i64
    }
}
