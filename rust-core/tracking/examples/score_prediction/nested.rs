//! Leaves a motion out of everything: what the predictor starts from, and the constants chosen by hand.
//!
//! For each motion the constants are chosen on the others, each of those scored in turn by a predictor that knows
//! neither it nor the motion left out. Then the motion is scored with that choice.

use std::error::Error;

use cyclorama_tracking::predict::Tuning;

use super::{HORIZONS, Named, Row, beliefs_without, geometric_means, print_head, print_row, row};

const HALF_LIVES: [f64; 2] = [2.0, 4.0];
const CALMS: [f64; 3] = [0.14, 0.28, 0.56];
const LEVERS: [f64; 1] = [0.2];
const APARTS: [[f64; 2]; 2] = [[0.01, 0.01], [0.7, 0.3]];

/// What the choice of constants must keep: jitter to alpha-beta's in the mean, error to the better of constant velocity
/// and hold on the worst motion.
const MOST_JITTER: f64 = 1.05;
const WORST: f64 = 1.03;

pub(super) fn run(motions: &[Named]) -> Result<(), Box<dyn Error>> {
    let choices = choices();
    // Rows of the others, for each choice, each motion left out, each horizon.
    let mut totals: Vec<Vec<Vec<Vec<Row>>>> = Vec::new();
    for at in 0..HORIZONS.len() {
        let without = (0..motions.len()).map(|left_out| others(motions, left_out, at, &choices));
        totals.push(without.collect::<Result<_, _>>()?);
    }
    let chosen: Vec<Tuning> = (0..motions.len())
        .map(|left_out| {
            let cost =
                |index: &usize| cost(totals.iter().map(|horizon| horizon[left_out][*index].as_slice()));
            let best = (0..choices.len()).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
            choices[best]
        })
        .collect();
    for (it, tuning) in motions.iter().zip(&chosen) {
        println!("{:<28} {tuning:?}", it.name);
    }
    print_head("motion");
    for (at, horizon) in HORIZONS.into_iter().enumerate() {
        let mut rows = Vec::new();
        for (index, (it, tuning)) in motions.iter().zip(&chosen).enumerate() {
            rows.push(row(it, &beliefs_without(motions, &[index], horizon), at, *tuning)?);
            print_row(&it.name, horizon, &rows[index]);
        }
        print_row("geometric mean", horizon, &geometric_means(&rows));
    }
    Ok(())
}

/// What each choice makes of the motions but `left_out`, by beliefs that know neither that nor the one scored.
fn others(
    motions: &[Named],
    left_out: usize,
    at: usize,
    choices: &[Tuning],
) -> Result<Vec<Vec<Row>>, Box<dyn Error>> {
    let mut rows = vec![Vec::new(); choices.len()];
    for (inner, it) in motions.iter().enumerate().filter(|(inner, _)| *inner != left_out) {
        let beliefs = beliefs_without(motions, &[left_out, inner], HORIZONS[at]);
        for (rows, tuning) in rows.iter_mut().zip(choices) {
            rows.push(row(it, &beliefs, at, *tuning)?);
        }
    }
    Ok(rows)
}

fn choices() -> Vec<Tuning> {
    let mut choices = Vec::new();
    for half_life in HALF_LIVES {
        for calm in CALMS {
            for lever in LEVERS {
                choices.extend(APARTS.map(|apart| Tuning { half_life, calm, lever, apart }));
            }
        }
    }
    choices
}

/// Rotation and position error over all horizons, and a hundred times whatever a limit is passed by.
fn cost<'a>(horizons: impl Iterator<Item = &'a [Row]>) -> f64 {
    horizons
        .map(|rows| {
            let means = geometric_means(rows);
            let worst = rows.iter().map(|row| row[1]).fold(0.0, f64::max);
            let over = (means[3] - MOST_JITTER).max(0.0) + (worst - WORST).max(0.0);
            means[0].ln() + means[2].ln() + 100.0 * over
        })
        .sum()
}
