//! What cameras usually do: the weights a predictor starts from, before it has seen the one it follows.

#![expect(clippy::needless_range_loop, reason = "matrix indices read as in the formulas")]

use super::{
    prior_table,
    regression::{Matrix, Weights, solve_symmetric},
    velocity::COUNT,
};

/// Which axes share their weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// X, Y and Z of the position.
    Position,
    /// The three components of the rotation vector.
    Rotation,
}

/// Gaussian belief about the weights at one horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// Most likely weights, seconds.
    pub(super) mean: Weights,
    /// Inverse covariance, lower triangle, 1/s^2.
    pub(super) precision: Matrix,
    /// Precision times mean.
    pub(super) pull: Weights,
}

/// Mean and covariance of the weights at one horizon, both per second of horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    /// Seconds ahead.
    pub horizon: f64,
    /// Mean weights divided by the horizon.
    pub mean: [f64; COUNT],
    /// Covariance of those, all of it.
    pub covariance: [[f64; COUNT]; COUNT],
}

/// Beliefs over a range of horizons for both axis groups, horizons ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Beliefs {
    /// For positions.
    pub position: Vec<Belief>,
    /// For rotations.
    pub rotation: Vec<Belief>,
}

impl Beliefs {
    /// Fitted on the recorded motions this project ships; `fit` makes the table.
    pub fn shipped() -> Self {
        Self { position: prior_table::POSITION.to_vec(), rotation: prior_table::ROTATION.to_vec() }
    }

    /// The belief at any horizon (seconds), interpolated between its neighbours.
    pub(super) fn at(&self, group: Group, horizon: f64) -> Option<Prior> {
        let table = match group {
            Group::Position => &self.position,
            Group::Rotation => &self.rotation,
        };
        let above = table.partition_point(|belief| belief.horizon < horizon).min(table.len().checked_sub(1)?);
        let (a, b) = (&table[above.saturating_sub(1)], &table[above]);
        let span = b.horizon - a.horizon;
        let part = if span > 0.0 { ((horizon - a.horizon) / span).clamp(0.0, 1.0) } else { 1.0 };
        let mix = |a: f64, b: f64| a + (b - a) * part;
        let mut mean = [0.0; COUNT];
        let mut covariance = [[0.0; COUNT]; COUNT];
        for row in 0..COUNT {
            mean[row] = mix(a.mean[row], b.mean[row]) * horizon;
            for column in 0..COUNT {
                covariance[row][column] =
                    mix(a.covariance[row][column], b.covariance[row][column]) * horizon * horizon;
            }
        }
        Prior::new(mean, covariance)
    }
}

impl Prior {
    /// From mean and covariance; `None` when the covariance is not positive definite.
    fn new(mean: Weights, covariance: Matrix) -> Option<Self> {
        let mut precision = [[0.0; COUNT]; COUNT];
        for column in 0..COUNT {
            let mut unit = [0.0; COUNT];
            unit[column] = 1.0;
            let solved = solve_symmetric(covariance, unit)?;
            for row in 0..COUNT {
                precision[row][column] = solved[row];
            }
        }
        let mut pull = [0.0; COUNT];
        for row in 0..COUNT {
            pull[row] = (0..COUNT).map(|column| precision[row][column] * mean[column]).sum();
        }
        Some(Self { mean, precision, pull })
    }
}
