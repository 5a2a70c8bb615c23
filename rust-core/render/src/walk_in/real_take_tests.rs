//! Every border of the recorded take, with Unreal's default history: the job cut into its ranges against the same take
//! rendered in one piece.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::*;
use crate::from_take::Wishes;
use crate::mend::{MOST, raised};
use crate::verify::{Changes, Seam};
use cyclorama_time::UtcTime;
use cyclorama_tracking::evaluate::{EvaluateOptions, evaluate};
use cyclorama_tracking::take::{ImportOptions, Reader, TakeInfo, import};
use cyclorama_tracking::{CameraPath, Protocol, replay};

/// The weight of the newest frame in Unreal's temporal anti-aliasing.
const HISTORY: f64 = 0.04;
const WIDTH: u32 = 32;

struct Take {
    reader: Reader,
    camera: CameraPath,
}

impl Take {
    fn recorded() -> Self {
        const RECORDING: &[u8] = include_bytes!("../../../../Content/demo/mosys_f4_600.f4");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("real.take");
        let info = TakeInfo::new("real", Protocol::F4, UtcTime::from_nanos(0));
        import(RECORDING, &file, &info, ImportOptions::default()).expect("imports");
        let reader = Reader::open(&file).expect("a take");
        let samples = replay::samples(&reader).expect("replays").samples;
        let camera = evaluate(&samples, &EvaluateOptions::default()).expect("a path").path;
        Self { reader, camera }
    }

    fn plan(&self, walk_in: u32) -> Planned {
        let wishes = Wishes {
            scene: None,
            host: "builtin",
            frames: None,
            size: (WIDTH, WIDTH * 9 / 16),
            samples: 1,
            walk_in,
            history: Some(HISTORY),
            flashes: false,
            unreal: None,
            colour_space: None,
            ocio: None,
            format: crate::frame::FrameFormat::Exr,
            passes: crate::plan::Passes::default(),
            content: Vec::new(),
            created: UtcTime::from_nanos(0),
        };
        wishes.plan(&self.reader, &self.camera, &mut |_| {}).expect("plans")
    }
}

/// A job's pictures, in pieces and in one.
struct Job {
    plan: Plan,
    camera: CameraPath,
    uncut: Vec<Image>,
    cut: Vec<Image>,
    /// The first frame of a range, as the one before drew it; by index of the later range.
    overlaps: BTreeMap<usize, Image>,
}

impl Job {
    fn draw(planned: Planned, camera: &CameraPath, draw: &mut Draw<'_>) -> Self {
        let plan = planned.plan;
        let uncut = draw(plan.frames, 0);
        let mut job =
            Self { cut: uncut.clone(), plan, camera: camera.clone(), uncut, overlaps: BTreeMap::new() };
        (0..job.plan.ranges.len()).for_each(|index| job.draw_range(index, job.plan.walk_in, draw));
        job
    }

    fn draw_range(&mut self, index: usize, walk_in: u32, draw: &mut Draw<'_>) {
        let range = self.plan.ranges[index];
        let overlap = self.plan.overlap_after(range.last);
        let last = overlap.unwrap_or(range.last);
        let mut images = draw(FrameRange { last, ..range }, self.plan.walk_in_at(range.first, walk_in));
        if overlap.is_some() {
            self.overlaps.insert(index + 1, images.pop().expect("a frame more"));
        }
        let at = self.at(range.first);
        self.cut[at..at + images.len()].clone_from_slice(&images);
    }

    fn at(&self, frame: FrameNumber) -> usize {
        usize::try_from(frame.0 - self.plan.frames.first.0).expect("a frame of the job")
    }

    /// Difference to the uncut render, over what that changes into the same frame; at each border.
    fn residues(&self) -> Vec<f64> {
        let residue = |border: &crate::plan::Border| {
            let at = self.at(border.frame);
            let natural = difference(&self.uncut[at - 1], &self.uncut[at]).expect("one size");
            difference(&self.uncut[at], &self.cut[at]).expect("one size") / natural
        };
        self.plan.borders.iter().map(residue).collect()
    }

    /// What the verifier, which has no uncut render, says of `pictures` at the borders.
    fn seams(&self, pictures: &[Image]) -> Vec<Seam> {
        let mut changes = Changes::default();
        for (image, frame) in pictures.iter().zip(self.plan.frames.iter()) {
            let range = self.plan.range_of(frame).expect("a range") as usize;
            if let Some(overlap) =
                self.overlaps.get(&range).filter(|_| self.plan.ranges[range].first == frame)
            {
                changes.overlap(frame, overlap, image);
            }
            changes.add(frame, image.clone());
        }
        changes.seams(&self.plan.borders, &self.camera, Seam::most(&self.plan.host))
    }

    /// As the engines do: runs behind a visible seam again after more walk-in, until there is none.
    fn mend(&mut self, draw: &mut Draw<'_>) -> u32 {
        let mut walk_in = self.plan.walk_in;
        loop {
            let visible: Vec<_> = self.seams(&self.cut).into_iter().filter(Seam::is_visible).collect();
            if visible.is_empty() || walk_in >= MOST {
                return walk_in;
            }
            let again = walk_in > self.plan.walk_in;
            walk_in = raised(walk_in, self.plan.history);
            let later = visible.iter().map(|seam| self.plan.range_of(seam.frame).expect("a range") as usize);
            let ranges: BTreeSet<usize> =
                later.flat_map(|range| range - usize::from(again)..=range).collect();
            for range in ranges {
                self.draw_range(range, walk_in, draw);
            }
        }
    }

    fn tell(&self, what: &str) {
        let worst = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
        let ratios = |pictures| worst(self.seams(pictures).iter().map(|seam| seam.ratio).collect());
        println!(
            "{what}: {} borders, walk-in {}; against the uncut render at most {:.2} of the natural change; change \
             across a border over that beside it: at most {:.2}, without any cut {:.2}",
            self.plan.borders.len(),
            self.plan.walk_in,
            worst(self.residues()),
            ratios(&self.cut),
            ratios(&self.uncut)
        );
    }
}

#[test]
fn with_a_measured_walk_in_every_border_is_within_the_natural_change() {
    let take = Take::recorded();
    let mut plan = |walk_in| Ok::<_, Infallible>(take.plan(walk_in));
    let Ok(planned) = closed(&mut plan, WIDTH, 12);
    let planned = planned.expect("measured");
    let mut draw = builtin(&planned, WIDTH).expect("the builtin");
    let job = Job::draw(planned, &take.camera, &mut draw);
    job.tell("measured walk-in");
    assert!(job.residues().len() >= 2 && job.residues().iter().all(|residue| *residue <= 1.0));
}

#[test]
fn cold_borders_are_within_the_natural_change_once_they_were_mended() {
    let take = Take::recorded();
    let planned = take.plan(0);
    let mut draw = builtin(&planned, WIDTH).expect("the builtin");
    let mut job = Job::draw(planned, &take.camera, &mut draw);
    job.tell("cold");
    assert!(job.residues().len() >= 12 && job.residues().iter().all(|residue| *residue > 3.0));
    let walk_in = job.mend(&mut draw);
    job.tell(&format!("mended with {walk_in}"));
    let residues = job.residues();
    assert!(residues.iter().all(|residue| *residue <= 1.0), "{residues:?}");
}

#[test]
fn borders_whose_walk_in_was_given_too_short_are_mended_by_their_overlaps() {
    let take = Take::recorded();
    let mut were_too_short = 0;
    for walk_in in [8, 16, 32, 64, 96] {
        let planned = take.plan(walk_in);
        let mut draw = builtin(&planned, WIDTH).expect("the builtin");
        let mut job = Job::draw(planned, &take.camera, &mut draw);
        job.tell("given");
        were_too_short += u32::from(job.residues().iter().any(|residue| *residue > 1.0));
        let raised = job.mend(&mut draw);
        job.tell(&format!("mended with {raised}"));
        let residues = job.residues();
        assert!(residues.iter().all(|residue| *residue <= 1.0), "{walk_in}: {residues:?}");
    }
    assert!(were_too_short >= 3, "there was something to mend");
}
