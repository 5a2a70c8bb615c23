//! Seams: whether the picture jumps where one range ends and the next begins, against how it changes nearby.
//!
//! Looks at finished pictures only, so it needs no second rendering and accuses any host alike.

use std::collections::BTreeMap;

use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraPath;
use serde::Serialize;

use crate::frame::Image;
use crate::plan::{Border, BorderReason, picture_change};

/// A border as measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Seam {
    /// The first frame of the later range.
    pub frame: FrameNumber,
    /// Root mean square difference across the border, over the greatest between neighbouring frames beside it.
    pub ratio: f64,
    /// Root mean square difference of the two drawings of this frame, by the run before the border and by its own, over the change into
    /// it. None where it was drawn once.
    pub residue: Option<f64>,
    /// What a residue may be at most (see [`Seam::most`]).
    #[serde(skip)]
    pub most: f64,
}

impl Seam {
    /// A change across a border that is this many times the greatest beside it is a seam. A residue as large as the
    /// natural change makes it the root of two.
    pub const VISIBLE: f64 = 1.5;

    /// So many frames on both sides of a border are looked at: single bright sparks come and go.
    pub const REACH: i64 = 8;

    /// What a residue may be where `host` draws: as much as the change from one frame to the next. Two drawings by a host that does not draw the
    /// same bits every time differ by their noise, which is in that change as well, and makes it as much by itself.
    pub fn most(host: &str) -> f64 {
        if host == "builtin" { 1.0 } else { Self::VISIBLE }
    }

    /// Whether people would see it, as far as is known: by its residue, else by what is beside it.
    pub fn is_visible(&self) -> bool {
        self.residue.map_or(self.ratio > Self::VISIBLE, |residue| residue > self.most)
    }
}

/// Less than half floats tell apart in a dark grey: no change at all.
const NOTHING: f64 = 1e-5;

/// Root mean square difference of two pictures in linear light, each value counted from 0 to 1; `None` when their
/// sizes differ or there is nothing to compare.
pub fn difference(a: &Image, b: &Image) -> Option<f64> {
    if (a.width, a.height, a.pixels.len()) != (b.width, b.height, b.pixels.len()) || a.pixels.is_empty() {
        return None;
    }
    let seen = |value: f32| f64::from(value.clamp(0.0, 1.0));
    let squares = a.pixels.iter().flatten().zip(b.pixels.iter().flatten());
    let sum: f64 = squares.map(|(a, b)| (seen(*a) - seen(*b)).powi(2)).sum();
    Some((sum / (a.pixels.len() * 3) as f64).sqrt())
}

/// The change from each frame to the next, gathered while frames are read in order.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    into: BTreeMap<i64, f64>,
    residues: BTreeMap<i64, f64>,
    before: Option<(FrameNumber, Image)>,
}

impl Changes {
    /// Takes what the run that ended with the picture before drew of the next frame, ahead of that frame's own picture, `image`.
    pub fn overlap(&mut self, frame: FrameNumber, overlap: &Image, image: &Image) {
        if let Some((before, last)) = &self.before
            && before.0 + 1 == frame.0
            && let Some((natural, left)) = difference(last, overlap).zip(difference(overlap, image))
        {
            self.residues.insert(frame.0, left / natural.max(NOTHING));
        }
    }

    /// Takes the next picture. A frame that is missing leaves a gap.
    pub fn add(&mut self, frame: FrameNumber, image: Image) {
        if let Some((before, last)) = &self.before
            && before.0 + 1 == frame.0
            && let Some(change) = difference(last, &image)
        {
            self.into.insert(frame.0, change);
        }
        self.before = Some((frame, image));
    }

    /// Every one of `borders`, which are in order, that can be judged: not those at cuts, nor those beside missing frames.
    /// A residue may be `most`.
    pub fn seams(&self, borders: &[Border], camera: &CameraPath, most: f64) -> Vec<Seam> {
        let seam = |border: &Border| Some(Seam { most, ..self.seam(borders, border, camera)? });
        borders.iter().filter_map(seam).collect()
    }

    fn seam(&self, borders: &[Border], border: &Border, camera: &CameraPath) -> Option<Seam> {
        /// Below this, half of what an 8-bit picture can show, nobody sees a change.
        const UNSEEN: f64 = 0.002;
        if border.reason == BorderReason::Cut {
            return None;
        }
        let at = border.frame.0;
        let across = self.into.get(&at)?;
        let is_border = |frame: i64| borders.binary_search_by_key(&frame, |border| border.frame.0).is_ok();
        let moved = |frame: i64| {
            let pair = camera.at(FrameNumber(frame - 1)).zip(camera.at(FrameNumber(frame)));
            pair.map_or(0.0, |(before, after)| picture_change(before, after))
        };
        let beside = (at - Seam::REACH..=at + Seam::REACH).filter(|frame| *frame != at && !is_border(*frame));
        let (mut natural, mut fastest) = (None, 0.0);
        for frame in beside {
            if let Some(change) = self.into.get(&frame) {
                natural = Some(natural.map_or(*change, |most: f64| most.max(*change)));
                fastest = moved(frame).max(fastest);
            }
        }
        // A camera that is faster here than anywhere beside explains that much more.
        let natural = natural? * (moved(at) / fastest.max(1e-6)).clamp(1.0, 3.0);
        let residue = self.residues.get(&at).copied();
        Some(Seam { frame: border.frame, ratio: across / natural.max(UNSEEN), residue, most: Seam::VISIBLE })
    }
}
