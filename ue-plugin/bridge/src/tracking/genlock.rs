//! The beat an engine runs by, waited for on its game thread, never longer than it was told.

use std::{sync::Arc, thread, time::Duration};

use cyclorama_time::{Clock as _, FrameRate, StageTime};
use cyclorama_tracking::{
    clock::WallReference,
    ingest::{Origin, TickOptions, Ticks},
};

use super::{GenlockOptions, Tick, samples::Samples, shared::Shared};
use crate::{
    Status,
    failure::Failure,
    time::{self, beat::Follower},
};

/// See the module.
pub(crate) struct Genlock(Option<Beat>);

struct Beat {
    ticks: Ticks,
    samples: Samples,
    /// Says how it goes to whoever asks.
    follower: Follower,
    wall_at: StageTime,
    /// When a tracker was heard last; a beat that follows one is none without it.
    heard: Option<StageTime>,
}

/// How often the wall clock is looked at, nanoseconds.
const WALL_NANOS: i64 = 1_000_000_000;
/// A tracker that is silent for so long gives no beat, nanoseconds.
const SILENT: i64 = 500_000_000;
/// The wall clock of a machine nobody measured, nanoseconds.
const WALL_WITHIN: i64 = 50_000_000;
/// Sleeping longer than asked for is usual; the last bit is waited for awake, nanoseconds.
const AWAKE: i64 = 100_000;

impl Genlock {
    pub(super) fn new(shared: &Arc<Shared>, options: &GenlockOptions) -> Result<Self, Failure> {
        let rate = FrameRate::new(options.rate_numerator, options.rate_denominator)
            .map_err(|error| Failure::new(Status::User, format!("failed to lock to a beat: {error}")))?;
        let origin = if options.follow_tracker { Origin::Tracker } else { Origin::House };
        let shift_nanos = i64::from(options.shift_us) * 1_000;
        let options = TickOptions { rate, origin, horizon_nanos: 0, shift_nanos };
        let now = time::clock().now();
        let wall = WallReference::read(time::clock(), WALL_WITHIN);
        Ok(Self(Some(Beat {
            ticks: Ticks::new(options, now, Some(&wall)),
            samples: shared.samples(None),
            follower: Follower::new(rate, origin == Origin::Tracker),
            wall_at: now,
            heard: None,
        })))
    }

    /// One that has no beat.
    pub(super) fn failed(_: Status) -> Self {
        Self(None)
    }

    pub(super) fn wait(&mut self, timeout_us: u32) -> Result<Tick, Failure> {
        let beat = self.0.as_mut().ok_or(Status::Internal)?;
        let tick = beat.wait(timeout_us);
        match &tick {
            Ok(tick) => beat.follower.came(tick.frame, StageTime::from_nanos(tick.begins_ns)),
            Err(_) => beat.follower.did_not_come(),
        }
        tick
    }
}

impl Beat {
    fn wait(&mut self, timeout_us: u32) -> Result<Tick, Failure> {
        let begun = time::clock().now();
        let end = begun.plus_nanos(i64::from(timeout_us) * 1_000);
        self.watch(begun);
        loop {
            let now = time::clock().now();
            self.hear();
            if self.is_silent(now) {
                // Nothing to follow: a wait would only hold the engine up.
                return Err(Status::Timeout.into());
            }
            if let Some(due) = self.ticks.due(now) {
                let (frame, begins_ns) = (due.frame.0, due.begins.nanos());
                return Ok(Tick { frame, begins_ns, skipped: due.skipped });
            }
            let wake = self.ticks.wake(now);
            if wake > end {
                return Err(Status::Timeout.into());
            }
            let left = wake.nanos_since(now) - AWAKE;
            if left > 0 {
                thread::park_timeout(Duration::from_nanos(left.unsigned_abs()));
            } else {
                std::hint::spin_loop();
            }
        }
    }

    fn hear(&mut self) {
        for (at, sample) in self.samples.try_iter() {
            self.ticks.sample(sample.arrived, at);
            self.heard = Some(sample.arrived);
        }
    }

    fn is_silent(&self, now: StageTime) -> bool {
        let follows = self.ticks.options().origin == Origin::Tracker;
        follows && self.heard.is_none_or(|heard| now.nanos_since(heard) > SILENT)
    }

    fn watch(&mut self, now: StageTime) {
        if now.nanos_since(self.wall_at) >= WALL_NANOS {
            self.wall_at = now;
            self.ticks.set_wall(&WallReference::read(time::clock(), WALL_WITHIN));
        }
    }
}
