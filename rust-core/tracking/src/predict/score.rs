//! How well a predictor does on a recorded motion: error and jitter, judged together.
//!
//! At every sample the predictor has seen everything up to it and says where the subject will be one horizon
//! later; the truth is the motion interpolated there. Jitter is the root mean square second difference of
//! what it said. Truths that lie in a hole of the recording are left out, for there is none.

use cyclorama_space::rotation;

use super::Predictor;
use super::baseline::turn;
use crate::motion::Motion;

/// Errors and jitter of one predictor at one horizon.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Score {
    /// Mean angle between said and true, degrees.
    pub rotation_mean_deg: f64,
    /// Its 95th percentile, degrees.
    pub rotation_p95_deg: f64,
    /// Mean distance between said and true, mm.
    pub position_mean_mm: f64,
    /// Its 95th percentile, mm.
    pub position_p95_mm: f64,
    /// Root mean square second difference of the rotations said, degrees.
    pub rotation_jitter_deg: f64,
    /// Root mean square second difference of the positions said, mm.
    pub position_jitter_mm: f64,
}

/// Runs `predictor` over `motion`, predicting `horizon` seconds ahead. `None` when no truth lies that far ahead.
pub fn score(predictor: &mut dyn Predictor, motion: &Motion, horizon: f64) -> Option<Score> {
    let (mut angles, mut distances, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for (time, pose) in motion.points() {
        predictor.observe(*time, pose);
        let guess = predictor.predict(horizon)?;
        said.push(guess);
        let due = time + horizon;
        if let Some(truth) = motion.at(due).filter(|_| !motion.is_gap(due)) {
            angles.push(rotation::angle_between(guess.rotation, truth.rotation).to_degrees());
            distances.push(guess.position.distance(truth.position) * 1e3);
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mut turns, mut bends, mut shakes) = (0.0, 0.0, 0usize);
    for three in said.windows(3) {
        let (before, after) =
            (turn(three[0].rotation, three[1].rotation), turn(three[1].rotation, three[2].rotation));
        turns += (after - before).length_squared();
        bends += (three[2].position - three[1].position * 2.0 + three[0].position).length_squared();
        shakes += 1;
    }
    let root = |sum: f64| (sum / shakes.max(1) as f64).sqrt();
    Some(Score {
        rotation_mean_deg: mean(&angles),
        rotation_p95_deg: percentile_95(&mut angles)?,
        position_mean_mm: mean(&distances),
        position_p95_mm: percentile_95(&mut distances)?,
        rotation_jitter_deg: root(turns).to_degrees(),
        position_jitter_mm: root(bends) * 1e3,
    })
}

/// The value that 95 of 100 do not exceed, interpolated between neighbours; `None` of nothing.
fn percentile_95(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let place = 0.95 * values.len().checked_sub(1)? as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(values.len() - 1);
    Some(values[below] + (values[above] - values[below]) * part)
}
