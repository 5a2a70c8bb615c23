//! OpenCV's calibrations as lens files.

use cyclorama_space::{
    SensorSize,
    optics::opencv::{Camera, PixelOrigin, to_lens},
};
use serde::Deserialize;

use super::{Document, LensError, Problem};

/// OpenCV's file storage in JSON.
#[derive(Deserialize)]
struct Storage {
    camera_matrix: Matrix,
    distortion_coefficients: Matrix,
    image_width: u32,
    image_height: u32,
}

#[derive(Deserialize)]
struct Matrix {
    data: Vec<f64>,
}

impl Document {
    /// The lens of an OpenCV calibration in JSON: `{"fx", "fy", "cx", "cy", "k": [k1..k6], "p": [p1, p2], "image":
    /// [w, h]}`, or OpenCV's own file storage with `camera_matrix`, `distortion_coefficients`, `image_width` and
    /// `image_height`. One place of focus and zoom: a prime lens.
    ///
    /// # Errors
    /// [`LensError`] for text of neither form, and for numbers that make no lens.
    pub fn from_opencv(text: &str, sensor: SensorSize, origin: PixelOrigin) -> Result<Self, LensError> {
        // Each form is read from the text itself, so that an error has its line and column.
        let stored = serde_json::from_str::<serde_json::Value>(text)
            .map_err(LensError::Json)?
            .get("camera_matrix")
            .is_some();
        let camera = if stored {
            serde_json::from_str::<Storage>(text).map_err(LensError::Json)?.camera()?
        } else {
            serde_json::from_str::<Camera>(text).map_err(LensError::Json)?
        };
        let lens = to_lens(&camera, sensor, origin)?;
        let distortion = lens.distortion.expect("set by the conversion");
        let [x, y] = lens.projection_offset_mm.expect("set by the conversion");
        let place = [0.0, 0.0];
        Ok(Self {
            image: Some(camera.image),
            anamorphic_squeeze: lens.anamorphic_squeeze,
            distortion_direction: Some(distortion.direction),
            focal_length_mm: vec![vec![0.0, 0.0, lens.focal_length_mm.expect("set by the conversion")]],
            distortion: vec![[&place[..], &distortion.radial, &distortion.tangential].concat()],
            projection_offset_mm: vec![vec![0.0, 0.0, x, y]],
            ..Self::new(sensor)
        })
    }
}

impl Storage {
    fn camera(&self) -> Result<Camera, LensError> {
        let [fx, _, cx, _, fy, cy, ..] = self.camera_matrix.data[..] else {
            let problem = Problem::Columns { expected: 9, found: self.camera_matrix.data.len() };
            return Err(LensError::Field { field: "camera_matrix", problem });
        };
        let (mut k, mut p) = ([0.0; 6], [0.0; 2]);
        let given = &self.distortion_coefficients.data;
        // OpenCV's order. Longer lists hold a thin prism and a tilted sensor, which are not lenses of this model.
        const ORDER: usize = 8;
        if let Some(value) = given.iter().skip(ORDER).find(|value| **value != 0.0) {
            return Err(LensError::Field {
                field: "distortion_coefficients",
                problem: Problem::Range(*value),
            });
        }
        for (n, value) in given.iter().take(ORDER).enumerate() {
            match n {
                0 | 1 => k[n] = *value,
                2 | 3 => p[n - 2] = *value,
                _ => k[n - 2] = *value,
            }
        }
        Ok(Camera { fx, fy, cx, cy, k, p, image: [self.image_width, self.image_height] })
    }
}
