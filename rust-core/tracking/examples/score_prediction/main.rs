//! Scores the adaptive predictor on recorded motions, each left out of what it starts from.
//!
//! `cargo run --release -p cyclorama-tracking --example score_prediction -- [MODE] MOTION.csv ... [-- HELD_OUT.csv ...]`
//! Motions after `--` are only scored on, never fitted. Prints one line per motion and horizon, then geometric means
//! of the ratios to constant velocity and alpha-beta. MODE: `--frontier` prints those means for several weights of
//! jitter against error; `--plot FILE` draws them as SVG; `--nested` also chooses the constants of the code without
//! the motion that is scored. `docs/prediction.md` holds the results.

#![allow(clippy::print_stdout, reason = "the table is the output")]

mod nested;
mod plot;

use std::{error::Error, fs, path::Path};

use cyclorama_tracking::{
    motion::Motion,
    predict::{
        Adaptive, Beliefs, Method, Tuning, fit,
        score::{Score, score},
    },
};

const HORIZONS: [f64; 4] = [0.04, 0.08, 0.16, 0.25];

/// Weights of jitter, times the default.
const FRONTIER: [f64; 7] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// A recording, its name, and what hold, constant velocity and alpha-beta make of it at each of [`HORIZONS`].
struct Named {
    name: String,
    motion: Motion,
    plain: Vec<[Score; 3]>,
}

/// Ratios of one motion at one horizon: rotation error to constant velocity's and to the better of that and hold's, 95th
/// percentile of the position error to constant velocity's, jitter of rotation and position to alpha-beta's.
type Row = [f64; 5];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mode = arguments.first().filter(|first| first.len() > 2 && first.starts_with("--")).cloned();
    if mode.is_some() {
        arguments.remove(0);
    }
    let file = if mode.as_deref() == Some("--plot") { Some(arguments.remove(0)) } else { None };
    let mut parts = arguments.split(|argument| argument == "--");
    let fitted = load(parts.next().unwrap_or_default())?;
    let held = load(parts.next().unwrap_or_default())?;
    match (mode.as_deref(), file) {
        (None, _) => table(&fitted, &held),
        (Some("--frontier"), _) => frontier(&fitted, &held).map(|curves| print_frontier(&curves)),
        (Some("--plot"), Some(file)) => Ok(fs::write(file, plot::svg(&frontier(&fitted, &held)?))?),
        (Some("--nested"), _) => nested::run(&fitted),
        (Some(other), _) => Err(format!("{other} is none of --frontier, --plot FILE, --nested").into()),
    }
}

fn table(fitted: &[Named], held: &[Named]) -> Result<(), Box<dyn Error>> {
    print_head("motion");
    for (at, horizon) in HORIZONS.into_iter().enumerate() {
        let rows = rows(fitted, held, at, Tuning::default())?;
        rows.iter().zip(fitted.iter().chain(held)).for_each(|(row, it)| print_row(&it.name, horizon, row));
        print_row("geometric mean", horizon, &geometric_means(&rows));
        if !held.is_empty() {
            print_row("  of those never fitted", horizon, &geometric_means(&rows[fitted.len()..]));
        }
    }
    Ok(())
}

/// The means at each weight of jitter, for one horizon.
struct Curve {
    horizon: f64,
    /// Weight times the default, means, and the worst ratio to the better of constant velocity and hold.
    points: Vec<(f64, Row, f64)>,
}

fn frontier(fitted: &[Named], held: &[Named]) -> Result<Vec<Curve>, Box<dyn Error>> {
    let mut curves = Vec::new();
    for (at, horizon) in HORIZONS.into_iter().enumerate() {
        let mut points = Vec::new();
        for times in FRONTIER {
            let tuning = Tuning { calm: Tuning::default().calm * times, ..Tuning::default() };
            let rows = rows(fitted, held, at, tuning)?;
            points.push((times, geometric_means(&rows), rows.iter().map(|row| row[1]).fold(0.0, f64::max)));
        }
        curves.push(Curve { horizon, points });
    }
    Ok(curves)
}

fn print_frontier(curves: &[Curve]) {
    print_head("weight of jitter");
    for curve in curves {
        for (times, row, worst) in &curve.points {
            print_row(&format!("{times} x default, worst {worst:.3}"), curve.horizon, row);
        }
    }
}

/// Ratios for every motion at one of [`HORIZONS`], each scored with beliefs fitted on the others.
fn rows(fitted: &[Named], held: &[Named], at: usize, tuning: Tuning) -> Result<Vec<Row>, Box<dyn Error>> {
    let all = fitted.iter().chain(held).enumerate();
    all.map(|(index, it)| row(it, &beliefs_without(fitted, &[index], HORIZONS[at]), at, tuning)).collect()
}

/// What the motions support but for those left out.
fn beliefs_without(fitted: &[Named], left_out: &[usize], horizon: f64) -> Beliefs {
    let others = fitted.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
    fit::beliefs(&others.map(|(_, it)| it.motion.clone()).collect::<Vec<_>>(), &[horizon])
}

fn row(it: &Named, beliefs: &Beliefs, at: usize, tuning: Tuning) -> Result<Row, Box<dyn Error>> {
    let mut adaptive = Adaptive::with_tuning(HORIZONS[at], beliefs.clone(), tuning);
    let ours = score(&mut adaptive, &it.motion, HORIZONS[at]).ok_or("motion shorter than the horizon")?;
    let [hold, cv, ab] = &it.plain[at];
    Ok(ratios(&ours, hold, cv, ab))
}

fn load(paths: &[String]) -> Result<Vec<Named>, Box<dyn Error>> {
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &str) -> Result<Named, Box<dyn Error>> {
    let name = Path::new(path).file_stem().map_or(path.to_owned(), |s| s.to_string_lossy().into_owned());
    let motion = Motion::from_csv(&fs::read_to_string(path)?)?;
    let mut plain = Vec::new();
    for horizon in HORIZONS {
        let by = |method: Method| score(&mut *method.predictor(horizon), &motion, horizon);
        let all = (by(Method::Hold), by(Method::ConstantVelocity), by(Method::AlphaBeta));
        let (Some(hold), Some(cv), Some(ab)) = all else {
            return Err("motion shorter than the horizon".into());
        };
        plain.push([hold, cv, ab]);
    }
    Ok(Named { name, motion, plain })
}

fn ratios(ours: &Score, hold: &Score, cv: &Score, ab: &Score) -> Row {
    [
        ours.rotation_mean_deg / cv.rotation_mean_deg,
        ours.rotation_mean_deg / cv.rotation_mean_deg.min(hold.rotation_mean_deg),
        ours.position_p95_mm / cv.position_p95_mm,
        ours.rotation_jitter_deg / ab.rotation_jitter_deg,
        ours.position_jitter_mm / ab.position_jitter_mm,
    ]
}

fn geometric_means(rows: &[Row]) -> Row {
    std::array::from_fn(|column| {
        let logs: Vec<f64> = rows.iter().map(|row| row[column].ln()).filter(|log| log.is_finite()).collect();
        (logs.iter().sum::<f64>() / logs.len() as f64).exp()
    })
}

fn print_head(first: &str) {
    let names =
        ["rot/cv", "rot/best", "p95/cv", "jit/ab", "pjit/ab"].map(|name| format!("{name:>8}")).join(" ");
    println!("{first:<28} {:>5} {names}", "ms");
}

fn print_row(name: &str, horizon: f64, row: &Row) {
    let texts: Vec<String> = row.iter().map(|value| format!("{value:>8.3}")).collect();
    println!("{name:<28} {:>5.0} {}", horizon * 1e3, texts.join(" "));
}
