//! A motion from whatever holds one: a take, OpenTrackIO JSON lines, or CSV.

use std::path::Path;

use cyclorama_outcome::Kind;
use cyclorama_time::StageTime;
use cyclorama_tracking::{DecodeOptions, Decoder, Protocol, Sample, motion::Motion, replay, take::TakeError};

use super::super::protocol::read as read_file;
use crate::{
    commands::take,
    context::Context,
    failure::{Doing as _, Failure},
};

/// The motion in `named`, and its name for messages.
pub(crate) fn read(
    named: &Path,
    subject: Option<&str>,
    rate: Option<f64>,
    cx: &Context,
) -> Result<(Motion, String), Failure> {
    if named.as_os_str() != "-" {
        let found = take::find(named, cx)?;
        match found.read() {
            Err(TakeError::NotATake) => {}
            _ => {
                let (name, reader) = (format!("take {found}"), found.open()?);
                let replayed = replay::samples(&reader).doing(format!("replay {name}"))?;
                return placed(&replayed.samples, subject, rate, name);
            }
        }
    }
    let (bytes, name) = read_file(named)?;
    let Ok(text) = str::from_utf8(&bytes) else {
        return Err(unreadable(&name, "it is neither a take nor text"));
    };
    if text.trim_start().starts_with('{') {
        let samples = json_lines(text).map_err(|what| unreadable(&name, &what))?;
        return placed(&samples, subject, rate, name);
    }
    if text.trim().is_empty() {
        return Err(unreadable(&name, "it is empty"));
    }
    let motion = Motion::from_csv(text).doing(format!("read the motion in {name}"))?;
    Ok((motion, name))
}

fn placed(
    samples: &[Sample],
    subject: Option<&str>,
    rate: Option<f64>,
    name: String,
) -> Result<(Motion, String), Failure> {
    let (motion, _) =
        Motion::from_samples(samples, subject, rate).doing(format!("find a motion in {name}"))?;
    Ok((motion, name))
}

/// The samples of OpenTrackIO JSON, one a line. Lines of ours, which carry a schema, are passed over.
fn json_lines(text: &str) -> Result<Vec<Sample>, String> {
    let mut decoder = Decoder::new(Protocol::OpenTrackIO, DecodeOptions::default());
    let mut samples = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(r#"{"schema":"cyclorama."#) {
            continue;
        }
        let refused = decoder.summary().rejected_total();
        decoder.datagram(StageTime::default(), None, line.as_bytes(), &mut samples);
        if decoder.summary().rejected_total() > refused {
            return Err(format!("line {} is no OpenTrackIO sample", index + 1));
        }
    }
    Ok(samples)
}

fn unreadable(name: &str, what: &str) -> Failure {
    Failure::new(Kind::User, format!("failed to read the motion in {name}: {what}"))
        .hint("give a take, OpenTrackIO JSON lines, or CSV with the columns t,x,y,z,qw,qx,qy,qz")
}

#[cfg(test)]
mod tests {
    use cyclorama_time::FrameRate;
    use cyclorama_tracking::{
        protocol::opentrackio::export::sample_json,
        send::{Move, Simulation},
    };

    use super::*;

    fn lines(count: i64) -> String {
        let simulation = Simulation::new(Move::Crane, FrameRate::FPS_25);
        let mut text = String::new();
        for frame in 0..count {
            sample_json(&simulation.sample(frame), &mut text);
            text.push('\n');
        }
        text
    }

    #[test]
    fn samples_of_our_own_decoder_are_read_back_and_its_summary_is_passed_over() {
        let text = lines(20) + "{\"schema\":\"cyclorama.decode-summary/1\",\"accepted\":20}\n";
        let samples = json_lines(&text).unwrap();
        let (motion, _) = Motion::from_samples(&samples, None, None).unwrap();
        assert_eq!((samples.len(), motion.points().len()), (20, 20));
        let truth = Move::Crane.pose(0.4);
        assert!(motion.points()[10].1.position.distance(truth.position) < 1e-6);
    }

    #[test]
    fn a_line_that_is_no_sample_is_named_by_its_number() {
        let text = lines(3) + "{\"half\n";
        assert_eq!(json_lines(&text).unwrap_err(), "line 4 is no OpenTrackIO sample");
    }
}
