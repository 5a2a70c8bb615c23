//! What there is to see: groups of simple shapes, their materials, lights and sky, and how things move by frame.
//!
//! Stage frame: metres, X right, Y forward, Z up. A scene is plain values; nothing here draws or reads files.
//! [`demo_stage`] is the set that ships with the product.

mod demo;
mod motion;

use std::sync::Arc;

use cyclorama_space::{DMat3, DVec2, DVec3};

pub use crate::frame::Image;
pub use demo::{demo_camera, demo_stage};
pub use motion::{Keys, Motion};

/// Linear light, Rec.709 primaries, D65 white.
pub type Colour = [f32; 3];

/// Everything there is to see.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// A name for people.
    pub name: String,
    /// What is seen where nothing stands.
    pub sky: Sky,
    /// Materials; parts name them by index.
    pub materials: Vec<Material>,
    /// Things, each moving as one.
    pub groups: Vec<Group>,
    /// Lights.
    pub lights: Vec<Light>,
}

/// Light from far away, a gradient by height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sky {
    /// Radiance straight up.
    pub zenith: Colour,
    /// Radiance at the horizon.
    pub horizon: Colour,
    /// Radiance straight down.
    pub ground: Colour,
}

/// Parts that move together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Unique within the scene; letters, digits and `_`, not starting with a digit.
    pub name: String,
    /// Where the group is at each frame.
    pub motion: Motion,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// One shape of one material.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Unique within its group; letters, digits and `_`, not starting with a digit.
    pub name: String,
    /// The form, about its own origin.
    pub shape: Shape,
    /// Where it stands in its group.
    pub placement: Placement,
    /// Index into [`Scene::materials`].
    pub material: usize,
}

/// Forms. Lengths in metres, before the placement's scale.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A cube about the origin with this edge.
    Cube {
        /// Edge, m.
        size: f64,
    },
    /// A ball about the origin.
    Sphere {
        /// Radius, m.
        radius: f64,
    },
    /// A closed cylinder about the origin, along Z.
    Cylinder {
        /// Radius, m.
        radius: f64,
        /// Height, m.
        height: f64,
    },
    /// Triangles.
    Mesh(Arc<Mesh>),
}

/// Triangles with optional normals and picture coordinates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// Corners, m.
    pub points: Vec<DVec3>,
    /// Counter-clockwise from outside, indices into `points`.
    pub triangles: Vec<[u32; 3]>,
    /// One unit normal per point, or none for flat faces.
    pub normals: Vec<DVec3>,
    /// One picture coordinate per point (0 to 1, from the lower left), or none.
    pub uvs: Vec<DVec2>,
}

/// An affine placement: `point -> linear * point + translation`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Rotation and scale.
    pub linear: DMat3,
    /// Metres.
    pub translation: DVec3,
}

impl Placement {
    /// Where it is.
    pub const IDENTITY: Self = Self { linear: DMat3::IDENTITY, translation: DVec3::ZERO };

    /// Moved by `translation` metres.
    pub fn at(translation: DVec3) -> Self {
        Self { linear: DMat3::IDENTITY, translation }
    }

    /// `inner` within this placement: first `inner`, then this one.
    #[must_use]
    pub fn then_inner(&self, inner: &Self) -> Self {
        Self { linear: self.linear * inner.linear, translation: self.point(inner.translation) }
    }

    /// A point through the placement.
    pub fn point(&self, point: DVec3) -> DVec3 {
        self.linear * point + self.translation
    }
}

/// How a surface answers light.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// Unique within the scene; letters, digits and `_`, not starting with a digit.
    pub name: String,
    /// Reflected colour.
    pub base: Texture,
    /// 0 mirror to 1 matt.
    pub roughness: f32,
    /// 0 dielectric, 1 metal.
    pub metallic: f32,
    /// 0 dry to 1 under a film of water that pools where the texture is low.
    pub wetness: f32,
    /// Light it gives off by itself: a pattern, times a strength.
    pub emission: Option<Emission>,
}

/// Light a surface gives off.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// The pattern.
    pub texture: Texture,
    /// Radiance where the pattern is 1.
    pub strength: f32,
}

/// A pattern of two colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Texture {
    /// Which pattern.
    pub pattern: Pattern,
    /// First colour.
    pub colour: Colour,
    /// Second colour.
    pub second: Colour,
    /// Size of its features, m (of [`Pattern::Panels`], of one panel).
    pub size: f64,
}

impl Texture {
    /// One colour everywhere.
    pub const fn flat(colour: Colour) -> Self {
        Self { pattern: Pattern::Flat, colour, second: colour, size: 1.0 }
    }
}

/// Procedural patterns, in the part's own metres except where they say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The first colour.
    Flat,
    /// Squares of both colours.
    Checker,
    /// Rings and fibres along X.
    Wood,
    /// Blotches and pores.
    Concrete,
    /// Fine grit with worn patches.
    Asphalt,
    /// The first colour, with seams of the second between square panels.
    Panels,
    /// A dusk landscape over the picture coordinates 0 to 1: sky, sun, haze, ridges, a lake.
    Dusk,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 7] =
        [Self::Flat, Self::Checker, Self::Wood, Self::Concrete, Self::Asphalt, Self::Panels, Self::Dusk];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Checker => "checker",
            Self::Wood => "wood",
            Self::Concrete => "concrete",
            Self::Asphalt => "asphalt",
            Self::Panels => "panels",
            Self::Dusk => "dusk",
        }
    }
}

/// A light that is no surface of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    /// Unique within the scene; letters, digits and `_`, not starting with a digit.
    pub name: String,
    /// What kind, and where.
    pub kind: LightKind,
    /// Colour of the light.
    pub colour: Colour,
    /// Radiance of its surface; for the sun, irradiance on a surface that faces it.
    pub intensity: f32,
}

/// Kinds of light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LightKind {
    /// Parallel light from far away.
    Sun {
        /// Unit vector from the scene to the sun.
        towards: DVec3,
        /// Diameter as seen from here, degrees.
        degrees: f64,
    },
    /// A lit rectangle that shines along its own -Z.
    Rect {
        /// Its centre and axes.
        placement: Placement,
        /// Along its X, m.
        width: f64,
        /// Along its Y, m.
        height: f64,
    },
    /// A lit ball.
    Sphere {
        /// Centre, m.
        centre: DVec3,
        /// Radius, m.
        radius: f64,
    },
}
