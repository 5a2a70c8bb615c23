//! USD with `metersPerUnit = 0.01` and Z up: a camera looks along its own -Z, +Y up.
//!
//! USD multiplies row vectors from the left, so the rows of its matrices are the camera's axes and, last,
//! its position. Lens figures are in tenths of a scene unit: at centimetres, plain millimetres.

use glam::DVec3;

use crate::{LensState, Pose, SensorSize, rotation, rotation::NotARotation};

/// The `metersPerUnit` these tables are for.
pub const METERS_PER_UNIT: f64 = 0.01;

/// The attributes of a USD camera that a lens state decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// `focalLength`, mm.
    pub focal_length: f64,
    /// `horizontalAperture`, mm.
    pub horizontal_aperture: f64,
    /// `verticalAperture`, mm.
    pub vertical_aperture: f64,
    /// `horizontalApertureOffset`, mm, positive right.
    pub horizontal_aperture_offset: f64,
    /// `verticalApertureOffset`, mm, positive **up**.
    pub vertical_aperture_offset: f64,
    /// `focusDistance`, scene units (cm); 0 for none or infinite.
    pub focus_distance: f64,
    /// `fStop`; 0 for no depth of field.
    pub f_stop: f64,
}

/// The stage pose of a camera's local-to-world matrix, row by row. Scale is dropped.
///
/// # Errors
/// [`NotARotation`] when the matrix is mirrored, flat or not finite.
pub fn to_stage(matrix: &[[f64; 4]; 4]) -> Result<Pose, NotARotation> {
    let [right, up, back, position] = matrix.map(|[x, y, z, _]| DVec3::new(x, y, z));
    let rotation = rotation::from_axes(right, -back, up)?;
    Ok(Pose { position: position / 100.0, rotation })
}

/// A camera's local-to-world matrix, row by row.
pub fn from_stage(pose: &Pose) -> [[f64; 4]; 4] {
    let row = |axis: DVec3, last| [axis.x, axis.y, axis.z, last];
    [row(pose.right(), 0.0), row(pose.up(), 0.0), row(-pose.forward(), 0.0), row(pose.position * 100.0, 1.0)]
}

/// The camera attributes of a lens; `None` while focal length or sensor is not known.
///
/// USD knows no squeeze: an anamorphic lens gets the aperture that shows the same picture.
pub fn lens_from_stage(lens: &LensState) -> Option<Camera> {
    let (focal_length, sensor) = (lens.focal_length_mm?, lens.shown_size()?);
    // A picture that sits right of (below) the sensor's centre is a sensor left of (above) the optical axis.
    let [x, y] = lens.projection_offset_mm.unwrap_or_default();
    let focus_cm = lens.focus_distance_m.unwrap_or_default() * 100.0;
    Some(Camera {
        focal_length,
        horizontal_aperture: sensor.width_mm,
        vertical_aperture: sensor.height_mm,
        horizontal_aperture_offset: 0.0 - x * lens.squeeze(),
        vertical_aperture_offset: y,
        focus_distance: if focus_cm.is_finite() { focus_cm } else { 0.0 },
        f_stop: lens.f_stop.unwrap_or_default(),
    })
}

/// What a USD camera says of its lens; zeros that mean "none" become absent.
pub fn lens_to_stage(camera: &Camera) -> LensState {
    let given = |value: f64| (value > 0.0).then_some(value);
    let offset = [0.0 - camera.horizontal_aperture_offset, camera.vertical_aperture_offset];
    LensState {
        focal_length_mm: given(camera.focal_length),
        sensor: given(camera.horizontal_aperture)
            .zip(given(camera.vertical_aperture))
            .map(|(width_mm, height_mm)| SensorSize { width_mm, height_mm }),
        focus_distance_m: given(camera.focus_distance).map(|cm| cm / 100.0),
        f_stop: given(camera.f_stop),
        projection_offset_mm: (offset != [0.0; 2]).then_some(offset),
        ..LensState::default()
    }
}
