//! How far ahead, at which frames, with which delays: the flags of evaluation.

use std::{fs, path::PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use cyclorama_outcome::Kind;
use cyclorama_time::FrameRate;
use cyclorama_tracking::{
    clock::ClockOptions,
    delay::DelayBook,
    ingest::{Origin, Output, TickOptions},
    live::{LiveOptions, Offsets},
    predict::Method,
};

use super::super::{evaluate::method_parser, protocol::positive};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
};

/// Above these flags in the help.
const HEADING: &str = "Evaluation";

/// For which moment a subject is told.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Evaluation {
    /// Tell every subject once a frame of this rate, at genlock-aligned moments, instead of every sample
    #[arg(help_heading = HEADING, long, value_name = "FPS")]
    output_rate: Option<FrameRate>,
    /// Tell the pose of so many ms later, up to 500: when the wall lights up [default: the setting
    /// tracking.wall-latency with --output-rate, else what was measured]
    #[arg(help_heading = HEADING, long, alias = "ahead", value_name = "MS", value_parser = milliseconds, conflicts_with = "horizon_from")]
    horizon: Option<f64>,
    /// Take that from a file of measured delays (see `track delay --save`), as --delay-of names it
    #[arg(help_heading = HEADING, long, value_name = "FILE", requires = "delay_of")]
    horizon_from: Option<PathBuf>,
    /// Camera, or CAMERA/MODE, in that file
    #[arg(help_heading = HEADING, long, value_name = "NAME", requires = "horizon_from")]
    delay_of: Option<String>,
    /// How to foretell
    #[arg(help_heading = HEADING, long, value_name = "NAME", default_value = "adaptive", value_parser = method_parser())]
    predictor: Method,
    /// Frames begin with the house's time (PTP epoch, by this machine's clock) or with a genlocked tracker's samples
    #[arg(help_heading = HEADING, long, value_name = "WHAT", default_value = "house", value_parser = origin_parser(), requires = "output_rate")]
    genlock: Origin,
    /// Frames begin so many ms later
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "0", allow_negative_numbers = true, value_parser = delay, requires = "output_rate")]
    phase: f64,
    /// Samples are older than their fastest packet shows by so many ms: the delay inside the tracker
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    tracker_delay: f64,
    /// Positions were taken so many ms after the sample's time; negative: before
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "0", allow_negative_numbers = true, value_parser = delay)]
    position_delay: f64,
    /// The same for rotations
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "0", allow_negative_numbers = true, value_parser = delay)]
    rotation_delay: f64,
    /// The same for the lens
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "0", allow_negative_numbers = true, value_parser = delay)]
    lens_delay: f64,
    /// Past the newest sample by more than so many ms the pose is held
    #[arg(help_heading = HEADING, long, value_name = "MS", default_value = "250", value_parser = positive)]
    longest_horizon: f64,
}

impl Evaluation {
    /// What is to be told of subjects.
    pub(crate) fn output(&self, cx: &Context) -> Result<Output, Failure> {
        let horizon = self.horizon(cx)?;
        let nanos = |ms: f64| (ms * 1e6).round() as i64;
        Ok(match (self.output_rate, horizon) {
            (Some(rate), horizon) => Output::Ticks(TickOptions {
                rate,
                origin: self.genlock,
                horizon_nanos: nanos(horizon.or(cx.settings.wall_latency_ms).unwrap_or(0.0)),
                shift_nanos: nanos(self.phase),
            }),
            (None, Some(ms)) if ms > 0.0 => Output::Ahead(nanos(ms)),
            (None, _) => Output::Measured,
        })
    }

    /// The same, once a frame at any rate: for what cannot do otherwise.
    pub(crate) fn frames(&self, usual: FrameRate, cx: &Context) -> Result<TickOptions, Failure> {
        let with_rate = Self { output_rate: Some(self.output_rate.unwrap_or(usual)), ..self.clone() };
        match with_rate.output(cx)? {
            Output::Ticks(options) => Ok(options),
            Output::Measured | Output::Ahead(_) => {
                Err(Failure::new(Kind::Internal, "failed to evaluate: a rate gives frames"))
            }
        }
    }

    /// What is known of senders' clocks.
    pub(super) fn clock(&self) -> ClockOptions {
        ClockOptions { path_delay_nanos: (self.tracker_delay * 1e6) as i64, ..ClockOptions::default() }
    }

    /// How subjects are evaluated.
    pub(super) fn live(&self, cx: &Context) -> Result<LiveOptions, Failure> {
        let usual = LiveOptions::default();
        let horizon = self.horizon(cx)?.or(cx.settings.wall_latency_ms).filter(|ms| *ms > 0.0);
        let nanos = |ms: f64| (ms * 1e6) as i64;
        Ok(LiveOptions {
            method: self.predictor,
            usual_horizon_nanos: horizon.map_or(usual.usual_horizon_nanos, nanos),
            longest_horizon_nanos: nanos(self.longest_horizon),
            offsets: Offsets {
                translation_nanos: nanos(self.position_delay),
                rotation_nanos: nanos(self.rotation_delay),
                lens_nanos: nanos(self.lens_delay),
            },
            gate: true,
        })
    }

    fn horizon(&self, _cx: &Context) -> Result<Option<f64>, Failure> {
        let (Some(file), Some(of)) = (&self.horizon_from, &self.delay_of) else { return Ok(self.horizon) };
        let name = file.display();
        let text = fs::read_to_string(file).doing_io(format!("read {name}"))?;
        let book = DelayBook::from_toml(&text).doing(format!("read the delays in {name}"))?;
        let (camera, mode) = of.split_once('/').unwrap_or((of, "default"));
        let Some(entry) = book.find(camera, mode) else {
            let known: Vec<_> =
                book.entries().iter().map(|entry| format!("{}/{}", entry.camera, entry.mode)).collect();
            return Err(Failure::new(Kind::NotFound, format!("failed to find {camera}/{mode} in {name}"))
                .hint(format!("it has: {}", known.join(", "))));
        };
        if !(0.0..=500.0).contains(&entry.delay_ms) {
            let message =
                format!("failed to use {camera}/{mode}: a delay of {} ms is no horizon", entry.delay_ms);
            return Err(Failure::new(Kind::User, message).hint("measure again, or give --horizon"));
        }
        Ok(Some(entry.delay_ms))
    }
}

fn origin_parser() -> impl TypedValueParser<Value = Origin> {
    PossibleValuesParser::new(["house", "tracker"])
        .map(|name| if name == "tracker" { Origin::Tracker } else { Origin::House })
}

fn milliseconds(text: &str) -> Result<f64, String> {
    let known = text.parse().ok().filter(|ms| (0.0..=500.0).contains(ms));
    known.ok_or_else(|| "wanted: milliseconds from 0 to 500".to_owned())
}

fn delay(text: &str) -> Result<f64, String> {
    let known = text.parse().ok().filter(|ms: &f64| ms.abs() <= 500.0);
    known.ok_or_else(|| "wanted: milliseconds from -500 to 500".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_further_ahead_than_half_a_second() {
        assert_eq!((milliseconds("80"), milliseconds("0")), (Ok(80.0), Ok(0.0)));
        assert!(["501", "-1", "NaN", "soon"].iter().all(|text| milliseconds(text).is_err()));
        assert_eq!((delay("-12.5"), delay("501").is_err()), (Ok(-12.5), true));
    }
}
