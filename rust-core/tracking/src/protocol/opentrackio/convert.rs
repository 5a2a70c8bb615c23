//! From a message to a sample in stage terms.
//!
//! What a sample cannot carry, or what makes no sense, is left out and named to the caller. Nothing is invented.

use cyclorama_space::{
    DVec3, Distortion, DistortionDirection, Encoders, LensState, PanTiltRoll, Pose, RawEncoders, SensorSize,
};
use cyclorama_time::{FrameRate, SenderTime, Timecode};

use super::message::{self, Lens, Message, Rational, SyncSource, Synchronization, TimecodeLabel, Timestamp};
use crate::{ClockSource, Clocking, Status, live::Offsets};

/// Everything of a sample that one message says by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) sampled: Option<SenderTime>,
    pub(crate) sequence: Option<u32>,
    pub(crate) timecode: Option<Timecode>,
    pub(crate) pose: Option<Pose>,
    pub(crate) lens: LensState,
    pub(crate) status: Status,
    pub(crate) recording: Option<bool>,
    pub(crate) genlocked: Option<bool>,
    pub(crate) clocking: Clocking,
}

/// Reads `message`; `ignored` hears of what was left out.
pub(crate) fn reading(message: &Message, mut ignored: impl FnMut(&'static str)) -> Reading {
    let timing = message.timing.as_ref();
    let status = message.tracker.and_then(|tracker| tracker.status);
    Reading {
        sampled: timing
            .and_then(|timing| timing.sample_timestamp)
            .and_then(|at| sender_time(at, &mut ignored)),
        sequence: timing.and_then(|timing| timing.sequence_number),
        timecode: timing.and_then(|timing| timing.timecode).and_then(|label| timecode(label, &mut ignored)),
        pose: pose(message, &mut ignored),
        lens: lens(message, &mut ignored),
        status: status.map_or(Status::Unknown, |text| status_of(message.text(text))),
        recording: message.tracker.and_then(|tracker| tracker.recording),
        genlocked: timing.and_then(|timing| timing.synchronization).map(|sync| sync.locked),
        clocking: timing
            .and_then(|timing| timing.synchronization)
            .map_or_else(Clocking::default, |sync| clocking(&sync, message, &mut ignored)),
    }
}

fn sender_time(at: Timestamp, ignored: &mut impl FnMut(&'static str)) -> Option<SenderTime> {
    let nanos = i64::try_from(at.seconds).ok()?.checked_mul(1_000_000_000);
    let nanos = nanos.and_then(|nanos| nanos.checked_add(at.nanoseconds.into()));
    if nanos.is_none() {
        ignored("timestamp-out-of-range");
    }
    nanos.map(SenderTime::from_nanos)
}

/// What the sample is synchronized to. Offsets of more than a second are no offsets within a frame.
fn clocking(sync: &Synchronization, message: &Message, ignored: &mut impl FnMut(&'static str)) -> Clocking {
    let mut nanos = |seconds: Option<f64>| {
        let seconds = seconds.unwrap_or(0.0);
        if seconds.abs() <= 1.0 {
            return (seconds * 1e9).round() as i64;
        }
        ignored("sync-offset-out-of-range");
        0
    };
    let offsets = sync.offsets.map(|offsets| Offsets {
        translation_nanos: nanos(offsets.translation),
        rotation_nanos: nanos(offsets.rotation),
        lens_nanos: nanos(offsets.lens_encoders),
    });
    let identity = sync.ptp.and_then(|ptp| ptp.leader_identity);
    Clocking {
        source: Some(match sync.source {
            SyncSource::Genlock => ClockSource::Genlock,
            SyncSource::VideoIn => ClockSource::VideoIn,
            SyncSource::Ptp => ClockSource::Ptp,
            SyncSource::Ntp => ClockSource::Ntp,
        }),
        leader: identity.and_then(|identity| leader(message.text(identity))),
        domain: sync.ptp.and_then(|ptp| ptp.domain),
        offsets,
        packet: None,
    }
}

/// Six pairs of hexadecimal digits, all joined by `:` or all by `-`.
fn leader(text: &str) -> Option<[u8; 6]> {
    let separator = text.chars().nth(2).filter(|found| [':', '-'].contains(found))?;
    let mut bytes = [0; 6];
    let mut pairs = text.split(separator);
    for byte in &mut bytes {
        let pair = pairs.next().filter(|pair| pair.len() == 2 && !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(bytes)
}

fn rate(rational: Rational) -> Option<FrameRate> {
    FrameRate::new(rational.num, rational.denom).ok()
}

fn timecode(label: TimecodeLabel, ignored: &mut impl FnMut(&'static str)) -> Option<Timecode> {
    let TimecodeLabel { hours, minutes, seconds, frames, .. } = label;
    let timecode = rate(label.frame_rate).and_then(|rate| {
        let drop_frame = label.drop_frame == Some(true);
        if drop_frame && !rate.has_drop_frame() {
            // Without such a counting the flag says nothing; the label itself is still one.
            ignored("drop-frame-flag");
        }
        Timecode::new(hours, minutes, seconds, frames, rate, drop_frame && rate.has_drop_frame()).ok()
    });
    if timecode.is_none() {
        ignored("timecode");
    }
    timecode
}

/// The chain M = T1 T2 ... Tn. A scale stretches where inner transforms stand, and turns nothing.
fn pose(message: &Message, ignored: &mut impl FnMut(&'static str)) -> Option<Pose> {
    let (last, outer) = message.transforms.split_last()?;
    let own = |transform: &message::Transform| {
        let [pan, tilt, roll] = transform.rotation;
        Pose::new(DVec3::from(transform.translation), PanTiltRoll::from_degrees(pan, tilt, roll))
    };
    let mut pose = own(last);
    for transform in outer.iter().rev() {
        pose.position *= transform.scale.map_or(DVec3::ONE, DVec3::from);
        pose = own(transform).then_inner(&pose);
    }
    let uneven = |scale: [f64; 3]| scale[0] != scale[1] || scale[0] != scale[2] || scale[0] <= 0.0;
    if message.transforms.iter().filter_map(|transform| transform.scale).any(uneven) {
        ignored("uneven-scale");
    }
    if pose.position.is_finite() && pose.rotation.is_finite() {
        Some(pose)
    } else {
        ignored("pose-out-of-range");
        None
    }
}

fn lens(message: &Message, ignored: &mut impl FnMut(&'static str)) -> LensState {
    let lens: Lens = message.lens.unwrap_or_default();
    LensState {
        focal_length_mm: lens.pinhole_focal_length,
        sensor: sensor(message),
        anamorphic_squeeze: squeeze(message),
        focus_distance_m: lens.focus_distance,
        f_stop: lens.f_stop,
        t_stop: lens.t_stop,
        entrance_pupil_m: lens.entrance_pupil_offset,
        encoders: lens.encoders.map(|[focus, iris, zoom]| Encoders { focus, iris, zoom }),
        raw_encoders: lens.raw_encoders.map(|[focus, iris, zoom]| RawEncoders { focus, iris, zoom }),
        projection_offset_mm: lens.projection_offset,
        distortion_offset_mm: lens.distortion_offset,
        distortion: distortion(message, ignored),
    }
}

/// The sensor of the static block, when it has an area.
fn sensor(message: &Message) -> Option<SensorSize> {
    let size = message.statics?.camera?.active_sensor_physical_dimensions?;
    (size.width > 0.0 && size.height > 0.0)
        .then_some(SensorSize { width_mm: size.width, height_mm: size.height })
}

/// The squeeze of the static block.
fn squeeze(message: &Message) -> Option<f64> {
    let squeeze = message.statics?.camera?.anamorphic_squeeze?;
    Some(f64::from(squeeze.num) / f64::from(squeeze.denom))
}

/// The first model from distorted to undistorted, else the first the other way.
fn distortion(message: &Message, ignored: &mut impl FnMut(&'static str)) -> Option<Distortion> {
    use DistortionDirection::{DistortedToUndistorted, UndistortedToDistorted};
    let mut found: [Option<Distortion>; 2] = [None; 2];
    for model in &message.distortion {
        let direction = match model.model.map_or("Brown-Conrady D-U", |name| message.text(name)) {
            "Brown-Conrady D-U" => DistortedToUndistorted,
            "Brown-Conrady U-D" => UndistortedToDistorted,
            _ => {
                ignored("distortion-model");
                continue;
            }
        };
        let terms = message.numbers(model.radial);
        let tangential = model.tangential.map_or(&[][..], |list| message.numbers(list));
        if terms.len() > 6 || tangential.len() > 2 {
            // Leaving out terms would be another lens.
            ignored("distortion-terms");
            continue;
        }
        let mut value = Distortion { direction, radial: [0.0; 6], tangential: [0.0; 2] };
        value.radial[..terms.len()].copy_from_slice(terms);
        value.tangential[..tangential.len()].copy_from_slice(tangential);
        found[usize::from(direction == UndistortedToDistorted)].get_or_insert(value);
    }
    found[0].or(found[1])
}

/// The words trackers use. The more serious one wins where several occur.
const OPINIONS: [(&str, Status); 14] = [
    ("lost", Status::Lost),
    ("no tracking", Status::Lost),
    ("not tracking", Status::Lost),
    ("searching", Status::Lost),
    ("no map", Status::Lost),
    ("bad", Status::Bad),
    ("unreliable", Status::Bad),
    ("unstable", Status::Bad),
    ("error", Status::Bad),
    ("fail", Status::Bad),
    ("caution", Status::Caution),
    ("acceptable", Status::Caution),
    ("good", Status::Good),
    ("tracking", Status::Good),
];

/// What a free text says of the tracking, as far as it uses the usual words.
fn status_of(text: &str) -> Status {
    let contains = |word: &str| {
        text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    OPINIONS.into_iter().find(|(word, _)| contains(word)).map_or(Status::Unknown, |(_, status)| status)
}
