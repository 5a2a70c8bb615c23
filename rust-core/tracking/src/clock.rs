//! Clock recovery: when each sample was taken, on the stage's own clock.
//!
//! Packets arrive late by a different amount each time. A sender's stamps (or, where it has none, the beat of
//! its frames) are held against the earliest arrivals, which gives offset and skew of its clock without the
//! network's jitter. Senders locked to PTP are taken at their word when that is plausible. Times given out for a
//! running sender never step backwards: corrections are slewed. Takes time as an argument and reads no clock.

mod envelope;
mod grid;
mod phase;
mod wall;

use cyclorama_time::{FrameRate, SenderTime, StageTime};
use serde::Serialize;

use envelope::Envelope;
use grid::Grid;
pub use phase::{FramePhase, PhaseHealth};
pub use wall::{Scale, WallReference};

/// What is known of a sender before it is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockOptions {
    /// Samples per second, where somebody said so.
    pub rate: Option<FrameRate>,
    /// The sender's frame counter returns to zero after so many (16 for four bits). Absent: it has none.
    pub counter_modulus: Option<u32>,
    /// How long the fastest packet needs from sampling to arrival, nanoseconds: the part no fit can see. The
    /// sampling times of senders without a common clock are earlier by this.
    pub path_delay_nanos: i64,
}

/// One packet, as far as clocks care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// When it arrived.
    pub arrived: StageTime,
    /// When the sender says it sampled.
    pub sampled: Option<SenderTime>,
    /// The sender's frame counter.
    pub counter: Option<u32>,
    /// The sender says its clock is locked to PTP.
    pub ptp_locked: bool,
}

/// What a sampling time rests on, best last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The arrival itself: nothing better is known yet.
    #[default]
    Arrival,
    /// The steady beat of the sender's frames.
    Grid,
    /// The sender's own clock, fitted to the earliest arrivals.
    Device,
    /// A clock that sender and stage share.
    Ptp,
}

/// When a sample was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// On the stage's clock.
    pub at: StageTime,
    /// What it rests on.
    pub basis: Basis,
}

/// How well a sender's clock is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ClockHealth {
    /// What times rest on now.
    pub basis: Basis,
    /// Which scale the sender's stamps turned out to be on.
    pub scale: Option<Scale>,
    /// The sender says PTP, but its stamps do not fit the stage's: they are treated as a clock of its own.
    pub implausible_ptp: bool,
    /// The sender's clock runs fast by so many parts per million; absent until known.
    pub skew_ppm: Option<f64>,
    /// Mean lateness over the fastest packets, nanoseconds: the network's jitter.
    pub jitter_nanos: f64,
    /// Samples per second on the grid; only for senders without stamps.
    pub grid_rate: Option<f64>,
    /// The sender's stamps stood still or jumped so often that they are not used.
    pub stamps_refused: bool,
    /// The sender's frame counter does not count its frames and is not used.
    pub counter_refused: bool,
    /// How often the fit had to start afresh because the sender's clock was set.
    pub restarts: u64,
}

/// Recovers the clock of one sender. Bounded memory, no allocation after it was made.
#[derive(Clone, Debug)]
pub struct ClockRecovery {
    options: ClockOptions,
    wall: Option<WallReference>,
    device: Fit,
    grid: Grid,
    grid_fit: Fit,
    stuck: u32,
    newest_stamp: Option<SenderTime>,
    output: Option<Output>,
    health: ClockHealth,
}

/// An envelope with its zero.
#[derive(Clone, Debug)]
struct Fit {
    envelope: Envelope,
    /// Arrival and sender time, nanoseconds, of the first packet.
    zero: Option<(i64, i64)>,
    restarts: u64,
}

/// The last time given out: sender time and the offset that made it stage time, nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Output {
    basis: Basis,
    sender: i64,
    offset: f64,
    zero_offset: i64,
    heard_for: f64,
    newest: StageTime,
}

impl ClockRecovery {
    /// A clock nothing is known of.
    pub fn new(options: ClockOptions) -> Self {
        Self {
            options,
            wall: None,
            device: Fit::new(Envelope::new(CRYSTAL, MOST_SKEW)),
            grid: Grid::new(options.rate, options.counter_modulus),
            grid_fit: Fit::new(Envelope::new(CRYSTAL, MOST_SKEW)),
            stuck: 0,
            newest_stamp: None,
            output: None,
            health: ClockHealth::default(),
        }
    }

    /// Says what the wall clock of this machine shows and how exact it is; needed to place PTP stamps. Said again
    /// from time to time it keeps up with a wall clock that is being disciplined.
    pub fn set_wall(&mut self, wall: WallReference) {
        self.wall = Some(wall);
    }

    /// Takes a packet and says when its sample was taken. Never later than its arrival, and a sample newer than
    /// all before is later than all before.
    pub fn take(&mut self, reading: &Reading) -> Stamp {
        self.judge_stamps(reading);
        let stamp = match reading.sampled {
            Some(sampled) if !self.health.stamps_refused => self.by_device(reading, sampled),
            _ => self.by_grid(reading),
        };
        self.health.basis = stamp.basis;
        stamp
    }

    /// How well the clock is known.
    pub fn health(&self) -> ClockHealth {
        ClockHealth {
            counter_refused: self.grid.counter_refused(),
            restarts: self.device.restarts + self.grid_fit.restarts,
            ..self.health
        }
    }

    /// Stamps that stand still while packets come are no clock.
    fn judge_stamps(&mut self, reading: &Reading) {
        let Some(sampled) = reading.sampled else { return };
        if self.newest_stamp == Some(sampled) {
            self.stuck = (self.stuck + 1).min(2 * STUCK);
        } else {
            self.stuck = self.stuck.saturating_sub(1);
            self.newest_stamp = Some(sampled);
        }
        if self.stuck >= STUCK {
            self.health.stamps_refused = true;
        } else if self.stuck == 0 {
            self.health.stamps_refused = false;
        }
    }

    fn by_device(&mut self, reading: &Reading, sampled: SenderTime) -> Stamp {
        let delay = self.device.take(reading.arrived.nanos(), sampled.nanos(), false);
        self.health.skew_ppm = self.device.envelope.skew().map(|skew| -skew * 1e6);
        self.health.jitter_nanos = self.device.envelope.jitter() * 1e9;
        self.health.grid_rate = None;
        // Where the fastest packet puts the sample; then where a shared clock puts it.
        let fitted = delay.earliest().saturating_sub(self.options.path_delay_nanos);
        let earliest = StageTime::from_nanos(delay.earliest());
        let mut placed = None;
        if let Some(wall) = self.wall {
            let scale = wall.scale_of(sampled, earliest);
            placed = wall.place(sampled, scale).filter(|at| wall.is_plausible(earliest.nanos_since(*at)));
            self.health.scale = Some(scale);
            self.health.implausible_ptp = reading.ptp_locked && placed.is_none();
            placed = placed.filter(|_| reading.ptp_locked && wall.is_exact());
        }
        let (basis, target) = placed.map_or((Basis::Device, fitted), |placed| (Basis::Ptp, placed.nanos()));
        self.emit(basis, reading.arrived, sampled.nanos(), target)
    }

    fn by_grid(&mut self, reading: &Reading) -> Stamp {
        let expected = |sender: i64| self.grid_fit.expected(sender);
        let jitter = self.grid_fit.envelope.jitter();
        let Some(place) = self.grid.place(reading.arrived, reading.counter, jitter, expected) else {
            self.health.jitter_nanos = 0.0;
            let arrived = reading.arrived;
            return self.emit(Basis::Arrival, arrived, arrived.nanos(), arrived.nanos());
        };
        if place.afresh {
            self.grid_fit.restart();
            // The new beat has a new zero; what was given out on the old one does not carry over.
            if let Some(output) = self.output.as_mut().filter(|output| output.basis == Basis::Grid) {
                output.basis = Basis::Arrival;
            }
            let (prior, most) = match (place.usual, self.options.rate) {
                (true, Some(_)) => (CRYSTAL, MOST_SKEW),
                // A rate and its 1000/1001 are told apart by the fit.
                (true, None) => (NEAR_USUAL, 2.0 * NEAR_USUAL),
                (false, _) => (UNKNOWN_RATE, 3.0 * UNKNOWN_RATE),
            };
            self.grid_fit.envelope.expect(prior, most);
        }
        let delay = self.grid_fit.take(reading.arrived.nanos(), place.sender, place.doubtful);
        self.health.jitter_nanos = self.grid_fit.envelope.jitter() * 1e9;
        let skew = self.grid_fit.envelope.skew();
        self.health.skew_ppm = skew.filter(|_| self.options.rate.is_some()).map(|skew| -skew * 1e6);
        self.health.grid_rate = Some(1e9 / (self.grid.period_nanos() * (1.0 + skew.unwrap_or(0.0))));
        let target = delay.earliest().saturating_sub(self.options.path_delay_nanos);
        self.emit(Basis::Grid, reading.arrived, place.sender, target)
    }

    /// Moves the offset given out towards where `sender` should be, `target`, without ever going back.
    fn emit(&mut self, basis: Basis, arrived: StageTime, sender: i64, target: i64) -> Stamp {
        let own_clock = |basis| matches!(basis, Basis::Device | Basis::Ptp);
        let known = self.output.filter(|output| {
            // Arrivals, a beat and stamps are different clocks: offsets do not carry over from one to another.
            let same_clock = output.basis == basis || (own_clock(output.basis) && own_clock(basis));
            let step = sender.saturating_sub(output.sender).saturating_abs();
            same_clock && step <= LONGEST_PAUSE && output.away(sender, target).abs() <= FURTHEST_SLEW
        });
        let before = self.output.map_or(i64::MIN, |output| output.newest.nanos());
        let heard_for = self.output.map_or(0.0, |output| output.heard_for);
        let mut output = known.unwrap_or(Output {
            basis,
            sender: sender.saturating_sub(1),
            offset: 0.0,
            zero_offset: target.saturating_sub(sender),
            heard_for,
            newest: StageTime::from_nanos(before),
        });
        let step = sender.saturating_sub(output.sender);
        if step > 0 {
            let most = step as f64 * if output.heard_for < SETTLING { EARLY_SLEW } else { SLEW };
            output.offset += output.away(sender, target).clamp(-most, most);
            output.sender = sender;
            output.heard_for += step as f64;
        }
        output.basis = basis;
        let at = sender.saturating_add(output.zero_offset).saturating_add(output.offset.round() as i64);
        // Nothing is sampled after it arrived; and a newer sample is never earlier than an older one.
        let at = at.min(arrived.nanos());
        let at = if step > 0 { at.max(before.saturating_add(1)) } else { at };
        output.newest = output.newest.max(StageTime::from_nanos(at));
        self.output = Some(output);
        Stamp { at: StageTime::from_nanos(at), basis }
    }
}

impl Output {
    /// How far the offset is from the one that puts `sender` at `target`, nanoseconds.
    fn away(&self, sender: i64, target: i64) -> f64 {
        target.saturating_sub(sender).saturating_sub(self.zero_offset) as f64 - self.offset
    }
}

/// A packet against the earliest ones.
struct Delay {
    arrived: i64,
    /// How much later than the fastest packet it is, nanoseconds; 0 or a little less for one that is fastest.
    late: f64,
}

impl Delay {
    /// When it would have arrived as the fastest one does.
    fn earliest(&self) -> i64 {
        self.arrived.saturating_sub(self.late.round() as i64)
    }
}

impl Fit {
    fn new(envelope: Envelope) -> Self {
        Self { envelope, zero: None, restarts: 0 }
    }

    fn restart(&mut self) {
        self.envelope.clear();
        self.zero = None;
    }

    /// Seconds of sender time and of delay since the first packet.
    fn relative(&self, arrived: i64, sender: i64) -> Option<(f64, f64)> {
        let (arrived_zero, sender_zero) = self.zero?;
        let sent = sender.saturating_sub(sender_zero);
        let delay = arrived.saturating_sub(arrived_zero).saturating_sub(sent);
        Some((sent as f64 * 1e-9, delay as f64 * 1e-9))
    }

    fn take(&mut self, arrived: i64, sender: i64, doubtful: bool) -> Delay {
        let (x, y) = match self.relative(arrived, sender) {
            Some(relative) if !self.envelope.is_a_jump(relative.0, relative.1) => relative,
            known => {
                if known.is_some() {
                    self.restarts += 1;
                }
                self.restart();
                self.zero = Some((arrived, sender));
                (0.0, 0.0)
            }
        };
        if !(doubtful && y < self.envelope.line(x)) {
            self.envelope.take(x, y);
        }
        Delay { arrived, late: (y - self.envelope.line(x)) * 1e9 }
    }

    /// When the fastest packet sent at `sender` arrives.
    fn expected(&self, sender: i64) -> Option<i64> {
        let (arrived_zero, sender_zero) = self.zero?;
        let sent = sender.saturating_sub(sender_zero);
        let delay = (self.envelope.line(sent as f64 * 1e-9) * 1e9).round() as i64;
        Some(arrived_zero.saturating_add(sent).saturating_add(delay))
    }
}

/// What the rates of two crystals usually differ by, one standard deviation.
const CRYSTAL: f64 = 50e-6;
/// The most they may: a sender whose clock is worse is still followed, by its offset.
const MOST_SKEW: f64 = 1000e-6;
/// The same for a rate that is near a usual one.
const NEAR_USUAL: f64 = 0.001;
/// The same for a rate measured over a few packets.
const UNKNOWN_RATE: f64 = 0.01;
/// So many packets with the same stamp, more than with a new one, and stamps are refused.
const STUCK: u32 = 8;
/// Correction per time passed: early on, and for good.
const EARLY_SLEW: f64 = 0.5;
const SLEW: f64 = 0.02;
/// How long a clock counts as early, nanoseconds.
const SETTLING: f64 = 2e9;
/// A correction of more than this is a clock that was set, not one that drifts, nanoseconds.
const FURTHEST_SLEW: f64 = 100e6;
/// A sender silent for longer starts afresh, nanoseconds.
const LONGEST_PAUSE: i64 = 2_000_000_000;

#[cfg(test)]
mod tests;
