//! What Blender's side is told, as JSON: the scene once, then the camera and what moves with every frame.
//!
//! Plain values out of [`Scene`] and [`Optics`]; nothing is decided here but how a placement is split into the
//! scale that goes into a form, so that patterns stay in metres, and the matrix that is left.

use std::path::PathBuf;

use cyclorama_space::{DMat3, DVec2, DVec3};
use serde::{Deserialize, Serialize};

use crate::host::protocol::Open;
use crate::optics::Optics;
use crate::plan::{DEPTH, NORMAL};
use crate::scene::{Colour, Light, LightKind, Material, Motion, Part, Placement, Scene, Shape, Texture};

/// Row by row, for column vectors.
type Matrix = [f64; 16];

/// The whole scene.
#[derive(Serialize)]
pub(super) struct Stage<'a> {
    engine: &'static str,
    width: u32,
    height: u32,
    samples: u32,
    depth: bool,
    normal: bool,
    dusk: PathBuf,
    sky: Sky,
    materials: Vec<Surface<'a>>,
    groups: Vec<Group<'a>>,
    lights: Vec<Lamp<'a>>,
}

#[derive(Serialize)]
struct Sky {
    zenith: Colour,
    horizon: Colour,
    ground: Colour,
}

#[derive(Serialize)]
struct Surface<'a> {
    name: &'a str,
    base: Coloured,
    roughness: f32,
    metallic: f32,
    wetness: f32,
    emission: Option<Glow>,
}

#[derive(Serialize)]
struct Coloured {
    pattern: &'static str,
    colour: Colour,
    second: Colour,
    size: f64,
}

#[derive(Serialize)]
struct Glow {
    texture: Coloured,
    strength: f32,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    matrix: Matrix,
    parts: Vec<Piece<'a>>,
}

#[derive(Serialize)]
struct Piece<'a> {
    name: &'a str,
    shape: Form,
    /// Goes into the form's points.
    scale: [f64; 3],
    matrix: Matrix,
    material: usize,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Form {
    Cube { size: f64 },
    Sphere { radius: f64 },
    Cylinder { radius: f64, height: f64 },
    Mesh { points: Vec<[f64; 3]>, triangles: Vec<[u32; 3]>, normals: Vec<[f64; 3]>, uvs: Vec<[f64; 2]> },
}

#[derive(Serialize)]
struct Lamp<'a> {
    name: &'a str,
    colour: Colour,
    intensity: f32,
    matrix: Matrix,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Sun { degrees: f64 },
    Rect { width: f64, height: f64 },
    Sphere { radius: f64 },
}

/// One frame.
#[derive(Serialize)]
pub(super) struct Frame {
    frame: i64,
    /// Camera to stage; it looks along its own -Z with +Y up.
    camera: Matrix,
    focal_mm: f64,
    width_mm: f64,
    /// Of the picture against the lens, in widths of the picture, right and up.
    shift: [f64; 2],
    f_stop: Option<f64>,
    focus_m: Option<f64>,
    /// What moves: index of the group and where it is.
    groups: Vec<(usize, Matrix)>,
    /// The file to write; none for a frame that is thrown away.
    path: Option<PathBuf>,
}

/// What Blender's side says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    /// Version of the glue, in its first line only.
    pub(super) glue: Option<u32>,
    /// Blender's version, there.
    pub(super) blender: Option<String>,
    /// What went wrong.
    pub(super) error: Option<String>,
    /// No answer yet: the render goes on.
    pub(super) working: bool,
}

impl<'a> Stage<'a> {
    /// `scene` as `open` wants it drawn by `engine`; `dusk` is the landscape as a picture file.
    pub(super) fn new(scene: &'a Scene, open: &Open, engine: &'static str, dusk: PathBuf) -> Self {
        let group = |group: &'a crate::scene::Group| Group {
            name: &group.name,
            matrix: matrix(&group.motion.at(0.0)),
            parts: group.parts.iter().map(piece).collect(),
        };
        Self {
            engine,
            width: open.width,
            height: open.height,
            samples: open.samples,
            depth: open.passes.has(DEPTH),
            normal: open.passes.has(NORMAL),
            dusk,
            sky: Sky { zenith: scene.sky.zenith, horizon: scene.sky.horizon, ground: scene.sky.ground },
            materials: scene.materials.iter().map(surface).collect(),
            groups: scene.groups.iter().map(group).collect(),
            lights: scene.lights.iter().map(lamp).collect(),
        }
    }
}

impl Frame {
    /// Frame `frame` of `scene` seen through `optics`.
    pub(super) fn new(scene: &Scene, optics: &Optics, frame: i64, path: Option<PathBuf>) -> Self {
        let linear = DMat3::from_cols(optics.right, optics.up, -optics.forward);
        let moving = |(_, group): &(usize, &crate::scene::Group)| !matches!(group.motion, Motion::Still(_));
        let [right, down] = optics.offset_mm;
        Self {
            frame,
            camera: matrix(&Placement { linear, translation: optics.eye }),
            focal_mm: optics.focal_mm,
            width_mm: optics.width_mm,
            shift: [-right / optics.width_mm, down / optics.width_mm],
            f_stop: optics.depth_of_field.map(|(stop, _)| stop),
            focus_m: optics.depth_of_field.map(|(_, distance)| distance),
            groups: scene
                .groups
                .iter()
                .enumerate()
                .filter(moving)
                .map(|(index, group)| (index, matrix(&group.motion.at(frame as f64))))
                .collect(),
            path,
        }
    }
}

fn surface(material: &Material) -> Surface<'_> {
    Surface {
        name: &material.name,
        base: coloured(&material.base),
        roughness: material.roughness,
        metallic: material.metallic,
        wetness: material.wetness,
        emission: material
            .emission
            .as_ref()
            .map(|emission| Glow { texture: coloured(&emission.texture), strength: emission.strength }),
    }
}

fn coloured(texture: &Texture) -> Coloured {
    let Texture { pattern, colour, second, size } = *texture;
    Coloured { pattern: pattern.name(), colour, second, size }
}

fn piece(part: &Part) -> Piece<'_> {
    let Placement { linear, translation } = part.placement;
    // A side without length stays as it is: there is nothing to keep patterns straight on.
    let lengths = [linear.x_axis, linear.y_axis, linear.z_axis].map(DVec3::length);
    let scale = lengths.map(|length| if length > 0.0 { length } else { 1.0 });
    let [x, y, z] = scale;
    let linear = DMat3::from_cols(linear.x_axis / x, linear.y_axis / y, linear.z_axis / z);
    Piece {
        name: &part.name,
        shape: form(&part.shape),
        scale,
        matrix: matrix(&Placement { linear, translation }),
        material: part.material,
    }
}

fn form(shape: &Shape) -> Form {
    match shape {
        Shape::Cube { size } => Form::Cube { size: *size },
        Shape::Sphere { radius } => Form::Sphere { radius: *radius },
        Shape::Cylinder { radius, height } => Form::Cylinder { radius: *radius, height: *height },
        Shape::Mesh(mesh) => Form::Mesh {
            points: mesh.points.iter().map(DVec3::to_array).collect(),
            triangles: mesh.triangles.clone(),
            normals: mesh.normals.iter().map(DVec3::to_array).collect(),
            uvs: mesh.uvs.iter().map(DVec2::to_array).collect(),
        },
    }
}

fn lamp(light: &Light) -> Lamp<'_> {
    let (placement, kind) = match light.kind {
        LightKind::Sun { towards, degrees } => {
            let back = towards.normalize_or(DVec3::Z);
            let (right, up) = back.any_orthonormal_pair();
            let linear = DMat3::from_cols(right, up, back);
            (Placement { linear, translation: DVec3::ZERO }, Kind::Sun { degrees })
        }
        LightKind::Rect { placement, width, height } => {
            let DMat3 { x_axis, y_axis, z_axis } = placement.linear;
            let linear = DMat3::from_cols(
                x_axis.normalize_or(DVec3::X),
                y_axis.normalize_or(DVec3::Y),
                z_axis.normalize_or(DVec3::Z),
            );
            let kind = Kind::Rect { width: width * x_axis.length(), height: height * y_axis.length() };
            (Placement { linear, translation: placement.translation }, kind)
        }
        LightKind::Sphere { centre, radius } => (Placement::at(centre), Kind::Sphere { radius }),
    };
    Lamp {
        name: &light.name,
        colour: light.colour,
        intensity: light.intensity,
        matrix: matrix(&placement),
        kind,
    }
}

fn matrix(placement: &Placement) -> Matrix {
    let Placement { linear, translation } = placement;
    let rows = linear.transpose();
    let row = |axis: DVec3, moved: f64| [axis.x, axis.y, axis.z, moved];
    let rows = [
        row(rows.x_axis, translation.x),
        row(rows.y_axis, translation.y),
        row(rows.z_axis, translation.z),
        [0.0, 0.0, 0.0, 1.0],
    ];
    std::array::from_fn(|index| rows[index / 4][index % 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_goes_into_the_form_and_the_rest_into_the_matrix() {
        let turned = DMat3::from_cols(DVec3::Y * 2.0, DVec3::X * -3.0, DVec3::Z);
        let placement = Placement { linear: turned, translation: DVec3::new(5.0, 6.0, 7.0) };
        let part = Part { name: "p".to_owned(), shape: Shape::Cube { size: 1.0 }, placement, material: 0 };
        let piece = piece(&part);
        assert_eq!(piece.scale, [2.0, 3.0, 1.0]);
        let wanted = [0.0, -1.0, 0.0, 5.0, 1.0, 0.0, 0.0, 6.0, 0.0, 0.0, 1.0, 7.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(piece.matrix, wanted);
    }
}
