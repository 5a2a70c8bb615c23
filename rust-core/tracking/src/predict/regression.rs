//! Bayesian linear regression that also dislikes jitter: displacement = weights x features of the motion.
//!
//! Minimises, over the recent past, the squared error of the foretold displacement plus `calm` times the
//! squared second difference of the output it would have given, with a Gaussian prior on the weights. Both
//! parts are quadratic in the weights, so the optimum is one small solve. The three axes share the weights. An
//! error far beyond the usual counts only as far as [`BELIEVED`], so that one wild reading spoils nothing.

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
    calm: f64,
    overlap: f64,
    evidence: Matrix<N>,
    answer: Weights<N>,
    errors: Spread,
    shakes: Spread,
    weights: Weights<N>,
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
    /// Starts from the prior. `calm` (0 or more) weighs jitter against error; `overlap` (1 or more) is how many
    /// successive targets share the same motion, so that they are not taken for independent evidence.
    pub(super) fn new(prior: Prior<N>, calm: f64, overlap: f64) -> Self {
        let weights = prior.mean;
        Self {
            prior,
            calm,
            overlap: overlap.max(1.0),
            evidence: [[0.0; N]; N],
            answer: [0.0; N],
            errors: Spread::default(),
            shakes: Spread::default(),
            weights,
        }
    }

    /// The displacement these features foretell.
    pub(super) fn predict(&self, features: &[DVec3; N]) -> DVec3 {
        combine(&self.weights, features)
    }

    /// Mean squared error per axis of recent predictions, once known.
    pub(super) fn error_variance(&self) -> Option<f64> {
        self.errors.variance()
    }

    /// Lets old evidence fade by `keep` (0 to 1).
    pub(super) fn fade(&mut self, keep: f64) {
        self.evidence.as_flattened_mut().iter_mut().for_each(|value| *value *= keep);
        self.answer.iter_mut().for_each(|value| *value *= keep);
        self.errors.fade(keep);
        self.shakes.fade(keep);
    }

    /// Learns that `features` were followed by `displacement`.
    pub(super) fn learn(&mut self, features: &[DVec3; N], displacement: DVec3) {
        let trust = self.errors.weigh(displacement - combine(&self.weights, features));
        self.add(features, displacement, trust);
    }

    /// Learns how the output would shake: second differences of the features and of the subject itself.
    pub(super) fn learn_shake(&mut self, features: &[DVec3; N], subject: DVec3) {
        if self.calm > 0.0 {
            let trust = self.shakes.weigh(subject + combine(&self.weights, features));
            self.add(features, -subject, self.calm * trust);
        }
    }

    fn add(&mut self, features: &[DVec3; N], target: DVec3, weight: f64) {
        for row in 0..N {
            let scaled = features[row] * weight;
            for column in 0..=row {
                self.evidence[row][column] += scaled.dot(features[column]);
            }
            self.answer[row] += scaled.dot(target);
        }
    }

    /// Finds the weights anew.
    pub(super) fn solve(&mut self) {
        let Some(variance) = self.error_variance() else { return };
        let trace: f64 = (0..N).map(|i| self.evidence[i][i]).sum();
        let noise = (variance * self.overlap).max(1e-9 * trace).max(1e-24);
        let mut matrix = self.evidence;
        let mut vector = self.answer;
        for row in 0..N {
            for column in 0..=row {
                matrix[row][column] += noise * self.prior.precision[row][column];
            }
            vector[row] += noise * self.prior.pull[row];
        }
        if let Some(weights) = solve_symmetric(matrix, vector) {
            self.weights = weights;
        }
    }
}

/// Weighted sum of features.
pub(super) fn combine<const N: usize>(weights: &Weights<N>, features: &[DVec3; N]) -> DVec3 {
    weights.iter().zip(features).fold(DVec3::ZERO, |sum, (weight, feature)| sum + *feature * *weight)
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
