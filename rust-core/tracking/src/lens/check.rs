//! What a lens file lacks, in words: before a shoot, and against what a take did.

use cyclorama_space::{LensState, optics::LensModel};
use serde::Serialize;

use super::{Applied, Document, LensFile, Placed};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// The picture will be right without it, or nearly.
    Warning,
    /// The file cannot be used as it is, or not for this take.
    Error,
}

/// One thing about a lens file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A word for scripts; stable.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// What a take does with the lens.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Samples seen.
    pub samples: u64,
    /// Focus, iris, zoom.
    pub rings: [RingUse; 3],
}

/// What a take does with one ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RingUse {
    /// First and last position, as the lens file places them.
    pub span: Option<[f64; 2]>,
    /// Samples beyond the calibration.
    pub outside: u64,
    /// Samples that do not say where the ring is.
    pub unknown: u64,
}

impl Usage {
    /// Takes in one sample's lens, as the tracker sent it.
    pub fn observe(&mut self, file: &LensFile, state: &LensState) {
        let rings = file.positions(state);
        let Applied { focus, iris, zoom } = file.apply(&mut state.clone());
        self.samples += 1;
        let seen = [(rings.focus, focus), (rings.iris, iris), (rings.zoom, zoom)];
        for (ring, (position, placed)) in self.rings.iter_mut().zip(seen) {
            ring.outside += u64::from(placed == Placed::Outside);
            ring.unknown += u64::from(placed == Placed::Unknown);
            if let Some(at) = position {
                let [low, high] = ring.span.unwrap_or([at; 2]);
                ring.span = Some([low.min(at), high.max(at)]);
            }
        }
    }
}

/// Everything worth saying about a lens file, worst first; with what a take does with it, where there is one.
pub fn check(document: &Document, usage: impl FnOnce(&LensFile) -> Option<Usage>) -> Vec<Finding> {
    let finding = |severity, code, message: String| Finding { severity, code, message };
    let faults = LensFile::faults(document);
    let mut findings: Vec<Finding> =
        faults.iter().map(|fault| finding(Severity::Error, "fault", fault.to_string())).collect();
    missing(document, &mut findings);
    if faults.is_empty()
        && let Ok(file) = LensFile::new(document.clone())
    {
        field(&file, &mut findings);
        if let Some(usage) = usage(&file) {
            used(&file, &usage, &mut findings);
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Tables that are not there.
fn missing(document: &Document, findings: &mut Vec<Finding>) {
    use Severity::{Error, Note, Warning};
    let nodal = !document.nodal_rest.is_empty();
    let lacking = [
        (
            document.focal_length_mm.is_empty(),
            Error,
            "no-focal-length",
            "there is no focal length table: the field of view is not known",
        ),
        (
            document.distortion.is_empty() && document.anamorphic_degree4.is_none(),
            Warning,
            "no-distortion",
            "there is no distortion table: lines stay straight",
        ),
        (
            document.focus_m.is_empty(),
            Warning,
            "no-focus",
            "there is no focus table: the focus ring's position gives no distance",
        ),
        (
            document.entrance_pupil_m.is_empty(),
            Warning,
            "no-pupil",
            "there is no entrance pupil table: near things shift against far ones when the camera turns",
        ),
        (
            document.iris_f_stop.is_empty() && document.iris_t_stop.is_empty(),
            Note,
            "no-iris",
            "there is no iris table: depth of field follows the tracker's own figure, if it has one",
        ),
        (
            document.projection_offset_mm.is_empty(),
            Note,
            "no-centre",
            "there is no projection offset table: the image centre is taken as the sensor's",
        ),
        (
            document.counts.is_none(),
            Note,
            "no-counts",
            "there are no ring counts: positions must come normalised from the tracker",
        ),
        (
            nodal,
            Note,
            "nodal-aside",
            "the nodal offset also points aside or turns; only what lies ahead is applied",
        ),
    ];
    let said = lacking.into_iter().filter(|(lacks, ..)| *lacks);
    findings.extend(said.map(|(_, severity, code, text)| Finding {
        severity,
        code,
        message: text.to_owned(),
    }));
}

/// Whether the model covers the sensor at every calibrated place.
fn field(file: &LensFile, findings: &mut Vec<Finding>) {
    let document = file.document();
    if let Some(Err(error)) = document.anamorphic_degree4.map(|model| model.covers(document.sensor)) {
        findings.push(Finding {
            severity: Severity::Error,
            code: "not-invertible",
            message: format!("the anamorphic distortion cannot be undone up to the corner: {error}"),
        });
    }
    let lines = document.distortion.iter().chain(&document.focal_length_mm);
    let mut seen: Vec<[f64; 2]> = Vec::new();
    for line in lines {
        let place = [line[0], line[1]];
        if seen.contains(&place) {
            continue;
        }
        seen.push(place);
        let model = LensModel::new(&at(file, place));
        if let Err(error) = model.and_then(|model| model.covers(document.sensor)) {
            let [focus, zoom] = place;
            findings.push(Finding {
                severity: Severity::Error,
                code: "not-invertible",
                message: format!(
                    "at focus {focus}, zoom {zoom} the distortion cannot be undone up to the corner: {error}"
                ),
            });
        }
    }
}

/// The lens at a place of focus and zoom.
fn at(file: &LensFile, [focus, zoom]: [f64; 2]) -> LensState {
    let rings = cyclorama_space::Encoders { focus: Some(focus), iris: None, zoom: Some(zoom) };
    let mut state = LensState { encoders: Some(rings), ..LensState::default() };
    file.apply(&mut state);
    state
}

fn used(file: &LensFile, usage: &Usage, findings: &mut Vec<Finding>) {
    let calibrated = file.calibrated();
    let spans = [("focus", calibrated.focus), ("iris", calibrated.iris), ("zoom", calibrated.zoom)];
    for ((ring, calibrated), used) in spans.into_iter().zip(&usage.rings) {
        let Some([first, last]) = calibrated else { continue };
        if used.unknown == usage.samples {
            findings.push(Finding {
                // Where lines lie hangs on focus and zoom; the iris only blurs.
                severity: if ring == "iris" { Severity::Warning } else { Severity::Error },
                code: "ring-unknown",
                message: format!("the take never says where the {ring} ring is, and the lens depends on it"),
            });
        } else if let Some([low, high]) = used.span.filter(|_| used.outside > 0) {
            findings.push(Finding {
                severity: Severity::Error,
                code: "outside",
                message: format!(
                    "the take uses the {ring} ring from {low:.4} to {high:.4}, the calibration reaches from \
                     {first:.4} to {last:.4}; {} of {} samples lie outside",
                    used.outside, usage.samples
                ),
            });
        }
    }
}
