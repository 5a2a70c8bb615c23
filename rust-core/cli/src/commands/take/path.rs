//! From a take to the camera's path: flags, evaluation, and a report of where its frames come from.

use std::collections::BTreeSet;

use cyclorama_outcome::Kind;
use cyclorama_time::FrameRate;
use cyclorama_tracking::{
    Sample, Summary,
    calibration::Calibration,
    evaluate::{self, EvaluateOptions, Evaluated, PathReport, SegmentChoice},
    replay::{self, Replayed},
    take::Reader,
};

use crate::{
    commands::track::calibration::CalibrationArgs,
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Above these flags in the help.
const HEADING: &str = "Camera path";

/// Which camera path of a take is meant.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Which {
    /// Frames per second [default: as the take's timecode or tracker says]
    #[arg(help_heading = HEADING, long, value_name = "FPS")]
    rate: Option<FrameRate>,
    /// Tracked subject to follow [default: the one with most readings]
    #[arg(help_heading = HEADING, long, value_name = "NAME")]
    subject: Option<String>,
    /// Stretch to follow where the timecode jumps, from 0 [default: the longest]
    #[arg(help_heading = HEADING, long, value_name = "NUMBER")]
    segment: Option<usize>,
    #[command(flatten)]
    calibration: CalibrationArgs,
}

impl Which {
    /// The take's samples, with what the flags say of its lenses and of where its tracker stood.
    pub(crate) fn replay(&self, reader: &Reader, name: &str, cx: &Context) -> Result<Replayed, Failure> {
        let calibration = self.calibration.read(cx)?;
        let mut replayed = replay::samples(reader).doing(format!("replay take {name}"))?;
        all_are_there(&calibration, &replayed.samples, name)?;
        if !calibration.is_empty() {
            let outside =
                replayed.samples.iter_mut().filter_map(|sample| calibration.apply(sample).then_some(()));
            let outside = outside.count();
            if outside > 0 {
                cx.printer.say(&format!(
                    "warning: in {outside} of {} a ring stands beyond the lens file; `lens check --take` tells which",
                    text::count(replayed.samples.len() as u64, "sample")
                ));
            }
        }
        Ok(replayed)
    }

    fn options(&self, take_rate: Option<FrameRate>) -> EvaluateOptions {
        EvaluateOptions {
            rate: self.rate.or(take_rate),
            subject: self.subject.clone(),
            segment: self.segment.map_or(SegmentChoice::default(), SegmentChoice::Number),
            ..EvaluateOptions::default()
        }
    }

    /// The evaluated path, its report, and what became of the take's messages.
    pub(crate) fn evaluate(
        &self,
        reader: &Reader,
        name: &str,
        cx: &Context,
    ) -> Result<(Evaluated, Summary), Failure> {
        let Replayed { samples, summary } = self.replay(reader, name, cx)?;
        let evaluated = evaluate::evaluate(&samples, &self.options(reader.info().rate))
            .doing(format!("make a camera path of take {name}"))?;
        Ok((evaluated, summary))
    }
}

/// Refuses a lens or an alignment that is meant for a subject the take does not have: all frames would be drawn without it.
fn all_are_there(calibration: &Calibration, samples: &[Sample], name: &str) -> Result<(), Failure> {
    let named = calibration.named();
    if named.is_empty() {
        return Ok(());
    }
    let there: BTreeSet<&str> = samples.iter().map(|sample| &*sample.subject).collect();
    let Some(missing) = named.difference(&there).next() else { return Ok(()) };
    let message = format!(
        "failed to use what --lens or --align says of `{missing}`: no such subject is in take {name}"
    );
    let there: Vec<&str> = there.into_iter().collect();
    Err(Failure::new(Kind::NotFound, message)
        .hint(format!("it has: {}; a file without SUBJECT= is for all of them", there.join(", "))))
}

/// Label and value of what is worth knowing of a path.
pub(crate) fn rows(evaluated: &Evaluated, summary: &Summary) -> Vec<(&'static str, String)> {
    let (path, report) = (&evaluated.path, &evaluated.report);
    let mut rows = vec![
        ("subject", path.subject.clone()),
        ("frames", format!("{} at {} frames per second", path.frames.len(), path.rate)),
        ("messages", format!("{} used, {} refused", summary.accepted, summary.rejected_total())),
    ];
    let doubts = doubts(report);
    rows.push(("path", if doubts.is_empty() { "measured throughout".to_owned() } else { doubts.join("; ") }));
    rows
}

fn doubts(report: &PathReport) -> Vec<String> {
    let frames = |count: u64| text::count(count, "frame");
    let mut doubts = Vec::new();
    if !report.by_timecode {
        doubts.push("no timecode, frames placed by arrival".to_owned());
    }
    if report.segments.len() > 1 {
        doubts.push(format!(
            "timecode jumps: {} stretches, number {} used",
            report.segments.len(),
            report.segment
        ));
    }
    let counted = [
        (report.interpolated, "interpolated over gaps"),
        (report.held, "held, the tracker was lost"),
        (report.default_sensor, "with the default sensor"),
        (report.default_focal_length, "with the default focal length"),
    ];
    doubts.extend(counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", frames(*n))));
    if report.resampled {
        doubts.push("resampled to the frame rate".to_owned());
    }
    doubts
}

#[cfg(test)]
mod tests {
    use cyclorama_space::Pose;
    use cyclorama_tracking::send::{Move, Simulation};

    use super::*;

    #[test]
    fn a_lens_for_a_subject_that_a_take_has_not_is_refused_with_those_it_has() {
        let simulation = Simulation::new(Move::Crane, FrameRate::FPS_25);
        let samples: Vec<Sample> = (0..3).map(|frame| simulation.sample(frame)).collect();
        let of = |subject: &str| {
            let alignments = vec![(Some(subject.to_owned()), Pose::IDENTITY), (None, Pose::IDENTITY)];
            all_are_there(&Calibration { alignments, ..Calibration::default() }, &samples, "shot.take")
        };
        assert!(of("simulated:1").is_ok());
        let refused = of("simulated:l").unwrap_err();
        assert_eq!(refused.exit_code() as u8, 3);
        let said = refused.lines().join(" ");
        assert!(said.contains("`simulated:l`") && said.contains("it has: simulated:1"), "{said}");
    }

    #[test]
    fn a_clean_path_has_no_doubts_and_a_poor_one_names_them() {
        let clean = PathReport { by_timecode: true, ..PathReport::default() };
        assert!(doubts(&clean).is_empty());
        let poor = PathReport { held: 1, default_sensor: 12, ..PathReport::default() };
        assert_eq!(
            doubts(&poor).join("; "),
            "no timecode, frames placed by arrival; 1 frame held, the tracker was lost; \
             12 frames with the default sensor"
        );
    }
}
