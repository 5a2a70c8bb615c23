//! A subject at any time: between samples, a little past them, and never pretending.
//!
//! Inside the samples pose and lens are interpolated; past the newest they are foretold up to a limit, then held
//! and called stale. A lost tracker is never extrapolated. Implausible samples are kept out until several in a
//! row agree. Times come from [`crate::clock`]; nothing here reads a clock, and nothing is allocated per sample.

mod buffer;
mod gate;
mod genlock;
mod newest;
mod redundant;
mod seam;
mod tracker;
mod watch;
mod words;

use cyclorama_space::{LensState, Pose, interpolate, interpolate::Keyed};
use cyclorama_time::StageTime;
use serde::{Deserialize, Serialize};

use crate::{
    Sample, Status,
    predict::{Adaptive, Method, Predictor},
};
use buffer::{Buffer, Entry};
use gate::{Gate, Judgement};
pub use genlock::Genlock;
pub use newest::{Newest, NewestPose, NewestWriter, newest};
pub use redundant::{Redundant, RedundantOptions};
pub use tracker::{Admitted, SubjectStatus, Tracker, TrackerOptions};
pub use words::{Words, WordsWriter, words};

/// How a subject is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveOptions {
    /// Who foretells.
    pub method: Method,
    /// How far ahead is usually asked for, nanoseconds: what the predictor is tuned to.
    pub usual_horizon_nanos: i64,
    /// Past the newest sample by more than this the pose is held, nanoseconds.
    pub longest_horizon_nanos: i64,
    /// When the parts of a sample were taken, against its time.
    pub offsets: Offsets,
    /// Keep implausible samples out.
    pub gate: bool,
}

/// How much later than the sample's time its parts were taken, nanoseconds; negative for earlier. OpenTrackIO
/// states them as `synchronization.offsets`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offsets {
    /// Position.
    pub translation_nanos: i64,
    /// Rotation.
    pub rotation_nanos: i64,
    /// Lens.
    pub lens_nanos: i64,
}

impl Offsets {
    /// Both, one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            translation_nanos: self.translation_nanos.saturating_add(other.translation_nanos),
            rotation_nanos: self.rotation_nanos.saturating_add(other.rotation_nanos),
            lens_nanos: self.lens_nanos.saturating_add(other.lens_nanos),
        }
    }
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            method: Method::Adaptive,
            usual_horizon_nanos: 80_000_000,
            longest_horizon_nanos: 250_000_000,
            offsets: Offsets::default(),
            gate: true,
        }
    }
}

/// Where a pose comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Between samples, or at one.
    Interpolated,
    /// Past the newest sample.
    Predicted,
    /// The tracker is lost or silent: the last that was known, unmoving.
    Held,
}

/// A subject at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluated {
    /// The moment.
    pub at: StageTime,
    /// Camera (sensor) pose.
    pub pose: Pose,
    /// Lens.
    pub lens: LensState,
    /// Where the pose comes from.
    pub origin: Origin,
    /// Not to be trusted: held, or from before the oldest sample.
    pub stale: bool,
    /// The tracker's word on the newest sample.
    pub status: Status,
    /// How far past the newest sample it is, nanoseconds; 0 inside.
    pub ahead_nanos: i64,
    /// 0 (held) to 1 (measured, and the tracker says good).
    pub confidence: f64,
    /// The error to expect, about one in twenty being larger: metres and radians.
    pub margin: (f64, f64),
}

impl Evaluated {
    /// How much larger the picture should be drawn, so that what is shown is covered when the pose was off by
    /// the margin: 1 for not at all. Needs the lens; without it, that of a 60 degree view.
    pub fn overscan(&self) -> f64 {
        let view = self.lens.horizontal_fov().map_or(60.0_f64.to_radians(), cyclorama_space::Angle::radians);
        let distance = self.lens.focus_distance_m.filter(|metres| metres.is_finite()).unwrap_or(3.0).max(0.5);
        let (metres, radians) = self.margin;
        (1.0 + 2.0 * (radians + metres / distance) / view.max(0.01)).clamp(1.0, 2.0)
    }
}

/// What became of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is used.
    Used,
    /// It is used, and those kept out before it were right after all: the subject jumped.
    Relocked,
    /// It is implausible and kept out.
    Outlier,
    /// It has no pose to use; the subject counts as lost from there on.
    Lost,
    /// It is older than everything kept, or for a time before the newest that is taken.
    Ignored,
}

/// One subject as one sender sees it.
pub struct Live {
    options: LiveOptions,
    buffer: Buffer,
    gate: Gate,
    foreteller: Foreteller,
    zero: Option<StageTime>,
    /// The newest sample, while the predictor has not learnt from it.
    unlearnt: Option<(StageTime, Pose)>,
    status: Status,
    /// What the sender says of the parts of its samples.
    stated: Offsets,
    outliers: u64,
    relocks: u64,
}

/// The predictor, kept by kind because only the adaptive one knows its own error.
enum Foreteller {
    Adaptive(Box<Adaptive>),
    Other(Box<dyn Predictor>),
}

impl Live {
    /// Nothing known yet.
    pub fn new(options: LiveOptions) -> Self {
        Self {
            buffer: Buffer::new(),
            gate: Gate::default(),
            foreteller: Foreteller::new(&options),
            zero: None,
            unlearnt: None,
            status: Status::Unknown,
            stated: Offsets::default(),
            outliers: 0,
            relocks: 0,
            options,
        }
    }

    /// Takes a sample that was taken at `at`, as recovered from its sender's clock. Then [`Live::learn`] may be
    /// called, once the sample has been handed on; else the next call here or of [`Live::at`] does that first.
    pub fn take(&mut self, at: StageTime, sample: &Sample) -> Taken {
        self.learn();
        let usable = |pose: &Pose| pose.is_valid() && sample.status != Status::Lost;
        // A clock that never runs backwards gives a bunch of samples one time: the last of them is the truth of it.
        let again = self.buffer.newest().is_some_and(|entry| at == entry.at);
        let newest = again || self.buffer.newest().is_none_or(|entry| at > entry.at);
        if newest {
            self.status = sample.status;
            self.stated = sample.clocking.offsets.unwrap_or_default();
        }
        let lens = carried(&sample.lens, self.buffer.newest().map(|entry| &entry.lens));
        let Some(pose) = sample.pose.filter(usable) else {
            self.gate.interrupt();
            let taken = self.buffer.insert(Entry { at, pose: None, lens, cut: false });
            return if taken { Taken::Lost } else { Taken::Ignored };
        };
        if !newest {
            let taken = self.buffer.insert(Entry { at, pose: Some(pose), lens, cut: false });
            return if taken { Taken::Used } else { Taken::Ignored };
        }
        let judgement = if self.options.gate { self.gate.judge(at, &pose) } else { Judgement::Sound };
        if judgement == Judgement::Outlier {
            self.outliers += 1;
            return Taken::Outlier;
        }
        let cut = judgement == Judgement::Jump;
        if cut {
            self.relocks += 1;
            self.foreteller = Foreteller::new(&self.options);
        }
        let entry = Entry { at, pose: Some(pose), lens, cut };
        if again {
            self.buffer.renew(entry);
        } else {
            self.buffer.insert(entry);
        }
        // No speed comes of two poses at one time; a predictor that begins anew takes the first it gets.
        if cut || !again {
            self.unlearnt = Some((at, pose));
        }
        if cut { Taken::Relocked } else { Taken::Used }
    }

    /// Does what a sample makes necessary but what nobody waits for: the predictor learns from it.
    pub fn learn(&mut self) {
        let Some((at, pose)) = self.unlearnt.take() else { return };
        let zero = *self.zero.get_or_insert(at);
        self.foreteller.observe(at.nanos_since(zero) as f64 * 1e-9, &pose);
        self.gate.learn();
    }

    /// The subject at `time`; `None` before its first pose.
    pub fn at(&mut self, time: StageTime) -> Option<Evaluated> {
        self.learn();
        let Offsets { translation_nanos, rotation_nanos, lens_nanos } =
            self.options.offsets.plus(self.stated);
        let back = |offset: i64| time.plus_nanos(offset.saturating_neg());
        let mut found = self.pose(back(translation_nanos))?;
        if rotation_nanos != translation_nanos {
            let turned = self.pose(back(rotation_nanos))?;
            found.pose.rotation = turned.pose.rotation;
            found.ahead = found.ahead.max(turned.ahead);
            found.origin = found.origin.worse(turned.origin);
            found.stale |= turned.stale;
        }
        Some(Evaluated {
            at: time,
            pose: found.pose,
            lens: self.lens(back(lens_nanos)),
            origin: found.origin,
            stale: found.stale,
            status: self.status,
            ahead_nanos: found.ahead,
            confidence: self.confidence(&found),
            margin: self.margin(&found),
        })
    }

    /// Time of the newest sample that is used.
    pub fn newest(&self) -> Option<StageTime> {
        self.buffer.newest().map(|entry| entry.at)
    }

    /// Whether the newest sample has a pose.
    pub fn has_pose(&self) -> bool {
        self.buffer.newest().is_some_and(|entry| entry.pose.is_some())
    }

    /// Samples kept out, and jumps believed, so far.
    pub fn outliers(&self) -> (u64, u64) {
        (self.outliers, self.relocks)
    }

    fn pose(&self, time: StageTime) -> Option<Found> {
        let newest = self.buffer.newest()?;
        if time > newest.at {
            return self.beyond(time, newest);
        }
        let after = self.buffer.first_not_before(time);
        let held = |pose: Pose| Found { pose, origin: Origin::Held, stale: true, ahead: 0 };
        let key = |entry: &Entry| Some(Keyed { time: seconds(entry.at, time), value: entry.pose? });
        let to = self.buffer.get(after)?;
        if let (Some(pose), true) = (to.pose, to.at == time) {
            return Some(Found { pose, origin: Origin::Interpolated, stale: false, ahead: 0 });
        }
        let from = after.checked_sub(1).and_then(|index| self.buffer.get(index));
        let (Some(from), Some(to_key), false) = (from.and_then(key), key(to), to.cut) else {
            // A hole, a jump, or before all samples: nothing between is known.
            let last = self.buffer.last_pose_before(after).or_else(|| self.buffer.first_pose())?;
            return Some(held(last));
        };
        // Neighbours shape the curve, unless something broke off in between.
        let before = after.checked_sub(2).and_then(|index| self.buffer.get(index));
        let before = before.filter(|_| self.buffer.get(after - 1).is_some_and(|from| !from.cut));
        let next = self.buffer.get(after + 1).filter(|next| !next.cut);
        let pose = interpolate::pose(before.and_then(key), from, to_key, next.and_then(key), 0.0);
        Some(Found { pose, origin: Origin::Interpolated, stale: false, ahead: 0 })
    }

    /// Past the newest sample.
    fn beyond(&self, time: StageTime, newest: &Entry) -> Option<Found> {
        let ahead = time.nanos_since(newest.at);
        let Some(last) = newest.pose else {
            let last = self.buffer.last_pose_before(self.buffer.len())?;
            return Some(Found { pose: last, origin: Origin::Held, stale: true, ahead });
        };
        let limit = self.options.longest_horizon_nanos.max(0);
        let over = ahead > limit;
        let pose = self.foreteller.predict(ahead.min(limit) as f64 * 1e-9).unwrap_or(last);
        Some(Found { pose, origin: if over { Origin::Held } else { Origin::Predicted }, stale: over, ahead })
    }

    fn lens(&self, time: StageTime) -> LensState {
        let after = self.buffer.first_not_before(time);
        let to = self.buffer.get(after);
        let from = after.checked_sub(1).and_then(|index| self.buffer.get(index));
        match (from, to) {
            (Some(from), Some(to)) => {
                let span = to.at.nanos_since(from.at).max(1) as f64;
                interpolate::lens(&from.lens, &to.lens, time.nanos_since(from.at) as f64 / span)
            }
            (Some(one), None) | (None, Some(one)) => one.lens,
            (None, None) => LensState::default(),
        }
    }

    fn confidence(&self, found: &Found) -> f64 {
        let word = match self.status {
            Status::Good | Status::Unknown => 1.0,
            Status::Caution => 0.7,
            Status::Bad => 0.3,
            Status::Lost => 0.0,
        };
        match found.origin {
            Origin::Held => 0.0,
            Origin::Interpolated => word,
            Origin::Predicted => {
                let limit = self.options.longest_horizon_nanos.max(1) as f64;
                word * libm::exp(-found.ahead as f64 / limit)
            }
        }
    }

    fn margin(&self, found: &Found) -> (f64, f64) {
        if found.origin == Origin::Interpolated {
            return (0.0, 0.0);
        }
        // About one error in twenty is more than twice the root mean square.
        let usual = self.options.usual_horizon_nanos.max(10_000_000) as f64;
        if let Some((metres, radians)) = self.foreteller.expected_error() {
            let part = 2.0 * found.ahead as f64 / usual;
            return (metres * part, radians * part);
        }
        let (metres, radians, period) = self.gate.usual();
        let part = 3.0 * found.ahead as f64 * 1e-9 / period.max(1e-3);
        (metres * part, radians * part)
    }
}

/// A pose and where it comes from.
struct Found {
    pose: Pose,
    origin: Origin,
    stale: bool,
    ahead: i64,
}

impl Origin {
    fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Held, _) | (_, Self::Held) => Self::Held,
            (Self::Predicted, _) | (_, Self::Predicted) => Self::Predicted,
            _ => Self::Interpolated,
        }
    }
}

impl Foreteller {
    fn new(options: &LiveOptions) -> Self {
        let horizon = options.usual_horizon_nanos as f64 * 1e-9;
        match options.method {
            Method::Adaptive => Self::Adaptive(Box::new(Adaptive::new(horizon))),
            method => Self::Other(method.predictor(horizon)),
        }
    }

    fn observe(&mut self, seconds: f64, pose: &Pose) {
        match self {
            Self::Adaptive(adaptive) => adaptive.observe(seconds, pose),
            Self::Other(other) => other.observe(seconds, pose),
        }
    }

    fn predict(&self, ahead: f64) -> Option<Pose> {
        match self {
            Self::Adaptive(adaptive) => adaptive.predict(ahead),
            Self::Other(other) => other.predict(ahead),
        }
    }

    fn expected_error(&self) -> Option<(f64, f64)> {
        match self {
            Self::Adaptive(adaptive) => adaptive.expected_error(),
            Self::Other(_) => None,
        }
    }
}

/// Sensor, squeeze and focal length stay as last said: trackers send them less often than poses.
fn carried(lens: &LensState, before: Option<&LensState>) -> LensState {
    let Some(before) = before else { return *lens };
    LensState {
        sensor: lens.sensor.or(before.sensor),
        focal_length_mm: lens.focal_length_mm.or(before.focal_length_mm),
        anamorphic_squeeze: lens.anamorphic_squeeze.or(before.anamorphic_squeeze),
        ..*lens
    }
}

/// Seconds of `time` from `zero`.
fn seconds(time: StageTime, zero: StageTime) -> f64 {
    time.nanos_since(zero) as f64 * 1e-9
}

#[cfg(test)]
mod tests;
