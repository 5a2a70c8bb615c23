//! Bayesian linear regression that also dislikes jitter: displacement = weights x features of the motion.
//!
//! Minimises, over the recent past, the squared error of the foretold displacement plus `calm` times the
//! squared second difference of the output it would have given, with a Gaussian prior on the weights. Both
//! parts are quadratic in the weights, so the optimum is one small solve. What all three axes did gives the weights
//! that would serve them together; each axis then starts from those and is fitted to what it did itself, for a pan is
//! driven otherwise than a roll. An error far beyond the usual counts only as far as [`BELIEVED`], so that one wild
//! reading spoils nothing.

#![expect(clippy::needless_range_loop, reason = "matrix indices read as in the formulas")]

use cyclorama_space::DVec3;

use super::prior::Prior;

/// A square matrix over `N` weights.
pub(super) type Matrix<const N: usize> = [[f64; N]; N];

/// One weight per feature: seconds for velocities, metres for levers.
pub(super) type Weights<const N: usize> = [f64; N];

/// The running fit of one axis group at one horizon.
#[derive(Clone, Debug)]
pub(super) struct Regression<const N: usize> {
    prior: Prior<N>,
    manner: Manner,
    /// Of each axis.
    evidence: [Evidence<N>; 3],
    errors: Spread,
    shakes: Spread,
    /// For each axis.
    weights: [Weights<N>; 3],
}

/// How a fit weighs what it is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manner {
    /// Weight of jitter against error, 0 or more.
    pub(super) calm: f64,
    /// How many successive targets share the same motion (1 or more), so that they are not taken for independent
    /// evidence.
    pub(super) overlap: f64,
    /// How far the weights of an axis may lie from those of all three, in spreads of the prior, above 0.
    pub(super) apart: f64,
}

/// Sums over the recent past: products of features, and of features with what followed them.
#[derive(Clone, Copy, Debug)]
struct Evidence<const N: usize> {
    /// Lower triangle.
    matrix: Matrix<N>,
    vector: Weights<N>,
}

impl<const N: usize> Evidence<N> {
    const NONE: Self = Self { matrix: [[0.0; N]; N], vector: [0.0; N] };

    /// The weights by this, with a prior of this precision (all of it) and precision times mean, for so much noise.
    fn weights(&self, precision: &Matrix<N>, pull: &Weights<N>, noise: f64) -> Option<Weights<N>> {
        let (mut matrix, mut vector) = (self.matrix, self.vector);
        for row in 0..N {
            for column in 0..=row {
                matrix[row][column] += noise * precision[row][column];
            }
            vector[row] += noise * pull[row];
        }
        solve_symmetric(matrix, vector)
    }
}

/// Errors of more than this many times the usual are taken for a tracker's slip, and weigh less the wilder.
const BELIEVED: f64 = 6.0;

/// A fading mean square, per axis.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    squares: f64,
    count: f64,
}

impl Spread {
    fn variance(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.squares / self.count)
    }

    fn fade(&mut self, keep: f64) {
        self.squares *= keep;
        self.count *= keep;
    }

    /// Takes in an error, and says how far to believe it, above 0 to 1.
    fn weigh(&mut self, error: DVec3) -> f64 {
        let squared = error.length_squared();
        let most =
            self.variance().map_or(f64::INFINITY, |usual| BELIEVED * BELIEVED * 3.0 * usual.max(1e-24));
        let trust = if squared > most { most / squared } else { 1.0 };
        self.squares += trust * squared;
        self.count += 3.0;
        trust
    }
}

impl<const N: usize> Regression<N> {
    /// Starts from the prior.
    pub(super) fn new(prior: Prior<N>, manner: Manner) -> Self {
        let weights = [prior.mean; 3];
        let manner = Manner { overlap: manner.overlap.max(1.0), ..manner };
        let (errors, shakes) = (Spread::default(), Spread::default());
        Self { prior, manner, evidence: [Evidence::NONE; 3], errors, shakes, weights }
    }

    /// The displacement these features foretell.
    pub(super) fn predict(&self, features: &[DVec3; N]) -> DVec3 {
        let axis = |axis: usize| {
            let terms = self.weights[axis].iter().zip(features);
            terms.fold(0.0, |sum, (weight, feature)| sum + feature[axis] * weight)
        };
        DVec3::new(axis(0), axis(1), axis(2))
    }

    /// Mean squared error per axis of recent predictions, once known.
    pub(super) fn error_variance(&self) -> Option<f64> {
        self.errors.variance()
    }

    /// Lets old evidence fade by `keep` (0 to 1).
    pub(super) fn fade(&mut self, keep: f64) {
        for Evidence { matrix, vector } in &mut self.evidence {
            matrix.as_flattened_mut().iter_mut().for_each(|value| *value *= keep);
            vector.iter_mut().for_each(|value| *value *= keep);
        }
        self.errors.fade(keep);
        self.shakes.fade(keep);
    }

    /// Learns that `features` were followed by `displacement`.
    pub(super) fn learn(&mut self, features: &[DVec3; N], displacement: DVec3) {
        let trust = self.errors.weigh(displacement - self.predict(features));
        self.add(features, displacement, trust);
    }

    /// Learns how the output would shake: second differences of the features and of the subject itself.
    pub(super) fn learn_shake(&mut self, features: &[DVec3; N], subject: DVec3) {
        if self.manner.calm > 0.0 {
            let trust = self.shakes.weigh(subject + self.predict(features));
            self.add(features, -subject, self.manner.calm * trust);
        }
    }

    fn add(&mut self, features: &[DVec3; N], target: DVec3, weight: f64) {
        for (axis, evidence) in self.evidence.iter_mut().enumerate() {
            let along = features.map(|feature| feature[axis]);
            // All of each row, though the lower triangle would do: whole rows are added several at once.
            for row in 0..N {
                let scaled = along[row] * weight;
                for column in 0..N {
                    evidence.matrix[row][column] += scaled * along[column];
                }
                evidence.vector[row] += scaled * target[axis];
            }
        }
    }

    /// Finds the weights anew.
    pub(super) fn solve(&mut self) {
        let Some(variance) = self.error_variance() else { return };
        let mut all = Evidence::NONE;
        for evidence in &self.evidence {
            for row in 0..N {
                for column in 0..=row {
                    all.matrix[row][column] += evidence.matrix[row][column];
                }
                all.vector[row] += evidence.vector[row];
            }
        }
        let trace: f64 = (0..N).map(|i| all.matrix[i][i]).sum();
        let noise = (variance * self.manner.overlap).max(1e-9 * trace).max(1e-24);
        let precision = &self.prior.precision;
        let Some(shared) = all.weights(precision, &self.prior.pull, noise) else { return };
        let pull =
            std::array::from_fn(|row| (0..N).map(|column| precision[row][column] * shared[column]).sum());
        let tie = noise / (self.manner.apart * self.manner.apart);
        for (weights, evidence) in self.weights.iter_mut().zip(&self.evidence) {
            *weights = evidence.weights(precision, &pull, tie).unwrap_or(shared);
        }
    }
}

/// Solves `matrix * x = vector` by Cholesky; only the lower triangle is read. `None` unless positive definite.
pub(super) fn solve_symmetric<const N: usize>(
    mut matrix: Matrix<N>,
    mut vector: Weights<N>,
) -> Option<Weights<N>> {
    // Divisions wait long: one for each row is kept.
    let mut inverse = [0.0; N];
    for row in 0..N {
        for column in 0..=row {
            let done: f64 = (0..column).map(|k| matrix[row][k] * matrix[column][k]).sum();
            let left = matrix[row][column] - done;
            if column < row {
                matrix[row][column] = left * inverse[column];
                continue;
            }
            if left.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
                return None;
            }
            inverse[row] = 1.0 / left.sqrt();
        }
        let done: f64 = (0..row).map(|k| matrix[row][k] * vector[k]).sum();
        vector[row] = (vector[row] - done) * inverse[row];
    }
    for row in (0..N).rev() {
        let done: f64 = (row + 1..N).map(|k| matrix[k][row] * vector[k]).sum();
        vector[row] = (vector[row] - done) * inverse[row];
    }
    vector.iter().all(|value| value.is_finite()).then_some(vector)
}
