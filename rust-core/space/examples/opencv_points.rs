//! Maps points through OpenCV calibrations with our own lens model, for comparison with OpenCV itself.
//!
//! Reads one JSON object a line: `{"camera": {fx, fy, cx, cy, k, p, image}, "sensor": [mm, mm],
//! "rays": [[x/z, y/z], ...], "pixels": [[x, y], ...]}`; prints `{"projected": [pixels], "slopes": [rays]}` for each.
//! A point that the model refuses is null.

use std::io::{self, BufRead as _, Write as _};

use cyclorama_space::{
    SensorSize,
    optics::{
        LensModel,
        opencv::{Camera, PixelOrigin, to_lens},
    },
};

#[derive(serde::Deserialize)]
struct Asked {
    camera: Camera,
    sensor: [f64; 2],
    rays: Vec<[f64; 2]>,
    pixels: Vec<[f64; 2]>,
}

#[derive(serde::Serialize)]
struct Answer {
    projected: Vec<Option<[f64; 2]>>,
    slopes: Vec<Option<[f64; 2]>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let asked: Asked = serde_json::from_str(&line?)?;
        let sensor = SensorSize { width_mm: asked.sensor[0], height_mm: asked.sensor[1] };
        let model = LensModel::new(&to_lens(&asked.camera, sensor, PixelOrigin::Corner)?)?;
        let size = asked.camera.image.map(f64::from);
        let sides = [sensor.width_mm, sensor.height_mm];
        let to_pixels = |mm: [f64; 2]| [0, 1].map(|n| mm[n] / sides[n] * size[n] + size[n] * 0.5);
        let to_mm = |px: [f64; 2]| [0, 1].map(|n| (px[n] - size[n] * 0.5) / size[n] * sides[n]);
        let projected = asked.rays.iter().map(|ray| model.project(*ray).ok().map(to_pixels)).collect();
        let slopes = asked.pixels.iter().map(|pixel| model.ray(to_mm(*pixel)).ok()).collect();
        writeln!(out, "{}", serde_json::to_string(&Answer { projected, slopes })?)?;
    }
    Ok(())
}
