use cyclorama_space::{DQuat, DVec2, DVec3, LensState, PanTiltRoll, Pose, SensorSize};
use cyclorama_time::{FrameNumber, FrameRate, Timecode};
use cyclorama_tracking::{CameraFrame, CameraPath};
use proptest::prelude::*;

use super::*;
use crate::scene::{
    Emission, Group, Keys, Light, LightKind, Material, Mesh, Motion, Part, Pattern, Placement, Shape, Sky,
    Texture, demo_camera, demo_stage,
};

fn path(frames: i64) -> CameraPath {
    let frame = |number: i64| {
        let along = number as f64 * 0.1;
        CameraFrame {
            frame: FrameNumber(number),
            timecode: Timecode::new(15, 3, 47, 2, FrameRate::FPS_25, false)
                .ok()
                .map(|t| t.plus_frames(number)),
            pose: Pose::new(
                DVec3::new(-0.08045 + along / 7.0, -1.85355, 1.19801),
                PanTiltRoll::from_degrees(-3.031 - along, -28.072, 3.096),
            ),
            lens: LensState {
                focal_length_mm: Some(28.4567 + along),
                sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
                focus_distance_m: Some(2.3135),
                entrance_pupil_m: Some(0.1499),
                projection_offset_mm: Some([-0.146, 0.129]),
                ..LensState::default()
            },
        }
    };
    CameraPath {
        subject: "f4:0".to_owned(),
        rate: FrameRate::FPS_25,
        frames: (0..frames).map(frame).collect(),
    }
}

#[test]
fn the_demo_stage_and_its_camera_read_back_to_the_same_values() {
    let (stage, camera) = (demo_stage(), path(40));
    let text = write(&stage, &camera);
    let loaded = load(&text).unwrap();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    assert_eq!(loaded.scene, stage);
    assert_eq!(loaded.camera.as_ref(), Some(&camera));
    assert_eq!(write(&loaded.scene, &camera), text);
}

#[test]
fn it_says_centimetres_z_up_frames_and_millimetres() {
    let text = write(&demo_stage(), &path(3));
    for line in [
        "    metersPerUnit = 0.01\n",
        "    upAxis = \"Z\"\n",
        "    startTimeCode = 0\n",
        "    endTimeCode = 2\n",
        "    timeCodesPerSecond = 25\n",
        "float horizontalAperture = 36\n",
        "0: 28.4567,\n",
        "\"15:03:47:02@25\"",
    ] {
        assert!(text.contains(line), "{line:?} is missing");
    }
}

#[test]
fn the_shipped_stage_is_the_one_in_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Content/demo_stage.usda");
    let shipped = std::fs::read_to_string(path).unwrap();
    let same = shipped.replace("\r\n", "\n") == write(&demo_stage(), &demo_camera());
    assert!(same, "run: cargo run -p cyclorama-render --example demo_stage -- Content/demo_stage.usda");
}

#[test]
fn where_it_came_from_is_kept() {
    let digest = Some(cyclorama_content::Digest::of(b"take"));
    let origin = Origin { take: Some("A \"quoted\" take\\".to_owned()), digest };
    let text = write_with(&demo_stage(), &path(1), &origin);
    assert_eq!(load(&text).unwrap().origin, origin);
}

#[test]
fn an_edited_camera_wins_over_the_tracked_one() {
    let text = write(&demo_stage(), &path(2)).replace("0: 28.4567,", "0: 50,");
    let loaded = load(&text).unwrap();
    let camera = loaded.camera.unwrap();
    assert_eq!(camera.frames[0].lens.focal_length_mm, Some(50.0));
    assert_eq!(camera.frames[1].lens, path(2).frames[1].lens);
    assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
}

/// A scene as other tools write it: metres, Y up, nested transforms, a preview surface.
const FOREIGN: &str = r#"#usda 1.0
(
    "made elsewhere"
    metersPerUnit = 1
    upAxis = "Y"
    timeCodesPerSecond = 24
    startTimeCode = 1
    endTimeCode = 3
)

def Xform "root" (
    kind = "group"
)
{
    double3 xformOp:translate = (0, 2, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]

    def Mesh "square" # four corners
    {
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)]
        rel material:binding = </root/mat>
    }

    def Sphere "ball" {
        double radius = 0.5
        color3f[] primvars:displayColor = [(1, 0, 0)]
        double xformOp:rotateY.timeSamples = { 1: 0, 3: 90, }
        uniform token[] xformOpOrder = ["xformOp:rotateY"]
    }
    def Material "mat" {
        token outputs:surface.connect = </root/mat/pbr.outputs:surface>
        def Shader "pbr" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (0.2, 0.3, 0.4)
            color3f inputs:emissiveColor = (0, 0, 1)
            float inputs:roughness = 0.25
        }
    }
    def PointInstancer "leaves" {}
    def Camera "cam" {
        float focalLength = 0.35
        float horizontalAperture = 0.36
        float verticalAperture = 0.24
        matrix4d xformOp:transform = ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 5, 1) )
        uniform token[] xformOpOrder = ["xformOp:transform"]
    }
}
"#;

#[test]
fn a_simple_scene_from_elsewhere_loads() {
    let loaded = load(FOREIGN).unwrap();
    let scene = &loaded.scene;
    assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    assert!(loaded.warnings[0].contains("PointInstancer"));
    let square = scene.groups.iter().find(|group| group.name == "root").unwrap();
    assert!(matches!(&square.parts[0].shape, Shape::Mesh(mesh) if mesh.triangles.len() == 2));
    // Y up becomes Z up: two metres above the floor.
    assert!((square.motion.at(1.0).translation - DVec3::new(0.0, 0.0, 2.0)).length() < 1e-12);
    let material = &scene.materials[square.parts[0].material];
    assert_eq!((material.base.colour, material.roughness), ([0.2, 0.3, 0.4], 0.25));
    assert!(material.emission.is_some());
    let ball = scene.groups.iter().find(|group| group.name == "ball").unwrap();
    assert_ne!(ball.motion.at(1.0), ball.motion.at(3.0));
    let camera = loaded.camera.unwrap();
    assert_eq!((camera.frames.len(), camera.rate), (3, FrameRate::FPS_24));
    // USD's camera looks along -Z; with Y up that is our +Y, from 5 m behind.
    let pose = camera.frames[0].pose;
    assert!((pose.position - DVec3::new(0.0, -5.0, 2.0)).length() < 1e-12, "{}", pose.position);
    assert!((pose.forward() - DVec3::Y).length() < 1e-12);
    assert!((camera.frames[0].lens.focal_length_mm.unwrap() - 35.0).abs() < 1e-9);
}

#[test]
fn errors_name_the_line_and_what_to_do() {
    let cases = [
        ("PXR-USDC", UsdaError::NotUsda),
        ("#usda 1.0\n\ndef Xform \"a\"\n  bad\n", UsdaError::Syntax { line: 4, expected: "`{`" }),
        (
            "#usda 1.0\ndef \"a\" (\n  prepend references = @b.usda@\n) {}\n",
            UsdaError::Composition { line: 3, what: "references" },
        ),
        ("#usda 1.0\ndef \"a\" { double x = }\n", UsdaError::Syntax { line: 2, expected: "a value" }),
    ];
    for (text, expected) in cases {
        let error = load(text).unwrap_err();
        assert_eq!(error, expected);
        assert!(error.hint().is_some());
    }
    let face = FOREIGN.replace("[0, 1, 2, 3]", "[0, 1, 2, 9]");
    assert!(matches!(load(&face), Err(UsdaError::Value { line: 21, .. })), "{:?}", load(&face));
    assert_eq!(read("#usda 1.0\n"), Err(UsdaError::NoCamera));
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    for (open, close) in [("def \"a\" {", "}"), ("def \"a\" { double[] x = ", "}")] {
        let lists = if close == "}" && open.ends_with('=') { "[".repeat(10_000) } else { String::new() };
        let text = format!("#usda 1.0\n{}{}", open.repeat(if lists.is_empty() { 10_000 } else { 1 }), lists);
        let result = load(&text);
        assert!(matches!(result, Err(UsdaError::TooDeep { .. } | UsdaError::Syntax { .. })), "{result:?}");
    }
    let list = format!("#usda 1.0\ndef \"a\" {{ double x = {}", "[".repeat(100_000));
    assert!(matches!(load(&list), Err(UsdaError::TooDeep { .. })));
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1e3f64..1e3, Just(0.0), -1e-9f64..1e-9, Just(0.07)]
}

fn vector() -> impl Strategy<Value = DVec3> {
    prop::array::uniform3(number()).prop_map(DVec3::from_array)
}

fn placement() -> impl Strategy<Value = Placement> {
    (prop::array::uniform9(number()), vector()).prop_map(|(columns, translation)| Placement {
        linear: cyclorama_space::DMat3::from_cols_array(&columns),
        translation,
    })
}

fn keys<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Keys<T>> {
    prop::collection::vec(value, 1..5).prop_map(|values| {
        Keys(values.into_iter().enumerate().map(|(i, v)| (i as f64 * 1.5 - 2.0, v)).collect())
    })
}

fn texture() -> impl Strategy<Value = Texture> {
    let colour = || prop::array::uniform3(0f32..10.0);
    (prop::sample::select(Pattern::ALL.to_vec()), colour(), colour(), 1e-3f64..10.0)
        .prop_map(|(pattern, colour, second, size)| Texture { pattern, colour, second, size })
}

fn shape() -> impl Strategy<Value = Shape> {
    let length = || 1e-4f64..1e3;
    let mesh = (prop::collection::vec(vector(), 3..8), any::<bool>()).prop_map(|(points, dressed)| {
        let count = points.len();
        let normals = if dressed { vec![DVec3::Z; count] } else { Vec::new() };
        let uvs = if dressed { vec![DVec2::new(0.25, 0.1); count] } else { Vec::new() };
        Shape::Mesh(Mesh { points, triangles: vec![[0, 1, 2], [2, 1, 0]], normals, uvs }.into())
    });
    prop_oneof![
        length().prop_map(|size| Shape::Cube { size }),
        length().prop_map(|radius| Shape::Sphere { radius }),
        (length(), length()).prop_map(|(radius, height)| Shape::Cylinder { radius, height }),
        mesh,
    ]
}

fn scene() -> impl Strategy<Value = Scene> {
    let emission = prop::option::of((texture(), 0f32..9.0));
    let material = (texture(), 0f32..1.0, 0f32..1.0, 0f32..1.0, emission);
    let motion = prop_oneof![
        placement().prop_map(Motion::Still),
        (keys(vector()), keys(number())).prop_map(|(translate, turn)| Motion::Keyed { translate, turn }),
        keys(placement()).prop_map(Motion::Sampled),
    ];
    let groups = prop::collection::vec((motion, prop::collection::vec((shape(), placement()), 0..3)), 0..3);
    let light = prop_oneof![
        (vector(), 0.1f64..5.0).prop_map(|(towards, degrees)| {
            LightKind::Sun { towards: towards.normalize_or(DVec3::Z), degrees }
        }),
        (placement(), 0.1f64..5.0, 0.1f64..5.0).prop_map(|(placement, width, height)| LightKind::Rect {
            placement,
            width,
            height
        }),
        (vector(), 0.1f64..5.0).prop_map(|(centre, radius)| LightKind::Sphere { centre, radius }),
    ];
    let sky = prop::array::uniform3(prop::array::uniform3(0f32..2.0));
    (prop::collection::vec(material, 1..3), groups, prop::collection::vec(light, 0..3), sky, "\\PC{0,12}")
        .prop_map(|(materials, groups, lights, [zenith, horizon, ground], name)| Scene {
            name,
            sky: Sky { zenith, horizon, ground },
            materials: (materials.into_iter().enumerate())
                .map(|(i, (base, roughness, metallic, wetness, emission))| Material {
                    name: format!("m{i}"),
                    base,
                    roughness,
                    metallic,
                    wetness,
                    emission: emission.map(|(texture, strength)| Emission { texture, strength }),
                })
                .collect(),
            groups: (groups.into_iter().enumerate())
                .map(|(i, (motion, parts))| Group {
                    name: format!("g{i}"),
                    motion,
                    parts: (parts.into_iter().enumerate())
                        .map(|(k, (shape, placement))| Part {
                            name: format!("p{k}"),
                            shape,
                            placement,
                            material: 0,
                        })
                        .collect(),
                })
                .collect(),
            lights: (lights.into_iter().enumerate())
                .map(|(i, kind)| Light {
                    name: format!("l{i}"),
                    kind,
                    colour: [1.0, 0.5, 0.25],
                    intensity: 3.5,
                })
                .collect(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn read_inverts_write(scene in scene(), frames in 0i64..4, turn in prop::array::uniform4(-1f64..1.0)) {
        let mut camera = path(frames);
        for frame in &mut camera.frames {
            let rotation = DQuat::from_array(turn);
            if rotation.length() > 1e-3 {
                frame.pose.rotation = rotation.normalize();
            }
        }
        let text = write(&scene, &camera);
        let (read_scene, read_camera) = read(&text).unwrap();
        prop_assert_eq!(&read_scene, &scene);
        if frames > 0 {
            prop_assert_eq!(&read_camera, &camera);
        }
        prop_assert_eq!(write(&read_scene, &read_camera), text);
    }

    #[test]
    fn damaged_text_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = FOREIGN.as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = load(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_words_never_panic(words in prop::collection::vec(
        prop::sample::select(vec![
            "def", "Xform", "\"a\"", "{", "}", "(", ")", "[", "]", "=", "1", "-2.5", "nan", "<", ">", "@", "'", "\"",
            "x", ".timeSamples", ":", ",", "Camera", "Mesh", "#", "\n", "matrix4d xformOp:transform", "custom", "é",
            "rel", "\\", "\"\"\"", "Sphere", "uniform token[] xformOpOrder = [\"xformOp:transform\"]",
        ]), 0..60)) {
        let _ = load(&format!("#usda 1.0\n{}", words.join(" ")));
    }
}
