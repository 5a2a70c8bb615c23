use std::collections::BTreeMap;
use std::ffi::OsStr;

use cyclorama_space::{DMat3, PanTiltRoll};

use super::*;
use crate::frame::Image;
use crate::frame::{FrameFile, open_exr, open_frame};
use crate::host::serve::tests::header;
use crate::plan::{NORMAL, Passes};
use crate::scene::{Emission, Group, Keys, Material, Motion, Part, Placement, Shape, Sky, Texture};

/// Set when Blender may be missing; tests then say so and pass over.
fn blender() -> Option<&'static OsStr> {
    let program = OsStr::new("blender");
    match Blender::start(program) {
        Ok(_) => Some(program),
        Err(error) => {
            println!("SKIPPED, nothing was drawn: {error}");
            None
        }
    }
}

/// White-hot balls in the dark, at these places of the stage: in one group that stands elsewhere, turned and sheared,
/// and one that moves there only at frame 0.
fn balls(at: &[DVec3]) -> Scene {
    let hot = Material {
        name: "hot".to_owned(),
        base: Texture::flat([0.0; 3]),
        roughness: 1.0,
        metallic: 0.0,
        wetness: 0.0,
        emission: Some(Emission { texture: Texture::flat([1.0; 3]), strength: 1.0 }),
    };
    let linear = DMat3::from_cols(DVec3::new(0.0, 1.1, 0.0), DVec3::new(-0.9, 0.2, 0.0), DVec3::Z);
    let moved = Placement { linear, translation: DVec3::new(0.5, -2.0, 0.3) };
    let keys = Keys(vec![(-1.0, Placement::IDENTITY), (0.0, moved), (1.0, Placement::IDENTITY)]);
    let group = |(number, motion): (usize, Motion)| {
        let part = |(index, at): (usize, &DVec3)| Part {
            name: format!("ball_{index}"),
            shape: Shape::Sphere { radius: 0.03 },
            placement: Placement::at(linear.inverse() * (*at - moved.translation)),
            material: 0,
        };
        let parts = at.iter().enumerate().filter(|(index, _)| index % 2 == number).map(part).collect();
        Group { name: format!("balls_{number}"), motion, parts }
    };
    let groups = [Motion::Still(moved), Motion::Sampled(keys)].into_iter().enumerate().map(group).collect();
    let sky = Sky { zenith: [0.0; 3], horizon: [0.0; 3], ground: [0.0; 3] };
    Scene { name: "balls".to_owned(), sky, materials: vec![hot], groups, lights: Vec::new() }
}

/// The middle of what is lit at all within `reach` pixels of a point; shading has no say in it.
fn middle(image: &Image, (x, y): (f64, f64), reach: f64) -> (f64, f64) {
    let mut sum = [0.0; 3];
    for row in 0..image.height {
        for column in 0..image.width {
            let (px, py) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
            let light = (f64::from(image.at(column, row).expect("inside")[1]) * 100.0).min(1.0);
            if (px - x).abs() <= reach && (py - y).abs() <= reach {
                sum = [sum[0] + light, sum[1] + light * px, sum[2] + light * py];
            }
        }
    }
    (sum[1] / sum[0], sum[2] / sum[0])
}

#[test]
fn blender_and_the_projection_agree_to_half_a_pixel() {
    let Some(program) = blender() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut header = header(0);
    header.pose = Pose::new(DVec3::new(0.4, -1.2, 1.1), PanTiltRoll::from_degrees(-12.0, -9.0, 7.0));
    header.lens.focal_length_mm = Some(28.4568);
    header.lens.focus_distance_m = None;
    header.lens.entrance_pupil_m = Some(0.11);
    header.lens.projection_offset_mm = Some([1.3, -0.8]);
    let size = (320, 180);
    let optics = Optics::new(&header.camera());
    let places: Vec<DVec3> =
        [(-0.9, 2.0, -0.4), (0.0, 2.4, 0.0), (1.0, 2.2, 0.5), (-0.8, 3.0, 0.6), (0.9, 2.0, -0.3)]
            .map(|(right, ahead, up)| {
                optics.eye + optics.right * right + optics.forward * ahead + optics.up * up
            })
            .to_vec();
    let camera =
        CameraPath { subject: "t".to_owned(), rate: FrameRate::FPS_24, frames: vec![header.camera()] };
    let scene = folder.path().join("scene.usda");
    std::fs::write(&scene, usda::write(&balls(&places), &camera)).expect("writes");
    for engine in [BlenderEngine::Cycles, BlenderEngine::Workbench] {
        let mut host = BlenderHost::start(program, engine);
        let colour_space = COLOUR_SPACE.to_owned();
        let (width, height) = size;
        host.open(&Open {
            scene: scene.clone(),
            width,
            height,
            samples: 16,
            colour_space,
            history: None,
            unreal: None,
            format: FrameFormat::Exr,
            passes: Passes::default(),
            content: BTreeMap::new(),
        })
        .expect("opens");
        let file = folder.path().join("0.exr");
        host.frame(&header, &file).expect("draws");
        let (image, read) = crate::frame::read_exr(&file).expect("an EXR of ours");
        assert_eq!((image.width, image.height, &read.take), (320, 180, &header.take));
        assert!(read.software.starts_with("Blender "), "{}", read.software);
        for place in &places {
            let wanted = optics.project(*place, size).expect("ahead of the camera");
            let found = middle(&image, wanted, 9.0);
            let off = (found.0 - wanted.0).hypot(found.1 - wanted.1);
            println!("{engine:?}: {wanted:.2?} is off by {off:.3} pixels");
            assert!(off <= 0.5, "{engine:?}: {found:?} instead of {wanted:?}");
        }
    }
}

/// A wall across the view of a camera that is turned and tilted, 5 m ahead of it, drawn by each engine with what it draws.
#[test]
fn blender_means_by_depth_and_normal_what_we_say() {
    let Some(program) = blender() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut header = header(0);
    header.pose = Pose::new(DVec3::new(0.4, -1.2, 1.1), PanTiltRoll::from_degrees(-30.0, -20.0, 7.0));
    header.lens.focus_distance_m = None;
    let pose = header.pose;
    let mut scene = balls(&[]);
    let linear = DMat3::from_cols(pose.right(), pose.forward(), pose.up());
    let placement = Placement { linear, translation: pose.position + pose.forward() * 6.0 };
    let shape = Shape::Cube { size: 2.0 };
    let parts = vec![Part { name: "wall".to_owned(), shape, placement, material: 0 }];
    scene.groups = vec![Group { name: "wall".to_owned(), motion: Motion::Still(Placement::IDENTITY), parts }];
    let camera =
        CameraPath { subject: "t".to_owned(), rate: FrameRate::FPS_24, frames: vec![header.camera()] };
    let file = folder.path().join("scene.usda");
    std::fs::write(&file, usda::write(&scene, &camera)).expect("writes");
    for (engine, passes) in [
        (BlenderEngine::Cycles, "beauty,depth,normal"),
        (BlenderEngine::Eevee, "beauty,depth,normal"),
        (BlenderEngine::Workbench, "beauty,depth"),
    ] {
        let passes: Passes = passes.parse().expect("passes");
        let mut host = BlenderHost::start(program, engine);
        assert_eq!(host.draws().lacking(&passes), None);
        host.open(&Open {
            scene: file.clone(),
            width: 64,
            height: 36,
            samples: 4,
            colour_space: COLOUR_SPACE.to_owned(),
            history: None,
            unreal: None,
            format: FrameFormat::Exr,
            passes: passes.clone(),
            content: BTreeMap::new(),
        })
        .expect("opens");
        let drawn = folder.path().join("0.exr");
        host.frame(&header, &drawn).expect("draws");
        let FrameFile { image, others, .. } =
            open_exr(&std::fs::read(&drawn).expect("reads")).expect("an EXR of ours");
        assert_eq!(passes.lacking(&others), None, "{engine:?}");
        let at = |name: &str, pixel: usize| {
            let channel = others.iter().find(|channel| channel.name() == name).expect("it is there");
            f64::from(channel.values().nth(pixel).expect("a pixel"))
        };
        // The middle, another place on the wall, and a corner where there is nothing.
        let (middle, aside, corner) = (18 * 64 + 32, 10 * 64 + 40, 0);
        println!("{engine:?}: {} m and {} m, beside it {}", at("Z", middle), at("Z", aside), at("Z", corner));
        assert!((at("Z", middle) - 5.0).abs() < 1e-3 && (at("Z", aside) - 5.0).abs() < 1e-3, "{engine:?}");
        assert!(at("Z", corner) > 1e3, "{engine:?}: {}", at("Z", corner));
        assert!(image.pixels[middle] != image.pixels[corner], "{engine:?}");
        if passes.has(NORMAL) {
            let normal = |pixel| DVec3::from_array(["N.X", "N.Y", "N.Z"].map(|name| at(name, pixel)));
            assert!((normal(aside) + pose.forward()).length() < 2e-3, "{engine:?}: {}", normal(aside));
            assert_eq!(normal(corner), DVec3::ZERO, "{engine:?}");
        }
    }
}

#[test]
fn a_png_of_blender_is_its_light_through_srgb_and_no_view_transform() {
    let Some(program) = blender() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let header = header(0);
    let camera =
        CameraPath { subject: "t".to_owned(), rate: FrameRate::FPS_24, frames: vec![header.camera()] };
    let scene = folder.path().join("scene.usda");
    let ball = header.pose.position + header.pose.forward() * 3.0;
    std::fs::write(&scene, usda::write(&balls(&[ball]), &camera)).expect("writes");
    let drawn = |format: FrameFormat| {
        let mut host = BlenderHost::start(program, BlenderEngine::Workbench);
        let colour_space = format.colour_space().to_owned();
        host.open(&Open {
            scene: scene.clone(),
            width: 64,
            height: 36,
            samples: 4,
            colour_space: colour_space.clone(),
            history: None,
            unreal: None,
            format,
            passes: Passes::default(),
            content: BTreeMap::new(),
        })
        .expect("opens");
        let file = folder.path().join("0");
        host.frame(&FrameHeader { colour_space, ..header.clone() }, &file).expect("draws");
        open_frame(&std::fs::read(&file).expect("reads")).expect("a frame of ours").image
    };
    let (exr, png) = (drawn(FrameFormat::Exr), drawn(FrameFormat::Png));
    assert!(exr.pixels.iter().any(|pixel| *pixel != exr.pixels[0]), "something is seen");
    for (half, sample) in exr.pixels.as_flattened().iter().zip(png.pixels.as_flattened()) {
        assert!((half.clamp(0.0, 1.0) - sample).abs() < 1e-3, "{half} and {sample}");
    }
}

#[test]
fn channels_of_blender_get_our_names_and_others_are_left_out() {
    let names = [
        ("R", Some("R")),
        ("ViewLayer.Combined.G", Some("G")),
        ("View.Layer.Depth.Z", Some("Z")),
        ("ViewLayer.Normal.Z", Some("N.Z")),
        ("ViewLayer.Combined.A", None),
        ("ViewLayer.Mist.Z", None),
        ("A", None),
    ];
    for (theirs, ours) in names {
        assert_eq!(name_here(theirs).as_deref(), ours, "{theirs}");
    }
}

#[test]
fn a_blender_that_is_not_there_is_told_with_its_name() {
    let mut host = BlenderHost::start(OsStr::new("no-such-blender"), BlenderEngine::Cycles);
    let open = Open {
        scene: "scene.usda".into(),
        width: 16,
        height: 9,
        samples: 1,
        colour_space: COLOUR_SPACE.to_owned(),
        history: None,
        unreal: None,
        format: FrameFormat::Exr,
        passes: Passes::default(),
        content: BTreeMap::new(),
    };
    assert!(host.open(&open).expect_err("not there").0.contains("no-such-blender"));
}

#[test]
fn what_blender_cannot_do_is_told_in_its_own_words() {
    let Some(program) = blender() else { return };
    let mut blender = Blender::start(program).expect("starts");
    let missing =
        blender.ask(&serde_json::json!({ "open": "/nowhere/stage.json" }), &|| {}).expect_err("no file");
    assert!(missing.0.contains("Blender reports: FileNotFoundError"), "{missing}");
    assert!(blender.ask(&serde_json::json!({ "frame": 1 }), &|| {}).is_err(), "and it lives on");
}
