//! The whole lens at one moment: projection, distortion and their two centres.

use glam::DVec2;

use super::{BrownConrady, OpticsError, finite, positive};
use crate::{DistortionDirection, LensState, SensorSize};

/// A lens that can be evaluated, in both directions.
///
/// OpenLensIO 1.0.1: a ray (x, y, z) lands undistorted at `F (x/z, y/z) + dP`; distortion acts about `dC + dP`. The
/// two offsets stay apart. On an anamorphic lens the model holds for the picture as shown: x on the sensor is
/// stretched by the squeeze before it and squeezed again after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LensModel {
    focal_length_mm: f64,
    squeeze: f64,
    /// dP and dC + dP, stretched by the squeeze.
    projection: DVec2,
    centre: DVec2,
    distortion: Option<(DistortionDirection, BrownConrady)>,
}

impl LensModel {
    /// The lens as `state` says. Without a distortion it is a pinhole; offsets not said are zero.
    ///
    /// # Errors
    /// [`OpticsError::Missing`] without a focal length, [`OpticsError::Number`] for numbers that cannot be.
    pub fn new(state: &LensState) -> Result<Self, OpticsError> {
        let focal = state.focal_length_mm.ok_or(OpticsError::Missing("focal length"))?;
        let squeeze = state.squeeze();
        let offset = |mm: Option<[f64; 2]>| -> Result<DVec2, OpticsError> {
            let [x, y] = mm.unwrap_or_default();
            Ok(DVec2::new(finite("an offset", x)? * squeeze, finite("an offset", y)?))
        };
        let projection = offset(state.projection_offset_mm)?;
        let distortion = match &state.distortion {
            Some(distortion) => Some((distortion.direction, BrownConrady::new(distortion)?)),
            None => None,
        };
        Ok(Self {
            focal_length_mm: positive("the focal length", focal)?,
            squeeze,
            projection,
            centre: projection + offset(state.distortion_offset_mm)?,
            distortion,
        })
    }

    /// Pinhole focal length, mm.
    pub fn focal_length_mm(&self) -> f64 {
        self.focal_length_mm
    }

    /// Where on the sensor (mm) the ray with these slopes (x/z right, y/z down) lands.
    ///
    /// # Errors
    /// As [`Self::distort`].
    pub fn project(&self, slopes: [f64; 2]) -> Result<[f64; 2], OpticsError> {
        let straight = DVec2::from_array(slopes) * self.focal_length_mm + self.projection;
        self.distort(self.squeezed(straight))
    }

    /// The slopes (x/z right, y/z down) of the ray that lands at `sensor_mm`: the inverse of [`Self::project`].
    ///
    /// # Errors
    /// As [`Self::undistort`].
    pub fn ray(&self, sensor_mm: [f64; 2]) -> Result<[f64; 2], OpticsError> {
        let straight = self.shown(self.undistort(sensor_mm)?);
        Ok(((straight - self.projection) / self.focal_length_mm).to_array())
    }

    /// From a point of the picture that a pinhole would take to the one that this lens takes, mm.
    ///
    /// # Errors
    /// [`OpticsError::OutsideField`] or [`OpticsError::NoInverse`] where the model cannot say.
    pub fn distort(&self, sensor_mm: [f64; 2]) -> Result<[f64; 2], OpticsError> {
        self.through(sensor_mm, DistortionDirection::UndistortedToDistorted)
    }

    /// From a point of the picture that this lens takes to the one that a pinhole would take, mm.
    ///
    /// # Errors
    /// As [`Self::distort`].
    pub fn undistort(&self, sensor_mm: [f64; 2]) -> Result<[f64; 2], OpticsError> {
        self.through(sensor_mm, DistortionDirection::DistortedToUndistorted)
    }

    /// Whether the whole sensor, edge and corners included, can be mapped both ways.
    ///
    /// # Errors
    /// The first point that cannot be.
    pub fn covers(&self, sensor: SensorSize) -> Result<(), OpticsError> {
        border(sensor).try_for_each(|point| {
            let straight = self.undistort(point)?;
            self.distort(straight)?;
            self.distort(point).map(drop)
        })
    }

    /// How much wider and higher than the sensor the undistorted picture is (first) and must be drawn so that the
    /// distorted one is full (second); at least 1. What OpenTrackIO calls undistortion and distortion overscan.
    ///
    /// # Errors
    /// Where the edge cannot be mapped.
    pub fn overscan(&self, sensor: SensorSize) -> Result<[f64; 2], OpticsError> {
        let (half_x, half_y) = (sensor.width_mm * 0.5, sensor.height_mm * 0.5);
        let reach = |point: [f64; 2]| (point[0].abs() / half_x).max(point[1].abs() / half_y);
        let mut most = [1.0_f64; 2];
        for point in border(sensor) {
            most[0] = most[0].max(reach(self.undistort(point)?));
            most[1] = most[1].max(reach(self.distort(point)?));
        }
        Ok(most)
    }

    fn through(&self, sensor_mm: [f64; 2], wanted: DistortionDirection) -> Result<[f64; 2], OpticsError> {
        let Some((direction, map)) = &self.distortion else { return Ok(sensor_mm) };
        let point = self.shown(sensor_mm) - self.centre;
        let mapped = if *direction == wanted { map.forward(point)? } else { map.inverse(point)? };
        Ok(self.squeezed(mapped + self.centre))
    }

    fn shown(&self, sensor_mm: [f64; 2]) -> DVec2 {
        DVec2::new(sensor_mm[0] * self.squeeze, sensor_mm[1])
    }

    fn squeezed(&self, shown: DVec2) -> [f64; 2] {
        [shown.x / self.squeeze, shown.y]
    }
}

/// Points all around the edge of the sensor, corners included.
pub(super) fn border(sensor: SensorSize) -> impl Iterator<Item = [f64; 2]> {
    const STEPS: i32 = 32;
    let (x, y) = (sensor.width_mm * 0.5, sensor.height_mm * 0.5);
    (0..=STEPS).flat_map(move |step| {
        let along = f64::from(2 * step - STEPS) / f64::from(STEPS);
        [[along * x, -y], [along * x, y], [-x, along * y], [x, along * y]]
    })
}
