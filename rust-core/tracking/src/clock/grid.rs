//! The beat of a sender without stamps: which of its frames each packet is.
//!
//! Counters of a few bits are unwrapped by the time passed. Without one, a packet is the next frame unless it is
//! a whole beat late (frames were lost) or early (the last gap was jitter). The fit of the beat to the stage's
//! clock is the envelope's business.

use cyclorama_time::{FrameRate, StageTime};

/// Packets from which the beat is measured.
const LEARNING: usize = 64;
/// Packets over which lateness is watched where jitter is too large to judge by one.
const WATCHED: usize = 5;
/// Rates senders use; a measured beat near one is taken to be it.
const USUAL: [(u32, u32); 15] = [
    (24, 1),
    (24_000, 1001),
    (25, 1),
    (30, 1),
    (30_000, 1001),
    (48, 1),
    (50, 1),
    (60, 1),
    (60_000, 1001),
    (90, 1),
    (100, 1),
    (120, 1),
    (120_000, 1001),
    (200, 1),
    (240, 1),
];

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    rate: Option<FrameRate>,
    modulus: Option<u32>,
    period: Option<f64>,
    arrivals: Vec<i64>,
    frame: i64,
    counter: Option<u32>,
    odd_counts: u32,
    lateness: [f64; WATCHED],
    watched: usize,
    astray: u32,
    heard: u32,
    counted: i64,
    guessed_gap: i64,
    suspect: u32,
    bunches: Bunches,
    usual: bool,
    refused: bool,
}

/// Whether a sender's packets are held up somewhere and come several at once. A late one is then no sign of loss.
#[derive(Clone, Copy, Debug, Default)]
struct Bunches {
    /// Grows with each bunch, falls with each packet.
    seen: u32,
    /// Packets for which more are expected.
    left: u32,
    /// The last one was late by a beat, and nothing was taken for lost.
    behind: bool,
}

/// Where a packet stands on the beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Nanoseconds of beat since its first frame: the sender's clock, as it were.
    pub(super) sender: i64,
    /// This is a new beat; what was known of the old one is void.
    pub(super) afresh: bool,
    /// The beat is one that senders use, so little skew is to be expected.
    pub(super) usual: bool,
    /// A gap was guessed a moment ago: a packet that seems faster than all others may be misplaced.
    pub(super) doubtful: bool,
}

impl Grid {
    pub(super) fn new(rate: Option<FrameRate>, modulus: Option<u32>) -> Self {
        Self {
            rate,
            modulus: modulus.filter(|modulus| *modulus > 2),
            period: rate.map(|rate| 1e9 / rate.as_f64()),
            arrivals: Vec::with_capacity(LEARNING),
            frame: 0,
            counter: None,
            odd_counts: 0,
            lateness: [0.0; WATCHED],
            watched: 0,
            astray: 0,
            heard: 0,
            counted: 0,
            guessed_gap: 0,
            suspect: 0,
            bunches: Bunches::default(),
            usual: rate.is_some(),
            refused: false,
        }
    }

    /// Length of a beat, nanoseconds; 0 while it is not known.
    pub(super) fn period_nanos(&self) -> f64 {
        self.period.unwrap_or(0.0)
    }

    pub(super) fn counter_refused(&self) -> bool {
        self.refused
    }

    /// Finds the packet's place; `None` while the beat is being learnt. `expected` says when the fastest packet
    /// sent at a time of the beat arrives, `jitter` (seconds) how late packets are on average.
    pub(super) fn place(
        &mut self,
        arrived: StageTime,
        counter: Option<u32>,
        jitter: f64,
        expected: impl Fn(i64) -> Option<i64>,
    ) -> Option<Place> {
        let arrived = arrived.nanos();
        let Some(period) = self.period else {
            self.learn(arrived, counter);
            return self.period.map(|_| self.first());
        };
        let next = self.at(self.frame + 1, period);
        let Some(expected) = expected(next) else {
            self.counter = counter;
            return Some(self.first());
        };
        self.heard = self.heard.saturating_add(1);
        let late = arrived.saturating_sub(expected) as f64 / period;
        if late > LONGEST_SILENCE / period {
            // Nobody counts frames over a silence that long.
            self.relearn(arrived, counter);
            return None;
        }
        let step =
            self.by_counter(counter, late).unwrap_or_else(|| self.guessed(late, jitter * 1e9 / period));
        self.astray = if (late - (step - 1) as f64).abs() > 1.5 { self.astray + 1 } else { 0 };
        let refused = self.odd_counts >= ODD_COUNTS && !self.refused;
        self.refused |= refused;
        if self.astray > ASTRAY || refused {
            self.relearn(arrived, counter);
            return None;
        }
        let frame = self.frame + step;
        if step > 0 {
            self.frame = frame;
            self.counter = counter;
        }
        Some(Place {
            sender: self.at(frame, period),
            afresh: false,
            usual: self.usual,
            doubtful: self.suspect > 0 && jitter * 1e9 > 0.18 * period,
        })
    }

    fn at(&self, frame: i64, period: f64) -> i64 {
        // A known rate places frames exactly; a measured one has no better than its measure.
        match self.rate {
            Some(rate) => rate.nanos_at(cyclorama_time::FrameNumber(frame)),
            None => (frame as f64 * period).round() as i64,
        }
    }

    fn first(&mut self) -> Place {
        self.frame = 0;
        self.watched = 0;
        self.astray = 0;
        self.heard = 0;
        self.guessed_gap = 0;
        self.suspect = 0;
        Place { sender: 0, afresh: true, usual: self.usual, doubtful: false }
    }

    /// Starts measuring again, beginning with this packet.
    pub(super) fn relearn(&mut self, arrived: i64, counter: Option<u32>) {
        self.period = None;
        self.arrivals.clear();
        self.counter = None;
        self.odd_counts = 0;
        self.astray = 0;
        self.counted = 0;
        self.learn(arrived, counter);
    }

    /// Frames since the newest by the counter, negative for one that was overtaken.
    fn by_counter(&mut self, counter: Option<u32>, late: f64) -> Option<i64> {
        let (counter, modulus, last) = (counter?, i64::from(self.modulus?), self.counter?);
        if self.counter_refused() {
            return None;
        }
        let ahead = (i64::from(counter) - i64::from(last)).rem_euclid(modulus);
        let passed = late + 1.0;
        let turns = ((passed - ahead as f64) / modulus as f64).round() as i64;
        let step = ahead + modulus * turns;
        // A counter that disagrees with the time passed, again and again, counts something else.
        let odd = (step as f64 - passed).abs() > 2.5 || step == 0;
        self.odd_counts = if odd { self.odd_counts + 2 } else { self.odd_counts.saturating_sub(1) };
        Some(step)
    }

    /// Frames since the newest by lateness alone, both in beats.
    ///
    /// A packet after lost frames is late by whole beats and its own delay, never less. One that comes before
    /// the beat after such a guess shows the guess wrong, and takes it back.
    fn guessed(&mut self, late: f64, jitter: f64) -> i64 {
        if late < -0.25 && self.suspect > 0 {
            self.watched = 0;
            let back = late.floor() as i64;
            let back = back.max(-self.guessed_gap);
            self.guessed_gap += back;
            if back < 0 && self.guessed_gap == 0 {
                // Nothing was lost at all: it was held up with those after it.
                self.bunches.one();
            }
            return (1 + back).max(0);
        }
        self.suspect = self.suspect.saturating_sub(1);
        if self.suspect == 0 {
            self.guessed_gap = 0;
        }
        self.bunches.packet(late);
        let lowest = if jitter < 0.18 && self.bunches.left == 0 {
            late
        } else {
            // Jitter or a bunch reaches a beat now and then. Only when all of the last packets were late, frames are lost.
            self.lateness[self.watched % WATCHED] = late;
            self.watched += 1;
            if self.watched < WATCHED {
                return 1;
            }
            self.lateness.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let gap = (lowest + 0.02).floor() as i64;
        if gap < 1 {
            return 1;
        }
        self.watched = 0;
        self.bunches.behind = false;
        self.guessed_gap += gap;
        self.suspect = SUSPECT;
        1 + gap
    }

    /// Measures the beat, and brings it to the rate that was named or to a usual one.
    fn learn(&mut self, arrived: i64, counter: Option<u32>) {
        if let (Some(modulus), Some(last), Some(counter), false) =
            (self.modulus, self.counter, counter, self.counter_refused())
        {
            let ahead = (i64::from(counter) - i64::from(last)).rem_euclid(i64::from(modulus));
            // One that was overtaken tells nothing here.
            self.counted += if ahead < i64::from(modulus) / 2 { ahead } else { 0 };
        }
        self.counter = counter;
        self.arrivals.push(arrived);
        if self.arrivals.len() < LEARNING {
            return;
        }
        let whole = self.arrivals[LEARNING - 1].saturating_sub(self.arrivals[0]) as f64;
        let packets = (LEARNING - 1) as i64;
        // Counts are believed where at most half of the frames got lost.
        let measured = if (packets..=2 * packets).contains(&self.counted) {
            whole / self.counted as f64
        } else {
            keeps_to(&self.arrivals)
        };
        self.arrivals.clear();
        self.counted = 0;
        if measured < 100_000.0 {
            // More than ten thousand a second is a burst, no beat.
            return;
        }
        let off = |nanos: &f64| (nanos / measured - 1.0).abs();
        let named = self.rate.map(|rate| 1e9 / rate.as_f64()).filter(|nanos| off(nanos) < 0.04);
        if named.is_none() {
            self.rate = None;
        }
        let usual = USUAL.iter().map(|(above, below)| 1e9 * f64::from(*below) / f64::from(*above));
        let usual = usual.filter(|nanos| off(nanos) < 0.05).min_by(|a, b| off(a).total_cmp(&off(b)));
        self.usual = named.or(usual).is_some();
        self.period = Some(named.or(usual).unwrap_or(measured));
    }
}

impl Bunches {
    fn one(&mut self) {
        let (habit, apart, lasts) = BUNCHES;
        self.seen += apart;
        if self.seen > (habit - 1) * apart {
            (self.seen, self.left) = (0, lasts);
        }
    }

    fn packet(&mut self, late: f64) {
        self.seen = self.seen.saturating_sub(1);
        self.left = self.left.saturating_sub(1);
        let behind = late >= 1.0;
        if self.left > 0 && self.behind && late < 0.75 {
            // It caught up: the habit goes on.
            self.left = BUNCHES.2;
        }
        self.behind = behind || self.behind && late >= 0.75;
    }
}

/// The beat from arrivals alone: the usual rate whose beat they keep to best, else their mean distance.
fn keeps_to(arrivals: &[i64]) -> f64 {
    let whole = arrivals[arrivals.len() - 1].saturating_sub(arrivals[0]) as f64;
    let mean = whole / (arrivals.len() - 1) as f64;
    let usual = USUAL.iter().map(|(above, below)| 1e9 * f64::from(*below) / f64::from(*above));
    let beats = usual.chain([mean]).filter(|beat| (0.6..=1.15).contains(&(beat / mean)));
    let scored = beats.map(|beat| (concentration(arrivals, beat), beat));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score > 0.2).map_or(mean, |(_, beat)| beat)
}

/// How much arrivals bunch at one phase of a beat: 0 for evenly spread, 1 for all at one.
fn concentration(arrivals: &[i64], beat: f64) -> f64 {
    let (mut x, mut y) = (0.0, 0.0);
    for arrived in arrivals {
        let phase = (arrived.saturating_sub(arrivals[0]) as f64 / beat).fract();
        let (sin, cos) = libm::sincos(phase * std::f64::consts::TAU);
        (x, y) = (x + cos, y + sin);
    }
    libm::hypot(x, y) / arrivals.len() as f64
}

/// Packets a guessed gap stays open to doubt.
const SUSPECT: u32 = 32;
/// So many bunches, each not much longer ago than so many packets, are a habit, expected for so many packets more.
const BUNCHES: (u32, u32, u32) = (4, 64, 512);
/// A counter is refused after so much disagreement.
const ODD_COUNTS: u32 = 16;
/// After so many packets far from the beat it is measured anew.
const ASTRAY: u32 = 32;
/// Nanoseconds of silence after which the beat is measured anew.
const LONGEST_SILENCE: f64 = 2e9;
