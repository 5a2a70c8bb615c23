//! Writes the demo stage with its camera as USD, and beside it, when asked, what independent readers should find.
//!
//! `cargo run -p cyclorama-render --example demo_stage -- STAGE.usda [EXPECTED.csv]`

use std::{error::Error, fmt::Write, fs};

use cyclorama_render::{scene, usda};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let stage = words.next().ok_or("name the file to write")?;
    let camera = scene::demo_camera();
    fs::write(stage, usda::write(&scene::demo_stage(), &camera))?;
    if let Some(expected) = words.next() {
        let mut lines = String::from("frame,x,y,z,fx,fy,fz,focal_mm,width_mm,height_mm\n");
        for frame in &camera.frames {
            let (at, ahead) = (frame.pose.position, frame.pose.forward());
            let (focal, sensor) = (frame.lens.focal_length_mm, frame.lens.sensor);
            let (focal, sensor) = (focal.ok_or("no focal length")?, sensor.ok_or("no sensor")?);
            let numbers =
                [at.x, at.y, at.z, ahead.x, ahead.y, ahead.z, focal, sensor.width_mm, sensor.height_mm];
            let numbers = numbers.map(|number| number.to_string());
            writeln!(lines, "{},{}", frame.frame.0, numbers.join(","))?;
        }
        fs::write(expected, lines)?;
    }
    Ok(())
}
