//! What stands on the demo stage. Full-size metres from the floor under the camera; "right" in degrees from +Y.

use cyclorama_space::{Angle, DVec2, DVec3};

use super::build::{Build, polar, turned};
use crate::scene::{Colour, Keys, Mesh, Motion, Pattern, Texture};

/// The wall is an arc: towards its middle, degrees to the right.
const MIDDLE: f64 = 17.0;
/// Distance of the arc's centre.
const CENTRE: f64 = 4.2;
/// Radius of the arc.
const RADIUS: f64 = 4.8;
/// It reaches this far to both sides of its middle, degrees.
const REACH: f64 = 75.0;
/// Lower and upper edge.
const WALL: [f64; 2] = [0.16, 3.36];
/// Middle of the dolly's track: degrees to the right, distance.
const DOLLY: (f64, f64) = (14.5, 6.1);

const TUNGSTEN: Colour = [1.0, 0.62, 0.30];
const DAYLIGHT: Colour = [0.62, 0.78, 1.0];

/// A point of the wall's arc at `degrees` from its middle, `outside` metres behind its face.
fn arc(degrees: f64, outside: f64, z: f64) -> DVec3 {
    polar(MIDDLE, CENTRE, 0.0) + polar(MIDDLE + degrees, RADIUS + outside, z)
}

fn v(x: f64, y: f64, z: f64) -> DVec3 {
    DVec3::new(x, y, z)
}

/// Floor of wet concrete, black walls far behind.
pub(super) fn studio(build: &mut Build) {
    let concrete = Texture {
        pattern: Pattern::Concrete,
        colour: [0.075, 0.072, 0.070],
        second: [0.165, 0.158, 0.150],
        size: 1.6,
    };
    let floor = build.look("wet_concrete", concrete, 0.30, 0.0);
    build.wet(floor, 1.0);
    let asphalt = Texture {
        pattern: Pattern::Asphalt,
        colour: [0.022, 0.022, 0.025],
        second: [0.055, 0.055, 0.060],
        size: 2.0,
    };
    let backlot = build.look("asphalt", asphalt, 0.8, 0.0);
    let black = build.plain("duvetyne", [0.012, 0.012, 0.014], 1.0, 0.0);
    build.group("studio", DVec3::ZERO, 0.0);
    let middle = polar(MIDDLE, CENTRE, 0.0);
    build.bar("stage_floor", middle - DVec3::Z * 0.1, middle, 6.4, floor);
    build.cube("studio_floor", v(0.0, 10.0, -0.06), v(60.0, 60.0, 0.1), 0.0, backlot);
    build.cube("back_wall", polar(MIDDLE, 17.0, 3.0), v(50.0, 0.3, 6.0), -MIDDLE, black);
    let seam = build.plain("tape_white", [0.55, 0.55, 0.52], 0.7, 0.0);
    for (index, side) in [-1.0, 1.0].into_iter().enumerate() {
        // Two tape lines where the action ends.
        let at = polar(DOLLY.0, DOLLY.1, 0.002) + turned(-DOLLY.0) * v(2.3 * side, -0.2, 0.0);
        build.cube(&format!("tape_{index}"), at, v(0.05, 1.9, 0.003), -DOLLY.0 + 8.0 * side, seam);
    }
}

/// The LED wall: picture inside, plinth below, panel backs outside.
pub(super) fn wall(build: &mut Build) {
    let picture = Texture { pattern: Pattern::Dusk, colour: [0.55, 0.36, 0.34], second: [0.0; 3], size: 1.0 };
    let face = build.glowing("led_face", picture, 0.95, 0.55);
    let frame = build.plain("wall_frame", [0.03, 0.03, 0.034], 0.5, 0.6);
    let edge = build.glowing("plinth_glow", Texture::flat([0.16, 0.55, 1.0]), 0.9, 0.5);
    build.group("led_wall", DVec3::ZERO, 0.0);
    let columns = 60;
    let mut mesh = Mesh::default();
    for column in 0..=columns {
        let u = f64::from(column) / f64::from(columns);
        let degrees = (2.0 * u - 1.0) * REACH;
        for (z, along) in WALL.into_iter().zip([0.0, 1.0]) {
            mesh.points.push(arc(degrees, 0.0, z));
            mesh.normals.push(-polar(MIDDLE + degrees, 1.0, 0.0));
            mesh.uvs.push(DVec2::new(u, along));
        }
        if column > 0 {
            let [a, b, c, d] = [2 * column - 2, 2 * column - 1, 2 * column, 2 * column + 1];
            mesh.triangles.extend([[a, c, d], [a, d, b]]);
        }
    }
    build.mesh("face", mesh, face);
    for column in 0..30 {
        let degrees = (f64::from(column) + 0.5) / 15.0 * REACH - REACH;
        let width = 2.0 * RADIUS * (REACH / 30.0).to_radians();
        let turn = -(MIDDLE + degrees);
        let tall = WALL[1] - WALL[0];
        let back = arc(degrees, 0.14, (WALL[0] + WALL[1]) / 2.0);
        build.cube(&format!("back_{column}"), back, v(width, 0.16, tall + 0.05), turn, frame);
        let plinth = arc(degrees, 0.02, WALL[0] / 2.0);
        build.cube(&format!("plinth_{column}"), plinth, v(width, 0.34, WALL[0] - 0.02), turn, frame);
        let strip = arc(degrees, -0.152, 0.035);
        build.cube(&format!("strip_{column}"), strip, v(width, 0.012, 0.018), turn, edge);
    }
}

/// A box truss along the top of the wall, with lamps hanging from it.
pub(super) fn truss(build: &mut Build) {
    let alloy = build.plain("alloy", [0.62, 0.63, 0.65], 0.32, 1.0);
    let housing = build.plain("lamp_housing", [0.02, 0.02, 0.022], 0.4, 0.3);
    let face = build.glowing("lamp_face", Texture::flat([1.0, 0.78, 0.52]), 7.0, 0.5);
    build.group("truss", DVec3::ZERO, 0.0);
    let (low, high, depth) = (WALL[1] + 0.16, WALL[1] + 0.46, 0.3);
    let bays = 20;
    for bay in 0..bays {
        let at = |step: f64| (f64::from(bay) + step) / f64::from(bays) * 2.0 * REACH - REACH;
        let (a, b) = (at(0.0), at(1.0));
        for (index, (outside, z)) in
            [(0.0, low), (depth, low), (0.0, high), (depth, high)].into_iter().enumerate()
        {
            build.bar(&format!("chord_{bay}_{index}"), arc(a, outside, z), arc(b, outside, z), 0.028, alloy);
        }
        build.bar(&format!("web_{bay}_0"), arc(a, 0.0, low), arc(b, 0.0, high), 0.014, alloy);
        build.bar(&format!("web_{bay}_1"), arc(a, 0.0, low), arc(a, 0.0, high), 0.014, alloy);
        build.bar(&format!("web_{bay}_2"), arc(a, depth, low), arc(b, 0.0, low), 0.014, alloy);
    }
    for (index, degrees) in [-62.0, -41.0, -20.0, 1.0, 22.0, 43.0, 64.0].into_iter().enumerate() {
        let turn = -(MIDDLE + degrees);
        let head = arc(degrees, -0.16, low - 0.06);
        build.bar(&format!("lamp_{index}_yoke"), arc(degrees, -0.02, low), head, 0.02, housing);
        build.cube(&format!("lamp_{index}_body"), head, v(0.24, 0.24, 0.20), turn, housing);
        let front = arc(degrees, -0.285, low - 0.06);
        build.cube(&format!("lamp_{index}_face"), front, v(0.18, 0.012, 0.14), turn, face);
    }
}

/// The dolly's track: two rails on sleepers.
pub(super) fn rails(build: &mut Build) {
    let steel = build.plain("rail_steel", [0.55, 0.56, 0.58], 0.22, 1.0);
    let oak = wood(build);
    build.group("track", polar(DOLLY.0, DOLLY.1, 0.0), -DOLLY.0);
    for (index, side) in [-0.42, 0.42].into_iter().enumerate() {
        build.bar(&format!("rail_{index}"), v(-1.9, side, 0.095), v(1.9, side, 0.095), 0.03, steel);
    }
    for sleeper in 0..8 {
        let x = -1.75 + 0.5 * f64::from(sleeper);
        build.cube(&format!("sleeper_{sleeper}"), v(x, 0.0, 0.035), v(0.14, 1.1, 0.06), 0.0, oak);
    }
}

fn wood(build: &mut Build) -> super::build::Look {
    let grain = Texture {
        pattern: Pattern::Wood,
        colour: [0.30, 0.17, 0.085],
        second: [0.16, 0.082, 0.038],
        size: 0.22,
    };
    build.look("oak", grain, 0.55, 0.0)
}

/// The hero: an astronaut on a turning platform that rides the dolly.
pub(super) fn astronaut(build: &mut Build) {
    let (dolly, turning) = ride(build);
    let black = build.plain("dolly_black", [0.025, 0.025, 0.028], 0.35, 0.2);
    let rubber = build.plain("rubber", [0.015, 0.015, 0.016], 0.8, 0.0);
    build.moving("dolly", dolly);
    build.cube("deck", v(0.0, 0.0, 0.20), v(1.5, 1.15, 0.09), 0.0, black);
    for (index, (x, y)) in [(-0.6, -0.42), (0.6, -0.42), (-0.6, 0.42), (0.6, 0.42)].into_iter().enumerate() {
        build.bar(&format!("wheel_{index}"), v(x, y - 0.05, 0.17), v(x, y + 0.05, 0.17), 0.075, rubber);
    }
    build.moving("astronaut", turning);
    platform(build);
    body(build);
    head_and_pack(build);
}

/// The dolly's slide, and the same with the platform's turn.
fn ride(build: &Build) -> (Motion, Motion) {
    const LAST: u32 = 3000;
    const STEP: usize = 12;
    let slide = |frame: u32| {
        let swing = Angle::from_degrees(f64::from(frame) * 360.0 / 500.0 + 20.0).sin_cos().0;
        let at = polar(DOLLY.0, DOLLY.1, 0.0) + turned(-DOLLY.0) * v(0.75 * swing, 0.0, 0.0);
        (f64::from(frame), build.point(at))
    };
    let translate = Keys((0..=LAST).step_by(STEP).map(slide).collect());
    let turn = Keys(vec![(0.0, 150.0), (f64::from(LAST), 150.0 + f64::from(LAST) * 0.72)]);
    let dolly = Motion::Keyed { translate: translate.clone(), turn: Keys(vec![(0.0, -DOLLY.0)]) };
    (dolly, Motion::Keyed { translate, turn })
}

fn platform(build: &mut Build) {
    let regolith = Texture {
        pattern: Pattern::Concrete,
        colour: [0.20, 0.10, 0.062],
        second: [0.36, 0.20, 0.125],
        size: 0.35,
    };
    let soil = build.look("regolith", regolith, 0.95, 0.0);
    let rim = build.glowing("platform_rim", Texture::flat([0.22, 0.68, 1.0]), 3.2, 0.4);
    build.bar("platform", v(0.0, 0.0, 0.25), v(0.0, 0.0, 0.34), 0.60, soil);
    build.bar("rim", v(0.0, 0.0, 0.262), v(0.0, 0.0, 0.285), 0.612, rim);
    let rocks = [
        (0.36, 0.24, 0.15, 0.10),
        (-0.40, 0.12, 0.12, 0.09),
        (0.10, -0.42, 0.10, 0.07),
        (-0.22, 0.36, 0.17, 0.13),
        (0.42, -0.16, 0.08, 0.05),
    ];
    for (index, (x, y, wide, high)) in rocks.into_iter().enumerate() {
        build.egg(&format!("rock_{index}"), v(x, y, 0.35), v(wide, wide * 0.8, high), soil);
    }
}

fn body(build: &mut Build) {
    let suit = build.plain("suit", [0.74, 0.73, 0.70], 0.62, 0.0);
    let grey = build.plain("suit_grey", [0.24, 0.25, 0.27], 0.6, 0.0);
    let orange = build.plain("suit_orange", [0.85, 0.22, 0.035], 0.5, 0.0);
    for (index, side) in [-1.0, 1.0].into_iter().enumerate() {
        let (hip, knee, foot) =
            (v(0.13 * side, 0.0, 1.10), v(0.16 * side, 0.04, 0.76), v(0.17 * side, 0.0, 0.44));
        build.bar(&format!("thigh_{index}"), hip, knee, 0.125, suit);
        build.ball(&format!("knee_{index}"), knee, 0.125, grey);
        build.bar(&format!("shin_{index}"), knee, foot, 0.115, suit);
        build.egg(&format!("boot_{index}"), foot + v(0.0, 0.06, -0.03), v(0.12, 0.20, 0.11), grey);
        // One arm raised to the brow, one at the hip.
        let shoulder = v(0.30 * side, 0.0, 1.62);
        let (elbow, hand) = if side > 0.0 {
            (v(0.60, 0.08, 1.55), v(0.34, 0.30, 1.84))
        } else {
            (v(-0.52, -0.04, 1.36), v(-0.34, 0.14, 1.14))
        };
        build.ball(&format!("shoulder_{index}"), shoulder, 0.15, suit);
        build.bar(&format!("arm_{index}"), shoulder, elbow, 0.10, suit);
        build.ball(&format!("elbow_{index}"), elbow, 0.108, grey);
        build.bar(&format!("forearm_{index}"), elbow, hand, 0.09, suit);
        build.bar(&format!("cuff_{index}"), elbow.lerp(hand, 0.62), elbow.lerp(hand, 0.78), 0.105, orange);
        build.ball(&format!("glove_{index}"), hand, 0.10, grey);
    }
    build.egg("hips", v(0.0, 0.0, 1.14), v(0.26, 0.20, 0.17), suit);
    build.egg("chest", v(0.0, 0.0, 1.44), v(0.33, 0.24, 0.31), suit);
    build.bar("belt", v(0.0, 0.0, 1.20), v(0.0, 0.0, 1.255), 0.262, orange);
}

fn head_and_pack(build: &mut Build) {
    let suit = build.plain("suit", [0.74; 3], 0.62, 0.0);
    let grey = build.plain("suit_grey", [0.24; 3], 0.6, 0.0);
    let orange = build.plain("suit_orange", [0.85, 0.22, 0.035], 0.5, 0.0);
    let visor = build.plain("visor_gold", [0.95, 0.62, 0.22], 0.04, 1.0);
    let lit = build.glowing("chest_panel", Texture::flat([0.25, 0.85, 1.0]), 3.5, 0.4);
    let red = build.glowing("pack_beacon", Texture::flat([1.0, 0.10, 0.05]), 6.0, 0.4);
    build.bar("collar", v(0.0, 0.0, 1.70), v(0.0, 0.0, 1.76), 0.19, orange);
    build.ball("helmet", v(0.0, 0.0, 1.93), 0.235, suit);
    build.egg("visor", v(0.0, 0.07, 1.935), v(0.185, 0.195, 0.165), visor);
    build.cube("pack", v(0.0, -0.30, 1.50), v(0.46, 0.22, 0.58), 0.0, suit);
    build.cube("pack_band", v(0.0, -0.30, 1.62), v(0.48, 0.24, 0.07), 0.0, orange);
    for (index, side) in [-1.0, 1.0].into_iter().enumerate() {
        build.bar(
            &format!("tank_{index}"),
            v(0.13 * side, -0.44, 1.24),
            v(0.13 * side, -0.44, 1.66),
            0.075,
            grey,
        );
    }
    build.cube("panel", v(0.0, 0.245, 1.46), v(0.20, 0.05, 0.13), 0.0, grey);
    build.cube("panel_light", v(0.0, 0.272, 1.475), v(0.14, 0.01, 0.05), 0.0, lit);
    build.bar("antenna", v(0.19, -0.34, 1.78), v(0.19, -0.34, 2.22), 0.012, grey);
    build.ball("beacon", v(0.19, -0.34, 2.24), 0.035, red);
}

/// A cine camera on a tripod, watching the hero from the right.
pub(super) fn film_camera(build: &mut Build) {
    let black = build.plain("camera_black", [0.02, 0.02, 0.022], 0.3, 0.1);
    let glass = build.plain("lens_glass", [0.25, 0.32, 0.45], 0.03, 1.0);
    let alloy = build.plain("alloy", [0.62; 3], 0.32, 1.0);
    let red = build.glowing("tally", Texture::flat([1.0, 0.06, 0.03]), 8.0, 0.4);
    build.group("film_camera", polar(40.5, 5.35, 0.0), 62.0);
    let head = v(0.0, 0.0, 1.36);
    for leg in 0..3 {
        let foot = turned(120.0 * f64::from(leg) + 30.0) * v(0.0, 0.52, 0.0) + v(0.0, 0.0, 0.02);
        build.bar(&format!("leg_{leg}"), head - v(0.0, 0.0, 0.1), foot, 0.026, alloy);
        build.ball(&format!("foot_{leg}"), foot, 0.04, black);
    }
    build.bar("head", head - v(0.0, 0.0, 0.14), head, 0.085, black);
    build.cube("body", head + v(0.0, -0.05, 0.13), v(0.20, 0.44, 0.23), 0.0, black);
    build.bar("lens", head + v(0.0, 0.16, 0.13), head + v(0.0, 0.44, 0.13), 0.075, black);
    build.bar("glass", head + v(0.0, 0.43, 0.13), head + v(0.0, 0.446, 0.13), 0.063, glass);
    build.cube("matte_box", head + v(0.0, 0.50, 0.13), v(0.30, 0.10, 0.24), 0.0, black);
    build.cube("magazine", head + v(0.0, -0.20, 0.32), v(0.13, 0.34, 0.18), 0.0, black);
    build.ball("tally", head + v(0.06, 0.17, 0.28), 0.025, red);
    build.bar("handle", head + v(-0.05, -0.2, 0.0), head + v(-0.25, -0.75, -0.12), 0.018, alloy);
}

/// Flight cases and apple boxes on the left.
pub(super) fn flight_cases(build: &mut Build) {
    let shell = build.plain("case_shell", [0.028, 0.034, 0.052], 0.42, 0.0);
    let edge = build.plain("case_edge", [0.58, 0.59, 0.60], 0.3, 1.0);
    build.group("flight_cases", polar(-17.0, 4.7, 0.0), 24.0);
    let cases = [
        ("low", v(0.0, 0.0, 0.38), v(1.15, 0.75, 0.66), 0.0),
        ("top", v(0.10, 0.03, 0.93), v(0.80, 0.60, 0.42), 13.0),
        ("side", v(1.02, -0.28, 0.30), v(0.62, 0.58, 0.50), -21.0),
    ];
    for (name, centre, size, turn) in cases {
        build.cube(&format!("case_{name}"), centre, size, turn, shell);
        let at = |x: f64, y: f64, z: f64| centre + turned(turn) * (v(x, y, z) * size * 0.5);
        for (index, (x, y)) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].into_iter().enumerate() {
            build.bar(&format!("edge_{name}_{index}"), at(x, y, -1.0), at(x, y, 1.0), 0.02, edge);
            let next = [(1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)][index];
            for (level, z) in [-1.0, 1.0].into_iter().enumerate() {
                let name = format!("rim_{name}_{index}_{level}");
                build.bar(&name, at(x, y, z), at(next.0, next.1, z), 0.02, edge);
            }
            build.ball(&format!("corner_{name}_{index}"), at(x, y, 1.0), 0.034, edge);
        }
    }
    let oak = wood(build);
    build.group("apple_boxes", polar(-2.5, 3.9, 0.0), -20.0);
    build.cube("full", v(0.0, 0.0, 0.12), v(0.62, 0.38, 0.22), 0.0, oak);
    build.cube("half", v(0.06, 0.02, 0.30), v(0.62, 0.38, 0.11), 14.0, oak);
}

/// A cart with two monitors that show what the wall shows.
pub(super) fn monitors(build: &mut Build) {
    let black = build.plain("camera_black", [0.02; 3], 0.3, 0.1);
    let alloy = build.plain("alloy", [0.62; 3], 0.32, 1.0);
    let picture = Texture { pattern: Pattern::Dusk, colour: [0.55, 0.36, 0.34], second: [0.0; 3], size: 1.0 };
    let screen = build.glowing("monitor_screen", picture, 1.1, 0.25);
    build.group("monitor_cart", polar(54.0, 4.9, 0.0), -38.0);
    for (index, (x, y)) in [(-0.5, -0.25), (0.5, -0.25), (-0.5, 0.25), (0.5, 0.25)].into_iter().enumerate() {
        build.bar(&format!("post_{index}"), v(x, y, 0.05), v(x, y, 0.95), 0.025, alloy);
    }
    build.cube("shelf", v(0.0, 0.0, 0.42), v(1.1, 0.6, 0.04), 0.0, black);
    build.cube("table", v(0.0, 0.0, 0.95), v(1.15, 0.65, 0.05), 0.0, black);
    for (index, x) in [-0.30, 0.30_f64].into_iter().enumerate() {
        let turn = -9.0 * x.signum();
        build.cube(&format!("monitor_{index}"), v(x, 0.10, 1.25), v(0.56, 0.06, 0.36), turn, black);
        let front = v(x, 0.10, 1.25) + turned(turn) * v(0.0, -0.034, 0.0);
        build.cube(&format!("screen_{index}"), front, v(0.50, 0.006, 0.30), turn, screen);
        build.bar(&format!("neck_{index}"), v(x, 0.12, 0.95), v(x, 0.12, 1.10), 0.03, alloy);
    }
}

/// Stands: a soft box at the wall's left end, bare bulbs at its right.
pub(super) fn stands(build: &mut Build) {
    let alloy = build.plain("alloy", [0.62; 3], 0.32, 1.0);
    let black = build.plain("camera_black", [0.02; 3], 0.3, 0.1);
    let stand = |build: &mut Build, name: &str, at: DVec3, height: f64| {
        build.group(name, at, 0.0);
        for leg in 0..3 {
            let foot = turned(120.0 * f64::from(leg)) * v(0.0, 0.45, 0.0) + v(0.0, 0.0, 0.02);
            build.bar(&format!("leg_{leg}"), v(0.0, 0.0, 0.5), foot, 0.018, alloy);
        }
        build.bar("post", v(0.0, 0.0, 0.1), v(0.0, 0.0, height), 0.022, alloy);
    };
    let soft = polar(SOFT_BOX.0, SOFT_BOX.1, 0.0);
    stand(build, "soft_box_stand", soft, 1.75);
    let away = (soft - polar(DOLLY.0, DOLLY.1, 0.0)).normalize_or(DVec3::Z);
    build.bar("bracket", v(0.0, 0.0, 1.75), v(0.0, 0.0, 1.9) + away * 0.1, 0.03, black);
    for (index, (right, distance, height)) in BULBS.into_iter().enumerate() {
        stand(build, &format!("bulb_stand_{index}"), polar(right, distance, 0.0), height - 0.10);
        build.bar("socket", v(0.0, 0.0, height - 0.14), v(0.0, 0.0, height - 0.07), 0.03, black);
    }
}

const SOFT_BOX: (f64, f64) = (-24.0, 6.3);
const BULBS: [(f64, f64, f64); 3] = [(47.0, 6.9, 1.5), (51.0, 6.5, 1.15), (60.0, 6.1, 1.8)];

/// Tracking markers: white dots on the floor, where a tracker would look for them.
pub(super) fn markers(build: &mut Build) {
    let white = build.plain("marker_white", [0.80; 3], 0.5, 0.0);
    build.group("markers", DVec3::ZERO, 0.0);
    let mut seed: u32 = 7;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1u32 << 24)
    };
    for index in 0..34 {
        let at = polar(-30.0 + 92.0 * next(), 3.0 + 4.6 * next(), 0.002);
        build.bar(&format!("dot_{index}"), at - DVec3::Z * 0.004, at + DVec3::Z * 0.002, 0.030, white);
    }
}

/// Light: a warm rim from the picture's sun, a cool key from the front, practicals.
pub(super) fn lamps(build: &mut Build) {
    let hero = polar(DOLLY.0, DOLLY.1, 1.3);
    build.panel("rim", polar(19.0, 8.6, 4.4), hero, [1.6, 0.8], ([1.0, 0.56, 0.26], 26.0));
    build.panel("key", polar(-22.0, 2.4, 5.4), hero, [2.2, 1.6], (DAYLIGHT, 8.5));
    build.panel("fill", polar(62.0, 2.6, 5.0), hero, [1.8, 1.8], ([0.9, 0.62, 0.5], 2.6));
    let soft = polar(SOFT_BOX.0, SOFT_BOX.1, 1.95);
    build.panel("soft_box", soft, hero, [0.75, 0.95], (DAYLIGHT, 6.5));
    for (index, (right, distance, height)) in BULBS.into_iter().enumerate() {
        build.bulb(&format!("bulb_{index}"), polar(right, distance, height), 0.07, (TUNGSTEN, 34.0));
    }
}
