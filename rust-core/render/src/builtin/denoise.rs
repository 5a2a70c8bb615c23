//! Smooths light across a surface, never across its edges: an à-trous filter guided by normals and depth.
//!
//! Each output pixel reads only the previous pass, so the result does not depend on who computed what first.

use glam::Vec3A;
use rayon::prelude::*;

/// One value to smooth, and the surface it lies on.
#[derive(Clone, Copy)]
pub(super) struct Texel {
    pub(super) value: Vec3A,
    /// Mean of the unit normals; shorter where several surfaces meet.
    pub(super) normal: Vec3A,
    /// Mean distance, m.
    pub(super) depth: f32,
    /// How far to reach: 0 leaves the value alone, 1 smooths fully.
    pub(super) reach: f32,
}

/// Smooths `texels`, a picture of `width` columns, in `passes` of doubling reach.
pub(super) fn smooth(texels: &mut Vec<Texel>, width: usize, passes: u32) {
    let mut next = texels.clone();
    for pass in 0..passes {
        let step = 1isize << pass;
        // Late passes only join what is already alike.
        let likeness = 1.5 / (1 << pass) as f32;
        next.par_chunks_mut(width).enumerate().for_each(|(row, line)| {
            for (column, texel) in line.iter_mut().enumerate() {
                texel.value = filtered(texels, width, (column, row), step, likeness);
            }
        });
        std::mem::swap(texels, &mut next);
    }
}

fn filtered(texels: &[Texel], width: usize, (x, y): (usize, usize), step: isize, likeness: f32) -> Vec3A {
    let centre = &texels[y * width + x];
    if centre.reach <= 0.01 {
        return centre.value;
    }
    let height = texels.len() / width;
    let bright = luminance(centre.value);
    let (mut sum, mut total) = (centre.value * CENTRE, CENTRE);
    for (dx, dy, weight) in NEIGHBOURS {
        let at = x.checked_add_signed(dx * step).zip(y.checked_add_signed(dy * step));
        let Some((nx, ny)) = at.filter(|&(nx, ny)| nx < width && ny < height) else { continue };
        let other = &texels[ny * width + nx];
        let alike = centre.normal.dot(other.normal).max(0.0).powi(24);
        if alike < 0.02 {
            continue;
        }
        // Depth may change as fast as along a slanted surface, no faster.
        let far = (other.depth - centre.depth) / (0.02 * centre.depth * step as f32);
        let unlike = (luminance(other.value) - bright) / (likeness * (bright + 0.02));
        let weight = weight * alike * centre.reach / ((1.0 + far * far) * (1.0 + unlike * unlike));
        sum += other.value * weight;
        total += weight;
    }
    sum / total
}

fn luminance(colour: Vec3A) -> f32 {
    colour.dot(Vec3A::new(0.2126, 0.7152, 0.0722))
}

const CENTRE: f32 = 1.0;

/// A 3 x 3 binomial and the four far ends of a cross.
const NEIGHBOURS: [(isize, isize, f32); 12] = [
    (-1, 0, 0.7),
    (1, 0, 0.7),
    (0, -1, 0.7),
    (0, 1, 0.7),
    (-1, -1, 0.5),
    (1, -1, 0.5),
    (-1, 1, 0.5),
    (1, 1, 0.5),
    (-2, 0, 0.25),
    (2, 0, 0.25),
    (0, -2, 0.25),
    (0, 2, 0.25),
];
