//! Where the tracker's space lies in the wall's: a rigid alignment from points known in both.
//!
//! Finds the rotation and shift with the least squared distances (Horn's quaternion method) and says how far each
//! point is off, so that a misread one is seen. Distances are never stretched: when the two spaces disagree about
//! the metre, or are mirrored, it refuses and says so.

mod eigen;
mod file;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_space::{DQuat, DVec3, Pose};
use serde::Serialize;

pub use file::{AlignmentFileError, read_pairs};

/// One point, measured in both spaces, metres.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What people call it.
    pub name: String,
    /// Where the tracker sees it.
    pub tracker: DVec3,
    /// Where it is in the wall's space.
    pub wall: DVec3,
}

/// The tracker's space, placed in the wall's.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// Takes tracker poses to wall poses: `transform.then_inner(&pose)`.
    pub transform: Pose,
    /// How far each point is off after it.
    pub residuals: Vec<Residual>,
    /// Root mean square of those, metres.
    pub rms: f64,
    /// Length of the tracker's metre in wall metres, as the points say; 1 when both agree. Never applied.
    pub scale: f64,
}

/// How far one point is off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Residual {
    /// Its name.
    pub name: String,
    /// Millimetres.
    pub mm: f64,
}

/// Why points give no alignment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlignError {
    /// Three points at least fix a space.
    #[error("it takes at least 3 points known in both spaces, there are {pairs}")]
    TooFew {
        /// How many there were.
        pairs: usize,
    },
    /// A coordinate is not a number.
    #[error("point {name} has a coordinate that is no finite number")]
    NotFinite {
        /// The point.
        name: String,
    },
    /// All in one place or along one line: the rotation about it is anybody's guess.
    #[error("the points lie along one line, within {off_line_mm:.1} mm")]
    OnOneLine {
        /// Their usual distance from the best line, mm.
        off_line_mm: f64,
    },
    /// The spaces do not have the same metre.
    #[error("distances in the wall's space are {scale:.4} times those in the tracker's")]
    Scale {
        /// Wall distance over tracker distance.
        scale: f64,
    },
    /// One space is the mirror image of the other.
    #[error("the spaces are mirror images: an axis is flipped, or two are swapped")]
    Mirrored,
}

impl Classify for AlignError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::TooFew { .. } => "measure more points, best six or more, well spread".to_owned(),
            Self::NotFinite { .. } => "measure that point again".to_owned(),
            Self::OnOneLine { .. } => "add a point well off that line, best at another height".to_owned(),
            Self::Scale { .. } => "give both in metres, then check the tracker's own calibration".to_owned(),
            Self::Mirrored => "use X right, Y forward, Z up on both sides".to_owned(),
        })
    }
}

/// Points must stray from their best line by this share of its length.
const FLAT: f64 = 0.01;
/// Metres may differ by this share: more is another unit or a broken calibration.
const SCALE_SLACK: f64 = 0.05;

/// Aligns tracker space to wall space.
///
/// # Errors
/// [`AlignError`]; what it says can be measured again.
pub fn align(pairs: &[Pair]) -> Result<Alignment, AlignError> {
    if pairs.len() < 3 {
        return Err(AlignError::TooFew { pairs: pairs.len() });
    }
    if let Some(pair) = pairs.iter().find(|pair| !(pair.tracker.is_finite() && pair.wall.is_finite())) {
        return Err(AlignError::NotFinite { name: pair.name.clone() });
    }
    let tracker: Vec<DVec3> = pairs.iter().map(|pair| pair.tracker).collect();
    let wall: Vec<DVec3> = pairs.iter().map(|pair| pair.wall).collect();
    let (from, to) = (Cloud::new(&tracker), Cloud::new(&wall));
    from.must_not_be_a_line()?;
    to.must_not_be_a_line()?;
    let scale = to.spread / from.spread;
    if (scale - 1.0).abs() > SCALE_SLACK {
        return Err(AlignError::Scale { scale });
    }
    let (transform, squares) = fit(&from, &to);
    let rms = (squares / pairs.len() as f64).sqrt();
    // A mirrored space fits badly as it is, and well once an axis is flipped.
    let flipped: Vec<DVec3> = tracker.iter().map(|point| DVec3::new(-point.x, point.y, point.z)).collect();
    let (_, mirrored) = fit(&Cloud::new(&flipped), &to);
    if rms > 0.01 * from.spread && mirrored < 0.04 * squares {
        return Err(AlignError::Mirrored);
    }
    let residuals = pairs.iter().map(|pair| Residual {
        name: pair.name.clone(),
        mm: (transform.position + transform.rotation * pair.tracker).distance(pair.wall) * 1e3,
    });
    Ok(Alignment { transform, residuals: residuals.collect(), rms, scale })
}

impl Alignment {
    /// The point that is farthest off.
    pub fn worst(&self) -> Option<&Residual> {
        self.residuals.iter().max_by(|a, b| a.mm.total_cmp(&b.mm))
    }
}

/// Points about their middle.
struct Cloud {
    middle: DVec3,
    points: Vec<DVec3>,
    /// Root mean square distance from the middle.
    spread: f64,
}

impl Cloud {
    fn new(points: &[DVec3]) -> Self {
        let count = points.len() as f64;
        let middle = points.iter().copied().sum::<DVec3>() / count;
        let points: Vec<DVec3> = points.iter().map(|point| *point - middle).collect();
        let spread = (points.iter().map(|point| point.length_squared()).sum::<f64>() / count).sqrt();
        Self { middle, points, spread }
    }

    fn must_not_be_a_line(&self) -> Result<(), AlignError> {
        let mut covariance = [[0.0; 3]; 3];
        for point in &self.points {
            let p = point.to_array();
            for (row, values) in covariance.iter_mut().enumerate() {
                (0..3).for_each(|column| values[column] += p[row] * p[column] / self.points.len() as f64);
            }
        }
        let mut spreads = eigen::symmetric(covariance).0.map(|variance| variance.max(0.0).sqrt());
        spreads.sort_by(f64::total_cmp);
        if spreads[1] > FLAT * spreads[2] && spreads[1] > 1e-9 {
            return Ok(());
        }
        Err(AlignError::OnOneLine { off_line_mm: spreads[1] * 1e3 })
    }
}

/// The best rigid transform, and the squared distances it leaves.
fn fit(from: &Cloud, to: &Cloud) -> (Pose, f64) {
    let mut s = [[0.0; 3]; 3];
    for (a, b) in from.points.iter().zip(&to.points) {
        let (a, b) = (a.to_array(), b.to_array());
        for (row, values) in s.iter_mut().enumerate() {
            (0..3).for_each(|column| values[column] += a[row] * b[column]);
        }
    }
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = s;
    // The rotation that brings most of both clouds together is this matrix's longest axis, as (w, x, y, z).
    let (values, vectors) = eigen::symmetric([
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ]);
    let best = (0..4).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0);
    let [w, x, y, z] = vectors[best];
    let rotation = DQuat::from_xyzw(x, y, z, w).normalize();
    let rotation = if rotation.w < 0.0 { -rotation } else { rotation };
    let off = |(a, b): (&DVec3, &DVec3)| (rotation * *a).distance_squared(*b);
    let squares = from.points.iter().zip(&to.points).map(off).sum();
    (Pose { position: to.middle - rotation * from.middle, rotation }, squares)
}

#[cfg(test)]
mod tests;
