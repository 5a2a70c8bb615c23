//! The scene of one frame as things a ray can meet, found through a bounding-volume hierarchy.

use std::time::Duration;

use glam::{Mat3A, Vec2, Vec3A};
use obvhs::{
    Boundable, BvhBuildParams,
    aabb::Aabb,
    cwbvh::{CwBvh, builder::build_cwbvh},
    ray::{Ray, RayHit},
};

use cyclorama_space::{DMat3, DVec3};

use crate::scene::{LightKind, Mesh, Placement, Scene, Shape};

/// What a ray met.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    /// Distance along the ray.
    pub(super) t: f32,
    /// Where.
    pub(super) point: Vec3A,
    /// Unit normal of the surface, on the ray's side.
    pub(super) normal: Vec3A,
    /// Where, in the part's own metres.
    pub(super) local: Vec3A,
    /// Picture coordinates.
    pub(super) uv: Vec2,
    /// What it belongs to.
    pub(super) owner: Owner,
}

/// Whose surface it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A part with this material.
    Material(u32),
    /// A light.
    Light(u32),
}

/// Everything a ray can meet at one frame.
pub(super) struct Geometry {
    solids: Vec<Solid>,
    bvh: CwBvh,
}

/// A thing with its box.
struct Solid {
    form: Form,
    owner: Owner,
    bounds: Aabb,
}

enum Form {
    Triangle(Triangle),
    /// `scale` brings the form's own coordinates to the part's metres.
    Placed {
        kind: Kind,
        inverse: Mat3A,
        origin: Vec3A,
        normals: Mat3A,
        scale: Vec3A,
    },
}

#[derive(Clone, Copy)]
enum Kind {
    Cube { half: f32 },
    Sphere { radius: f32 },
    Cylinder { radius: f32, half: f32 },
    Rect { half: Vec2 },
}

struct Triangle {
    corner: Vec3A,
    edges: [Vec3A; 2],
    normals: [Vec3A; 3],
    uvs: [Vec2; 3],
    locals: [Vec3A; 3],
}

impl Boundable for Solid {
    fn aabb(&self) -> Aabb {
        self.bounds
    }
}

impl Geometry {
    /// The scene as it stands at `frame`.
    pub(super) fn new(scene: &Scene, frame: f64) -> Self {
        let mut solids = Vec::new();
        for group in &scene.groups {
            let motion = group.motion.at(frame);
            for part in &group.parts {
                let placement = motion.then_inner(&part.placement);
                let owner = Owner::Material(part.material as u32);
                match &part.shape {
                    Shape::Mesh(mesh) => add_mesh(mesh, &placement, owner, &mut solids),
                    Shape::Cube { size } => {
                        let half = (size / 2.0) as f32;
                        solids.extend(placed(Kind::Cube { half }, &placement, owner));
                    }
                    Shape::Sphere { radius } => {
                        solids.extend(placed(Kind::Sphere { radius: *radius as f32 }, &placement, owner));
                    }
                    Shape::Cylinder { radius, height } => {
                        let kind = Kind::Cylinder { radius: *radius as f32, half: (height / 2.0) as f32 };
                        solids.extend(placed(kind, &placement, owner));
                    }
                }
            }
        }
        for (index, light) in scene.lights.iter().enumerate() {
            let owner = Owner::Light(index as u32);
            match light.kind {
                LightKind::Sun { .. } => {}
                LightKind::Rect { placement, width, height } => {
                    let half = Vec2::new((width / 2.0) as f32, (height / 2.0) as f32);
                    solids.extend(placed(Kind::Rect { half }, &placement, owner));
                }
                LightKind::Sphere { centre, radius } => {
                    let kind = Kind::Sphere { radius: radius as f32 };
                    solids.extend(placed(kind, &Placement::at(centre), owner));
                }
            }
        }
        let bvh = if solids.is_empty() {
            CwBvh::default()
        } else {
            build_cwbvh(&solids, BvhBuildParams::medium_build(), &mut Duration::default())
        };
        // In the order the hierarchy wants them, a leaf's things lie side by side.
        let mut slots: Vec<Option<Solid>> = solids.into_iter().map(Some).collect();
        let solids = bvh.primitive_indices.iter().filter_map(|&index| slots[index as usize].take()).collect();
        Self { solids, bvh }
    }

    /// The nearest thing along the ray.
    pub(super) fn nearest(&self, origin: Vec3A, direction: Vec3A) -> Option<Hit> {
        let mut found = RayHit::none();
        let meet = |ray: &Ray, index: usize| self.solids[index].meet(origin, direction, ray.tmax);
        self.bvh.ray_traverse(ray(origin, direction, f32::INFINITY), &mut found, meet);
        let solid = self.solids.get(found.primitive_id as usize)?;
        Some(solid.describe(origin, direction, found.t))
    }

    /// Whether some part stands between `origin` and the point `distance` along `direction`. Lights do not.
    pub(super) fn blocked(&self, origin: Vec3A, direction: Vec3A, distance: f32) -> bool {
        !self.bvh.ray_traverse_miss(ray(origin, direction, distance), |_, index| {
            match self.solids[index].owner {
                Owner::Light(_) => f32::INFINITY,
                Owner::Material(_) => self.solids[index].meet(origin, direction, distance),
            }
        })
    }
}

impl Solid {
    /// Distance along the ray, or infinity when that is not below `before`.
    fn meet(&self, start: Vec3A, direction: Vec3A, before: f32) -> f32 {
        let t = match &self.form {
            Form::Triangle(triangle) => triangle.meet(start, direction).map(|(t, ..)| t),
            Form::Placed { kind, inverse, origin, .. } => {
                kind.meet(*inverse * (start - *origin), *inverse * direction)
            }
        };
        t.filter(|&t| t < before).unwrap_or(f32::INFINITY)
    }

    fn describe(&self, start: Vec3A, direction: Vec3A, t: f32) -> Hit {
        let point = start + direction * t;
        let (normal, local, uv) = match &self.form {
            Form::Triangle(triangle) => triangle.describe(start, direction),
            Form::Placed { kind, inverse, origin, normals, scale } => {
                let local = *inverse * (point - *origin);
                let (normal, uv) = kind.describe(local);
                ((*normals * normal).normalize_or(Vec3A::Z), local * *scale, uv)
            }
        };
        let normal = if normal.dot(direction) > 0.0 { -normal } else { normal };
        Hit { t, point, normal, local, uv, owner: self.owner }
    }
}

impl Kind {
    fn meet(self, origin: Vec3A, direction: Vec3A) -> Option<f32> {
        match self {
            Self::Sphere { radius } => {
                let (a, b) = (direction.length_squared(), origin.dot(direction));
                roots(a, b, origin.length_squared() - radius * radius).and_then(first_ahead)
            }
            Self::Cube { half } => {
                let inverse = direction.recip();
                let (low, high) =
                    ((Vec3A::splat(-half) - origin) * inverse, (Vec3A::splat(half) - origin) * inverse);
                let (near, far) = (low.min(high).max_element(), low.max(high).min_element());
                if near <= far { first_ahead((near, far)) } else { None }
            }
            Self::Cylinder { radius, half } => {
                let flat = |v: Vec3A| Vec2::new(v.x, v.y);
                let (o, d) = (flat(origin), flat(direction));
                let (mut near, mut far) = (f32::NEG_INFINITY, f32::INFINITY);
                if d.length_squared() > 1e-12 * direction.length_squared() {
                    (near, far) = roots(d.length_squared(), o.dot(d), o.length_squared() - radius * radius)?;
                } else if o.length_squared() > radius * radius {
                    return None;
                }
                let (a, b) = ((-half - origin.z) / direction.z, (half - origin.z) / direction.z);
                near = near.max(a.min(b));
                far = far.min(a.max(b));
                if near <= far { first_ahead((near, far)) } else { None }
            }
            Self::Rect { half } => {
                let t = -origin.z / direction.z;
                let at = origin + direction * t;
                (t > SELF_DISTANCE && at.x.abs() <= half.x && at.y.abs() <= half.y).then_some(t)
            }
        }
    }

    /// Normal and picture coordinates at a point of the surface.
    fn describe(self, at: Vec3A) -> (Vec3A, Vec2) {
        match self {
            Self::Sphere { .. } => (at, Vec2::ZERO),
            Self::Cube { half } => {
                let size = at.abs();
                let unit = |value: f32| value / (2.0 * half) + 0.5;
                if size.x >= size.y && size.x >= size.z {
                    (Vec3A::X * at.x.signum(), Vec2::new(unit(at.y), unit(at.z)))
                } else if size.y >= size.z {
                    (Vec3A::Y * at.y.signum(), Vec2::new(unit(at.x * -at.y.signum()), unit(at.z)))
                } else {
                    (Vec3A::Z * at.z.signum(), Vec2::new(unit(at.x), unit(at.y)))
                }
            }
            Self::Cylinder { radius, half } => {
                let side = Vec2::new(at.x, at.y).length();
                if (half - at.z.abs()) / half.max(1e-9) < (radius - side) / radius.max(1e-9) {
                    (Vec3A::Z * at.z.signum(), Vec2::ZERO)
                } else {
                    (Vec3A::new(at.x, at.y, 0.0), Vec2::ZERO)
                }
            }
            Self::Rect { .. } => (Vec3A::NEG_Z, Vec2::ZERO),
        }
    }
}

impl Triangle {
    /// Distance and the weights of the second and third corner.
    fn meet(&self, origin: Vec3A, direction: Vec3A) -> Option<(f32, f32, f32)> {
        let [first, second] = self.edges;
        let across = direction.cross(second);
        let determinant = first.dot(across);
        if determinant.abs() < 1e-14 {
            return None;
        }
        let from = origin - self.corner;
        let u = from.dot(across) / determinant;
        let other = from.cross(first);
        let v = direction.dot(other) / determinant;
        let t = second.dot(other) / determinant;
        (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > SELF_DISTANCE).then_some((t, u, v))
    }

    fn describe(&self, start: Vec3A, direction: Vec3A) -> (Vec3A, Vec3A, Vec2) {
        let (_, u, v) = self.meet(start, direction).unwrap_or((0.0, 0.0, 0.0));
        let w = 1.0 - u - v;
        let [n, l, uv] = [&self.normals, &self.locals, &self.uvs.map(|uv| Vec3A::new(uv.x, uv.y, 0.0))]
            .map(|corners| corners[0] * w + corners[1] * u + corners[2] * v);
        (n.normalize_or(Vec3A::Z), l, Vec2::new(uv.x, uv.y))
    }
}

/// A vector for the hierarchy, which may be built on another version of `glam`.
fn theirs<T: From<[f32; 3]>>(v: Vec3A) -> T {
    v.to_array().into()
}

fn ray(origin: Vec3A, direction: Vec3A, end: f32) -> Ray {
    Ray::new(theirs(origin), theirs(direction), 0.0, end)
}

/// Nothing closer than this is met, m: a ray does not meet the surface it starts from.
const SELF_DISTANCE: f32 = 2e-5;

/// Both solutions of `a t^2 + 2 b t + c = 0`.
fn roots(a: f32, b: f32, c: f32) -> Option<(f32, f32)> {
    let inside = b * b - a * c;
    (inside >= 0.0).then(|| {
        let root = inside.sqrt();
        ((-b - root) / a, (-b + root) / a)
    })
}

fn first_ahead((near, far): (f32, f32)) -> Option<f32> {
    if near > SELF_DISTANCE { Some(near) } else { (far > SELF_DISTANCE).then_some(far) }
}

fn placed(kind: Kind, placement: &Placement, owner: Owner) -> Option<Solid> {
    // A placement flattened to nothing has no inverse; there is nothing to see of it.
    if placement.linear.determinant().abs() < 1e-18 {
        return None;
    }
    let corner = match kind {
        Kind::Cube { half } => Vec3A::splat(half),
        Kind::Sphere { radius } => Vec3A::splat(radius),
        Kind::Cylinder { radius, half } => Vec3A::new(radius, radius, half),
        Kind::Rect { half } => Vec3A::new(half.x, half.y, 0.0),
    };
    let (linear, origin) = (matrix(placement.linear), vector(placement.translation));
    let mut bounds = Aabb::INVALID;
    for index in 0..8u32 {
        let sign = |bit: u32| if index >> bit & 1 == 0 { -1.0 } else { 1.0 };
        bounds.extend(theirs(origin + linear * (corner * Vec3A::new(sign(0), sign(1), sign(2)))));
    }
    let inverse = placement.linear.inverse();
    let scale = Vec3A::new(linear.x_axis.length(), linear.y_axis.length(), linear.z_axis.length());
    let normals = matrix(inverse.transpose());
    let form = Form::Placed { kind, inverse: matrix(inverse), origin, normals, scale };
    Some(Solid { form, owner, bounds })
}

fn add_mesh(mesh: &Mesh, placement: &Placement, owner: Owner, solids: &mut Vec<Solid>) {
    let normals = placement.linear.inverse().transpose();
    for corners in &mesh.triangles {
        let at = corners.map(|corner| corner as usize);
        let Some(points) = each(at, |index| mesh.points.get(index).copied()) else { continue };
        let [a, b, c] = points.map(|point| vector(placement.point(point)));
        let flat = (b - a).cross(c - a).normalize_or(Vec3A::Z);
        let normals = each(at, |index| mesh.normals.get(index).map(|normal| vector(normals * *normal)));
        let uvs = each(at, |index| mesh.uvs.get(index).map(|uv| Vec2::new(uv.x as f32, uv.y as f32)));
        let triangle = Triangle {
            corner: a,
            edges: [b - a, c - a],
            normals: normals.unwrap_or([flat; 3]),
            uvs: uvs.unwrap_or_default(),
            locals: points.map(vector),
        };
        solids.push(Solid {
            form: Form::Triangle(triangle),
            owner,
            bounds: Aabb::from_points(&[a, b, c].map(theirs)),
        });
    }
}

fn each<T>(corners: [usize; 3], value: impl Fn(usize) -> Option<T>) -> Option<[T; 3]> {
    Some([value(corners[0])?, value(corners[1])?, value(corners[2])?])
}

pub(super) fn vector(v: DVec3) -> Vec3A {
    v.as_vec3a()
}

pub(super) fn matrix(m: DMat3) -> Mat3A {
    Mat3A::from_cols(vector(m.x_axis), vector(m.y_axis), vector(m.z_axis))
}
