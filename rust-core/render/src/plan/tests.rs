use super::*;
use cyclorama_assets::SnapshotId;
use cyclorama_space::{DQuat, DVec3, LensState, Pose, SensorSize};
use cyclorama_tracking::CameraFrame;
use proptest::prelude::*;

pub(crate) fn camera(first: i64, count: usize) -> CameraPath {
    let frames = (0..count as i64)
        .map(|i| CameraFrame {
            frame: FrameNumber(first + i),
            timecode: None,
            pose: Pose { position: DVec3::new(0.1 * i as f64, -1.0 / 3.0, 1.7), rotation: DQuat::IDENTITY },
            lens: LensState {
                focal_length_mm: Some(35.0),
                sensor: Some(SensorSize { width_mm: 36.0, height_mm: 24.0 }),
                focus_distance_m: Some(if i % 2 == 0 { f64::INFINITY } else { 1.0 / 7.0 }),
                ..LensState::default()
            },
        })
        .collect();
    CameraPath { subject: "f4:1".to_owned(), rate: FrameRate::FPS_24, frames }
}

pub(crate) fn request(camera: &CameraPath) -> PlanRequest<'_> {
    PlanRequest {
        take: TakeIdentity { name: "A 003/take".to_owned(), shot: None, digest: Digest::of(b"take") },
        camera,
        scene: "#usda 1.0\n",
        frames: None,
        size: Size { width: 64, height: 36 },
        host: "builtin".to_owned(),
        samples: 1,
        chunk: None,
        walk_in: 0,
        history: None,
        flashes: false,
        unreal: None,
        colour_space: "lin_rec709_scene".to_owned(),
        ocio: None,
        format: FrameFormat::Exr,
        passes: Passes::default(),
        content: Vec::new(),
        created: UtcTime::from_nanos(5),
        nonce: 0,
    }
}

fn pack(name: &str, bytes: &[u8]) -> Content {
    let snapshot = SnapshotId::of(bytes, UtcTime::from_nanos(0));
    let name = name.parse().expect("a name");
    Content { name, store: "/store".to_owned(), snapshot, packages: Vec::new(), files: 1, bytes: 3 }
}

/// The same, of which only what a map needs is wanted.
fn part(map: &str) -> Content {
    Content { packages: vec![map.to_owned()], ..pack("project", b"old") }
}

#[test]
fn the_same_request_is_the_same_job_whenever_it_is_made() {
    let camera = camera(0, 100);
    let first = request(&camera).plan().expect("plans").plan;
    let later =
        PlanRequest { created: UtcTime::from_nanos(6), ..request(&camera) }.plan().expect("plans").plan;
    assert_eq!((first.job.as_str(), first.digest), (later.job.as_str(), later.digest));
    let again = PlanRequest { nonce: 1, ..request(&camera) }.plan().expect("plans").plan;
    assert_eq!((again.digest, again.job.ends_with("-1")), (first.digest, true));
}

#[test]
fn another_input_of_any_kind_is_another_job() {
    let (camera, moved) = (camera(0, 100), self::camera(1, 99));
    let base = request(&camera).plan().expect("plans").plan.digest;
    let others = [
        PlanRequest { scene: "#usda 1.0\n\n", ..request(&camera) },
        PlanRequest { size: Size { width: 65, height: 36 }, ..request(&camera) },
        PlanRequest { samples: 2, ..request(&camera) },
        PlanRequest { host: "blender".to_owned(), ..request(&camera) },
        PlanRequest { frames: Some("0-98".parse().expect("a range")), ..request(&camera) },
        PlanRequest { colour_space: "acescg".to_owned(), ..request(&camera) },
        PlanRequest { walk_in: 1, ..request(&camera) },
        PlanRequest { history: Some(0.04), ..request(&camera) },
        PlanRequest { ocio: Some(OcioChoice { config: "a", space: "ACEScg" }), ..request(&camera) },
        PlanRequest { ocio: Some(OcioChoice { config: "b", space: "ACEScg" }), ..request(&camera) },
        PlanRequest { format: FrameFormat::Png, ..request(&camera) },
        PlanRequest { passes: "beauty,depth".parse().expect("passes"), ..request(&camera) },
        PlanRequest { passes: "beauty,normal".parse().expect("passes"), ..request(&camera) },
        PlanRequest { content: vec![pack("ddc", b"old")], ..request(&camera) },
        PlanRequest { content: vec![pack("ddc", b"new")], ..request(&camera) },
        PlanRequest { content: vec![pack("project", b"old")], ..request(&camera) },
        PlanRequest { content: vec![part("/Game/Maps/Stage")], ..request(&camera) },
        PlanRequest { content: vec![part("/Game/Maps/Other")], ..request(&camera) },
        request(&moved),
    ];
    let mut seen = vec![base];
    for (index, other) in others.iter().enumerate() {
        let digest = other.plan().expect("plans").plan.digest;
        assert!(!seen.contains(&digest), "request {index}");
        seen.push(digest);
    }
}

#[test]
fn ranges_cover_the_frames_once_in_order() {
    let camera = camera(-7, 100);
    let plan = request(&camera).plan().expect("plans").plan;
    let covered: Vec<_> = plan.ranges.iter().flat_map(|range| range.iter()).collect();
    assert_eq!(covered, plan.frames.iter().collect::<Vec<_>>());
    for (index, range) in plan.ranges.iter().enumerate() {
        assert!(range.iter().all(|frame| plan.range_of(frame) == Some(index as u32)));
    }
    assert_eq!(plan.range_of(FrameNumber(93)), None);
    assert_eq!(plan.range_of(FrameNumber(-8)), None);
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let camera = camera(0, 10);
    let nothing = self::camera(0, 0);
    assert_eq!(request(&nothing).plan().expect_err("no camera"), PlanError::NoCamera);
    let outside = PlanRequest { frames: Some("5-10".parse().expect("a range")), ..request(&camera) };
    let error = outside.plan().expect_err("the take ends at 9");
    assert!(error.to_string().contains("5-10") && error.hint().is_some_and(|hint| hint.contains("0-9")));
    for bad in [
        PlanRequest { size: Size { width: 0, height: 9 }, ..request(&camera) },
        PlanRequest { samples: 0, ..request(&camera) },
        PlanRequest { history: Some(0.0), ..request(&camera) },
        PlanRequest { history: Some(f64::NAN), ..request(&camera) },
        PlanRequest { content: vec![pack("a", b"1"), pack("b", b"2"), pack("a", b"3")], ..request(&camera) },
        PlanRequest { chunk: Some(0), ..request(&camera) },
        PlanRequest { chunk: Some(LONGEST_RANGE + 1), ..request(&camera) },
    ] {
        assert!(bad.plan().is_err(), "{bad:?}");
    }
}

#[test]
fn plans_read_back_as_written() {
    let camera = camera(0, 10);
    let plan = request(&camera).plan().expect("plans").plan;
    let read: Plan = serde_json::from_slice(&plan.to_json()).expect("a plan");
    assert_eq!(read, plan);
    assert_eq!(plan.file_name(FrameNumber(12)), "A_003_take.000012.exr");
}

#[test]
fn frames_of_a_job_of_pngs_are_called_so_and_hold_the_beauty_alone() {
    let camera = camera(0, 10);
    let png = PlanRequest { format: FrameFormat::Png, ..request(&camera) };
    let plan = png.plan().expect("plans").plan;
    assert_eq!(plan.file_name(FrameNumber(12)), "A_003_take.000012.png");
    assert!(String::from_utf8(plan.to_json()).expect("JSON").contains(r#""format": "png""#));
    assert_eq!(serde_json::from_slice::<Plan>(&plan.to_json()).expect("a plan"), plan);
    let deep = PlanRequest { passes: "beauty,depth".parse().expect("passes"), ..png };
    let error = deep.plan().expect_err("a PNG has no place for depth");
    assert_eq!(error.to_string(), "the pass depth needs EXR frames: a PNG holds the beauty alone");
}

/// A plan as it was written before there were passes beside the beauty.
const OLD: &str = include_str!("../../../../tests/data/plan/before_passes.json");

#[test]
fn a_plan_of_before_passes_keeps_its_name() {
    let old: Plan = serde_json::from_str(OLD).expect("a plan");
    assert!(old.passes.is_beauty_alone() && old.format.is_exr());
    let bare = Plan {
        job: String::new(),
        digest: Digest::from_bytes([0; 32]),
        created: UtcTime::from_nanos(0),
        ..old.clone()
    };
    assert_eq!(Digest::of(&bare.to_json()), old.digest);
    let deep = Plan { passes: "beauty,depth".parse().expect("passes"), ..bare };
    assert_ne!(Digest::of(&deep.to_json()), old.digest);
    let png = Plan { format: FrameFormat::Png, passes: Passes::default(), ..deep };
    assert_ne!(Digest::of(&png.to_json()), old.digest);
}

#[test]
fn people_write_ranges_in_these_ways() {
    let range = |first, last| FrameRange { first: FrameNumber(first), last: FrameNumber(last) };
    let texts = [
        ("10-20", range(10, 20)),
        ("7", range(7, 7)),
        ("-10--3", range(-10, -3)),
        ("-5-5", range(-5, 5)),
        ("-4", range(-4, -4)),
        ("1 - 2", range(1, 2)),
    ];
    for (text, expected) in texts {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    for text in ["", "-", "a-b", "20-10", "1-", "-", "1-2-3", "99999999999999999999", "1..2"] {
        assert!(text.parse::<FrameRange>().is_err(), "{text}");
    }
}

#[test]
fn a_camera_path_with_gaps_or_damage_is_refused() {
    let mut path = camera(0, 3);
    path.frames.remove(1);
    assert!(matches!(
        camera_from_json(camera_to_json(&path).as_bytes()),
        Err(CameraFileError::Gap(FrameNumber(2)))
    ));
    assert!(matches!(camera_from_json(b"{}"), Err(CameraFileError::Json(_))));
    let other = camera_to_json(&camera(0, 1)).replace("camera-path/1", "camera-path/9");
    assert!(matches!(camera_from_json(other.as_bytes()), Err(CameraFileError::Schema(_))));
}

proptest! {
    #[test]
    fn a_camera_path_survives_json_bit_for_bit(x in any::<f64>(), y in any::<f64>(), w in any::<f64>()) {
        prop_assume!(x.is_finite() && y.is_finite() && w.is_finite());
        let mut path = camera(0, 4);
        path.frames[1].pose.position.x = x;
        path.frames[2].pose.position.y = y;
        path.frames[3].pose.rotation.w = w;
        let read = camera_from_json(camera_to_json(&path).as_bytes()).expect("reads");
        prop_assert_eq!(format!("{read:?}"), format!("{path:?}"));
        prop_assert_eq!(read.frames[1].pose.position.x.to_bits(), x.to_bits());
    }

    #[test]
    fn pieces_differ_by_one_frame_at_most(first in -50i64..50, count in 1i64..300, length in 1u32..60) {
        let whole = FrameRange { first: FrameNumber(first), last: FrameNumber(first + count - 1) };
        let pieces = whole.chunks(length);
        let lengths: Vec<_> = pieces.iter().map(|piece| piece.count()).collect();
        prop_assert!(lengths.iter().all(|n| *n <= u64::from(length) && *n + 1 >= lengths[0]));
        prop_assert_eq!(lengths.iter().sum::<u64>(), whole.count());
    }

    #[test]
    fn a_range_reads_back_as_it_is_written(first in -1000i64..1000, more in 0i64..1000) {
        let range = FrameRange { first: FrameNumber(first), last: FrameNumber(first + more) };
        prop_assert_eq!(range.to_string().parse(), Ok(range));
    }
}
