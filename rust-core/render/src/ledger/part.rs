//! What is leased: a range of the plan, or a part of one that an idle worker split off.
//!
//! Parts are told by the names of leases alone. `leases/00003` stands for range 3 from its first frame on,
//! `leases/00003-000120` for what of it begins at frame 120. A part ends where the next one begins, or with its range: so
//! whatever leases there are, the parts of a range are all of its frames, each once.

use std::collections::BTreeSet;
use std::fmt;

use cyclorama_time::FrameNumber;

use crate::plan::{FrameRange, Plan};

/// The name of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseName {
    /// Index of the range in the plan.
    pub range: u32,
    /// The first frame, when it is not the range's own.
    pub from: Option<FrameNumber>,
}

/// A lease's frames, as far as somebody has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The lease.
    pub name: LeaseName,
    /// What it covers.
    pub frames: FrameRange,
}

impl From<u32> for LeaseName {
    fn from(range: u32) -> Self {
        Self { range, from: None }
    }
}

impl LeaseName {
    /// Who judges the borders of the whole job: no range of any plan.
    pub const BORDERS: Self = Self { range: u32::MAX, from: None };

    /// From the last part of a key; none when it is no lease's.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (range, from) = match text.split_once('-') {
            None => (text, None),
            Some((range, from)) => (range, Some(FrameNumber(from.parse().ok()?))),
        };
        Some(Self { range: range.parse().ok()?, from })
    }
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            None => write!(f, "{:05}", self.range),
            Some(from) => write!(f, "{:05}-{:06}", self.range, from.0),
        }
    }
}

/// The parts of range `index` of `plan`, in order; none when there is no such range. A split at the range's own first
/// frame, or outside of it, is none.
pub(super) fn parts_of(plan: &Plan, index: u32, leases: &BTreeSet<LeaseName>) -> Vec<Part> {
    let Some(range) = plan.ranges.get(index as usize) else { return Vec::new() };
    let (least, most) =
        (LeaseName::from(index), LeaseName { range: index, from: Some(FrameNumber(i64::MAX)) });
    let inside = |cut: &FrameNumber| *cut > range.first && *cut <= range.last;
    let cuts = leases.range(least..=most).filter_map(|name| name.from).filter(inside);
    let mut parts = vec![Part { name: index.into(), frames: *range }];
    for cut in cuts {
        if let Some(before) = parts.last_mut() {
            before.frames.last = FrameNumber(cut.0 - 1);
        }
        let frames = FrameRange { first: cut, last: range.last };
        parts.push(Part { name: LeaseName { range: index, from: Some(cut) }, frames });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanRequest;
    use crate::plan::tests::{camera, request};
    use proptest::prelude::*;

    fn name(range: u32, from: i64) -> LeaseName {
        LeaseName { range, from: Some(FrameNumber(from)) }
    }

    #[test]
    fn names_are_read_as_they_are_written_also_below_zero() {
        for wanted in [LeaseName::from(3), name(3, 120), name(99_999, -12), name(0, 1_234_567)] {
            assert_eq!(LeaseName::parse(&wanted.to_string()), Some(wanted));
        }
        assert_eq!(name(3, -12).to_string(), "00003--00012");
        for nonsense in ["", "x", "3-", "3-x", "-", "again-0123"] {
            assert_eq!(LeaseName::parse(nonsense), None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_all_frames_of_their_range_once_whatever_was_split(
            cuts in prop::collection::vec((0u32..4, -5i64..40), 0..12)
        ) {
            let plan = PlanRequest { chunk: Some(10), ..request(&camera(-5, 40)) }.plan().expect("plans").plan;
            let leases: BTreeSet<_> = cuts.into_iter().map(|(range, from)| name(range, from)).collect();
            for (index, range) in (0..).zip(&plan.ranges) {
                let parts = parts_of(&plan, index, &leases);
                let frames: Vec<_> = parts.iter().flat_map(|part| part.frames.iter()).collect();
                prop_assert_eq!(frames, range.iter().collect::<Vec<_>>());
                prop_assert!(parts.iter().skip(1).all(|part| part.name.from == Some(part.frames.first)));
            }
            prop_assert!(parts_of(&plan, plan.ranges.len() as u32, &leases).is_empty());
        }
    }
}
