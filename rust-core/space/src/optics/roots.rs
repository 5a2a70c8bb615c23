//! Real roots of small polynomials, found without guessing.
//!
//! Between two neighbouring roots of its derivative a polynomial is monotone, so bisection there finds the one root
//! or proves that there is none.

/// The smallest `x` in 0 (not included) to `limit` where the polynomial changes its sign. Coefficients from the
/// constant term up; all finite.
pub(super) fn first_positive(coefficients: &[f64], limit: f64) -> Option<f64> {
    all(coefficients, limit).into_iter().find(|root| *root > 0.0)
}

/// Where the polynomial changes its sign in 0 to `limit`, ascending.
fn all(coefficients: &[f64], limit: f64) -> Vec<f64> {
    let Some(degree) = coefficients.iter().rposition(|c| *c != 0.0).filter(|degree| *degree > 0) else {
        return Vec::new();
    };
    let derivative: Vec<f64> = (1..=degree).map(|n| coefficients[n] * n as f64).collect();
    let mut edges = vec![0.0];
    edges.extend(all(&derivative, limit));
    edges.push(limit);
    edges.windows(2).filter_map(|edge| between(coefficients, edge[0], edge[1])).collect()
}

/// The sign change between `low` and `high`, where the polynomial is monotone.
fn between(coefficients: &[f64], mut low: f64, mut high: f64) -> Option<f64> {
    let at = |x: f64| value(coefficients, x);
    let start = at(low);
    if start == 0.0 || (start < 0.0) == (at(high) < 0.0) {
        return None;
    }
    loop {
        let middle = low + (high - low) * 0.5;
        if middle <= low || middle >= high {
            return Some(low);
        }
        if (at(middle) < 0.0) == (start < 0.0) { low = middle } else { high = middle }
    }
}

/// Horner's rule.
pub(super) fn value(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// The product of two polynomials.
pub(super) fn product<const A: usize, const B: usize, const C: usize>(a: [f64; A], b: [f64; B]) -> [f64; C] {
    const { assert!(C + 1 == A + B) };
    let mut out = [0.0; C];
    for (i, x) in a.into_iter().enumerate() {
        for (j, y) in b.into_iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_root_of_a_hand_made_polynomial_is_found() {
        // (x - 2)(x - 3)(x + 1)
        let found = first_positive(&[6.0, 1.0, -4.0, 1.0], 100.0).expect("2");
        assert!((found - 2.0).abs() < 1e-12);
        assert_eq!(first_positive(&[1.0, 0.0, 1.0], 100.0), None);
        assert_eq!(first_positive(&[1.0], 100.0), None);
        assert_eq!(first_positive(&[], 100.0), None);
        assert_eq!(first_positive(&[-2.0, 1.0], 1.0), None, "it lies beyond the limit");
    }

    proptest! {
        #[test]
        fn every_root_given_is_found(mut roots in proptest::collection::vec(0.1..50.0_f64, 1..6)) {
            roots.sort_by(f64::total_cmp);
            prop_assume!(roots.windows(2).all(|pair| pair[1] - pair[0] > 0.5));
            let polynomial = roots.iter().fold(vec![1.0], |polynomial, root| {
                let mut next = vec![0.0; polynomial.len() + 1];
                for (n, c) in polynomial.iter().enumerate() {
                    next[n] -= c * root;
                    next[n + 1] += c;
                }
                next
            });
            let found = all(&polynomial, 1000.0);
            prop_assert_eq!(found.len(), roots.len());
            for (found, root) in found.iter().zip(&roots) {
                prop_assert!((found - root).abs() < 1e-6 * root.max(1.0), "{} for {}", found, root);
            }
        }
    }
}
