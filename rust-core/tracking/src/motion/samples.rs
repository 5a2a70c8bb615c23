//! Decoded samples of one subject as a [`Motion`]: when each was taken, by the best clock they carry.
//!
//! The tracker's own time comes first, then timecode, then arrival. What the tracker marked bad or lost is left
//! out, so that a hole stays a hole.

use cyclorama_space::Pose;
use cyclorama_time::FrameNumber;

use super::{Motion, MotionError};
use crate::{Sample, Status};

/// Which clock placed the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacedBy {
    /// The tracker's own time.
    SenderTime,
    /// Timecode; only the longest stretch without a jump.
    Timecode,
    /// Arrival here, network jitter included.
    Arrival,
    /// Nothing but their order, at a rate that was given.
    Order,
}

/// Of a clock's steps this share must go forward for it to be believed.
const FORWARD: f64 = 0.9;

/// A forward step in timecode of more seconds than this starts a new stretch.
const JUMP_SECONDS: i64 = 10;

impl Motion {
    /// The motion of `subject`, or of the subject with most usable poses. Samples without any time at all are
    /// taken to come `rate` times a second.
    ///
    /// # Errors
    /// [`MotionError::NoSuchSubject`], [`MotionError::NoTime`] without a rate, [`MotionError::TooShort`].
    pub fn from_samples(
        samples: &[Sample],
        subject: Option<&str>,
        rate: Option<f64>,
    ) -> Result<(Self, PlacedBy), MotionError> {
        let subject = chosen(samples, subject)?;
        let usable: Vec<(&Sample, Pose)> = samples
            .iter()
            .filter(|sample| {
                *sample.subject == *subject && !matches!(sample.status, Status::Bad | Status::Lost)
            })
            .filter_map(|sample| Some((sample, sample.pose.filter(Pose::is_valid)?)))
            .collect();
        let sent: Vec<_> = usable.iter().filter_map(|(s, pose)| Some((s.sampled?.nanos(), *pose))).collect();
        let arrived: Vec<_> = usable.iter().map(|(s, pose)| (s.arrived.nanos(), *pose)).collect();
        let labelled = by_timecode(&usable);
        let enough = |points: &[(i64, Pose)]| points.len() as f64 >= FORWARD * usable.len() as f64;
        if enough(&sent) && goes_forward(&sent) {
            Ok((in_order(sent)?, PlacedBy::SenderTime))
        } else if !labelled.is_empty() && goes_forward(&labelled) {
            Ok((in_order(labelled)?, PlacedBy::Timecode))
        } else if goes_forward(&arrived) {
            Ok((in_order(arrived)?, PlacedBy::Arrival))
        } else {
            let rate = rate.ok_or(MotionError::NoTime)?;
            let points = usable.iter().enumerate().map(|(index, (_, pose))| (index as f64 / rate, *pose));
            Ok((Self::new(points)?, PlacedBy::Order))
        }
    }
}

/// The subject asked for, or the first of those with most poses.
fn chosen(samples: &[Sample], asked: Option<&str>) -> Result<String, MotionError> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.pose.is_some()) {
        match counts.iter_mut().find(|(subject, _)| *subject == &*sample.subject) {
            Some((_, count)) => *count += 1,
            None => counts.push((&sample.subject, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    let found = match asked {
        Some(asked) => counts.iter().find(|(subject, _)| *subject == asked),
        None => counts.iter().find(|(_, count)| Some(*count) == most),
    };
    match (found, asked) {
        (Some((subject, _)), _) => Ok((*subject).to_owned()),
        (None, Some(asked)) => Err(MotionError::NoSuchSubject {
            subject: asked.to_owned(),
            present: counts.iter().map(|(subject, _)| (*subject).to_owned()).collect(),
        }),
        (None, None) => Err(MotionError::TooShort { samples: 0 }),
    }
}

/// Nanoseconds by timecode of the longest stretch in which it runs on; empty unless nearly all have one.
fn by_timecode(usable: &[(&Sample, Pose)]) -> Vec<(i64, Pose)> {
    let labelled: Vec<_> = usable.iter().filter_map(|(s, pose)| Some((s.timecode?, *pose))).collect();
    if (labelled.len() as f64) < FORWARD * usable.len() as f64 {
        return Vec::new();
    }
    let mut stretches: Vec<Vec<(i64, Pose)>> = Vec::new();
    let (mut frame, mut last) = (0, None);
    for (label, pose) in labelled {
        let step = last.map_or(0, |last| label.frames_since(last));
        let jump = i64::from(label.rate().nominal()) * JUMP_SECONDS;
        // A few frames back are datagrams that overtook each other.
        if last.is_none() || !(-4..=jump).contains(&step) {
            stretches.push(Vec::new());
            frame = 0;
        } else {
            frame += step;
        }
        last = Some(label);
        if let Some(stretch) = stretches.last_mut() {
            stretch.push((label.rate().nanos_at(FrameNumber(frame)), pose));
        }
    }
    stretches.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

fn goes_forward(points: &[(i64, Pose)]) -> bool {
    let forward = points.windows(2).filter(|pair| pair[1].0 > pair[0].0).count();
    points.len() > 1 && forward as f64 >= FORWARD * (points.len() - 1) as f64
}

/// Sorted by time, so that what was overtaken on its way stands where it belongs.
fn in_order(mut points: Vec<(i64, Pose)>) -> Result<Motion, MotionError> {
    points.sort_by_key(|(nanos, _)| *nanos);
    let zero = points.first().map_or(0, |(nanos, _)| *nanos);
    Motion::new(points.into_iter().map(|(nanos, pose)| (nanos.saturating_sub(zero) as f64 / 1e9, pose)))
}

#[cfg(test)]
mod tests {
    use cyclorama_time::{FrameRate, SenderTime, StageTime, Timecode};

    use super::*;
    use crate::send::{Move, Simulation};

    fn simulated(count: i64) -> Vec<Sample> {
        let simulation = Simulation::new(Move::Crane, FrameRate::FPS_25);
        (0..count).map(|frame| simulation.sample(frame)).collect()
    }

    fn times(motion: &Motion) -> Vec<f64> {
        motion.points().iter().map(|(time, _)| *time).collect()
    }

    #[test]
    fn the_trackers_own_time_is_believed_before_timecode_and_arrival() {
        let mut samples = simulated(10);
        for (index, sample) in samples.iter_mut().enumerate() {
            sample.sampled = Some(SenderTime::from_nanos(7_000_000_000 + index as i64 * 41_000_000));
        }
        let (motion, placed) = Motion::from_samples(&samples, None, None).expect("long enough");
        assert_eq!(placed, PlacedBy::SenderTime);
        assert!((times(&motion)[9] - 0.369).abs() < 1e-12);
    }

    #[test]
    fn a_sender_time_that_stands_still_is_not_believed() {
        let mut samples = simulated(10);
        samples.iter_mut().for_each(|sample| sample.sampled = Some(SenderTime::from_nanos(5)));
        let (motion, placed) = Motion::from_samples(&samples, None, None).expect("long enough");
        assert_eq!((placed, times(&motion)[9]), (PlacedBy::Timecode, 0.36));
    }

    #[test]
    fn timecode_that_counts_slower_than_the_samples_gives_way_to_arrival() {
        let mut samples = simulated(12);
        for (index, sample) in samples.iter_mut().enumerate() {
            let label = Timecode::new(1, 0, 0, index as u8 / 4, FrameRate::FPS_25, false);
            sample.timecode = Some(label.expect("a label"));
            sample.arrived = StageTime::from_nanos(index as i64 * 10_000_000);
        }
        let (motion, placed) = Motion::from_samples(&samples, None, None).expect("long enough");
        assert_eq!((placed, times(&motion)[11]), (PlacedBy::Arrival, 0.11));
    }

    #[test]
    fn of_timecode_that_jumps_the_longest_stretch_is_the_motion() {
        let mut samples = simulated(30);
        let far = Timecode::new(5, 0, 0, 0, FrameRate::FPS_25, false).expect("a label");
        for (index, sample) in samples.iter_mut().enumerate().skip(10) {
            sample.timecode = Some(far.plus_frames(index as i64));
        }
        let (motion, placed) = Motion::from_samples(&samples, None, None).expect("long enough");
        assert_eq!((placed, motion.points().len()), (PlacedBy::Timecode, 20));
    }

    #[test]
    fn samples_overtaken_on_their_way_stand_where_they_belong() {
        let mut samples = simulated(20);
        samples.swap(8, 9);
        let (motion, _) = Motion::from_samples(&samples, None, None).expect("long enough");
        assert_eq!(motion.points().len(), 20);
        assert!(times(&motion).windows(2).all(|pair| (pair[1] - pair[0] - 0.04).abs() < 1e-9));
    }

    #[test]
    fn samples_without_any_time_need_a_rate() {
        let mut samples = simulated(10);
        for sample in &mut samples {
            (sample.timecode, sample.arrived) = (None, StageTime::default());
        }
        assert_eq!(Motion::from_samples(&samples, None, None), Err(MotionError::NoTime));
        let (motion, placed) = Motion::from_samples(&samples, None, Some(50.0)).expect("long enough");
        assert_eq!((placed, times(&motion)[9]), (PlacedBy::Order, 0.18));
    }

    #[test]
    fn what_the_tracker_marked_lost_is_a_hole_and_a_missing_subject_is_named() {
        let mut samples = simulated(20);
        samples[5].status = Status::Lost;
        let (motion, _) = Motion::from_samples(&samples, Some("simulated:1"), None).expect("long enough");
        assert_eq!(motion.points().len(), 19);
        let error = Motion::from_samples(&samples, Some("f4:1"), None).expect_err("not there");
        assert_eq!(error.to_string(), "there is no usable pose of `f4:1`; there are simulated:1");
    }
}
