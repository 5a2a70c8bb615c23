//! `cyclorama track evaluate`

pub(crate) mod motion;

use std::{path::PathBuf, str::FromStr};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_tracking::{
    motion::Motion,
    predict::{
        Method,
        score::{Score, score},
    },
};
use serde::Serialize;

use super::protocol::positive;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// Score every predictor on real motion: how far off, how calm
///
/// At each sample's time a predictor says, from what had arrived by then, where the camera will be one horizon
/// later; the truth is the motion itself, interpolated there. Jitter is the root mean square second difference
/// of what it said.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track evaluate shot-12.take --horizons 40,80,160,250\n  \
    cyclorama track evaluate motion.csv --horizons 120 --predictor adaptive --json\n  \
    cyclorama track decode --protocol f4 recording.f4 | cyclorama track evaluate - --horizons 80")]
pub(crate) struct Args {
    /// A take (also STORE@TAKE), OpenTrackIO JSON lines, or CSV with the columns t,x,y,z,qw,qx,qy,qz (seconds, metres) as
    /// `take export --format csv` writes it; - reads stdin
    motion: PathBuf,
    /// How far ahead to predict, ms, 1 to 500
    #[arg(long, value_name = "MS,MS..", value_delimiter = ',', required = true, value_parser = horizon)]
    horizons: Vec<f64>,
    /// Resample the motion to so many samples per second first; what has no time at all comes at this rate
    #[arg(long, value_name = "R", value_parser = positive)]
    rate: Option<f64>,
    /// Only these predictors [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = method_parser())]
    predictor: Vec<Method>,
    /// Tracked subject of a take or of samples [default: the one with most readings]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
}

/// The bytes of `name` as text.
pub(crate) fn utf8<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, Failure> {
    str::from_utf8(bytes)
        .map_err(|_| Failure::new(Kind::User, format!("failed to read {name}: it is no text")))
}

/// One line of the result.
#[derive(Serialize)]
struct Line {
    predictor: Method,
    horizon_ms: serde_json::Number,
    #[serde(flatten)]
    score: Score,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (motion, source) = motion::read(&args.motion, args.subject.as_deref(), args.rate, cx)?;
    let motion = match args.rate {
        Some(rate) => motion.resampled(rate).doing(format!("resample the motion of {source}"))?,
        None => motion,
    };
    let methods = if args.predictor.is_empty() { &Method::ALL[..] } else { &args.predictor };
    let mut lines = Vec::new();
    for horizon in &args.horizons {
        for method in methods {
            lines.push(scored(*method, *horizon, &motion, &source)?);
        }
    }
    if cx.printer.json() {
        lines.iter().try_for_each(|line| cx.printer.object("cyclorama.prediction/1", line))?;
    } else {
        table(&lines).iter().try_for_each(|line| cx.printer.data(line))?;
    }
    Ok(ExitCode::Done)
}

fn scored(predictor: Method, horizon_ms: f64, motion: &Motion, source: &str) -> Result<Line, Failure> {
    let seconds = horizon_ms * 1e-3;
    let score = score(&mut *predictor.predictor(seconds), motion, seconds).ok_or_else(|| {
        let message = format!("failed to evaluate {source}: nothing in it lies {horizon_ms} ms ahead");
        Failure::new(Kind::User, message).hint("choose a shorter horizon, or a longer motion")
    })?;
    Ok(Line { predictor, horizon_ms: number(horizon_ms), score })
}

/// Whole milliseconds as an integer, others as they are.
fn number(value: f64) -> serde_json::Number {
    if value.fract() == 0.0 {
        return (value as u64).into();
    }
    serde_json::Number::from_f64(value).expect("horizons are finite")
}

fn table(lines: &[Line]) -> Vec<String> {
    let head = format!(
        "{:>7}  {:<18} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "ahead", "predictor", "turn mean", "turn p95", "jitter", "move mean", "move p95", "jitter"
    );
    let units = format!(
        "{:>7}  {:<18} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "ms", "", "deg", "deg", "deg", "mm", "mm", "mm"
    );
    let row = |line: &Line| {
        let Score {
            rotation_mean_deg,
            rotation_p95_deg,
            position_mean_mm,
            position_p95_mm,
            rotation_jitter_deg,
            position_jitter_mm,
        } = line.score;
        format!(
            "{:>7}  {:<18} {rotation_mean_deg:>10.4} {rotation_p95_deg:>10.4} {rotation_jitter_deg:>10.4} \
             {position_mean_mm:>10.3} {position_p95_mm:>10.3} {position_jitter_mm:>10.3}",
            line.horizon_ms.to_string(),
            line.predictor.name()
        )
    };
    [head, units].into_iter().chain(lines.iter().map(row)).collect()
}

fn horizon(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|ms| (1.0..=500.0).contains(ms))
        .ok_or_else(|| "wanted: milliseconds from 1 to 500".to_owned())
}

pub(crate) fn method_parser() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(Method::ALL.map(Method::name))
        .map(|name| Method::from_str(&name).expect("only names of predictors pass"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::object_line;

    #[test]
    fn horizons_out_of_range_are_refused() {
        assert_eq!(horizon("41.7"), Ok(41.7));
        assert!(["0", "-40", "501", "NaN", "soon", ""].iter().all(|text| horizon(text).is_err()));
    }

    #[test]
    fn a_line_names_its_predictor_and_horizon_as_documented() {
        let score = Score {
            rotation_mean_deg: 0.1,
            rotation_p95_deg: 0.2,
            position_mean_mm: 1.0,
            position_p95_mm: 2.0,
            rotation_jitter_deg: 0.01,
            position_jitter_mm: 0.5,
        };
        let line = Line { predictor: Method::ConstantVelocity, horizon_ms: number(40.0), score };
        assert_eq!(
            object_line("cyclorama.prediction/1", &line),
            r#"{"schema":"cyclorama.prediction/1","predictor":"constant-velocity","horizon_ms":40,"rotation_mean_deg":0.1,"rotation_p95_deg":0.2,"position_mean_mm":1.0,"position_p95_mm":2.0,"rotation_jitter_deg":0.01,"position_jitter_mm":0.5}"#
        );
        assert_eq!(number(41.7).to_string(), "41.7");
        let printed = table(&[line]);
        assert!(printed[2].contains("constant-velocity") && printed[2].trim_start().starts_with("40"));
        assert!(printed.iter().all(|row| row.chars().count() == printed[0].chars().count()), "{printed:#?}");
    }
}
