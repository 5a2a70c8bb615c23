//! OpenCV: X right, Y down, Z forward; poses as camera-to-world or as `rvec` and `tvec`.

use glam::{DMat3, DQuat, DVec3};

use crate::{Pose, rotation, rotation::NotARotation};

/// Which axes the world around the camera has. The camera's own are always X right, Y down, Z forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum World {
    /// The stage's: X right, Y forward, Z up. What a calibration gives whose points were measured on the stage.
    Stage,
    /// The camera's, at the origin: X right, Y down, Z forward.
    OpenCv,
}

/// Where the camera is: takes camera coordinates to world coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraToWorld {
    /// Rows of the rotation matrix.
    pub rotation: [[f64; 3]; 3],
    /// Position of the camera, m.
    pub translation_m: [f64; 3],
}

/// What `solvePnP` returns: takes world coordinates to camera coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extrinsics {
    /// Axis times angle, radians.
    pub rvec: [f64; 3],
    /// The world's origin seen from the camera, m.
    pub tvec_m: [f64; 3],
}

/// The stage pose of a camera-to-world transform.
///
/// # Errors
/// [`NotARotation`] when the matrix is mirrored, flat or not finite.
pub fn to_stage(camera: &CameraToWorld, world: World) -> Result<Pose, NotARotation> {
    let [x, y, z] = DMat3::from_cols_array_2d(&camera.rotation).transpose().to_cols_array_2d();
    let turned = rotation::from_axes(DVec3::from_array(x), DVec3::from_array(y), DVec3::from_array(z))?;
    Ok(pose_of(turned, DVec3::from_array(camera.translation_m), world))
}

/// The camera-to-world transform of a stage pose.
pub fn from_stage(pose: &Pose, world: World) -> CameraToWorld {
    let (turned, translation) = in_world(pose, world);
    let columns = DMat3::from_quat(turned);
    CameraToWorld { rotation: columns.transpose().to_cols_array_2d(), translation_m: translation.to_array() }
}

/// The stage pose of `rvec` and `tvec`.
pub fn extrinsics_to_stage(extrinsics: &Extrinsics, world: World) -> Pose {
    let camera_to_world = rotation::from_vector(DVec3::from_array(extrinsics.rvec)).conjugate();
    pose_of(camera_to_world, -(camera_to_world * DVec3::from_array(extrinsics.tvec_m)), world)
}

/// `rvec` and `tvec` of a stage pose.
pub fn extrinsics_from_stage(pose: &Pose, world: World) -> Extrinsics {
    let (turned, translation) = in_world(pose, world);
    let world_to_camera = turned.conjugate();
    Extrinsics {
        rvec: rotation::to_vector(world_to_camera).to_array(),
        tvec_m: (-(world_to_camera * translation)).to_array(),
    }
}

fn pose_of(camera_to_world: DQuat, translation: DVec3, world: World) -> Pose {
    match world {
        World::Stage => {
            Pose { position: translation, rotation: (camera_to_world * AXES.conjugate()).normalize() }
        }
        World::OpenCv => Pose {
            position: DVec3::new(translation.x, translation.z, -translation.y),
            rotation: DQuat::from_xyzw(
                camera_to_world.x,
                camera_to_world.z,
                -camera_to_world.y,
                camera_to_world.w,
            ),
        },
    }
}

fn in_world(pose: &Pose, world: World) -> (DQuat, DVec3) {
    let (p, r) = (pose.position, pose.rotation);
    match world {
        World::Stage => ((r * AXES).normalize(), p),
        World::OpenCv => (DQuat::from_xyzw(r.x, -r.z, r.y, r.w), DVec3::new(p.x, -p.z, p.y)),
    }
}

/// Takes the camera axes of OpenCV to those of an unrotated stage camera: a quarter turn about X.
const AXES: DQuat =
    DQuat::from_xyzw(-std::f64::consts::FRAC_1_SQRT_2, 0.0, 0.0, std::f64::consts::FRAC_1_SQRT_2);
