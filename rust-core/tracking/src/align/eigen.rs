//! Eigenvalues and eigenvectors of small symmetric matrices by Jacobi rotations. Knows nothing of points.

/// Eigenvalues, and for each its unit eigenvector. In no particular order.
#[expect(clippy::needless_range_loop, reason = "matrix indices read as in the formulas")]
pub(super) fn symmetric<const N: usize>(mut matrix: [[f64; N]; N]) -> ([f64; N], [[f64; N]; N]) {
    let mut vectors = [[0.0; N]; N];
    (0..N).for_each(|i| vectors[i][i] = 1.0);
    // Each sweep squares what is left off the diagonal; six are enough for any N here.
    for _ in 0..32 {
        let off: f64 =
            (0..N).flat_map(|r| (0..r).map(move |c| (r, c))).map(|(r, c)| matrix[r][c].powi(2)).sum();
        let on: f64 = (0..N).map(|i| matrix[i][i].powi(2)).sum();
        if off <= 1e-32 * on || off == 0.0 {
            break;
        }
        for p in 0..N {
            for q in p + 1..N {
                if matrix[p][q] == 0.0 {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..N {
                    let (a, b) = (matrix[k][p], matrix[k][q]);
                    (matrix[k][p], matrix[k][q]) = (c * a - s * b, s * a + c * b);
                }
                for k in 0..N {
                    let (a, b) = (matrix[p][k], matrix[q][k]);
                    (matrix[p][k], matrix[q][k]) = (c * a - s * b, s * a + c * b);
                }
                for k in 0..N {
                    let (a, b) = (vectors[p][k], vectors[q][k]);
                    (vectors[p][k], vectors[q][k]) = (c * a - s * b, s * a + c * b);
                }
            }
        }
    }
    (std::array::from_fn(|i| matrix[i][i]), vectors)
}

#[cfg(test)]
#[expect(clippy::needless_range_loop, reason = "matrix indices read as in the formulas")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_matrix_stretches_its_eigenvectors_by_its_eigenvalues(values in prop::array::uniform10(-10.0f64..10.0)) {
            let mut matrix = [[0.0; 4]; 4];
            let mut next = values.iter();
            for row in 0..4 {
                for column in 0..=row {
                    let value = *next.next().expect("ten");
                    (matrix[row][column], matrix[column][row]) = (value, value);
                }
            }
            let (stretches, vectors) = symmetric(matrix);
            for (stretch, vector) in stretches.iter().zip(&vectors) {
                for row in 0..4 {
                    let mapped: f64 = (0..4).map(|k| matrix[row][k] * vector[k]).sum();
                    prop_assert!((mapped - stretch * vector[row]).abs() < 1e-9);
                }
            }
        }
    }
}
