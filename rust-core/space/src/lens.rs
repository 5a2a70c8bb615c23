//! What is known of a lens at one moment, and what picture that makes.

use bevy_math::AspectRatio;
use serde::{Deserialize, Serialize};

use crate::Angle;

/// Everything a tracker may say about the lens. Absent means not said, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LensState {
    /// Pinhole focal length, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length_mm: Option<f64>,
    /// Active sensor, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorSize>,
    /// How much wider the picture is shown than the sensor saw it: 2 for a classic anamorphic, absent or 1 for
    /// spherical. The focal length is then the one across the squeeze (the vertical one).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anamorphic_squeeze: Option<f64>,
    /// Focus distance, m; infinite where the lens says so (`"infinity"` in files, which JSON has no number for).
    #[serde(skip_serializing_if = "Option::is_none", with = "distance")]
    pub focus_distance_m: Option<f64>,
    /// f-number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_stop: Option<f64>,
    /// T-number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_stop: Option<f64>,
    /// Entrance pupil ahead of the sensor along the view direction, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrance_pupil_m: Option<f64>,
    /// Encoder positions, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoders: Option<Encoders>,
    /// Encoder counts as the tracker sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_encoders: Option<RawEncoders>,
    /// Image centre against the sensor centre, mm (x right, y down).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection_offset_mm: Option<[f64; 2]>,
    /// Distortion centre against the image centre, mm (x right, y down).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion_offset_mm: Option<[f64; 2]>,
    /// Distortion model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion: Option<Distortion>,
}

/// Active sensor area, mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SensorSize {
    /// mm, greater than zero.
    pub width_mm: f64,
    /// mm, greater than zero.
    pub height_mm: f64,
}

/// Normalised encoder positions, each 0 to 1: focus 0 is far, iris 0 is open, zoom 0 is wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Encoders {
    /// 0 far, 1 near.
    pub focus: Option<f64>,
    /// 0 open, 1 closed.
    pub iris: Option<f64>,
    /// 0 wide, 1 tele.
    pub zoom: Option<f64>,
}

/// Encoder counts as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawEncoders {
    /// Focus ring counts.
    pub focus: Option<u32>,
    /// Iris ring counts.
    pub iris: Option<u32>,
    /// Zoom ring counts.
    pub zoom: Option<u32>,
}

/// OpenLensIO 1.0.1 distortion: radial terms alternate numerator and denominator, tangential p1, p2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distortion {
    /// Which way the model maps.
    pub direction: DistortionDirection,
    /// k1 to k6 (units mm^-2, mm^-4 ...); terms that were not given are zero, which changes nothing.
    pub radial: [f64; 6],
    /// p1, p2.
    pub tangential: [f64; 2],
}

/// Which way a distortion model maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DistortionDirection {
    /// Distorted image point to undistorted ("Brown-Conrady D-U").
    DistortedToUndistorted,
    /// Undistorted to distorted, OpenCV's direction ("Brown-Conrady U-D").
    UndistortedToDistorted,
}

impl LensState {
    /// Horizontal field of view in degrees, when focal length and sensor are known.
    pub fn horizontal_fov_degrees(&self) -> Option<f64> {
        Some(self.horizontal_fov()?.degrees())
    }

    /// Horizontal field of view of the picture as shown (after the squeeze is undone).
    pub fn horizontal_fov(&self) -> Option<Angle> {
        field_of_view(self.focal_length_mm?, self.shown_size()?.width_mm)
    }

    /// Vertical field of view.
    pub fn vertical_fov(&self) -> Option<Angle> {
        field_of_view(self.focal_length_mm?, self.shown_size()?.height_mm)
    }

    /// Width to height of the picture as shown; `None` while no sensor of a sensible size is known.
    pub fn aspect_ratio(&self) -> Option<AspectRatio> {
        let SensorSize { width_mm, height_mm } = self.shown_size()?;
        AspectRatio::try_new(width_mm as f32, height_mm as f32).ok()
    }

    /// The sensor as a spherical lens of this focal length would need it for the same picture: its width times
    /// the squeeze. What files and engines want that know no anamorphic lenses.
    pub fn shown_size(&self) -> Option<SensorSize> {
        let SensorSize { width_mm, height_mm } = self.sensor?;
        Some(SensorSize { width_mm: width_mm * self.squeeze(), height_mm })
    }

    /// The squeeze, 1 where none is known.
    pub fn squeeze(&self) -> f64 {
        self.anamorphic_squeeze.filter(|squeeze| *squeeze > 0.0 && squeeze.is_finite()).unwrap_or(1.0)
    }
}

impl SensorSize {
    /// The stills format many trackers and engines assume where nothing is said: 36 x 24 mm.
    pub const FULL_FRAME: Self = Self { width_mm: 36.0, height_mm: 24.0 };

    /// A sensor of this width and picture shape (width to height). `None` unless both are positive and finite.
    pub fn from_width(width_mm: f64, aspect: f64) -> Option<Self> {
        let size = Self { width_mm, height_mm: width_mm / aspect };
        size.is_valid().then_some(size)
    }

    /// The sensor that sees `horizontal_fov` at `focal_length_mm`: for trackers that give both and no sensor.
    pub fn from_field_of_view(focal_length_mm: f64, horizontal_fov: Angle, aspect: f64) -> Option<Self> {
        let half = libm::tan(horizontal_fov.radians() * 0.5);
        (half > 0.0).then(|| Self::from_width(2.0 * focal_length_mm * half, aspect))?
    }

    /// Whether both sides are positive and finite.
    pub fn is_valid(&self) -> bool {
        let side = |mm: f64| mm > 0.0 && mm.is_finite();
        side(self.width_mm) && side(self.height_mm)
    }
}

/// The angle a side of `side_mm` is seen under at `focal_length_mm`, 0 to 180 degrees.
/// `None` unless both are positive and finite.
pub fn field_of_view(focal_length_mm: f64, side_mm: f64) -> Option<Angle> {
    let positive = |mm: f64| mm > 0.0 && mm.is_finite();
    (positive(focal_length_mm) && positive(side_mm))
        .then(|| Angle::from_radians(2.0 * libm::atan2(side_mm, 2.0 * focal_length_mm)))
}

/// The inverse of [`field_of_view`], mm. `None` unless the angle lies inside 0 to 180 degrees and the side is
/// positive and finite.
pub fn focal_length_mm(fov: Angle, side_mm: f64) -> Option<f64> {
    let inside = fov.degrees() > 0.0 && fov.degrees() < 180.0;
    (inside && side_mm > 0.0 && side_mm.is_finite()).then(|| side_mm / (2.0 * libm::tan(fov.radians() * 0.5)))
}

/// A distance in files: a number, or the word for no end.
mod distance {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Metres(f64),
        Word(std::borrow::Cow<'static, str>),
    }

    const ENDLESS: &str = "infinity";

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(metres: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        metres
            .map(|metres| match metres {
                f64::INFINITY => Written::Word(ENDLESS.into()),
                metres => Written::Metres(metres),
            })
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(match Option::deserialize(deserializer)? {
            None => None,
            Some(Written::Metres(metres)) => Some(metres),
            Some(Written::Word(word)) if word == ENDLESS => Some(f64::INFINITY),
            Some(Written::Word(word)) => {
                return Err(de::Error::invalid_value(de::Unexpected::Str(&word), &"metres or \"infinity\""));
            }
        })
    }
}

#[cfg(test)]
mod tests;
