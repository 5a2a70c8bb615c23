use cyclorama_space::{DVec3, LensState, PanTiltRoll, Pose, SensorSize};
use cyclorama_time::FrameNumber;

use super::*;
use crate::scene::{
    Group, Light, LightKind, Material, Motion, Part, Placement, Shape, Sky, Texture, demo_stage,
};

fn camera(frame: i64, position: [f64; 3], pan: f64, tilt: f64, roll: f64) -> CameraFrame {
    let pose = Pose::new(DVec3::from_array(position), PanTiltRoll::from_degrees(pan, tilt, roll));
    let lens = LensState {
        focal_length_mm: Some(28.4568),
        sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
        ..LensState::default()
    };
    CameraFrame { frame: FrameNumber(frame), timecode: None, pose, lens }
}

/// A grey floor under a small lamp, with a ball between them.
fn ball_over_floor(ball: bool) -> Scene {
    let grey = Material {
        name: "grey".to_owned(),
        base: Texture::flat([0.5; 3]),
        roughness: 1.0,
        metallic: 0.0,
        wetness: 0.0,
        emission: None,
    };
    let part = |name: &str, shape, z| Part {
        name: name.to_owned(),
        shape,
        placement: Placement::at(DVec3::new(0.0, 0.0, z)),
        material: 0,
    };
    let mut parts = vec![part("floor", Shape::Cylinder { radius: 4.0, height: 0.1 }, -0.05)];
    if ball {
        parts.push(part("ball", Shape::Sphere { radius: 0.3 }, 1.0));
    }
    Scene {
        name: "test".to_owned(),
        sky: Sky { zenith: [0.0; 3], horizon: [0.0; 3], ground: [0.0; 3] },
        materials: vec![grey],
        groups: vec![Group { name: "all".to_owned(), motion: Motion::Still(Placement::IDENTITY), parts }],
        lights: vec![Light {
            name: "lamp".to_owned(),
            kind: LightKind::Sphere { centre: DVec3::new(0.0, 0.0, 2.0), radius: 0.05 },
            colour: [1.0; 3],
            intensity: 100.0,
        }],
    }
}

fn paint(scene: Scene, size: (u32, u32), options: Options, frame: &CameraFrame) -> Image {
    Painter::new(scene, size, options).paint(frame)
}

/// The camera of the recorded demo take at its first frame.
fn first() -> CameraFrame {
    camera(0, [-0.08045, -1.85355, 1.19801], -3.031, -28.072, 3.096)
}

fn rms(a: &Image, b: &Image) -> f64 {
    let pairs = a.pixels.iter().flatten().zip(b.pixels.iter().flatten());
    let sum: f64 = pairs.map(|(a, b)| f64::from(a.min(1.0) - b.min(1.0)).powi(2)).sum();
    (sum / (3.0 * a.pixels.len() as f64)).sqrt()
}

#[test]
fn one_thread_and_many_paint_the_same_bits() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| paint(demo_stage(), (64, 36), Options::default(), &first()))
    };
    let one = on(1);
    for threads in [2, 5] {
        assert_eq!(on(threads), one);
    }
}

#[test]
fn the_same_frame_twice_is_the_same_and_another_frame_is_not() {
    let mut painter = Painter::new(demo_stage(), (64, 36), Options::default());
    let image = painter.paint(&first());
    assert_eq!(painter.paint(&first()), image);
    let next = CameraFrame { frame: FrameNumber(25), ..first() };
    assert!(rms(&painter.paint(&next), &image) > 0.005, "the hero does not move");
}

#[test]
fn the_stage_is_lit_neither_black_nor_burnt_out() {
    let image = paint(demo_stage(), (96, 54), Options::default(), &first());
    let luminance = |pixel: &[f32; 3]| pixel.iter().sum::<f32>() / 3.0;
    let mean = image.pixels.iter().map(luminance).sum::<f32>() / image.pixels.len() as f32;
    let burnt = image.pixels.iter().filter(|pixel| luminance(pixel) > 1.5).count();
    assert!((0.05..0.6).contains(&mean), "mean {mean}");
    assert!(burnt < image.pixels.len() / 20, "{burnt} burnt pixels");
    assert!(image.pixels.iter().flatten().all(|value| value.is_finite() && *value >= 0.0));
}

#[test]
fn a_turn_of_the_camera_to_the_right_moves_the_picture_to_the_left() {
    let scene = || ball_over_floor(true);
    let centre = |pan: f64| {
        let image = paint(scene(), (96, 54), Options::default(), &camera(0, [0.0, -4.0, 1.0], pan, 0.0, 0.0));
        // The lamp is the brightest thing there is.
        let bright = (0..96u32).filter(|&x| (0..54).any(|y| image.at(x, y).unwrap()[0] > 20.0));
        let columns: Vec<u32> = bright.collect();
        columns.iter().sum::<u32>() as f64 / columns.len() as f64
    };
    let (straight, right) = (centre(0.0), centre(-10.0));
    // Ten degrees at 28.46 mm on a 36 mm sensor: 28.46 tan(10) / 36 of the width.
    assert!((straight - 47.5).abs() < 0.6, "{straight}");
    assert!((straight - right - 13.4).abs() < 0.8, "{straight} to {right}");
}

#[test]
fn a_ball_under_the_lamp_throws_a_shadow() {
    let below = |ball| {
        let image = paint(
            ball_over_floor(ball),
            (64, 36),
            Options::default(),
            &camera(0, [0.0, -1.2, 0.5], 0.0, -23.0, 0.0),
        );
        image.at(32, 18).unwrap()[0]
    };
    let (lit, shaded) = (below(false), below(true));
    assert!(lit > 0.01 && shaded < lit * 0.25, "{lit} lit, {shaded} in the shadow");
}

#[test]
fn light_falls_off_as_it_should() {
    // Straight under a lamp of radius r and radiance L at height h, a floor of albedo a shows a L r^2 / h^2.
    let image = paint(
        ball_over_floor(false),
        (16, 9),
        Options { samples: 64, ..Options::default() },
        &camera(0, [0.0, -0.01, 1.0], 0.0, -89.0, 0.0),
    );
    let expected = 0.5 * 100.0 * 0.05f32.powi(2) / 4.0;
    let seen = image.at(8, 4).unwrap()[0];
    assert!((seen / expected - 1.0).abs() < 0.08, "{seen} instead of {expected}");
}

#[test]
fn what_is_out_of_focus_is_soft() {
    let lens = LensState { f_stop: Some(0.7), focus_distance_m: Some(0.6), ..first().lens };
    let frame = camera(0, [0.0, -4.0, 1.0], 0.0, 0.0, 0.0);
    let options = Options { samples: 16, ..Options::default() };
    let sharp = paint(ball_over_floor(true), (96, 54), options, &frame);
    let soft = paint(ball_over_floor(true), (96, 54), options, &CameraFrame { lens, ..frame });
    let peak = |image: &Image| image.pixels.iter().map(|pixel| pixel[0]).fold(0.0, f32::max);
    assert!(peak(&soft) < 0.7 * peak(&sharp), "{} against {}", peak(&soft), peak(&sharp));
}

#[test]
fn a_projection_offset_shifts_the_picture() {
    let lens = LensState { projection_offset_mm: Some([3.75, 0.0]), ..first().lens };
    let frame = camera(0, [0.0, -4.0, 1.0], 0.0, 0.0, 0.0);
    let middle = paint(ball_over_floor(true), (96, 54), Options::default(), &frame);
    let shifted = paint(ball_over_floor(true), (96, 54), Options::default(), &CameraFrame { lens, ..frame });
    // 3.75 mm of 36 mm is 10 of 96 columns, to the right.
    let lamp =
        |image: &Image| (0..96u32).find(|&x| (0..54).any(|y| image.at(x, y).unwrap()[0] > 20.0)).unwrap();
    assert_eq!(lamp(&shifted), lamp(&middle) + 10);
}

#[test]
fn a_cold_history_makes_a_seam_that_walk_in_frames_close() {
    let options = Options { samples: 1, denoise: false, history: Some(0.25) };
    let frame = |number: i64| CameraFrame { frame: FrameNumber(number), ..first() };
    let mut unbroken = Painter::new(demo_stage(), (48, 27), options);
    let run: Vec<Image> = (0..34).map(|number| unbroken.paint(&frame(number))).collect();
    let natural = rms(&run[32], &run[33]);
    let seam = |walk_in: i64| unbroken_from(33 - walk_in, options, &frame);
    let cold = rms(&seam(0), &run[33]) / natural;
    let warm = rms(&seam(16), &run[33]) / natural;
    assert!(cold > 1.5 && warm < 0.5 * cold && warm < 0.3, "cold {cold}, after 16 frames {warm}");
}

/// Frame 33 of a range that starts at `start`.
fn unbroken_from(start: i64, options: Options, frame: &dyn Fn(i64) -> CameraFrame) -> Image {
    let mut painter = Painter::new(demo_stage(), (48, 27), options);
    painter.paint(&frame(0));
    painter.reset();
    (start..=33).map(|number| painter.paint(&frame(number))).last().unwrap()
}

#[test]
fn a_scene_with_nothing_in_it_is_sky() {
    let mut scene = ball_over_floor(false);
    (scene.groups, scene.lights) = (Vec::new(), Vec::new());
    scene.sky.zenith = [0.25; 3];
    scene.sky.horizon = [0.25; 3];
    let image = paint(scene, (4, 3), Options::default(), &camera(0, [0.0; 3], 0.0, 60.0, 0.0));
    assert!(image.pixels.iter().flatten().all(|value| (value - 0.25).abs() < 1e-6));
}

#[test]
fn depth_is_along_the_view_and_normals_are_of_the_stage() {
    // A wall across the view, 5 m ahead of a camera that is turned and tilted: its depth is the same in every corner.
    let frame = camera(0, [1.0, -2.0, 1.5], 30.0, -20.0, 0.0);
    let (pose, size) = (frame.pose, (9, 5));
    let linear = cyclorama_space::DMat3::from_cols(pose.right(), pose.forward(), pose.up());
    let wall = |pieces: &[(f64, f64)]| {
        let mut scene = ball_over_floor(false);
        let part = |(ahead, width): &(f64, f64)| Part {
            name: "wall".to_owned(),
            shape: Shape::Cube { size: *width },
            placement: Placement {
                linear,
                translation: pose.position + pose.forward() * (ahead + width / 2.0),
            },
            material: 0,
        };
        scene.groups[0].parts = pieces.iter().map(part).collect();
        scene.lights.clear();
        scene
    };
    let surfaces = |scene| Painter::new(scene, size, Options::default()).paint_with_surfaces(&frame).1;
    let Surfaces { depth, normals } = surfaces(wall(&[(5.0, 100.0)]));
    assert_eq!((depth.len(), normals.len()), (45, 45));
    let facing = -pose.forward();
    for (depth, normal) in depth.iter().zip(&normals) {
        assert!((depth - 5.0).abs() < 1e-4, "{depth}");
        let normal = DVec3::from_array(normal.map(f64::from));
        assert!((normal - facing).length() < 1e-5, "{normal} instead of {facing}");
    }
    // Of a small one only the middle is seen; beside it there is nothing.
    let Surfaces { depth, normals } = surfaces(wall(&[(5.0, 0.5)]));
    assert!((depth[22] - 5.0).abs() < 1e-4);
    assert_eq!((depth[0], normals[0]), (NOTHING, [0.0; 3]));
}

#[test]
fn surfaces_are_sharp_where_the_picture_is_not_and_a_unit_long() {
    let mut frame = first();
    let sharp = Painter::new(demo_stage(), (64, 36), Options::default()).paint_with_surfaces(&frame);
    (frame.lens.f_stop, frame.lens.focus_distance_m) = (Some(0.7), Some(0.5));
    let blurred = Painter::new(demo_stage(), (64, 36), Options::default()).paint_with_surfaces(&frame);
    assert_ne!(sharp.0, blurred.0);
    assert_eq!(sharp.1, blurred.1);
    for (depth, normal) in sharp.1.depth.iter().zip(&sharp.1.normals) {
        let length = normal.map(|value| value * value).iter().sum::<f32>().sqrt();
        let wanted = if *depth >= NOTHING { 0.0 } else { 1.0 };
        assert!((length - wanted).abs() < 1e-5 && *depth > 0.0, "{normal:?} at {depth} m");
    }
    let alone = Painter::new(demo_stage(), (64, 36), Options::default()).paint(&frame);
    assert_eq!(alone, blurred.0, "nobody sees from the picture that more was drawn");
}
