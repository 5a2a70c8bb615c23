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
pub struct Prior<const N: usize> {
    /// Most likely weights: seconds for velocities, metres for levers.
    pub(super) mean: Weights<N>,
    /// Inverse covariance, all of it.
    pub(super) precision: Matrix<N>,
    /// Precision times mean.
    pub(super) pull: Weights<N>,
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

    /// The belief about an axis group at any horizon (seconds), interpolated between its neighbours. Features after
    /// the velocities are levers, believed to be `lever` metres long give or take.
    pub(super) fn at<const N: usize>(&self, group: Group, horizon: f64, lever: f64) -> Option<Prior<N>> {
        let table = match group {
            Group::Position => &self.position,
            Group::Rotation => &self.rotation,
        };
        let above = table.partition_point(|belief| belief.horizon < horizon).min(table.len().checked_sub(1)?);
        let (a, b) = (&table[above.saturating_sub(1)], &table[above]);
        let span = b.horizon - a.horizon;
        let part = if span > 0.0 { ((horizon - a.horizon) / span).clamp(0.0, 1.0) } else { 1.0 };
        let mix = |a: f64, b: f64| a + (b - a) * part;
        let mut mean = [0.0; N];
        let mut covariance = [[0.0; N]; N];
        for row in COUNT..N {
            covariance[row][row] = lever * lever;
        }
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

impl<const N: usize> Prior<N> {
    /// From mean and covariance; `None` when the covariance is not positive definite.
    fn new(mean: Weights<N>, covariance: Matrix<N>) -> Option<Self> {
        let mut precision = [[0.0; N]; N];
        for column in 0..N {
            let mut unit = [0.0; N];
            unit[column] = 1.0;
            let solved = solve_symmetric(covariance, unit)?;
            for row in 0..N {
                precision[row][column] = solved[row];
            }
        }
        let mut pull = [0.0; N];
        for row in 0..N {
            pull[row] = (0..N).map(|column| precision[row][column] * mean[column]).sum();
        }
        Some(Self { mean, precision, pull })
    }
}
