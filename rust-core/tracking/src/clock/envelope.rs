//! The line under all delays: how much the fastest packet takes, and how fast that changes.
//!
//! A network only ever adds delay. So among (time sent, delay) pairs the straight line that lies under all of
//! them and closest to them is the sender's offset and skew. Only the lowest point of each short stretch is
//! kept; work and memory per packet are bounded.

/// Points kept: one for each stretch.
const STRETCHES: usize = 160;
/// Length of a stretch, seconds. Together they reach back 40 s: long against jitter, short against a crystal
/// warming up.
const STRETCH: f64 = 0.25;
/// A packet earlier than the fastest by this much, or late by this much with all the ones around it, tells of
/// a sender's clock that was set, seconds.
const JUMP: f64 = 0.05;
/// Packets in a row that must be that late.
const JUMP_COUNT: u32 = 24;

/// Slopes tried around a guess, and how far they lie apart, in standard errors.
const SLOPES: usize = 33;
const SLOPE_STEP: f64 = 0.375;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    /// What slope to expect, one standard deviation, and the most that is believed.
    prior: f64,
    most: f64,
    points: Vec<Point>,
    hull: Vec<usize>,
    /// Delay at `origin`, and its change per second.
    origin: f64,
    height: f64,
    slope: f64,
    newest: f64,
    count: f64,
    jitter: f64,
    late_in_a_row: u32,
}

/// A line under the points: its slope, how sure that is, and its height at the newest packet.
struct Line {
    slope: f64,
    spread: f64,
    height: f64,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    stretch: i64,
    x: f64,
    y: f64,
}

impl Envelope {
    pub(super) fn new(prior: f64, most: f64) -> Self {
        Self {
            prior,
            most,
            points: Vec::with_capacity(STRETCHES + 1),
            hull: Vec::with_capacity(STRETCHES + 1),
            origin: 0.0,
            height: 0.0,
            slope: 0.0,
            newest: 0.0,
            count: 0.0,
            jitter: 0.0,
            late_in_a_row: 0,
        }
    }

    /// Forgets all points. The slope stays as a first guess: a sender's crystal is the same after its clock
    /// was set.
    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.height = 0.0;
        self.origin = 0.0;
        self.count = 0.0;
        self.late_in_a_row = 0;
    }

    /// Says what slope to expect, one standard deviation, and the most that is believed.
    pub(super) fn expect(&mut self, prior: f64, most: f64) {
        (self.prior, self.most) = (prior, most);
        self.slope = 0.0;
    }

    /// The delay of the fastest packet sent at `x`.
    pub(super) fn line(&self, x: f64) -> f64 {
        self.height + self.slope * (x - self.origin)
    }

    /// Change of the delay per second, once it rests on more than two seconds.
    pub(super) fn skew(&self) -> Option<f64> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        (last.x - first.x > 2.0).then_some(self.slope)
    }

    /// Mean delay over the fastest, seconds.
    pub(super) fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Whether this packet says that the sender's clock was set.
    pub(super) fn is_a_jump(&mut self, x: f64, y: f64) -> bool {
        if self.points.is_empty() {
            return false;
        }
        let late = y - self.line(x);
        self.late_in_a_row = if late > JUMP { self.late_in_a_row + 1 } else { 0 };
        // The first packets may all have waited in a queue: what follows earlier is only better knowledge.
        let young = self.count < 32.0;
        (late < -JUMP && !young) || late < -10.0 || self.late_in_a_row >= JUMP_COUNT
    }

    /// Takes a packet.
    pub(super) fn take(&mut self, x: f64, y: f64) {
        let first = self.points.is_empty();
        let late = if first { 0.0 } else { y - self.line(x) };
        self.count = (self.count + 1.0).min(4096.0);
        self.newest = if first { x } else { self.newest.max(x) };
        let weight = 1.0 / self.count.min(256.0);
        self.jitter += (late.max(0.0) - self.jitter) * weight;
        if self.keep(x, y) || late < 0.0 {
            self.fit();
        }
    }

    /// Whether the point is the lowest of its stretch.
    fn keep(&mut self, x: f64, y: f64) -> bool {
        let stretch = (x / STRETCH).floor() as i64;
        let point = Point { stretch, x, y };
        match self.points.last() {
            Some(last) if last.stretch == stretch => {
                let lower = y - self.line(x) < last.y - self.line(last.x);
                if lower && let Some(last) = self.points.last_mut() {
                    *last = point;
                }
                lower
            }
            Some(last) if last.stretch > stretch => {
                // Overtaken on its way. It was slow, but may still be the lowest of its stretch.
                let line = (self.height, self.slope, self.origin);
                let over = |p: &Point| p.y - (line.0 + line.1 * (p.x - line.2));
                let known = self.points.iter_mut().rev().take(8).find(|p| p.stretch == stretch);
                match known {
                    Some(known) if over(&point) < over(known) => {
                        *known = point;
                        true
                    }
                    _ => false,
                }
            }
            _ => {
                self.points.push(point);
                let oldest = stretch - STRETCHES as i64;
                let gone = self.points.iter().take_while(|p| p.stretch <= oldest).count();
                self.points.drain(..gone);
                true
            }
        }
    }

    /// Finds the line anew. Delays over the fastest are taken to fall off exponentially, which makes the lower hull of
    /// the points all that matters; and of all lines below it none is picked, but their mean is taken, each weighed by
    /// how likely the delays make it and by what crystals do.
    fn fit(&mut self) {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return };
        let (start, span) = (first.x, last.x - first.x);
        let jitter = self.jitter.max(1e-6);
        let packets = self.count.min(self.count * 40.0 / span.max(40.0)).max(4.0);
        let middle = start + 0.5 * span;
        let edge = if span > 0.0 { self.edge(middle) } else { None };
        if let Some(slope) = edge {
            // How far a slope over this span may be off: two points each late by a share of the jitter.
            let spread = 4.0 * jitter / (packets * span);
            let trust = self.prior * self.prior / (self.prior * self.prior + spread * spread);
            let guess = Line { slope: slope * trust, spread: spread * trust.sqrt(), height: 0.0 };
            let rough = self.mean_line(&guess, middle, packets / jitter);
            let line = self.mean_line(&rough, middle, packets / jitter);
            self.slope = line.slope.clamp(-self.most, self.most);
            self.height = line.height;
        } else {
            let lowest = self.points.iter().map(|p| p.y - self.slope * (p.x - self.newest));
            self.height = lowest.fold(f64::INFINITY, f64::min);
        }
        // Even the fastest packet of so many had a little to wait.
        self.height -= jitter / packets;
        self.origin = self.newest;
    }

    /// The mean of all lines under the hull, by slopes on a grid around a guess. `sharpness` is how many packets there
    /// are for each second of jitter: so much less likely is a line that lies lower by a second.
    fn mean_line(&self, guess: &Line, middle: f64, sharpness: f64) -> Line {
        let mut tried = [(0.0, 0.0, f64::NEG_INFINITY); SLOPES];
        let mut most = f64::NEG_INFINITY;
        for (index, tried) in tried.iter_mut().enumerate() {
            let slope = guess.slope + guess.spread * (index as f64 - (SLOPES / 2) as f64) * SLOPE_STEP;
            let under =
                self.hull.iter().map(|at| self.points[*at].y - slope * (self.points[*at].x - self.newest));
            let height = under.fold(f64::INFINITY, f64::min);
            let usual = slope / self.prior;
            let likely = sharpness * (height + slope * (middle - self.newest)) - 0.5 * usual * usual;
            *tried = (slope, height, likely);
            most = most.max(likely);
        }
        let (mut total, mut slope_sum, mut height_sum) = (0.0, 0.0, 0.0);
        for (slope, height, likely) in &mut tried {
            *likely = libm::exp(*likely - most);
            total += *likely;
            slope_sum += *likely * *slope;
            height_sum += *likely * *height;
        }
        let slope = slope_sum / total;
        let squares = tried.iter().map(|(tried, _, weight)| weight * (tried - slope) * (tried - slope));
        let spread = (squares.sum::<f64>() / total).sqrt().max(0.05 * guess.spread);
        Line { slope, spread, height: height_sum / total }
    }

    /// Slope of the lower hull's edge over `middle`.
    fn edge(&mut self, middle: f64) -> Option<f64> {
        let Self { points, hull, .. } = self;
        hull.clear();
        for (index, point) in points.iter().enumerate() {
            while let [.., a, b] = hull[..] {
                let (a, b) = (&points[a], &points[b]);
                if (b.x - a.x) * (point.y - a.y) <= (b.y - a.y) * (point.x - a.x) {
                    hull.pop();
                } else {
                    break;
                }
            }
            hull.push(index);
        }
        let after = hull.iter().position(|index| points[*index].x >= middle)?.max(1);
        let (a, b) = (points.get(*hull.get(after - 1)?)?, points.get(*hull.get(after)?)?);
        (b.x > a.x).then(|| (b.y - a.y) / (b.x - a.x))
    }
}
