//! From a ring's position to a value: monotone cubics through the calibrated points.
//!
//! Between two points the curve never leaves their values, whatever the points (slopes after Fritsch and Butland).
//! Focus is drawn in 1/distance and iris in the logarithm, where rings are closest to straight.

use super::{LensError, Problem};

/// The axis in which values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As they are.
    Linear,
    /// Their logarithm: focal lengths, f-numbers. Greater than zero.
    Logarithm,
    /// One over them: focus distances. Greater than zero; infinity is welcome.
    Reciprocal,
}

impl Scale {
    fn drawn(self, value: f64) -> Option<f64> {
        let fits = match self {
            Self::Linear => value.is_finite(),
            Self::Logarithm => value > 0.0 && value.is_finite(),
            Self::Reciprocal => value > 0.0,
        };
        fits.then(|| match self {
            Self::Linear => value,
            Self::Logarithm => libm::log(value),
            Self::Reciprocal => value.recip(),
        })
    }

    fn value(self, drawn: f64) -> f64 {
        match self {
            Self::Linear => drawn,
            Self::Logarithm => libm::exp(drawn),
            Self::Reciprocal => drawn.max(0.0).recip(),
        }
    }
}

/// A value over encoder positions. Before the first point and after the last it stays what it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    scale: Scale,
    /// Strictly rising.
    at: Vec<f64>,
    drawn: Vec<f64>,
    slopes: Vec<f64>,
    /// As given: the curve goes through them exactly.
    values: Vec<f64>,
}

impl Curve {
    /// A curve through points of (encoder position, value); one point makes a constant. `table` names it in errors.
    ///
    /// # Errors
    /// [`LensError`] naming the first line that is no number, not in order, or of a value that cannot be.
    pub fn new(table: &'static str, scale: Scale, points: &[(f64, f64)]) -> Result<Self, LensError> {
        let wrong = |line: usize, problem| LensError::Line { table, line: line + 1, problem };
        if points.is_empty() {
            return Err(LensError::Table { table, problem: Problem::Missing });
        }
        let mut drawn = Vec::with_capacity(points.len());
        for (line, &(at, value)) in points.iter().enumerate() {
            if !at.is_finite() {
                return Err(wrong(line, Problem::Range(at)));
            }
            if line > 0 && at <= points[line - 1].0 {
                return Err(wrong(line, Problem::NotRising(at)));
            }
            drawn.push(scale.drawn(value).ok_or_else(|| wrong(line, Problem::Range(value)))?);
        }
        let at: Vec<f64> = points.iter().map(|point| point.0).collect();
        let slopes = slopes(&at, &drawn);
        Ok(Self { scale, at, drawn, slopes, values: points.iter().map(|point| point.1).collect() })
    }

    /// As [`Self::new`], for rings: one value belongs to one position, so values only rise or only fall.
    ///
    /// # Errors
    /// As [`Self::new`]; and naming the first line whose value turns back.
    pub fn monotone(table: &'static str, scale: Scale, points: &[(f64, f64)]) -> Result<Self, LensError> {
        let curve = Self::new(table, scale, points)?;
        let rising = curve.drawn[curve.drawn.len() - 1] > curve.drawn[0];
        let turn = curve
            .drawn
            .windows(2)
            .position(|pair| if rising { pair[1] < pair[0] } else { pair[1] > pair[0] });
        match turn {
            Some(line) => {
                let problem = Problem::NotMonotone(points[line + 1].1);
                Err(LensError::Line { table, line: line + 2, problem })
            }
            None => Ok(curve),
        }
    }

    /// The value at an encoder position; exactly the calibrated one at a calibrated position.
    pub fn value(&self, at: f64) -> f64 {
        let last = self.at.len() - 1;
        let next = self.at.partition_point(|known| *known < at);
        if next > last || next == 0 || self.at[next] == at {
            return self.values[next.min(last)];
        }
        let (left, width) = (next - 1, self.at[next] - self.at[next - 1]);
        let t = (at - self.at[left]) / width;
        let (square, cube) = (t * t, t * t * t);
        let drawn = self.drawn[left] * (2.0 * cube - 3.0 * square + 1.0)
            + self.slopes[left] * width * (cube - 2.0 * square + t)
            + self.drawn[next] * (3.0 * square - 2.0 * cube)
            + self.slopes[next] * width * (cube - square);
        self.scale.value(drawn)
    }

    /// First and last calibrated position.
    pub fn span(&self) -> [f64; 2] {
        [self.at[0], self.at[self.at.len() - 1]]
    }
}

/// Slopes that keep a cubic between its points.
fn slopes(at: &[f64], drawn: &[f64]) -> Vec<f64> {
    let widths: Vec<f64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let rises: Vec<f64> =
        drawn.windows(2).zip(&widths).map(|(pair, width)| (pair[1] - pair[0]) / width).collect();
    let (Some(&first), Some(&last)) = (rises.first(), rises.last()) else { return vec![0.0; at.len()] };
    if rises.len() == 1 {
        return vec![first; 2];
    }
    let end = rises.len() - 1;
    let mut slopes = vec![outer(widths[0], widths[1], first, rises[1])];
    for n in 1..=end {
        let (before, after) = (rises[n - 1], rises[n]);
        slopes.push(if before * after <= 0.0 {
            0.0
        } else {
            let (w1, w2) = (2.0 * widths[n] + widths[n - 1], widths[n] + 2.0 * widths[n - 1]);
            (w1 + w2) / (w1 / before + w2 / after)
        });
    }
    slopes.push(outer(widths[end], widths[end - 1], last, rises[end - 1]));
    slopes
}

/// The slope at an end: that of the parabola through three points, held to what keeps its piece monotone.
fn outer(width: f64, next_width: f64, rise: f64, next_rise: f64) -> f64 {
    let slope = ((2.0 * width + next_width) * rise - width * next_rise) / (width + next_width);
    if slope * rise <= 0.0 {
        0.0
    } else if rise * next_rise <= 0.0 && slope.abs() > 3.0 * rise.abs() {
        3.0 * rise
    } else {
        slope
    }
}
