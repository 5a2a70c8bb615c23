//! How many walk-in frames a host with a temporal history needs: measured on the job's own borders, not guessed.
//!
//! A sampled border is drawn twice, in an unbroken run and after a short walk-in, and the two are compared. What
//! draws is passed in; nothing here starts a host, reads a file or knows the time.

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::FrameNumber;
use serde::Serialize;

use crate::builtin::{Options, Painter};
use crate::frame::Image;
use crate::plan::{BorderReason, CAMERA, FrameRange, Plan, Planned, SCENE, camera_from_json};
use crate::usda;
use crate::verify::difference;

/// An unbroken run is one that began this many frames ago.
pub const UNBROKEN: u32 = 256;

/// What a chosen walk-in leaves at most, in natural changes: a quarter less than what would be as large as the change from
/// one frame to the next, since it is measured on small pictures.
pub const LEFT: f64 = 0.75;

/// Draws frames of a range after so many frames that are thrown away.
pub type Draw<'a> = dyn FnMut(FrameRange, u32) -> Vec<Image> + 'a;

/// What a range that begins at a border still shows of its cold start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Residue {
    /// The first frame of the range.
    pub frame: FrameNumber,
    /// Frames rendered and thrown away ahead of it.
    pub walk_in: u32,
    /// Root mean square difference to the unbroken run, over that run's own change from the frame before.
    pub ratio: f64,
}

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// The plan has one range, or cuts at all borders.
    #[error("the plan has no border at which a seam could show")]
    NoBorder,
    /// Only the built-in host can be measured before a job exists.
    #[error("the walk-in of host `{0}` cannot be measured ahead")]
    Host(String),
    /// The plan's inputs cannot be used.
    #[error("the plan's scene or camera cannot be used: {0}")]
    Input(String),
    /// Even this many frames are too few.
    #[error("{most} walk-in frames leave a seam of {ratio:.2} times the natural change")]
    Endless {
        /// The most that was tried.
        most: u32,
        /// What was left.
        ratio: f64,
    },
}

impl Classify for MeasureError {
    fn kind(&self) -> Kind {
        match self {
            Self::NoBorder | Self::Host(_) | Self::Endless { .. } => Kind::User,
            Self::Input(_) => Kind::Integrity,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoBorder => Some("without borders no walk-in is needed".to_owned()),
            Self::Host(_) => {
                Some("give --walk-in as a number, and look at the seams with `render verify`".to_owned())
            }
            _ => None,
        }
    }
}

/// Up to `most` borders spread over the plan, those at cuts left out.
pub fn sampled_borders(plan: &Plan, most: usize) -> Vec<FrameNumber> {
    let borders: Vec<_> = plan.borders.iter().filter(|border| border.reason != BorderReason::Cut).collect();
    let step = borders.len().div_ceil(most.max(1)).max(1);
    borders.iter().skip(step / 2).step_by(step).map(|border| border.frame).collect()
}

/// Up to `most` borders at which a residue counts most, those first where the camera changes the picture least; those at
/// cuts left out.
pub fn hardest_borders(plan: &Plan, most: usize) -> Vec<FrameNumber> {
    let mut borders: Vec<_> =
        plan.borders.iter().filter(|border| border.reason != BorderReason::Cut).collect();
    borders.sort_by(|a, b| a.change.total_cmp(&b.change));
    borders.into_iter().take(most).map(|border| border.frame).collect()
}

/// Frames after which a history of weight `history` keeps a thousandth of what it began with. Where the camera comes to
/// rest after a move, the change from frame to frame is hundreds of times less than that of the view a while ago.
pub fn settled(history: f64) -> u32 {
    let kept = (1.0 - history).clamp(f64::EPSILON, 1.0 - 1e-6);
    (1000.0_f64.ln() / -libm::log(kept)).ceil().min(f64::from(u32::MAX)) as u32
}

/// A plan whose walk-in leaves at most [`LEFT`] at its own borders, at `most` of them where there are more. `plan` makes
/// the plan with so many walk-in frames; borders move with their number, so what is measured is the plan that comes out.
/// Measured on pictures of `width` pixels.
///
/// # Errors
/// The outer one is `plan`'s, the inner one says why nothing can be measured.
pub fn closed<E>(
    plan: &mut dyn FnMut(u32) -> Result<Planned, E>,
    width: u32,
    most: usize,
) -> Result<Result<Planned, MeasureError>, E> {
    let mut planned = plan(0)?;
    if hardest_borders(&planned.plan, 1).is_empty() {
        return Ok(Ok(planned));
    }
    let mut draw = match builtin(&planned, width) {
        Ok(draw) => draw,
        Err(error) => return Ok(Err(error)),
    };
    let Some(history) = planned.plan.history else { return Ok(Ok(planned)) };
    // Half of what settles for certain is a place to look from: the borders are nearly those of the end.
    planned = plan((settled(history) / 2).min(UNBROKEN))?;
    let mut least = 0;
    loop {
        let borders = hardest_borders(&planned.plan, most);
        match choose_from(&mut draw, &borders, LEFT, least) {
            Ok(enough) => least = enough,
            Err(MeasureError::NoBorder) => {}
            Err(error) => return Ok(Err(error)),
        }
        if planned.plan.walk_in == least {
            return Ok(Ok(planned));
        }
        // It only grows from here, so this ends.
        planned = plan(least)?;
    }
}

/// The residue at one border for each number of walk-in frames.
pub fn residues(draw: &mut Draw<'_>, border: FrameNumber, walk_ins: &[u32]) -> Vec<Residue> {
    let Some(unbroken) = Unbroken::draw(draw, border) else { return Vec::new() };
    walk_ins.iter().filter_map(|walk_in| unbroken.residue(draw, *walk_in)).collect()
}

/// The least of a few numbers of walk-in frames whose residue is at most `most` at each of `borders`.
///
/// # Errors
/// [`MeasureError`] when there is no border, or no number is enough.
pub fn choose(draw: &mut Draw<'_>, borders: &[FrameNumber], most: f64) -> Result<u32, MeasureError> {
    choose_from(draw, borders, most, 0)
}

/// As [`choose`], but not less than `least`, a multiple of eight.
fn choose_from(
    draw: &mut Draw<'_>,
    borders: &[FrameNumber],
    most: f64,
    mut least: u32,
) -> Result<u32, MeasureError> {
    const STEP: u32 = 8;
    if borders.is_empty() {
        return Err(MeasureError::NoBorder);
    }
    for border in borders {
        let Some(unbroken) = Unbroken::draw(draw, *border) else { continue };
        let mut enough =
            |walk_in: u32| unbroken.residue(draw, walk_in).is_none_or(|found| found.ratio <= most);
        if enough(least) {
            continue;
        }
        // The residue only shrinks with more frames, so the least that is enough is found by halving.
        let (mut low, mut high) = (least / STEP + 1, UNBROKEN / STEP);
        while low < high {
            let middle = low.midpoint(high);
            if enough(middle * STEP) { high = middle } else { low = middle + 1 }
        }
        least = low * STEP;
        if least >= UNBROKEN {
            let ratio = unbroken.residue(draw, UNBROKEN - STEP).map_or(f64::INFINITY, |found| found.ratio);
            return Err(MeasureError::Endless { most: UNBROKEN - STEP, ratio });
        }
    }
    Ok(least)
}

/// What the built-in host draws of a plan, no wider than `width` pixels.
///
/// # Errors
/// [`MeasureError`] for another host, and when the plan's inputs cannot be used.
pub fn builtin(
    planned: &Planned,
    width: u32,
) -> Result<impl FnMut(FrameRange, u32) -> Vec<Image> + use<>, MeasureError> {
    let plan = &planned.plan;
    if plan.host != "builtin" {
        return Err(MeasureError::Host(plan.host.clone()));
    }
    let bytes = |name: &str| {
        let at = plan.inputs.iter().position(|input| input.name == name);
        at.and_then(|at| planned.inputs.get(at)).ok_or_else(|| MeasureError::Input(format!("no {name}")))
    };
    let refused = |error: &dyn std::fmt::Display| MeasureError::Input(error.to_string());
    let text = String::from_utf8_lossy(bytes(SCENE)?).into_owned();
    let (scene, _) = usda::read(&text).map_err(|error| refused(&error))?;
    let camera = camera_from_json(bytes(CAMERA)?).map_err(|error| refused(&error))?;
    let width = width.clamp(1, plan.size.width.max(1));
    let height = (u64::from(width) * u64::from(plan.size.height) / u64::from(plan.size.width.max(1))).max(1);
    let options = Options { samples: plan.samples, history: plan.history, ..Options::default() };
    let mut painter = Painter::new(scene, (width, height as u32), options);
    Ok(move |frames: FrameRange, walk_in: u32| {
        painter.reset();
        let first = FrameNumber(frames.first.0 - i64::from(walk_in));
        let drawn = FrameRange { first, last: frames.last };
        let paint = |frame| camera.at(frame).map(|at| (frame, painter.paint(at)));
        let drawn = drawn.iter().filter_map(paint);
        drawn.filter(|(frame, _)| frames.contains(*frame)).map(|(_, image)| image).collect()
    })
}

/// A border in a run that began long ago.
struct Unbroken {
    border: FrameNumber,
    image: Image,
    natural: f64,
}

impl Unbroken {
    fn draw(draw: &mut Draw<'_>, border: FrameNumber) -> Option<Self> {
        let pair = FrameRange { first: FrameNumber(border.0 - 1), last: border };
        let mut images = draw(pair, UNBROKEN);
        let (image, before) = (images.pop()?, images.pop()?);
        let natural = difference(&before, &image)?.max(f64::MIN_POSITIVE);
        Some(Self { border, image, natural })
    }

    fn residue(&self, draw: &mut Draw<'_>, walk_in: u32) -> Option<Residue> {
        let alone = FrameRange { first: self.border, last: self.border };
        let image = draw(alone, walk_in).pop()?;
        let ratio = difference(&self.image, &image)? / self.natural;
        Some(Residue { frame: self.border, walk_in, ratio })
    }
}

#[cfg(test)]
mod real_take_tests;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanRequest;
    use crate::plan::tests::request;
    use crate::scene::{demo_camera, demo_stage};

    fn planned(history: Option<f64>) -> Planned {
        let camera = demo_camera();
        let scene = usda::write(&demo_stage(), &camera);
        let size = crate::plan::Size { width: 32, height: 18 };
        PlanRequest { scene: &scene, history, size, chunk: Some(50), ..request(&camera) }
            .plan()
            .expect("plans")
    }

    #[test]
    fn the_chosen_walk_in_closes_every_sampled_border_and_fewer_frames_do_not() {
        let planned = planned(Some(0.1));
        let mut draw = builtin(&planned, 32).expect("the builtin");
        let borders = sampled_borders(&planned.plan, 3);
        assert_eq!(borders.len(), 2, "every other of four, from the second");
        let chosen = choose(&mut draw, &borders, 1.0).expect("some number is enough");
        let worst = |draw: &mut Draw<'_>, walk_in: u32| {
            let found = borders.iter().flat_map(|border| residues(draw, *border, &[walk_in]));
            found.map(|residue| residue.ratio).fold(0.0, f64::max)
        };
        assert!(worst(&mut draw, chosen) <= 1.0);
        assert!(worst(&mut draw, chosen - 8) > 1.0, "{chosen} is the least");
        assert!(worst(&mut draw, 0) > 3.0, "a cold start shows");
    }

    #[test]
    fn a_host_without_history_needs_no_walk_in() {
        let planned = planned(None);
        let mut draw = builtin(&planned, 16).expect("the builtin");
        assert_eq!(choose(&mut draw, &sampled_borders(&planned.plan, 1), 1.0).expect("none"), 0);
        assert!(matches!(choose(&mut draw, &[], 1.0), Err(MeasureError::NoBorder)));
        let other =
            PlanRequest { host: "unreal".to_owned(), ..request(&demo_camera()) }.plan().expect("plans");
        assert!(matches!(builtin(&other, 16).map(drop), Err(MeasureError::Host(_))));
    }
}
