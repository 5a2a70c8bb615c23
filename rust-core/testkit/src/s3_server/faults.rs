//! What can go wrong between a client and S3, and schedules that say when.

use std::collections::VecDeque;
use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{Operation, Seen};

/// One thing that goes wrong with one request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// 503 SlowDown; nothing is done.
    SlowDown,
    /// 500 InternalError; nothing is done.
    Internal,
    /// 409 ConditionalRequestConflict; nothing is done.
    Conflict,
    /// Any refusal: status, code and message; with an empty code the status alone, without a body.
    Refusal(u16, &'static str, &'static str),
    /// The connection ends after this many bytes of the request's body; nothing is done.
    CutRequest(u64),
    /// The answer's body ends after this many bytes. What was asked is done.
    CutAnswer(u64),
    /// The answer's body stops after this many bytes, and the connection stays open.
    StallAnswer(u64),
    /// The answer's body comes at this many bytes a second.
    SlowAnswer(u64),
    /// The request waits this long, then is served.
    Delay(Duration),
    /// No answer ever comes; nothing is done.
    Stall,
    /// What was asked is done, then the connection ends without an answer.
    LostAnswer,
    /// What was asked is done, and no answer ever comes.
    SilentAnswer,
    /// One bit of the answer's body is another; headers are as they should be.
    FlipBit(u64),
    /// 200 with a page of HTML, as a hotel's network does; nothing is done.
    CaptivePortal,
    /// 200, and `<Error>` in the body, as CompleteMultipartUpload may answer; nothing is done.
    ErrorInside,
}

impl Fault {
    /// Its name in records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SlowDown => "slow-down",
            Self::Internal => "internal",
            Self::Conflict => "conflict",
            Self::Refusal(..) => "refusal",
            Self::CutRequest(_) => "cut-request",
            Self::CutAnswer(_) => "cut-answer",
            Self::StallAnswer(_) => "stall-answer",
            Self::SlowAnswer(_) => "slow-answer",
            Self::Delay(_) => "delay",
            Self::Stall => "stall",
            Self::LostAnswer => "lost-answer",
            Self::SilentAnswer => "silent-answer",
            Self::FlipBit(_) => "flip-bit",
            Self::CaptivePortal => "captive-portal",
            Self::ErrorInside => "error-inside",
        }
    }
}

/// Says what goes wrong with each request.
pub trait Schedule: Send {
    /// The fault of this request, or none.
    fn next(&mut self, seen: &Seen) -> Option<Fault>;
}

impl<F: FnMut(&Seen) -> Option<Fault> + Send> Schedule for F {
    fn next(&mut self, seen: &Seen) -> Option<Fault> {
        self(seen)
    }
}

/// The faults in order, one a request, then none.
impl Schedule for VecDeque<Fault> {
    fn next(&mut self, _: &Seen) -> Option<Fault> {
        self.pop_front()
    }
}

/// Nothing goes wrong.
pub(super) struct None;

impl Schedule for None {
    fn next(&mut self, _: &Seen) -> Option<Fault> {
        Option::None
    }
}

/// Faults at random, the same for the same seed and order of requests. Weather: quiet and bad spells alternate, and
/// within a bad spell one or two kinds of fault dominate, as in real outages.
pub struct Seeded {
    random: StdRng,
    rate: f64,
    spell_left: u32,
    bad: bool,
    favourite: u32,
}

impl Seeded {
    /// `rate` (0 to 1) is the share of requests that fail within a bad spell.
    pub fn new(seed: u64, rate: f64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            rate: rate.clamp(0.0, 1.0),
            spell_left: 0,
            bad: false,
            favourite: 0,
        }
    }

    fn any(&mut self, seen: &Seen) -> Fault {
        let kind =
            if self.random.random_bool(0.5) { self.favourite } else { self.random.random_range(0..14) };
        let at = if self.random.random_bool(0.3) { 0 } else { self.random.random_range(0..200_000) };
        match kind {
            0 | 1 => Fault::SlowDown,
            2 => Fault::Internal,
            3 if seen.conditional => Fault::Conflict,
            3 | 4 => Fault::CutRequest(at),
            5 => Fault::CutAnswer(at),
            6 => Fault::StallAnswer(at),
            7 => Fault::SlowAnswer(self.random.random_range(20_000..2_000_000)),
            8 => Fault::Delay(Duration::from_millis(self.random.random_range(0..4000))),
            9 => Fault::Stall,
            10 => Fault::LostAnswer,
            11 => Fault::SilentAnswer,
            12 => Fault::FlipBit(self.random.random()),
            _ if seen.operation == Operation::CompleteUpload => Fault::ErrorInside,
            _ => Fault::CaptivePortal,
        }
    }
}

impl Schedule for Seeded {
    fn next(&mut self, seen: &Seen) -> Option<Fault> {
        if self.spell_left == 0 {
            self.bad = !self.bad;
            self.spell_left = self.random.random_range(1..20);
            self.favourite = self.random.random_range(0..14);
        }
        self.spell_left -= 1;
        let strikes = self.bad && self.random.random_bool(self.rate);
        strikes.then(|| self.any(seen))
    }
}
