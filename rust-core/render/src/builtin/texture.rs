//! Procedural patterns: what a material looks like at a point.

use glam::{Vec2, Vec3A};
use rayon::prelude::*;

use super::sampling::{fractal, hash, noise, unit};
use crate::frame::Image;
use crate::scene::{Pattern, Texture};

/// The pattern's colour at a point.
pub(super) fn colour(texture: &Texture, local: Vec3A, uv: Vec2, dusk: &Dusk) -> Vec3A {
    let (a, b) = (Vec3A::from_array(texture.colour), Vec3A::from_array(texture.second));
    let size = texture.size.max(1e-6) as f32;
    let p = local / size;
    match texture.pattern {
        Pattern::Flat => a,
        Pattern::Checker => {
            // Half a thousandth off the lattice, so that a flat side does not flicker between two cells.
            let cell = (p + 0.0005).floor();
            if (cell.x + cell.y + cell.z).rem_euclid(2.0) < 0.5 { a } else { b }
        }
        Pattern::Wood => {
            let rings =
                Vec2::new(p.y, p.z + 0.3).length() * 3.0 + 0.6 * fractal(p * Vec3A::new(0.3, 1.0, 1.0), 3);
            let fibre = 0.5 + 0.5 * noise(p * Vec3A::new(1.5, 30.0, 30.0));
            mix(a, b, (0.7 * (rings - rings.floor()) + 0.3 * fibre).clamp(0.0, 1.0))
        }
        Pattern::Concrete => {
            let blotch = fractal(p, 4);
            let pores = (noise(p * 24.0) - 0.55).max(0.0) * 1.5;
            mix(a, b, (0.5 + 0.9 * blotch + pores).clamp(0.0, 1.0))
        }
        Pattern::Asphalt => {
            let grit = noise(p * 40.0) * 0.5 + noise(p * 90.0) * 0.3;
            mix(a, b, (0.35 + 0.6 * fractal(p * 0.7, 3) + 0.35 * grit).clamp(0.0, 1.0))
        }
        Pattern::Panels => {
            let inside = p - p.floor();
            let edge = inside.min(Vec3A::ONE - inside);
            // On a flat panel one coordinate stands still: its distance to the lattice says nothing.
            let near = [edge.x, edge.y, edge.z].iter().filter(|&&d| d < 0.012 && d > 1e-4).count();
            let tint = 0.94 + 0.12 * unit(hash(cell_number(p)));
            if near > 0 { b } else { a * tint }
        }
        Pattern::Dusk => dusk.at(uv),
    }
}

/// How deep the water stands at a point of a wet floor, 0 to 1.
pub(super) fn puddle(local: Vec3A, size: f64) -> f32 {
    let p = local / (size.max(1e-6) as f32);
    let low = fractal(Vec3A::new(p.x * 0.55, p.y * 0.55, 3.7), 3);
    smooth(-0.10, 0.22, low)
}

/// The dusk landscape, drawn once into a table.
pub(super) struct Dusk {
    width: usize,
    height: usize,
    texels: Vec<Vec3A>,
}

impl Dusk {
    /// Draws the landscape.
    pub(super) fn new() -> Self {
        let (width, height) = (1536, 320);
        // Ridges and shore are the same all the way up: most of the work, and a column's only.
        let columns: Vec<Column> =
            (0..width).into_par_iter().map(|x| Column::at((x as f32 + 0.5) / width as f32)).collect();
        let at = |index: usize| {
            let (column, y) = (&columns[index % width], index / width);
            landscape(column, (y as f32 + 0.5) / height as f32)
        };
        Self { width, height, texels: (0..width * height).into_par_iter().map(at).collect() }
    }

    /// The whole table, rows from the top.
    pub(super) fn picture(&self) -> Image {
        let rows = self.texels.chunks(self.width).rev();
        let pixels = rows.flatten().map(Vec3A::to_array).collect();
        Image { width: self.width as u32, height: self.height as u32, pixels }
    }

    /// Between the four nearest texels.
    fn at(&self, uv: Vec2) -> Vec3A {
        let x = (uv.x.clamp(0.0, 1.0) * self.width as f32 - 0.5).max(0.0);
        let y = (uv.y.clamp(0.0, 1.0) * self.height as f32 - 0.5).max(0.0);
        let (left, low) = ((x as usize).min(self.width - 1), (y as usize).min(self.height - 1));
        let (right, high) = ((left + 1).min(self.width - 1), (low + 1).min(self.height - 1));
        let (fx, fy) = (x - left as f32, y - low as f32);
        let texel = |x: usize, y: usize| self.texels[y * self.width + x];
        mix(mix(texel(left, low), texel(right, low), fx), mix(texel(left, high), texel(right, high), fx), fy)
    }
}

/// Width of the picture against its height; the landscape is drawn for a wall this wide.
const ASPECT: f32 = 3.93;
/// Where the sun stands: to the right of the middle, low.
const SUN: Vec2 = Vec2::new(0.487, 0.47);
/// Height of the horizon.
const HORIZON: f32 = 0.34;

/// A ridge of hills: how high, how jagged, which one, and how far away (1: lost in haze).
struct Ridge {
    height: f32,
    frequency: f32,
    seed: f32,
    far: f32,
}

/// The far ones pale with haze, the near ones dark.
const RIDGES: [Ridge; 4] = [
    Ridge { height: 0.135, frequency: 0.9, seed: 11.0, far: 0.72 },
    Ridge { height: 0.105, frequency: 1.5, seed: 23.0, far: 0.48 },
    Ridge { height: 0.07, frequency: 2.4, seed: 37.0, far: 0.25 },
    Ridge { height: 0.038, frequency: 4.2, seed: 53.0, far: 0.08 },
];

/// What a column of the landscape is the same in from bottom to top.
struct Column {
    /// 0 to 1 from the left.
    u: f32,
    /// The same in heights of the picture.
    x: f32,
    /// Where each ridge ends, 0 to 1 from the bottom.
    crests: [f32; RIDGES.len()],
    /// Where the near shore ends.
    shore: f32,
}

impl Column {
    fn at(u: f32) -> Self {
        let x = u * ASPECT;
        let valley = 0.22 + 0.78 * smooth(0.05, 0.9, (u - SUN.x).abs() * ASPECT / 1.6);
        let crests = RIDGES.map(|ridge| {
            let rough = fractal(Vec3A::new(x * ridge.frequency, ridge.seed, 0.5), 6);
            HORIZON + ridge.height * (0.75 + 1.1 * rough) * valley
        });
        Self { u, x, crests, shore: 0.10 + 0.10 * fractal(Vec3A::new(x * 1.7, 91.0, 0.0), 5) }
    }
}

fn landscape(column: &Column, v: f32) -> Vec3A {
    let uv = Vec2::new(column.u, v);
    let sun_distance = Vec2::new((uv.x - SUN.x) * ASPECT, uv.y - SUN.y).length();
    if uv.y < HORIZON {
        return lake(uv, column);
    }
    let mut colour = sky(uv, column.x, sun_distance);
    let haze = mix(Vec3A::new(0.36, 0.20, 0.27), Vec3A::new(1.25, 0.52, 0.24), glow(sun_distance, 0.8));
    for (ridge, crest) in RIDGES.iter().zip(column.crests) {
        let cover = smooth(-0.002, 0.002, crest - uv.y);
        let rock = mix(Vec3A::new(0.035, 0.04, 0.07), haze, ridge.far);
        // Haze lies in the valleys.
        let low = smooth(0.0, ridge.height * 1.2, uv.y - HORIZON);
        colour = mix(colour, mix(mix(rock, haze, 0.35 * (1.0 - low)), rock, low), cover);
    }
    colour
}

fn sky(uv: Vec2, x: f32, sun_distance: f32) -> Vec3A {
    let height = ((uv.y - HORIZON) / (1.0 - HORIZON)).clamp(0.0, 1.0);
    let stops = [
        Vec3A::new(1.75, 0.66, 0.24),
        Vec3A::new(1.05, 0.40, 0.32),
        Vec3A::new(0.42, 0.24, 0.42),
        Vec3A::new(0.10, 0.13, 0.34),
        Vec3A::new(0.035, 0.06, 0.19),
    ];
    let along = height.sqrt() * (stops.len() - 1) as f32;
    let stop = (along as usize).min(stops.len() - 2);
    let mut colour = mix(stops[stop], stops[stop + 1], along - stop as f32);
    colour += Vec3A::new(2.4, 0.95, 0.30) * (glow(sun_distance, 0.34) * 0.8 + glow(sun_distance, 1.2) * 0.25);
    // Long thin clouds, lit from below by the sun.
    let drift =
        fractal(Vec3A::new(x * 1.1, uv.y * 9.0, 2.0) + 0.25 * noise(Vec3A::new(x, uv.y * 4.0, 9.0)), 5);
    let cloud = smooth(0.02, 0.42, drift) * smooth(0.03, 0.25, height) * (1.0 - 0.45 * height);
    let lit = mix(Vec3A::new(0.22, 0.13, 0.22), Vec3A::new(2.3, 0.80, 0.38), glow(sun_distance, 1.0));
    colour = mix(colour, lit, 0.75 * cloud);
    let disc = smooth(0.064, 0.058, sun_distance);
    mix(colour, Vec3A::new(9.0, 5.6, 2.6), disc)
}

fn lake(uv: Vec2, column: &Column) -> Vec3A {
    let x = column.x;
    let depth = (HORIZON - uv.y) / HORIZON;
    let ripple = noise(Vec3A::new(x * 9.0, 70.0 * libm::sqrtf(depth + 0.01), 1.0));
    let mirrored = Vec2::new(uv.x, HORIZON + (HORIZON - uv.y) * 0.9 + 0.012 * ripple);
    let sun_distance = Vec2::new((mirrored.x - SUN.x) * ASPECT, mirrored.y - SUN.y).length();
    let mut colour =
        sky(mirrored, x, sun_distance.max(0.07)) * mix(Vec3A::splat(0.75), Vec3A::splat(0.35), depth);
    // The sun's road over the water breaks into glints.
    let road = glow((uv.x - SUN.x).abs() * ASPECT / (0.3 + 0.9 * depth), 0.22);
    colour += Vec3A::new(3.2, 1.5, 0.6) * road * smooth(-0.1, 0.7, ripple);
    // The near shore.
    mix(colour, Vec3A::new(0.03, 0.03, 0.045), smooth(-0.006, 0.006, column.shore - uv.y))
}

/// 1 at the middle, falling off over `width`.
fn glow(distance: f32, width: f32) -> f32 {
    libm::expf(-(distance * distance) / (width * width * 0.5))
}

fn cell_number(p: Vec3A) -> u32 {
    let [x, y, z] = (p + 0.0005).floor().to_array().map(|value| value as i32 as u32);
    x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663) ^ z.wrapping_mul(83_492_791)
}

fn mix(a: Vec3A, b: Vec3A, t: f32) -> Vec3A {
    a + (b - a) * t
}

fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
