//! What leaves when: speed, repetition, and the faults of a bad network. Reads no clock.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::Script;

/// How fast and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// 2 is twice as fast; infinite is as fast as possible. Greater than zero.
    pub speed: f64,
    /// Passes through the script; `None` for ever.
    pub passes: Option<u64>,
    /// Stop after so many datagrams of the script, lost ones included.
    pub count: Option<u64>,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { speed: 1.0, passes: Some(1), count: None }
    }
}

/// What a bad network does. The default does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impairment {
    /// Probability that a datagram is lost, 0 to 1.
    pub loss: f64,
    /// Probability that it comes twice, 0 to 1.
    pub duplicate: f64,
    /// Probability that it is overtaken by the next ones, 0 to 1.
    pub reorder: f64,
    /// Longest random delay, nanoseconds.
    pub jitter_nanos: i64,
    /// How long nothing at all gets through, at the end of every [`Self::dropout_every_nanos`], nanoseconds.
    pub dropout_nanos: i64,
    /// Distance between dropouts, nanoseconds; 0 for none.
    pub dropout_every_nanos: i64,
    /// Start of the random numbers.
    pub seed: u64,
}

impl Impairment {
    /// Whether a datagram that leaves at `at` falls into a dropout.
    fn drops(&self, at: i64) -> bool {
        let (length, every) = (self.dropout_nanos, self.dropout_every_nanos);
        length > 0 && every > 0 && at.rem_euclid(every) >= every.saturating_sub(length)
    }
}

/// Datagrams looked at in one call.
const MOST_AT_ONCE: usize = 1024;

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Send this and ask again.
    Send(&'a [u8]),
    /// Nothing until so many nanoseconds after the start.
    WakeAt(i64),
    /// Nothing any more.
    Done,
}

/// What became of the datagrams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Sent {
    /// Sent, duplicates included.
    pub datagrams: u64,
    /// Payload bytes of those.
    pub bytes: u64,
    /// Lost on purpose.
    pub lost: u64,
    /// Sent twice on purpose.
    pub duplicated: u64,
    /// Held back on purpose.
    pub reordered: u64,
}

/// Gives out the datagrams of a script at their times.
#[derive(Debug)]
pub struct Pacer {
    script: Script,
    pacing: Pacing,
    impairment: Impairment,
    random: SplitMix,
    /// Next datagram of the script, counted through all passes.
    next: u64,
    /// On their way: time, order, place in the script.
    waiting: BinaryHeap<Reverse<(i64, u64, usize)>>,
    order: u64,
    sent: Sent,
}

impl Pacer {
    /// A pacer at the start of `script`.
    pub fn new(script: Script, pacing: Pacing, impairment: Impairment) -> Self {
        let random = SplitMix(impairment.seed);
        Self {
            script,
            pacing,
            impairment,
            random,
            next: 0,
            waiting: BinaryHeap::new(),
            order: 0,
            sent: Sent::default(),
        }
    }

    /// What to do at `now`, nanoseconds after the start.
    pub fn poll(&mut self, now: i64) -> Output<'_> {
        // Delays only make later, so nothing still in the script can come before the earliest that waits. The
        // bound keeps a network that loses everything from holding us here for ever.
        for _ in 0..MOST_AT_ONCE {
            let Some((at, index)) = self.upcoming() else { break };
            if at > now || self.waiting.peek().is_some_and(|Reverse((earliest, ..))| *earliest <= at) {
                break;
            }
            self.next += 1;
            self.schedule(at, index);
        }
        let waiting = self.waiting.peek().map(|Reverse((at, _, index))| (*at, *index));
        match (waiting, self.upcoming()) {
            (Some((at, index)), _) if at <= now => {
                let bytes = &self.script.datagrams[index].bytes;
                self.waiting.pop();
                self.sent.datagrams += 1;
                self.sent.bytes += bytes.len() as u64;
                Output::Send(bytes)
            }
            (None, None) => Output::Done,
            (waiting, upcoming) => {
                let times = [waiting.map(|(at, _)| at), upcoming.map(|(at, _)| at)];
                Output::WakeAt(times.into_iter().flatten().min().unwrap_or(now))
            }
        }
    }

    /// What became of the datagrams so far.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// Time and place of the script's next datagram.
    fn upcoming(&self) -> Option<(i64, usize)> {
        let len = self.script.datagrams.len() as u64;
        let pass = self.next.checked_div(len)?;
        let over = self.pacing.passes.is_some_and(|passes| pass >= passes);
        if over || self.pacing.count.is_some_and(|count| self.next >= count) {
            return None;
        }
        let index = (self.next % len) as usize;
        let nanos = self.script.length_nanos as f64 * pass as f64 + self.script.datagrams[index].nanos as f64;
        Some(((nanos / self.pacing.speed.max(1e-9)) as i64, index))
    }

    fn schedule(&mut self, at: i64, index: usize) {
        let Impairment { loss, duplicate, reorder, jitter_nanos, .. } = self.impairment;
        // Always the same number of draws, so that one fault's setting does not move the others.
        let [lost, twice, overtaken, late, late_again] = std::array::from_fn(|_| self.random.unit());
        if lost < loss || self.impairment.drops(at) {
            self.sent.lost += 1;
            return;
        }
        let jitter = |draw: f64| (draw * jitter_nanos.max(0) as f64) as i64;
        let mut delay = jitter(late);
        if overtaken < reorder {
            self.sent.reordered += 1;
            delay += self.overtaking(index);
        }
        self.put(at.saturating_add(delay), index);
        if twice < duplicate {
            self.sent.duplicated += 1;
            self.put(at.saturating_add(delay).saturating_add(jitter(late_again)), index);
        }
    }

    /// Long enough for the next two datagrams to overtake this one.
    fn overtaking(&self, index: usize) -> i64 {
        let datagrams = &self.script.datagrams;
        let later = datagrams.get(index + 2).map_or(self.script.length_nanos, |planned| planned.nanos);
        let distance = (later - datagrams[index].nanos).max(0) as f64 / self.pacing.speed.max(1e-9);
        distance as i64 + 1
    }

    fn put(&mut self, at: i64, index: usize) {
        self.waiting.push(Reverse((at, self.order, index)));
        self.order += 1;
    }
}

/// SplitMix64: small, and the same numbers everywhere.
#[derive(Clone, Copy, Debug)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
