//! What one ray brings back: direct light with soft shadows, one bounce of diffuse light, glossy reflections.

use glam::Vec3A;

use super::geometry::{Geometry, Hit, Owner, matrix, vector};
use super::sampling::{Stream, cosine_direction, disc, facet, frame_of};
use super::texture::{self, Dusk};
use crate::scene::{LightKind, Material, Scene, Sky};

/// One camera sample, split so that light can be smoothed without smearing what it falls on.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Light that falls on the surface, as radiance of a white matt surface.
    pub(super) light: Vec3A,
    /// Share of it the surface gives back.
    pub(super) albedo: Vec3A,
    /// Mirrored light.
    pub(super) gloss: Vec3A,
    /// Light the surface gives off.
    pub(super) glow: Vec3A,
    /// Unit normal; zero where there is only sky.
    pub(super) normal: Vec3A,
    /// Distance, m.
    pub(super) depth: f32,
    /// Roughness of the mirror.
    pub(super) roughness: f32,
}

/// Everything a ray needs to know.
pub(super) struct Shader<'a> {
    pub(super) scene: &'a Scene,
    pub(super) geometry: &'a Geometry,
    pub(super) dusk: &'a Dusk,
}

struct Surface {
    albedo: Vec3A,
    mirror: Vec3A,
    roughness: f32,
    glow: Vec3A,
}

impl Shader<'_> {
    /// What a camera ray sees.
    pub(super) fn see(&self, origin: Vec3A, direction: Vec3A, stream: &mut Stream) -> Seen {
        let Some(hit) = self.geometry.nearest(origin, direction) else {
            return Seen { glow: sky(&self.scene.sky, direction), depth: FAR, ..Seen::default() };
        };
        let Some(surface) = self.surface(&hit) else {
            let glow = self.lamp(&hit, direction);
            return Seen { glow, normal: hit.normal, depth: hit.t, ..Seen::default() };
        };
        let mut seen = Seen {
            albedo: surface.albedo,
            glow: surface.glow,
            normal: hit.normal,
            depth: hit.t,
            roughness: surface.roughness,
            ..Seen::default()
        };
        if surface.albedo.max_element() > 0.0 {
            let bounce = cosine_direction(hit.normal, stream.pair());
            let indirect = self.bounce(lift(&hit), bounce, stream, false);
            seen.light = self.direct(&hit, stream) + clip(indirect, BRIGHTEST_BOUNCE);
        }
        seen.gloss = self.gloss(&hit, direction, &surface, stream, 1);
        seen
    }

    /// Mirrored light, seen along `direction`; at most `again` more mirrors are followed.
    fn gloss(
        &self,
        hit: &Hit,
        direction: Vec3A,
        surface: &Surface,
        stream: &mut Stream,
        again: u32,
    ) -> Vec3A {
        let alpha = surface.roughness * surface.roughness;
        let normal = if alpha < 1e-3 { hit.normal } else { facet(hit.normal, alpha, stream.pair()) };
        let facing = -direction.dot(normal);
        if facing <= 0.0 {
            return Vec3A::ZERO;
        }
        // Rough surfaces lose the grazing glare that smooth ones have.
        let grazing = Vec3A::splat(1.0 - surface.roughness).max(surface.mirror) - surface.mirror;
        let fresnel = surface.mirror + grazing * (1.0 - facing).powi(5);
        if fresnel.max_element() < 0.004 {
            return Vec3A::ZERO;
        }
        let reflected = direction + normal * (2.0 * facing);
        if reflected.dot(hit.normal) <= 0.0 {
            return Vec3A::ZERO;
        }
        let origin = lift(hit);
        let mut light = self.bounce(origin, reflected, stream, true);
        if again > 0 && surface.roughness < 0.3 {
            light += self.second_mirror(origin, reflected, stream, again - 1);
        }
        fresnel * clip(light, if alpha < 0.02 { BRIGHTEST_MIRROR } else { BRIGHTEST_BOUNCE })
    }

    /// Mirrored light of what a mirror shows, where that is itself a mirror worth following.
    fn second_mirror(&self, origin: Vec3A, direction: Vec3A, stream: &mut Stream, again: u32) -> Vec3A {
        let Some(hit) = self.geometry.nearest(origin, direction) else { return Vec3A::ZERO };
        match self.surface(&hit) {
            Some(surface) if surface.mirror.max_element() > 0.2 => {
                self.gloss(&hit, direction, &surface, stream, again)
            }
            _ => Vec3A::ZERO,
        }
    }

    /// Light that comes in along a ray that left a surface. A diffuse bounce sees no lamps: `direct` counts them.
    fn bounce(&self, origin: Vec3A, direction: Vec3A, stream: &mut Stream, lamps: bool) -> Vec3A {
        let Some(hit) = self.geometry.nearest(origin, direction) else {
            return sky(&self.scene.sky, direction);
        };
        match self.surface(&hit) {
            Some(surface) => {
                let ambient = sky(&self.scene.sky, hit.normal) * 0.5;
                surface.glow + (surface.albedo + surface.mirror * 0.5) * (self.direct(&hit, stream) + ambient)
            }
            None if lamps => self.lamp(&hit, direction),
            None => Vec3A::ZERO,
        }
    }

    fn surface(&self, hit: &Hit) -> Option<Surface> {
        let Owner::Material(index) = hit.owner else { return None };
        let Some(material) = self.scene.materials.get(index as usize) else {
            // A part without its material is shown in plain grey.
            return Some(Surface {
                albedo: Vec3A::splat(0.5),
                mirror: Vec3A::ZERO,
                roughness: 1.0,
                glow: Vec3A::ZERO,
            });
        };
        Some(self.answer(material, hit))
    }

    fn answer(&self, material: &Material, hit: &Hit) -> Surface {
        let base = texture::colour(&material.base, hit.local, hit.uv, self.dusk);
        let wet = if material.wetness > 0.0 {
            material.wetness * texture::puddle(hit.local, material.base.size)
        } else {
            0.0
        };
        let base = base * (1.0 - 0.55 * wet);
        let metallic = material.metallic;
        let mirror = Vec3A::splat(0.04 + 0.14 * wet) * (1.0 - metallic) + base * metallic;
        Surface {
            albedo: base * (1.0 - metallic),
            mirror,
            roughness: material.roughness + (0.05 - material.roughness) * wet,
            glow: material.emission.as_ref().map_or(Vec3A::ZERO, |emission| {
                texture::colour(&emission.texture, hit.local, hit.uv, self.dusk) * emission.strength
            }),
        }
    }

    /// What a lamp shows to a ray that meets it.
    fn lamp(&self, hit: &Hit, direction: Vec3A) -> Vec3A {
        let Owner::Light(index) = hit.owner else { return Vec3A::ZERO };
        let Some(light) = self.scene.lights.get(index as usize) else { return Vec3A::ZERO };
        let shines = match light.kind {
            LightKind::Rect { placement, .. } => direction.dot(vector(placement.linear.z_axis)) > 0.0,
            _ => true,
        };
        if shines { Vec3A::from_array(light.colour) * light.intensity } else { Vec3A::ZERO }
    }

    /// Light straight from the lamps: one point on each is weighed, one of them is chosen, and only it casts a
    /// shadow ray.
    fn direct(&self, hit: &Hit, stream: &mut Stream) -> Vec3A {
        let mut total = 0.0;
        let mut chosen: Option<(Vec3A, f32, Vec3A, f32)> = None;
        let mut pick = stream.one();
        for index in 0..self.scene.lights.len() {
            let Some((towards, distance, light)) = self.reach(index, hit, stream.pair()) else { continue };
            let weight = light.dot(LUMINANCE);
            if weight <= 0.0 {
                continue;
            }
            total += weight;
            // Keeps one of all so far with its fair chance, and stretches the random number for the next.
            let share = weight / total;
            if pick < share {
                chosen = Some((towards, distance, light, weight));
                pick /= share;
            } else {
                pick = (pick - share) / (1.0 - share);
            }
        }
        let Some((towards, distance, light, weight)) = chosen else { return Vec3A::ZERO };
        if self.geometry.blocked(lift(hit), towards, distance * 0.999) {
            return Vec3A::ZERO;
        }
        light * (total / weight)
    }

    /// Direction and distance to a point of a lamp, and what arrives from it if nothing is in between.
    fn reach(&self, index: usize, hit: &Hit, (u, v): (f32, f32)) -> Option<(Vec3A, f32, Vec3A)> {
        let light = self.scene.lights.get(index)?;
        let radiance = Vec3A::from_array(light.colour) * light.intensity;
        match light.kind {
            LightKind::Sun { towards, degrees } => {
                let (x, y) = disc((u, v));
                let spread = libm::tanf((degrees as f32).to_radians() * 0.5);
                let axis = vector(towards).normalize_or(Vec3A::Z);
                let (tangent, other) = frame_of(axis);
                let towards = (axis + (tangent * x + other * y) * spread).normalize();
                let facing = towards.dot(hit.normal);
                (facing > 0.0).then(|| (towards, FAR, radiance * (facing * std::f32::consts::FRAC_1_PI)))
            }
            LightKind::Rect { placement, width, height } => {
                let axes = matrix(placement.linear);
                let across =
                    axes.x_axis * ((u - 0.5) * width as f32) + axes.y_axis * ((v - 0.5) * height as f32);
                let point = vector(placement.translation) + across;
                let area = (width * height) as f32 * axes.x_axis.cross(axes.y_axis).length();
                let normal = -axes.z_axis.normalize_or(Vec3A::Z);
                reached(hit, point, area, |towards| -towards.dot(normal), radiance)
            }
            LightKind::Sphere { centre, radius } => {
                let (centre, radius) = (vector(centre), radius as f32);
                let axis = (hit.point - centre).normalize_or(Vec3A::Z);
                let (tangent, other) = frame_of(axis);
                let (x, y) = disc((u, v));
                let point = centre + (tangent * x + other * y) * radius;
                let area = std::f32::consts::PI * radius * radius;
                reached(hit, point, area, |towards| -towards.dot(axis), radiance)
            }
        }
    }
}

fn reached(
    hit: &Hit,
    point: Vec3A,
    area: f32,
    leaving: impl Fn(Vec3A) -> f32,
    radiance: Vec3A,
) -> Option<(Vec3A, f32, Vec3A)> {
    let way = point - hit.point;
    let squared = way.length_squared().max(1e-8);
    let distance = squared.sqrt();
    let towards = way / distance;
    let (arriving, leaving) = (towards.dot(hit.normal), leaving(towards));
    (arriving > 0.0 && leaving > 0.0).then(|| {
        let share = arriving * leaving * area / squared * std::f32::consts::FRAC_1_PI;
        (towards, distance, radiance * share)
    })
}

/// Off the surface by a hair, so that rounding does not put a ray's start behind it.
fn lift(hit: &Hit) -> Vec3A {
    hit.point + hit.normal * (1e-4 + 1e-5 * hit.t)
}

fn sky(sky: &Sky, direction: Vec3A) -> Vec3A {
    let [zenith, horizon, ground] = [sky.zenith, sky.horizon, sky.ground].map(Vec3A::from_array);
    let height = direction.z.abs().min(1.0).sqrt();
    horizon + (if direction.z >= 0.0 { zenith } else { ground } - horizon) * height
}

/// Darkened to at most `brightest`, its colour kept.
fn clip(colour: Vec3A, brightest: f32) -> Vec3A {
    let peak = colour.max_element();
    if peak > brightest { colour * (brightest / peak) } else { colour }
}

/// Rare bright bounces would stand out as single dots; this bounds them.
const BRIGHTEST_BOUNCE: f32 = 6.0;
const BRIGHTEST_MIRROR: f32 = 40.0;
/// Farther than anything, m.
const FAR: f32 = 1e6;
const LUMINANCE: Vec3A = Vec3A::new(0.2126, 0.7152, 0.0722);
