//! The set that ships with the product: a quarter-scale LED stage at dusk.
//!
//! It stands before the tracker's zero as the recorded demo take looks at it: camera 1.2 m above the floor, looking
//! 28 degrees down, panning 30 degrees to the right and back. Lengths below are those of the full-size stage,
//! measured from the floor under the camera; [`SCALE`] and [`ORIGIN`] bring them to where they stand.

mod build;
mod set;

use cyclorama_space::DVec3;

use super::{Scene, Sky};
use build::Build;

/// The model's size against the stage it stands for.
const SCALE: f64 = 0.25;

/// The floor under the camera of the demo take, m.
const ORIGIN: DVec3 = DVec3::new(-0.06, -1.86, 0.0);

/// The demo stage: curved LED wall with a dusk landscape, wet concrete, truss and lamps, flight cases, and an
/// astronaut who turns on a dolly. It moves for 3000 frames and stands still after.
pub fn demo_stage() -> Scene {
    let mut build = Build::new(SCALE, ORIGIN);
    set::studio(&mut build);
    set::wall(&mut build);
    set::truss(&mut build);
    set::rails(&mut build);
    set::astronaut(&mut build);
    set::film_camera(&mut build);
    set::flight_cases(&mut build);
    set::monitors(&mut build);
    set::stands(&mut build);
    set::markers(&mut build);
    set::lamps(&mut build);
    let sky = Sky { zenith: [0.012, 0.014, 0.022], horizon: [0.016, 0.016, 0.022], ground: [0.006; 3] };
    build.finish("demo_stage", sky)
}

#[cfg(test)]
mod tests;
