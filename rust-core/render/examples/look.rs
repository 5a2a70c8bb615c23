//! Paints frames of the demo stage along its own camera, to be looked at by people.
//!
//! `cargo run --release -p cyclorama-render --example look -- FOLDER FRAME...`

use std::{error::Error, path::Path};

use cyclorama_render::{
    builtin::{Options, Painter},
    frame::write_png,
    scene,
};
use cyclorama_time::FrameNumber;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().ok_or("name the folder to write to")?;
    let camera = scene::demo_camera();
    let mut painter = Painter::new(scene::demo_stage(), (640, 360), Options::default());
    for word in words {
        let number = FrameNumber(word.parse()?);
        let frame = camera.at(number).ok_or_else(|| format!("the demo camera has no frame {word}"))?;
        write_png(&Path::new(&folder).join(format!("look_{word}.png")), &painter.paint(frame))?;
    }
    Ok(())
}
