//! Fits [`Beliefs`] to recorded motions: what [`super::Adaptive`] starts from.
//!
//! Each motion gives the weights that would have served it best; mean and spread over the motions are the
//! belief. Every motion counts alike, however long or lively it is. Run offline: `prior_table.rs` keeps the
//! result, made by `cargo run -p cyclorama-tracking --example fit_prior`.

use cyclorama_space::DVec3;

use super::{
    baseline::turn,
    prior::{Belief, Beliefs, Group},
    regression::{Matrix, Weights, solve_symmetric},
    velocity::{COUNT, Step, Velocities},
};
use crate::motion::Motion;

/// Horizons of the table, seconds.
pub const HORIZONS: [f64; 7] = [0.02, 0.04, 0.08, 0.12, 0.16, 0.25, 0.4];

/// Width added to the spread, per second of horizon: few motions never show all the ways there are.
const WIDTH_POSITION: f64 = 1.0;
const WIDTH_ROTATION: f64 = 0.2;

/// Keeps a single motion's weights sane where it shows too little: towards half the newest velocity.
const RIDGE: f64 = 3e-3;

/// The beliefs that `motions` support, at these horizons (seconds, ascending).
pub fn beliefs(motions: &[Motion], horizons: &[f64]) -> Beliefs {
    let table = |group| horizons.iter().map(|horizon| belief(motions, group, *horizon)).collect();
    Beliefs { position: table(Group::Position), rotation: table(Group::Rotation) }
}

fn belief(motions: &[Motion], group: Group, horizon: f64) -> Belief {
    let best: Vec<Weights<COUNT>> =
        motions.iter().filter_map(|motion| best_weights(motion, group, horizon)).collect();
    let count = best.len().max(1) as f64;
    let mut mean = [0.0; COUNT];
    for weights in &best {
        (0..COUNT).for_each(|i| mean[i] += weights[i] / horizon / count);
    }
    let width = match group {
        Group::Position => WIDTH_POSITION,
        Group::Rotation => WIDTH_ROTATION,
    };
    let mut covariance = [[0.0; COUNT]; COUNT];
    for (row, values) in covariance.iter_mut().enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            let spread =
                |w: &Weights<COUNT>| (w[row] / horizon - mean[row]) * (w[column] / horizon - mean[column]);
            *value = best.iter().map(spread).sum::<f64>() / (count - 1.0).max(1.0);
        }
        values[row] += width;
    }
    Belief { horizon, mean, covariance }
}

/// The weights with the least squared error over the whole motion; `None` when the group does not move.
fn best_weights(motion: &Motion, group: Group, horizon: f64) -> Option<Weights<COUNT>> {
    let mut matrix: Matrix<COUNT> = [[0.0; COUNT]; COUNT];
    let mut vector = [0.0; COUNT];
    let mut velocities = Velocities::default();
    for (time, pose) in motion.points() {
        let step = velocities.observe(*time, pose);
        let due = time + horizon;
        let Some(outcome) = motion.at(due).filter(|_| step != Step::Fresh && !motion.is_gap(due)) else {
            continue;
        };
        let (features, target): (_, DVec3) = match group {
            Group::Position => (&velocities.linear, outcome.position - pose.position),
            Group::Rotation => (&velocities.angular, turn(pose.rotation, outcome.rotation)),
        };
        for row in 0..COUNT {
            (0..=row).for_each(|column| matrix[row][column] += features[row].dot(features[column]));
            vector[row] += features[row].dot(target);
        }
    }
    let trace: f64 = (0..COUNT).map(|i| matrix[i][i]).sum();
    if trace < 1e-15 {
        return None;
    }
    matrix.as_flattened_mut().iter_mut().chain(&mut vector).for_each(|value| *value /= trace);
    (0..COUNT).for_each(|i| matrix[i][i] += RIDGE);
    vector[0] += RIDGE * 0.5 * horizon;
    solve_symmetric(matrix, vector)
}
