//! Numbers that look random and are not: each is a pure function of frame, pixel, sample and purpose.
//!
//! So the order in which pixels are drawn, and by how many threads, changes nothing.

use glam::Vec3A;

/// A stream of sample coordinates for one camera sample of one pixel.
///
/// Samples of one pixel are spread along a golden-ratio lattice, so that a few cover the square evenly; a hash of
/// pixel and purpose shifts the lattice, so that neighbours differ.
#[derive(Clone, Copy)]
pub(super) struct Stream {
    seed: u32,
    sample: u32,
    purpose: u32,
}

impl Stream {
    pub(super) fn new(frame: i64, x: u32, y: u32, sample: u32) -> Self {
        let frame = (frame as u64 ^ (frame as u64 >> 32)) as u32;
        let seed = hash(x ^ hash(y ^ hash(frame ^ 0x9e37_79b9)));
        Self { seed, sample, purpose: 0 }
    }

    /// The next point of the unit square.
    pub(super) fn pair(&mut self) -> (f32, f32) {
        self.purpose += 1;
        let shift = hash(self.seed ^ self.purpose.wrapping_mul(0x85eb_ca6b));
        let other = hash(shift ^ 0xc2b2_ae35);
        // The two-dimensional golden ratio: its multiples fill the square without clumps.
        let u = shift.wrapping_add(self.sample.wrapping_mul(3_242_174_889));
        let v = other.wrapping_add(self.sample.wrapping_mul(2_447_445_414));
        (unit(u), unit(v))
    }

    /// The next number in 0 to 1.
    pub(super) fn one(&mut self) -> f32 {
        self.pair().0
    }
}

/// A well-mixed function of 32 bits.
pub(super) fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// 0 to 1, 1 not included.
pub(super) fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Two unit vectors that complete `normal` to a right-handed frame.
pub(super) fn frame_of(normal: Vec3A) -> (Vec3A, Vec3A) {
    let sign = if normal.z >= 0.0 { 1.0 } else { -1.0 };
    let a = -1.0 / (sign + normal.z);
    let b = normal.x * normal.y * a;
    (
        Vec3A::new(1.0 + sign * normal.x * normal.x * a, sign * b, -sign * normal.x),
        Vec3A::new(b, sign + normal.y * normal.y * a, -normal.y),
    )
}

/// A direction about `normal`, likelier the closer to it (by the cosine).
pub(super) fn cosine_direction(normal: Vec3A, (u, v): (f32, f32)) -> Vec3A {
    let (disc_x, disc_y) = disc((u, v));
    let up = (1.0 - disc_x * disc_x - disc_y * disc_y).max(0.0).sqrt();
    let (tangent, other) = frame_of(normal);
    tangent * disc_x + other * disc_y + normal * up
}

/// A point of the unit disc, evenly.
pub(super) fn disc((u, v): (f32, f32)) -> (f32, f32) {
    let radius = u.sqrt();
    let (sin, cos) = libm::sincosf(std::f32::consts::TAU * v);
    (radius * cos, radius * sin)
}

/// A microfacet normal about `normal` for GGX roughness `alpha`.
pub(super) fn facet(normal: Vec3A, alpha: f32, (u, v): (f32, f32)) -> Vec3A {
    let squared = alpha * alpha;
    let cos = ((1.0 - u) / (1.0 + (squared - 1.0) * u)).max(0.0).sqrt();
    let sin = (1.0 - cos * cos).max(0.0).sqrt();
    let (sin_v, cos_v) = libm::sincosf(std::f32::consts::TAU * v);
    let (tangent, other) = frame_of(normal);
    tangent * (sin * cos_v) + other * (sin * sin_v) + normal * cos
}

/// Smooth noise of a point, -1 to 1, features about one unit wide.
pub(super) fn noise(point: Vec3A) -> f32 {
    let cell = point.floor();
    let f = point - cell;
    let f = f * f * (Vec3A::splat(3.0) - 2.0 * f);
    let [x, y, z] = cell.to_array().map(|value| value as i32 as u32);
    let column = |dx: u32, dy: u32| {
        let base = hash(x.wrapping_add(dx) ^ hash(y.wrapping_add(dy)));
        let low = unit(hash(base ^ z.wrapping_mul(0x27d4_eb2d)));
        let high = unit(hash(base ^ z.wrapping_add(1).wrapping_mul(0x27d4_eb2d)));
        low + (high - low) * f.z
    };
    let (a, b, c, d) = (column(0, 0), column(1, 0), column(0, 1), column(1, 1));
    let (near, far) = (a + (b - a) * f.x, c + (d - c) * f.x);
    2.0 * (near + (far - near) * f.y) - 1.0
}

/// Noise of several sizes, each half as large and strong as the one before, about -1 to 1.
pub(super) fn fractal(point: Vec3A, octaves: u32) -> f32 {
    let (mut sum, mut strength, mut point) = (0.0, 0.5, point);
    for _ in 0..octaves {
        sum += strength * noise(point);
        strength *= 0.5;
        // Not quite twice, so that the lattices of the sizes do not fall on each other.
        point = point * 2.03 + Vec3A::new(17.1, -9.2, 5.7);
    }
    sum
}
