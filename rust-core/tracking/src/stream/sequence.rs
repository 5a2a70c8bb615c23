//! Counters that wrap: which packet is next, which are missing, which came before.
//!
//! Knows 4, 8, 16 and 32 bits, or any other modulus. Short counters are unwrapped by the time passed. A counter
//! that does not count is found out and no longer asked.

/// Tracks one counter.
#[derive(Clone, Debug)]
pub struct Sequence {
    modulus: i64,
    newest: Option<i64>,
    /// Bit n: the packet n before the newest has come.
    seen: u64,
    repeated: u32,
    last_refused: Option<i64>,
    counts: bool,
}

/// What a packet's counter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first one.
    First,
    /// The next one, or nothing is known of the order.
    Next,
    /// So many before it have not come, yet.
    Gap(u32),
    /// It was overtaken; it fills a gap.
    Late,
    /// It came before.
    Duplicate,
    /// It is older than anything remembered.
    TooLate,
    /// The sender counts anew.
    Restart,
}

/// Packets behind the newest that are remembered.
const WINDOW: i64 = 64;
/// A gap wider than this is a sender that counts anew.
const WIDEST_GAP: i64 = 10_000;
/// So many repetitions, each a packet's time apart, and the counter is no counter.
const REPEATED: u32 = 4;

impl Sequence {
    /// A counter that returns to zero after `modulus` packets (at least 2; 1 << 32 for 32 bits).
    pub fn new(modulus: u64) -> Self {
        let modulus = i64::try_from(modulus).unwrap_or(1 << 32).clamp(2, 1 << 32);
        Self { modulus, newest: None, seen: 0, repeated: 0, last_refused: None, counts: true }
    }

    /// Takes a packet. `passed` is the time since the newest in packets' periods, where a period is known;
    /// `newer` says that the sender's own stamp is newer than that of the newest, where it stamps.
    pub fn take(&mut self, counter: u32, passed: Option<f64>, newer: bool) -> Step {
        let counter = i64::from(counter).rem_euclid(self.modulus);
        let Some(newest) = self.newest else {
            return self.begin(counter, Step::First);
        };
        let ahead = self.ahead(counter, newest, passed);
        self.watch(ahead, passed, newer);
        if !self.counts {
            self.newest = Some(counter);
            return Step::Next;
        }
        match ahead {
            0 => Step::Duplicate,
            1..=WIDEST_GAP => {
                self.newest = Some(counter);
                self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
                self.last_refused = None;
                if ahead == 1 { Step::Next } else { Step::Gap((ahead - 1) as u32) }
            }
            behind if (1 - WINDOW..0).contains(&behind) => {
                let bit = 1u64 << -behind;
                let known = self.seen & bit != 0;
                self.seen |= bit;
                if known { Step::Duplicate } else { Step::Late }
            }
            _ => self.far(counter, passed, newer),
        }
    }

    /// Whether the counter counts; one that stands still is no longer asked.
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// Packets from the newest to this one.
    fn ahead(&mut self, counter: i64, newest: i64, passed: Option<f64>) -> i64 {
        let ahead = (counter - newest).rem_euclid(self.modulus);
        let half = self.modulus / 2;
        let signed = |ahead: i64, modulus: i64| if ahead > modulus / 2 { ahead - modulus } else { ahead };
        if self.modulus <= 1 << 8 {
            // Too short to tell by itself: the turn nearest to the time passed.
            let passed = passed.unwrap_or(1.0).clamp(-1e6, 1e6);
            let turns = ((passed - ahead as f64) / self.modulus as f64).round() as i64;
            let near = ahead + self.modulus * turns.max(-1);
            return if near < -half { near + self.modulus } else { near };
        }
        let long = signed(ahead, self.modulus);
        // Some put the 16 bits of the packet's header into a field of 32.
        let short = signed((counter - newest).rem_euclid(1 << 16), 1 << 16);
        if self.modulus > 1 << 16
            && newest < 1 << 16
            && counter < 1 << 16
            && (1..WINDOW).contains(&short)
            && long < 0
            && newest >= (1 << 16) - WINDOW
        {
            self.modulus = 1 << 16;
            return short;
        }
        long
    }

    fn watch(&mut self, ahead: i64, passed: Option<f64>, newer: bool) {
        let again = ahead == 0 && (newer || passed.is_some_and(|passed| passed > 0.5));
        match (again, ahead) {
            (true, _) => self.repeated = (self.repeated + 1).min(2 * REPEATED),
            (false, 0) => {}
            _ => self.repeated = self.repeated.saturating_sub(1),
        }
        if self.repeated >= REPEATED {
            self.counts = false;
        } else if self.repeated == 0 {
            self.counts = true;
        }
    }

    /// Far from the newest: an old packet, or a sender that counts anew. A second one that goes on from the
    /// first, a newer stamp or a long silence tell.
    fn far(&mut self, counter: i64, passed: Option<f64>, newer: bool) -> Step {
        let follows = self.last_refused.is_some_and(|last| (counter - last).rem_euclid(self.modulus) == 1);
        if newer || follows || passed.is_some_and(|passed| passed > WINDOW as f64) {
            return self.begin(counter, Step::Restart);
        }
        self.last_refused = Some(counter);
        Step::TooLate
    }

    fn begin(&mut self, counter: i64, step: Step) -> Step {
        self.newest = Some(counter);
        self.seen = 1;
        self.last_refused = None;
        step
    }
}
