//! Recorded motion of one subject as plain times and poses: what predictors are fitted and scored on.
//!
//! Reads the CSV `t,x,y,z,qw,qx,qy,qz` (seconds, metres), alone or among other columns. Knows nothing of trackers or files.

mod columns;
mod samples;

use cyclorama_space::{DQuat, DVec3, Pose, interpolate};

use columns::Columns;
pub use samples::PlacedBy;

/// A moving subject, sampled at strictly increasing times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Motion {
    /// Seconds since any zero, and the pose then.
    points: Vec<(f64, Pose)>,
}

/// Why a motion could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MotionError {
    /// A line is not eight numbers.
    #[error("line {line} is not `t,x,y,z,qw,qx,qy,qz` in numbers")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A header without one of the columns, and not of eight.
    #[error("the columns are {}; `{missing}` is missing, of t,x,y,z,qw,qx,qy,qz", columns.join(","))]
    Column {
        /// The first that is missing.
        missing: &'static str,
        /// What the header names.
        columns: Vec<String>,
    },
    /// A rotation that is none.
    #[error("the quaternion in line {line} has no length")]
    Quaternion {
        /// Counted from 1.
        line: usize,
    },
    /// Fewer than three samples.
    #[error("a motion has at least three samples at increasing times, this has {samples}")]
    TooShort {
        /// How many there were.
        samples: usize,
    },
    /// No sample says when it was taken, and they all came at once.
    #[error("nothing says when the samples were taken")]
    NoTime,
    /// The subject asked for is not there.
    #[error("there is no usable pose of `{subject}`; there are {}", present.join(", "))]
    NoSuchSubject {
        /// What was asked for.
        subject: String,
        /// Those with poses.
        present: Vec<String>,
    },
    /// The rate to resample to makes no sense.
    #[error("cannot resample to {rate} samples per second")]
    Rate {
        /// What was asked for.
        rate: f64,
    },
}

impl cyclorama_outcome::Classify for MotionError {
    fn kind(&self) -> cyclorama_outcome::Kind {
        match self {
            Self::NoSuchSubject { .. } => cyclorama_outcome::Kind::NotFound,
            _ => cyclorama_outcome::Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoTime => Some("say how many come in a second with --rate".to_owned()),
            Self::Line { .. } | Self::Column { .. } => Some(
                "give seconds, metres and a unit quaternion, as `take export --format csv` writes them, or the take itself"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

impl Motion {
    /// A motion from samples; those that do not move forward in time are left out.
    ///
    /// # Errors
    /// [`MotionError::TooShort`] when fewer than three remain.
    pub fn new(samples: impl IntoIterator<Item = (f64, Pose)>) -> Result<Self, MotionError> {
        let mut points: Vec<(f64, Pose)> = Vec::new();
        for (time, mut pose) in samples {
            match points.last() {
                Some((last, _)) if !time.is_finite() || time <= *last => continue,
                Some((_, before)) => {
                    pose.rotation = interpolate::same_hemisphere(pose.rotation, before.rotation);
                }
                None if !time.is_finite() => continue,
                None => {}
            }
            points.push((time, pose));
        }
        if points.len() < 3 {
            return Err(MotionError::TooShort { samples: points.len() });
        }
        Ok(Self { points })
    }

    /// Reads the CSV form. A first line that does not start with a number is taken as the header, whose names say where
    /// the eight columns are among others, as in [`crate::export::csv`]; without those names they stand in their order.
    ///
    /// # Errors
    /// [`MotionError`] naming the line.
    pub fn from_csv(text: &str) -> Result<Self, MotionError> {
        let (mut samples, mut columns) = (Vec::new(), None);
        // Some programs begin a text with a mark of its encoding.
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line_number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if columns.is_none() && line.starts_with(|first: char| first.is_alphabetic() || first == '"') {
                columns = Some(Columns::named(line)?);
                continue;
            }
            let columns = columns.get_or_insert_with(Columns::in_order);
            let bad = || MotionError::Line { line: line_number };
            let [time, x, y, z, qw, qx, qy, qz] = columns.read(line).ok_or_else(bad)?;
            let rotation = DQuat::from_xyzw(qx, qy, qz, qw);
            if rotation.length_squared() < 1e-6 {
                return Err(MotionError::Quaternion { line: line_number });
            }
            samples.push((time, Pose { position: DVec3::new(x, y, z), rotation: rotation.normalize() }));
        }
        Self::new(samples)
    }

    /// The samples in order: seconds and pose.
    pub fn points(&self) -> &[(f64, Pose)] {
        &self.points
    }

    /// The same motion at a steady rate (samples per second), straight lines and arcs between the samples.
    ///
    /// # Errors
    /// [`MotionError::Rate`] outside 1 to 2000, [`MotionError::TooShort`] when little is left.
    pub fn resampled(&self, rate: f64) -> Result<Self, MotionError> {
        if !(1.0..=2000.0).contains(&rate) {
            return Err(MotionError::Rate { rate });
        }
        let (first, last) = (self.first(), self.last());
        let count = ((last - first) * rate + 1e-9).floor() as usize + 1;
        let times = (0..count).map(|i| first + i as f64 / rate);
        Self::new(times.filter_map(|time| Some((time, self.at(time)?))))
    }

    /// The pose at `time`, straight between neighbours; `None` outside the motion.
    pub fn at(&self, time: f64) -> Option<Pose> {
        const ROUNDING: f64 = 1e-9;
        if time < self.first() - ROUNDING || time > self.last() + ROUNDING {
            return None;
        }
        let after = self.points.partition_point(|(t, _)| *t <= time).clamp(1, self.points.len() - 1);
        let ((t0, a), (t1, b)) = (self.points[after - 1], self.points[after]);
        Some(between(a, b, ((time - t0) / (t1 - t0)).clamp(0.0, 1.0)))
    }

    /// Whether `time` lies in a hole: between two samples much farther apart than usual.
    pub fn is_gap(&self, time: f64) -> bool {
        let after = self.points.partition_point(|(t, _)| *t <= time).clamp(1, self.points.len() - 1);
        self.points[after].0 - self.points[after - 1].0 > (4.0 * self.period()).max(0.1)
    }

    /// Seconds between samples, the median.
    pub fn period(&self) -> f64 {
        let mut steps: Vec<f64> = self.points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let middle = steps.len() / 2;
        *steps.select_nth_unstable_by(middle, f64::total_cmp).1
    }

    fn first(&self) -> f64 {
        self.points[0].0
    }

    fn last(&self) -> f64 {
        self.points[self.points.len() - 1].0
    }
}

/// The pose `at` (0 to 1) of the way from `a` to `b`: straight line, constant turn.
pub(crate) fn between(a: Pose, b: Pose, at: f64) -> Pose {
    Pose {
        position: a.position + (b.position - a.position) * at,
        rotation: interpolate::slerp(a.rotation, b.rotation, at),
    }
}
