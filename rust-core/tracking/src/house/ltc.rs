//! LTC: SMPTE 12M timecode as sound. Changes of the signal become bits, bits become words, words become labels with
//! the place where each frame began.
//!
//! Eighty bits a frame, biphase mark: every bit begins with a change, a one has another in its middle. The middle of the
//! signal and its swing are followed, so that level, offset and polarity do not matter. Played backwards it says nothing.

use cyclorama_time::{FrameRate, Timecode};

/// A label, and where its frame began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// The label.
    pub label: Timecode,
    /// The first of its samples, counted from the start of the sound.
    pub begins: u64,
}

/// Turns sound into labels.
pub struct LtcReader {
    rate: FrameRate,
    slicer: Slicer,
    /// Samples of a bit, as the house's rate has it.
    nominal: f64,
    /// Samples of a bit as they came.
    bit: f64,
    /// Where the signal changed last.
    changed: Option<f64>,
    /// Where the bit began of which one half was heard.
    half: Option<f64>,
    word: Word,
    last: Option<Timecode>,
}

/// The newest bits, and where each began.
struct Word {
    /// LTC's bit 0 is bit 0 once all are there.
    bits: u128,
    begins: [f64; BITS],
    count: usize,
}

/// Bits of a word.
const BITS: usize = 80;
/// The last sixteen of them, bit 64 first: 0011 1111 1111 1101.
const SYNC: u128 = 0xBFFC;
/// A line runs at the house's speed or a little beside it.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.6..=1.6;

impl LtcReader {
    /// A reader for sound of `sample_rate` samples a second that carries labels of `rate`, 30 a second at most.
    pub fn new(sample_rate: u32, rate: FrameRate) -> Self {
        let nominal = f64::from(sample_rate.clamp(8_000, 384_000)) / rate.as_f64() / BITS as f64;
        Self {
            rate,
            slicer: Slicer::new(nominal),
            nominal,
            bit: nominal,
            changed: None,
            half: None,
            word: Word { bits: 0, begins: [0.0; BITS], count: 0 },
            last: None,
        }
    }

    /// Takes the next samples, -1 to 1. A label counts once the one before it has been heard: a word that was
    /// read wrong follows nothing.
    pub fn samples(&mut self, samples: &[f32], mut each: impl FnMut(Label)) {
        for sample in samples {
            if let Some(at) = self.slicer.sample(*sample)
                && let Some(label) = self.change(at)
            {
                each(label);
            }
        }
    }

    /// Half the swing of the signal, 0 to 1.
    pub fn level(&self) -> f32 {
        (self.slicer.high - self.slicer.low) / 2.0
    }

    /// Takes a change of the signal.
    fn change(&mut self, at: f64) -> Option<Label> {
        let from = self.changed.replace(at)?;
        let length = at - from;
        let part = length / self.bit;
        let (whole, one) = match (part, self.half) {
            (0.25..0.75, None) => {
                self.half = Some(from);
                self.follow(2.0 * length);
                return None;
            }
            (0.25..0.75, Some(begins)) => (begins, true),
            (0.75..1.5, None) => (from, false),
            // Halves that do not pair, and what is no part of a bit: begin anew with this change.
            _ => {
                self.half = None;
                self.word.count = 0;
                if !(0.25..1.5).contains(&part) {
                    self.bit = self.nominal;
                    self.last = None;
                }
                return None;
            }
        };
        self.half = None;
        self.follow(at - whole);
        self.word.push(one, whole);
        let (fields, begins) = self.word.complete()?;
        self.label(fields, begins)
    }

    /// Follows the speed of the line.
    fn follow(&mut self, length: f64) {
        let least = self.nominal * SPEEDS.start();
        let most = self.nominal * SPEEDS.end();
        self.bit = (self.bit + (length - self.bit) / 8.0).clamp(least, most);
    }

    fn label(&mut self, bits: u128, begins: f64) -> Option<Label> {
        let field = |at: u32, width: u32| (bits >> at) as u8 & ((1 << width) - 1);
        let two = |units: u32, tens: u32, width: u32| {
            let digit = field(units, 4);
            (digit <= 9).then(|| 10 * field(tens, width) + digit)
        };
        let drop_frame = field(10, 1) == 1 && self.rate.has_drop_frame();
        let read = || {
            let (frames, seconds) = (two(0, 8, 2)?, two(16, 24, 3)?);
            let (minutes, hours) = (two(32, 40, 3)?, two(48, 56, 2)?);
            Timecode::new(hours, minutes, seconds, frames, self.rate, drop_frame).ok()
        };
        let label = read();
        let before = std::mem::replace(&mut self.last, label);
        let label = label.filter(|label| before.is_some_and(|before| before.plus_frames(1) == *label))?;
        Some(Label { label, begins: begins.max(0.0).round() as u64 })
    }
}

impl Word {
    fn push(&mut self, one: bool, begins: f64) {
        self.bits = self.bits >> 1 | u128::from(one) << (BITS - 1);
        self.begins.rotate_left(1);
        self.begins[BITS - 1] = begins;
        self.count += 1;
    }

    /// The word that ends with the newest bit, and where it began.
    fn complete(&self) -> Option<(u128, f64)> {
        (self.count >= BITS && self.bits >> 64 == SYNC).then_some((self.bits, self.begins[0]))
    }
}

/// Finds where a signal goes through its middle.
struct Slicer {
    /// Samples heard.
    count: u64,
    before: f32,
    /// The signal's upper and lower edge: taken at once, let go slowly.
    high: f32,
    low: f32,
    lets_go: f32,
    up: bool,
    /// Where it last went through the middle; counts once it has gone clearly beyond.
    crossed: f64,
}

/// What swings less is silence.
const SILENCE: f32 = 0.002;
/// A change goes beyond the middle by this part of the swing.
const BEYOND: f32 = 0.15;

impl Slicer {
    fn new(samples_of_a_bit: f64) -> Self {
        let lets_go = (1.0 / (8.0 * samples_of_a_bit)) as f32;
        Self { count: 0, before: 0.0, high: 0.0, low: 0.0, lets_go, up: false, crossed: 0.0 }
    }

    /// The place of a change, once it is certain.
    fn sample(&mut self, sample: f32) -> Option<f64> {
        // What is no number is silence, what is beyond full scale is full scale.
        let sample = if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
        self.high = (self.high + (sample - self.high) * self.lets_go).max(sample);
        self.low = (self.low + (sample - self.low) * self.lets_go).min(sample);
        let (middle, swing) = ((self.high + self.low) / 2.0, self.high - self.low);
        let (before, now) = (self.before - middle, sample - middle);
        if (before < 0.0) != (now < 0.0) {
            let part = if now == before { 0.0 } else { before / (before - now) };
            self.crossed = self.count as f64 - 1.0 + f64::from(part.clamp(0.0, 1.0));
        }
        self.before = sample;
        self.count += 1;
        let changed = swing >= SILENCE && if self.up { now < -BEYOND * swing } else { now > BEYOND * swing };
        changed.then(|| {
            self.up = !self.up;
            self.crossed
        })
    }
}

#[cfg(test)]
mod tests;
