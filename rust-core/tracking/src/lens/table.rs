//! Values over focus and zoom: rows of equal focus, each with its own zoom positions.
//!
//! Along zoom a monotone cubic through the row's points; between rows a straight line; outside the calibrated place
//! the nearest edge. Both axes are encoder positions, as in the file.

use super::{Curve, LensError, Problem, Scale};

/// A table of `N` values.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<const N: usize> {
    /// Ascending in focus, at least one.
    rows: Vec<Row<N>>,
    scale: Scale,
}

#[derive(Clone, Debug, PartialEq)]
struct Row<const N: usize> {
    focus: f64,
    curves: [Curve; N],
}

impl<const N: usize> Table<N> {
    /// Reads lines of focus, zoom and `N` values, in any order. `None` when there are no lines.
    ///
    /// # Errors
    /// [`LensError::Line`] for the first line that is wrong.
    pub fn new(table: &'static str, scale: Scale, lines: &[Vec<f64>]) -> Result<Option<Self>, LensError> {
        let wrong = |line: usize, problem| LensError::Line { table, line: line + 1, problem };
        for (number, line) in lines.iter().enumerate() {
            if line.len() != N + 2 {
                return Err(wrong(number, Problem::Columns { expected: N + 2, found: line.len() }));
            }
            let impossible = |value: &&f64| !value.is_finite() || (scale != Scale::Linear && **value <= 0.0);
            if let Some(value) = line[..2].iter().find(|value| !value.is_finite()) {
                return Err(wrong(number, Problem::Range(*value)));
            }
            if let Some(value) = line[2..].iter().find(impossible) {
                return Err(wrong(number, Problem::Range(*value)));
            }
        }
        let mut order: Vec<usize> = (0..lines.len()).collect();
        let place = |line: usize| (lines[line][0], lines[line][1]);
        order.sort_by(|a, b| place(*a).0.total_cmp(&place(*b).0).then(place(*a).1.total_cmp(&place(*b).1)));
        if let Some(pair) = order.windows(2).find(|pair| place(pair[0]) == place(pair[1])) {
            let (focus, zoom) = place(pair[0]);
            return Err(wrong(pair[0].max(pair[1]), Problem::Twice(focus, zoom)));
        }
        let mut rows = Vec::new();
        for row in order.chunk_by(|a, b| place(*a).0 == place(*b).0) {
            let mut curves = Vec::with_capacity(N);
            for column in 2..N + 2 {
                let points: Vec<_> = row.iter().map(|line| (lines[*line][1], lines[*line][column])).collect();
                curves.push(Curve::new(table, scale, &points)?);
            }
            let curves = curves.try_into().expect("one curve for each column");
            rows.push(Row { focus: place(row[0]).0, curves });
        }
        Ok((!rows.is_empty()).then_some(Self { rows, scale }))
    }

    /// The values at a place; exactly the calibrated ones at a calibrated place. `None` when the table depends on a
    /// ring whose position is not known.
    pub fn value(&self, focus: Option<f64>, zoom: Option<f64>) -> Option<[f64; N]> {
        let last = self.rows.len() - 1;
        let focus = focus.or((last == 0).then_some(self.rows[0].focus))?;
        let next = self.rows.partition_point(|row| row.focus < focus);
        if next > last || next == 0 || self.rows[next].focus == focus {
            return self.rows[next.min(last)].value(zoom);
        }
        let (before, after) = (&self.rows[next - 1], &self.rows[next]);
        let t = (focus - before.focus) / (after.focus - before.focus);
        let (a, b) = (before.value(zoom)?, after.value(zoom)?);
        Some(std::array::from_fn(|n| match self.scale {
            Scale::Linear => a[n] + (b[n] - a[n]) * t,
            // A straight line on the drawn axis.
            Scale::Logarithm => a[n] * libm::pow(b[n] / a[n], t),
            Scale::Reciprocal => (a[n].recip() * (1.0 - t) + b[n].recip() * t).recip(),
        }))
    }

    /// First and last focus position.
    pub fn focus_span(&self) -> [f64; 2] {
        [self.rows[0].focus, self.rows[self.rows.len() - 1].focus]
    }

    /// The zoom positions that every row covers. The first is greater than the second when there are none.
    pub fn zoom_span(&self) -> [f64; 2] {
        let spans = self.rows.iter().map(|row| row.curves[0].span());
        spans.fold([f64::NEG_INFINITY, f64::INFINITY], |[low, high], [a, b]| [low.max(a), high.min(b)])
    }

    /// Whether the values change along focus, and along zoom.
    pub fn depends_on(&self) -> [bool; 2] {
        [self.rows.len() > 1, self.rows.iter().any(|row| row.span()[0] < row.span()[1])]
    }
}

impl<const N: usize> Row<N> {
    fn span(&self) -> [f64; 2] {
        self.curves[0].span()
    }

    fn value(&self, zoom: Option<f64>) -> Option<[f64; N]> {
        let [first, last] = self.span();
        let zoom = zoom.or((first == last).then_some(first))?;
        Some(std::array::from_fn(|n| self.curves[n].value(zoom)))
    }
}
