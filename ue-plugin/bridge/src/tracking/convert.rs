//! From the stage's terms to Unreal's, once and here: centimetres, left-handed, degrees.

use cyclorama_space::{LensState, convert::unreal, optics::unreal::live_role};
use cyclorama_time::{Clock as _, FrameNumber, FrameRate, StageTime, Timecode};
use cyclorama_tracking::{
    Sample,
    live::{Evaluated, Origin},
    sync::{Record, Subject},
};

use super::{
    Details, Label, LensKind, Pose,
    board::Board,
    ffi::{Known, PoseFlag},
};
use crate::{Status, failure::Failure, time};

pub(super) const POSE_WORDS: usize = 9;
pub(super) const DETAILS_WORDS: usize = 29;

/// A sample that is told: where it is for, and what was measured.
pub(super) struct Told<'a> {
    pub(super) subject: u32,
    /// When the sample was taken.
    pub(super) sampled: StageTime,
    pub(super) sample: &'a Sample,
    /// The subject at the time it is told for.
    pub(super) evaluated: &'a Evaluated,
    pub(super) timecode: Option<Timecode>,
}

impl Told<'_> {
    pub(super) fn pose(&self) -> Pose {
        let evaluated = self.evaluated;
        let unreal::Transform { location_cm: [x, y, z], rotation_xyzw: [qx, qy, qz, qw] } =
            unreal::from_stage(&evaluated.pose);
        let mut flags = PoseFlag::Plain.repr;
        if evaluated.stale {
            flags |= PoseFlag::Stale.repr;
        }
        if evaluated.origin == Origin::Predicted {
            flags |= PoseFlag::Predicted.repr;
        }
        Pose { at_ns: evaluated.at.nanos(), x, y, z, qx, qy, qz, qw, subject: self.subject, flags }
    }

    pub(super) fn details(&self) -> Details {
        let mut details = Details {
            sampled_ns: self.sampled.nanos(),
            arrived_ns: self.sample.arrived.nanos(),
            ready_ns: time::clock().now().nanos(),
            confidence: self.evaluated.confidence,
            overscan: self.evaluated.overscan(),
            subject: self.subject,
            sequence: self.sample.sequence.unwrap_or(0),
            ..Details::default()
        };
        fill_timecode(&mut details, self.timecode);
        fill_lens(&mut details, &self.evaluated.lens);
        details
    }
}

/// A subject of a sync record: `number` is its place in it.
pub(crate) fn of_record(number: u32, record: &Record, subject: &Subject) -> (Pose, Details) {
    let unreal::Transform { location_cm: [x, y, z], rotation_xyzw: [qx, qy, qz, qw] } =
        unreal::from_stage(&subject.pose);
    let flags = if subject.stale { PoseFlag::Stale.repr } else { PoseFlag::Plain.repr };
    let at_ns = record.at.nanos();
    let pose = Pose { at_ns, x, y, z, qx, qy, qz, qw, subject: number, flags };
    let mut details = Details {
        sampled_ns: at_ns,
        arrived_ns: at_ns,
        ready_ns: at_ns,
        confidence: f64::from(u8::from(!subject.stale)),
        overscan: 1.0,
        subject: number,
        ..Details::default()
    };
    fill_timecode(&mut details, record.source_of(subject).and_then(|source| source.timecode));
    fill_lens(&mut details, &subject.lens);
    (pose, details)
}

/// A label as it crosses.
pub(crate) fn label(label: Timecode, subject: u32) -> Label {
    Label {
        frame: label.frame_of_day().0,
        rate_numerator: label.rate().numerator(),
        rate_denominator: label.rate().denominator(),
        drop_frame: label.is_drop_frame().into(),
        subject,
    }
}

fn fill_timecode(details: &mut Details, timecode: Option<Timecode>) {
    let Some(timecode) = timecode else { return };
    let label = label(timecode, details.subject);
    details.known |= Known::Timecode.repr;
    details.timecode_frame = label.frame;
    details.rate_numerator = label.rate_numerator;
    details.rate_denominator = label.rate_denominator;
    details.drop_frame = label.drop_frame;
}

fn fill_lens(details: &mut Details, lens: &LensState) {
    let mut put = |field: &mut f64, known: Known, value: Option<f64>| {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            *field = value;
            details.known |= known.repr;
        }
    };
    let shown = lens.shown_size();
    put(&mut details.focal_length_mm, Known::FocalLength, lens.focal_length_mm);
    put(&mut details.field_of_view_deg, Known::FieldOfView, lens.horizontal_fov_degrees());
    put(&mut details.aperture, Known::Aperture, lens.f_stop.or(lens.t_stop));
    put(
        &mut details.focus_distance_cm,
        Known::FocusDistance,
        lens.focus_distance_m.map(|metres| metres * 100.0),
    );
    put(&mut details.aspect_ratio, Known::AspectRatio, shown.map(|size| size.width_mm / size.height_mm));
    put(&mut details.sensor_width_mm, Known::Sensor, shown.map(|size| size.width_mm));
    put(&mut details.sensor_height_mm, Known::Sensor, shown.map(|size| size.height_mm));
    let Ok(role) = live_role(lens) else { return };
    [details.fx, details.fy] = role.fx_fy;
    [details.cx, details.cy] = role.principal_point;
    details.distortion = role.parameters;
    details.distortion_count = u32::try_from(role.count).unwrap_or(0);
    details.lens = match role.model {
        "Spherical" => LensKind::Spherical,
        "Brown-Conrady U-D" => LensKind::BrownConradyUndistortedToDistorted,
        _ => LensKind::BrownConradyDistortedToUndistorted,
    };
    details.known |= Known::LensModel.repr;
}

/// The label at a time, counted on from the newest that any subject said, and which subject that is. `now` is no longer
/// after its sample arrived than `hold_ns`.
pub(super) fn label_at(
    board: &Board,
    now: StageTime,
    at: StageTime,
    hold_ns: i64,
) -> Result<(Timecode, u32), Failure> {
    let labelled = (0..board.count()).filter_map(|subject| board.details(subject));
    let labelled = labelled.filter(|details| details.known & Known::Timecode.repr != 0);
    let newest = labelled.max_by_key(|details| details.sampled_ns).ok_or(Status::NotFound)?;
    if now.nanos_since(StageTime::from_nanos(newest.arrived_ns)) > hold_ns.max(0) {
        return Err(Status::Timeout.into());
    }
    let rate =
        FrameRate::new(newest.rate_numerator, newest.rate_denominator).map_err(|_| Status::Internal)?;
    let spoken = Timecode::from_frame(FrameNumber(newest.timecode_frame), rate, newest.drop_frame == 1)
        .map_err(|_| Status::Internal)?;
    // A frame lasts until the next begins.
    let passed = at.nanos_since(StageTime::from_nanos(newest.sampled_ns)).max(0);
    Ok((spoken.plus_frames(rate.frame_at(passed).0), newest.subject))
}

impl Default for LensKind {
    fn default() -> Self {
        Self::Unknown
    }
}

pub(super) fn pose_words(pose: &Pose) -> [u64; POSE_WORDS] {
    let Pose { at_ns, x, y, z, qx, qy, qz, qw, subject, flags } = *pose;
    let [x, y, z, qx, qy, qz, qw] = [x, y, z, qx, qy, qz, qw].map(f64::to_bits);
    [at_ns as u64, x, y, z, qx, qy, qz, qw, pair(subject, flags)]
}

#[inline]
pub(super) fn pose_of(words: &[u64; POSE_WORDS]) -> Pose {
    let float = |index: usize| f64::from_bits(words[index]);
    Pose {
        at_ns: words[0] as i64,
        x: float(1),
        y: float(2),
        z: float(3),
        qx: float(4),
        qy: float(5),
        qz: float(6),
        qw: float(7),
        subject: first(words[8]),
        flags: second(words[8]),
    }
}

pub(super) fn details_words(details: &Details) -> [u64; DETAILS_WORDS] {
    // Taken apart by name, so that a new field cannot be forgotten here.
    let Details {
        sampled_ns,
        arrived_ns,
        ready_ns,
        timecode_frame,
        focal_length_mm,
        field_of_view_deg,
        aspect_ratio,
        aperture,
        focus_distance_cm,
        sensor_width_mm,
        sensor_height_mm,
        fx,
        fy,
        cx,
        cy,
        confidence,
        overscan,
        distortion,
        rate_numerator,
        rate_denominator,
        known,
        subject,
        distortion_count,
        lens,
        sequence,
        drop_frame,
    } = *details;
    let mut words = [0; DETAILS_WORDS];
    words[..3].copy_from_slice(&[sampled_ns as u64, arrived_ns as u64, timecode_frame as u64]);
    let floats = [
        focal_length_mm,
        field_of_view_deg,
        aspect_ratio,
        aperture,
        focus_distance_cm,
        sensor_width_mm,
        sensor_height_mm,
        fx,
        fy,
        cx,
        cy,
        confidence,
        overscan,
    ];
    words[3..16].copy_from_slice(&floats.map(f64::to_bits));
    words[16..24].copy_from_slice(&distortion.map(f64::to_bits));
    words[24] = pair(rate_numerator, rate_denominator);
    words[25] = pair(known, subject);
    words[26] = pair(distortion_count, lens.repr);
    words[27] = pair(sequence, drop_frame);
    words[28] = ready_ns as u64;
    words
}

pub(super) fn details_of(words: &[u64; DETAILS_WORDS]) -> Details {
    let float = |index: usize| f64::from_bits(words[index]);
    Details {
        sampled_ns: words[0] as i64,
        arrived_ns: words[1] as i64,
        ready_ns: words[28] as i64,
        timecode_frame: words[2] as i64,
        focal_length_mm: float(3),
        field_of_view_deg: float(4),
        aspect_ratio: float(5),
        aperture: float(6),
        focus_distance_cm: float(7),
        sensor_width_mm: float(8),
        sensor_height_mm: float(9),
        fx: float(10),
        fy: float(11),
        cx: float(12),
        cy: float(13),
        confidence: float(14),
        overscan: float(15),
        distortion: std::array::from_fn(|index| float(16 + index)),
        rate_numerator: first(words[24]),
        rate_denominator: second(words[24]),
        known: first(words[25]),
        subject: second(words[25]),
        distortion_count: first(words[26]),
        lens: LensKind { repr: second(words[26]) },
        sequence: first(words[27]),
        drop_frame: second(words[27]),
    }
}

fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

#[inline]
fn first(word: u64) -> u32 {
    (word >> 32) as u32
}

#[inline]
fn second(word: u64) -> u32 {
    word as u32
}
