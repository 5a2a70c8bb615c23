//! Scores every predictor on recorded motions, each left out of what the adaptive one starts from.
//!
//! `cargo run --release -p cyclorama-tracking --example score_prediction -- [--frontier] tests/data/motion/*.csv [-- HELD_OUT.csv ...]`
//! Motions after `--` are only scored on, never fitted. Prints one line per motion and horizon, then geometric
//! means of the ratios to constant velocity and alpha-beta. With `--frontier`: those means for several weights of
//! jitter against error. `docs/prediction.md` holds the results.

#![allow(clippy::print_stdout, reason = "the table is the output")]

use std::{error::Error, fs, path::Path};

use cyclorama_tracking::{
    motion::Motion,
    predict::{
        Adaptive, Method, fit,
        score::{Score, score},
    },
};

const HORIZONS: [f64; 4] = [0.04, 0.08, 0.16, 0.25];

/// Weights of jitter, times the default.
const FRONTIER: [f64; 7] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let frontier = arguments.first().is_some_and(|first| first == "--frontier");
    if frontier {
        arguments.remove(0);
    }
    let mut parts = arguments.split(|argument| argument == "--");
    let fitted = load(parts.next().unwrap_or_default())?;
    let held = load(parts.next().unwrap_or_default())?;
    let head =
        ["rot/cv", "rot/best", "p95/cv", "jit/ab", "pjit/ab"].map(|name| format!("{name:>8}")).join(" ");
    println!("{:<28} {:>5} {head}", if frontier { "weight of jitter" } else { "motion" }, "ms");
    for horizon in HORIZONS {
        for calm in if frontier { &FRONTIER[..] } else { &[1.0] } {
            let rows = rows(&fitted, &held, horizon, *calm)?;
            if frontier {
                let worst = rows.iter().map(|row| row[1]).fold(0.0, f64::max);
                print_row(&format!("{calm} x default, worst {worst:.3}"), horizon, &geometric_means(&rows));
                continue;
            }
            rows.iter()
                .zip(fitted.iter().chain(&held))
                .for_each(|(row, (name, _))| print_row(name, horizon, row));
            print_row("geometric mean", horizon, &geometric_means(&rows));
        }
    }
    Ok(())
}

/// Ratios for every motion, each scored with beliefs fitted on the others.
fn rows(
    fitted: &[(String, Motion)],
    held: &[(String, Motion)],
    horizon: f64,
    calm: f64,
) -> Result<Vec<[f64; 5]>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for (index, (_, motion)) in fitted.iter().chain(held).enumerate() {
        let others: Vec<Motion> =
            fitted.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, (_, m))| m.clone()).collect();
        let mut adaptive = Adaptive::with_calm(horizon, fit::beliefs(&others, &[horizon]), calm);
        let ours = score(&mut adaptive, motion, horizon).ok_or("motion shorter than the horizon")?;
        let by = |method: Method| score(&mut *method.predictor(horizon), motion, horizon).ok_or("too short");
        rows.push(ratios(&ours, &by(Method::Hold)?, &by(Method::ConstantVelocity)?, &by(Method::AlphaBeta)?));
    }
    Ok(rows)
}

fn load(paths: &[String]) -> Result<Vec<(String, Motion)>, Box<dyn Error>> {
    let name = |path: &String| {
        Path::new(path).file_stem().map_or(path.clone(), |s| s.to_string_lossy().into_owned())
    };
    paths.iter().map(|path| Ok((name(path), Motion::from_csv(&fs::read_to_string(path)?)?))).collect()
}

fn ratios(ours: &Score, hold: &Score, cv: &Score, ab: &Score) -> [f64; 5] {
    [
        ours.rotation_mean_deg / cv.rotation_mean_deg,
        ours.rotation_mean_deg / cv.rotation_mean_deg.min(hold.rotation_mean_deg),
        ours.position_p95_mm / cv.position_p95_mm,
        ours.rotation_jitter_deg / ab.rotation_jitter_deg,
        ours.position_jitter_mm / ab.position_jitter_mm,
    ]
}

fn geometric_means(rows: &[[f64; 5]]) -> [f64; 5] {
    std::array::from_fn(|column| {
        let logs: Vec<f64> = rows.iter().map(|row| row[column].ln()).filter(|log| log.is_finite()).collect();
        (logs.iter().sum::<f64>() / logs.len() as f64).exp()
    })
}

fn print_row(name: &str, horizon: f64, row: &[f64; 5]) {
    let texts: Vec<String> = row.iter().map(|value| format!("{value:>8.3}")).collect();
    println!("{name:<28} {:>5.0} {}", horizon * 1e3, texts.join(" "));
}
