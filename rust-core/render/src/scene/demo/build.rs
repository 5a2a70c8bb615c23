//! Puts parts together in full-size metres and hands them out at the model's scale.

use cyclorama_space::{Angle, DMat3, DVec3};

use crate::scene::{
    Colour, Emission, Group, Light, LightKind, Material, Mesh, Motion, Part, Placement, Scene, Shape, Sky,
    Texture,
};

/// A scene under construction.
pub(super) struct Build {
    scale: f64,
    origin: DVec3,
    materials: Vec<Material>,
    groups: Vec<Group>,
    lights: Vec<Light>,
}

/// Index of a material.
#[derive(Clone, Copy)]
pub(super) struct Look(usize);

impl Build {
    pub(super) fn new(scale: f64, origin: DVec3) -> Self {
        Self { scale, origin, materials: Vec::new(), groups: Vec::new(), lights: Vec::new() }
    }

    pub(super) fn finish(self, name: &str, sky: Sky) -> Scene {
        Scene {
            name: name.to_owned(),
            sky,
            materials: self.materials,
            groups: self.groups,
            lights: self.lights,
        }
    }

    /// Where a point of the full-size stage stands.
    pub(super) fn point(&self, full: DVec3) -> DVec3 {
        self.origin + full * self.scale
    }

    /// A new group that stands at `at` (full-size) and does not move; further parts join it.
    pub(super) fn group(&mut self, name: &str, at: DVec3, turn_degrees: f64) {
        let placement = Placement { linear: turned(turn_degrees), translation: self.point(at) };
        self.moving(name, Motion::Still(placement));
    }

    /// A new group with a motion of its own.
    pub(super) fn moving(&mut self, name: &str, motion: Motion) {
        self.groups.push(Group { name: name.to_owned(), motion, parts: Vec::new() });
    }

    /// A material by its colour alone, or the one of that name.
    pub(super) fn look(&mut self, name: &str, base: Texture, roughness: f32, metallic: f32) -> Look {
        if let Some(index) = self.materials.iter().position(|material| material.name == name) {
            return Look(index);
        }
        let base = Texture { size: base.size * self.scale, ..base };
        let material =
            Material { name: name.to_owned(), base, roughness, metallic, wetness: 0.0, emission: None };
        self.materials.push(material);
        Look(self.materials.len() - 1)
    }

    pub(super) fn plain(&mut self, name: &str, colour: Colour, roughness: f32, metallic: f32) -> Look {
        self.look(name, Texture::flat(colour), roughness, metallic)
    }

    pub(super) fn wet(&mut self, look: Look, wetness: f32) {
        self.materials[look.0].wetness = wetness;
    }

    /// A material that shines.
    pub(super) fn glowing(&mut self, name: &str, texture: Texture, strength: f32, roughness: f32) -> Look {
        let look = self.plain(name, [0.01; 3], roughness, 0.0);
        self.materials[look.0].emission = Some(Emission { texture, strength });
        look
    }

    /// A box of `size` about `centre`, turned about Z.
    pub(super) fn cube(&mut self, name: &str, centre: DVec3, size: DVec3, turn_degrees: f64, look: Look) {
        let linear = turned(turn_degrees) * DMat3::from_diagonal(size * self.scale);
        self.part(name, Shape::Cube { size: 1.0 }, linear, centre, look);
    }

    pub(super) fn ball(&mut self, name: &str, centre: DVec3, radius: f64, look: Look) {
        self.part(name, Shape::Sphere { radius: radius * self.scale }, DMat3::IDENTITY, centre, look);
    }

    /// A ball stretched to half-axes `half`.
    pub(super) fn egg(&mut self, name: &str, centre: DVec3, half: DVec3, look: Look) {
        let linear = DMat3::from_diagonal(half * self.scale);
        self.part(name, Shape::Sphere { radius: 1.0 }, linear, centre, look);
    }

    /// A round bar from `a` to `b`.
    pub(super) fn bar(&mut self, name: &str, a: DVec3, b: DVec3, radius: f64, look: Look) {
        let along = (b - a).normalize_or(DVec3::Z);
        let (side, other) = along.any_orthonormal_pair();
        let shape = Shape::Cylinder { radius: radius * self.scale, height: a.distance(b) * self.scale };
        self.part(name, shape, DMat3::from_cols(side, other, along), (a + b) * 0.5, look);
    }

    pub(super) fn mesh(&mut self, name: &str, mut mesh: Mesh, look: Look) {
        for point in &mut mesh.points {
            *point *= self.scale;
        }
        self.part(name, Shape::Mesh(mesh.into()), DMat3::IDENTITY, DVec3::ZERO, look);
    }

    fn part(&mut self, name: &str, shape: Shape, linear: DMat3, centre: DVec3, look: Look) {
        let placement = Placement { linear, translation: centre * self.scale };
        let group = self.groups.last_mut().expect("a group is opened before its parts");
        group.parts.push(Part { name: name.to_owned(), shape, placement, material: look.0 });
    }

    /// A lit rectangle at `centre` that shines towards `target`.
    pub(super) fn panel(
        &mut self,
        name: &str,
        centre: DVec3,
        target: DVec3,
        size: [f64; 2],
        light: (Colour, f32),
    ) {
        let back = (centre - target).normalize_or(DVec3::Z);
        let side = DVec3::Z.cross(back).normalize_or(DVec3::X);
        let linear = DMat3::from_cols(side, back.cross(side), back);
        let placement = Placement { linear, translation: self.point(centre) };
        let [width, height] = size.map(|length| length * self.scale);
        let kind = LightKind::Rect { placement, width, height };
        self.lights.push(Light { name: name.to_owned(), kind, colour: light.0, intensity: light.1 });
    }

    pub(super) fn bulb(&mut self, name: &str, centre: DVec3, radius: f64, light: (Colour, f32)) {
        let kind = LightKind::Sphere { centre: self.point(centre), radius: radius * self.scale };
        self.lights.push(Light { name: name.to_owned(), kind, colour: light.0, intensity: light.1 });
    }
}

/// Turned about Z, positive to the left.
pub(super) fn turned(degrees: f64) -> DMat3 {
    let (sin, cos) = Angle::from_degrees(degrees).sin_cos();
    DMat3::from_cols(DVec3::new(cos, sin, 0.0), DVec3::new(-sin, cos, 0.0), DVec3::Z)
}

/// The point `distance` away in the direction `right_degrees` to the right of +Y, at height `z`.
pub(super) fn polar(right_degrees: f64, distance: f64, z: f64) -> DVec3 {
    let (sin, cos) = Angle::from_degrees(right_degrees).sin_cos();
    DVec3::new(sin * distance, cos * distance, z)
}
