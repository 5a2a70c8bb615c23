//! How far the picture moved sideways from frame to frame, from the frames themselves.
//!
//! Each frame becomes a few horizontal bands, each a row of brightness without its slow gradients. Two frames are laid
//! over each other at every shift up to a third of the picture; the best one, refined below a pixel, is the motion. Only
//! pan is meant: what moves up or nearer blurs the answer. Reads no files and knows no lens.

use super::DelayError;

/// A frame's brightness. The scale does not matter, as long as it is the same for all frames.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Pixels in a row.
    pub width: usize,
    /// `width` for each row, from the top.
    pub luma: &'a [f32],
}

/// Takes frames in order and keeps what moved.
#[derive(Clone, Debug, Default)]
pub struct FrameMotion {
    last: Option<Bands>,
    frames: usize,
    motion: Vec<(f64, f64)>,
}

/// A frame, as far as it is compared.
#[derive(Clone, Debug)]
struct Bands {
    /// Pixels of the picture in one column here.
    scale: usize,
    rows: Vec<Vec<f32>>,
}

/// Bands of a picture.
const BANDS: usize = 8;
/// Columns kept of wide pictures: the refined shift is good to a small part of one.
const COLUMNS: usize = 320;
/// Agreement of two frames below this says nothing of their motion: noise reaches a third of it. A turn also stretches
/// the picture towards its edges, so that a fast one agrees no better than 0.4.
const CLEAR: f64 = 0.25;

impl FrameMotion {
    /// Takes the frame that was exposed at `seconds`; how far it moved since the one before, in pixels to the right, where
    /// that can be told. A frame of another size begins anew.
    pub fn take(&mut self, seconds: f64, picture: &Picture<'_>) -> Option<f64> {
        let bands = Bands::new(picture)?;
        self.frames += 1;
        let last = self.last.replace(bands);
        let (last, bands) = (last?, self.last.as_ref()?);
        let moved = last.moved_to(bands)? * bands.scale as f64;
        self.motion.push((seconds, moved));
        Some(moved)
    }

    /// Seconds and pixels moved since the frame before, for [`super::measure`].
    ///
    /// # Errors
    /// [`DelayError::Blurred`] when fewer than half of the frames show how they moved.
    pub fn motion(self) -> Result<Vec<(f64, f64)>, DelayError> {
        let clear = self.motion.len();
        if clear * 2 < self.frames.saturating_sub(1) || clear == 0 {
            return Err(DelayError::Blurred { clear, frames: self.frames });
        }
        Ok(self.motion)
    }
}

impl Bands {
    /// `None` for a picture of less than eight pixels either way.
    fn new(picture: &Picture<'_>) -> Option<Self> {
        let width = picture.width;
        let height = picture.luma.len().checked_div(width)?;
        if width < 8 || height < BANDS {
            return None;
        }
        let scale = width.div_ceil(COLUMNS);
        let columns = width / scale;
        let mut rows = vec![vec![0.0; columns]; BANDS];
        for (y, row) in picture.luma.chunks_exact(width).enumerate() {
            let band = &mut rows[(y * BANDS / height).min(BANDS - 1)];
            for (sum, pixels) in band.iter_mut().zip(row.chunks_exact(scale)) {
                *sum += pixels.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).sum::<f32>();
            }
        }
        rows.iter_mut().for_each(|band| flatten(band));
        Some(Self { scale, rows })
    }

    /// Columns by which this frame's content lies farther right in `next`.
    fn moved_to(&self, next: &Self) -> Option<f64> {
        let columns = next.rows[0].len();
        if self.scale != next.scale || self.rows[0].len() != columns {
            return None;
        }
        let reach = (columns / 3) as isize;
        let (shift, agreement) = (-reach..=reach)
            .map(|shift| (shift, self.agreement(next, shift)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        (agreement >= CLEAR && shift.abs() < reach).then(|| shift as f64 + self.rest(next, shift))
    }

    /// How alike both are where they overlap at this shift, -1 to 1; 0 for empty ones.
    fn agreement(&self, next: &Self, shift: isize) -> f64 {
        let (mut aa, mut bb, mut ab) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (a, b) in self.overlaps(next, shift) {
            for (a, b) in a.iter().zip(b) {
                (aa, bb, ab) = (aa + a * a, bb + b * b, ab + a * b);
            }
        }
        let size = f64::from(aa) * f64::from(bb);
        if size > 0.0 { f64::from(ab) / size.sqrt() } else { 0.0 }
    }

    /// What is left of the motion at the best whole shift: the least-squares step along the slope, -1 to 1.
    fn rest(&self, next: &Self, shift: isize) -> f64 {
        let (mut slopes, mut off) = (0.0, 0.0);
        for (a, b) in self.overlaps(next, shift) {
            for (b, a) in b.windows(3).zip(&a[1..]) {
                // Content that lies a little farther right makes b smaller where it rises.
                let slope = f64::from(b[2] - b[0]) * 0.5;
                slopes += slope * slope;
                off += slope * f64::from(a - b[1]);
            }
        }
        if slopes > 0.0 { (off / slopes).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// The parts of each band that show the same, when `next` is shifted right by `shift`.
    fn overlaps<'a>(&'a self, next: &'a Self, shift: isize) -> impl Iterator<Item = (&'a [f32], &'a [f32])> {
        let by = shift.unsigned_abs();
        self.rows.iter().zip(&next.rows).map(move |(a, b)| {
            let length = a.len() - by;
            if shift >= 0 { (&a[..length], &b[by..]) } else { (&a[by..], &b[..length]) }
        })
    }
}

/// Takes the slow part away: light that falls off, a wall that glows.
fn flatten(band: &mut [f32]) {
    let half = (band.len() / 16).max(2);
    let mut sums = Vec::with_capacity(band.len() + 1);
    sums.push(0.0_f64);
    for value in band.iter() {
        sums.push(sums[sums.len() - 1] + f64::from(*value));
    }
    for (index, value) in band.iter_mut().enumerate() {
        let (from, to) = (index.saturating_sub(half), (index + half + 1).min(sums.len() - 1));
        *value -= ((sums[to] - sums[from]) / (to - from) as f64) as f32;
    }
}
