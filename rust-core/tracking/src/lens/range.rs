//! Where a ring's counts begin and end: given by the vendor, or learnt once by turning the rings, and saved.
//!
//! A range never changes while it is used. Ranges that follow the traffic make the same lens a different one after
//! each start, and one stray count spoils them.

use cyclorama_space::{Encoders, RawEncoders};
use serde::{Deserialize, Serialize};

use super::{LensError, Problem};
use crate::protocol::freed::Ranges;

/// The format of a saved range.
pub const RANGES_SCHEMA: &str = "cyclorama.encoder-ranges/1";

/// Counts of the rings at positions 0 and 1: focus far and near, iris open and closed, zoom wide and tele. Either may
/// be the larger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderRanges {
    /// Far, near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<[u32; 2]>,
    /// Open, closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iris: Option<[u32; 2]>,
    /// Wide, tele.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoom: Option<[u32; 2]>,
}

/// A ring of a lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ring {
    /// Focus distance.
    Focus,
    /// Aperture.
    Iris,
    /// Focal length.
    Zoom,
}

impl EncoderRanges {
    /// A vendor's range, turned to our order.
    pub fn of_vendor(ranges: &Ranges) -> Self {
        let turned = |[a, b]: [u32; 2]| [b, a];
        Self { focus: Some(turned(ranges.focus)), iris: ranges.iris.map(turned), zoom: Some(ranges.zoom) }
    }

    /// Positions of counts, 0 to 1 inside the range and beyond that outside it. Rings without a range are absent.
    pub fn positions(&self, counts: &RawEncoders) -> Encoders {
        let place = |range: Option<[u32; 2]>, count: Option<u32>| {
            let ([first, last], count) = (range?, count?);
            let [first, last, count] = [first, last, count].map(f64::from);
            (first != last).then(|| (count - first) / (last - first))
        };
        Encoders {
            focus: place(self.focus, counts.focus),
            iris: place(self.iris, counts.iris),
            zoom: place(self.zoom, counts.zoom),
        }
    }

    /// Whether each range has two different ends.
    ///
    /// # Errors
    /// [`LensError::Field`] for the first that has not.
    pub fn check(&self) -> Result<(), LensError> {
        for (field, range) in
            [("counts.focus", self.focus), ("counts.iris", self.iris), ("counts.zoom", self.zoom)]
        {
            if let Some([first, last]) = range
                && first == last
            {
                return Err(LensError::Field { field, problem: Problem::Range(f64::from(first)) });
            }
        }
        Ok(())
    }

    /// Reads a saved range.
    ///
    /// # Errors
    /// [`LensError::Json`], [`LensError::Schema`], or as [`Self::check`].
    pub fn from_json(text: &str) -> Result<Self, LensError> {
        let Saved { schema, ranges } = serde_json::from_str(text).map_err(LensError::Json)?;
        if schema != RANGES_SCHEMA {
            return Err(LensError::Schema { found: schema, expected: RANGES_SCHEMA });
        }
        ranges.check()?;
        Ok(ranges)
    }

    /// The range as it is saved.
    pub fn to_json(&self) -> String {
        let saved = Saved { schema: RANGES_SCHEMA.to_owned(), ranges: self.clone() };
        serde_json::to_string_pretty(&saved).expect("numbers and text keys") + "\n"
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    schema: String,
    ranges: EncoderRanges,
}

/// Watches the rings while somebody turns each from stop to stop.
#[derive(Clone, Debug, Default)]
pub struct RangeLearner {
    seen: [Option<[u32; 2]>; 3],
}

/// A ring that turned less than this was not turned from stop to stop.
pub const LEAST_TURN: u32 = 64;

impl RangeLearner {
    /// Takes in one reading.
    pub fn observe(&mut self, counts: &RawEncoders) {
        for (seen, count) in self.seen.iter_mut().zip([counts.focus, counts.iris, counts.zoom]) {
            if let Some(count) = count {
                let [low, high] = seen.unwrap_or([count; 2]);
                *seen = Some([low.min(count), high.max(count)]);
            }
        }
    }

    /// The counts between which each ring was turned, of those that were; `reversed` rings have their larger count
    /// at position 0. Which end is which cannot be seen from counts: a person says it.
    pub fn learnt(&self, reversed: &[Ring]) -> EncoderRanges {
        let range = |seen: Option<[u32; 2]>, ring: Ring| {
            let [low, high] = seen.filter(|[low, high]| high - low >= LEAST_TURN)?;
            Some(if reversed.contains(&ring) { [high, low] } else { [low, high] })
        };
        let [focus, iris, zoom] = self.seen;
        EncoderRanges {
            focus: range(focus, Ring::Focus),
            iris: range(iris, Ring::Iris),
            zoom: range(zoom, Ring::Zoom),
        }
    }
}
