//! What a stage knows beside what its trackers say: what the lenses do, and where a tracker's space lies in the wall's.
//!
//! Applied alike to what is heard live and to a take afterwards, so that a move re-rendered stands where it stood.

use std::{collections::BTreeSet, sync::Arc};

use cyclorama_space::Pose;

use crate::{
    Sample,
    lens::{LensFile, Placed},
};

/// Something of one subject, or of all that have none of their own.
pub type OfSubjects<T> = Vec<(Option<String>, T)>;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    /// Calibrated lenses.
    pub lenses: OfSubjects<Arc<LensFile>>,
    /// Tracker space in wall space, as [`crate::align`] finds it.
    pub alignments: OfSubjects<Pose>,
}

impl Calibration {
    /// Brings a sample's lens to what is calibrated, and its pose into the wall's space. Whether a ring stands outside
    /// what was calibrated.
    pub fn apply(&self, sample: &mut Sample) -> bool {
        if let Some(alignment) = of(&self.alignments, &sample.subject) {
            sample.pose = sample.pose.map(|pose| alignment.then_inner(&pose));
        }
        of(&self.lenses, &sample.subject).is_some_and(|lens| {
            let placed = lens.apply(&mut sample.lens);
            [placed.focus, placed.iris, placed.zoom].contains(&Placed::Outside)
        })
    }

    /// The subjects that something is meant for by name, in order of their names.
    pub fn named(&self) -> BTreeSet<&str> {
        let lenses = self.lenses.iter().filter_map(|(subject, _)| subject.as_deref());
        lenses.chain(self.alignments.iter().filter_map(|(subject, _)| subject.as_deref())).collect()
    }

    /// Whether it changes anything at all.
    pub fn is_empty(&self) -> bool {
        self.lenses.is_empty() && self.alignments.is_empty()
    }
}

/// What is `subject`'s.
fn of<'a, T>(all: &'a OfSubjects<T>, subject: &str) -> Option<&'a T> {
    let own = all.iter().find(|(name, _)| name.as_deref() == Some(subject));
    own.or_else(|| all.iter().find(|(name, _)| name.is_none())).map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use cyclorama_space::{DVec3, PanTiltRoll};
    use cyclorama_time::FrameRate;

    use super::*;
    use crate::send::{Move, Simulation};

    fn shifted(x: f64) -> Pose {
        Pose::new(DVec3::new(x, 0.0, 0.0), PanTiltRoll::from_degrees(90.0, 0.0, 0.0))
    }

    #[test]
    fn a_subject_has_its_own_space_or_else_that_of_all() {
        let mut sample = Simulation::new(Move::Crane, FrameRate::FPS_50).sample(10);
        let pose = sample.pose.expect("simulated");
        let own = Some(sample.subject.to_string());
        for (alignments, wanted) in [
            (vec![(None, shifted(1.0)), (own, shifted(2.0))], shifted(2.0).then_inner(&pose)),
            (
                vec![(Some("another".to_owned()), shifted(3.0)), (None, shifted(1.0))],
                shifted(1.0).then_inner(&pose),
            ),
            (vec![(Some("another".to_owned()), shifted(3.0))], pose),
        ] {
            sample.pose = Some(pose);
            let calibration = Calibration { alignments, ..Calibration::default() };
            assert!(!calibration.is_empty() && !calibration.apply(&mut sample));
            assert_eq!(sample.pose, Some(wanted));
        }
        let names =
            |names: &[&str]| names.iter().map(|name| (Some((*name).to_owned()), shifted(1.0))).collect();
        let named = Calibration { alignments: names(&["b", "a", "b"]), ..Calibration::default() };
        assert_eq!(named.named().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        sample.pose = None;
        let calibration = Calibration { alignments: vec![(None, shifted(1.0))], ..Calibration::default() };
        assert!(!calibration.apply(&mut sample));
        assert_eq!(sample.pose, None, "a lost tracker stays lost");
    }
}
