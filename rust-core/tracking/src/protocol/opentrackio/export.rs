//! Any protocol's sample as an OpenTrackIO 1.0.1 sample that passes SMPTE's schema.
//!
//! What a sample does not say stays out; what the schema has no room for (an infinite focus distance, an encoder past
//! its end) does too. Ids are made from the sample itself, so that the same take gives the same lines again.

use cyclorama_content::Digest;
use cyclorama_space::{Distortion, DistortionDirection, Encoders, LensState, PanTiltRoll, Pose, RawEncoders};
use cyclorama_time::Timecode;

use super::{
    Encoding, encode,
    message::{
        self, Dimensions, Lens, Message, Mode, Rational, Static, StaticCamera, SyncOffsets, SyncSource,
        Synchronization, Text, TimecodeLabel, Timestamp, Timing, Tracker, Transform, Version,
    },
};
use crate::{ClockSource, Sample, Status};

/// Appends `sample` to `out` as one line of JSON, without a line end.
pub fn sample_json(sample: &Sample, out: &mut String) {
    Exporter::default().json(sample, out);
}

/// Exports sample after sample and uses its memory again.
#[derive(Debug, Default)]
pub struct Exporter {
    message: Message,
    bytes: Vec<u8>,
}

impl Exporter {
    /// Appends `sample` to `out` as one line of JSON, without a line end.
    pub fn json(&mut self, sample: &Sample, out: &mut String) {
        out.push_str(std::str::from_utf8(self.payload(sample, Encoding::Json)).unwrap_or_default());
    }

    /// `sample` as a payload, to be put into packets.
    pub fn payload(&mut self, sample: &Sample, encoding: Encoding) -> &[u8] {
        fill(sample, &mut self.message);
        self.bytes.clear();
        encode(&self.message, encoding, &mut self.bytes);
        &self.bytes
    }
}

/// Replaces `message` by what `sample` says.
pub fn fill(sample: &Sample, message: &mut Message) {
    message.clear();
    let m = message;
    m.statics = statics(&sample.lens);
    m.tracker = tracker(sample, m);
    m.timing = Some(timing(sample));
    m.lens = lens(&sample.lens, m);
    m.protocol = Some(Version { name: m.put_text("OpenTrackIO"), version: [1, 0, 1] });
    m.sample_id = Some(sample_id(sample, m));
    let (source_id, source_number) = source(&sample.subject, m);
    m.source_id = Some(source_id);
    m.source_number = Some(source_number);
    if let Some(transform) = sample.pose.as_ref().and_then(|pose| transform(pose, m)) {
        m.transforms.push(transform);
    }
}

fn positive(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value > 0.0)
}

fn pair(values: Option<[f64; 2]>) -> Option<[f64; 2]> {
    values.filter(|values| values.iter().all(|value| value.is_finite()))
}

fn statics(lens: &LensState) -> Option<Static> {
    let size = lens.sensor.and_then(|size| {
        let (height, width) = positive(Some(size.height_mm)).zip(positive(Some(size.width_mm)))?;
        Some(Dimensions { height, width })
    });
    let squeeze = lens.anamorphic_squeeze.and_then(fraction);
    let camera = StaticCamera {
        active_sensor_physical_dimensions: size,
        anamorphic_squeeze: squeeze,
        ..StaticCamera::default()
    };
    (size.is_some() || squeeze.is_some()).then(|| Static { camera: Some(camera), ..Static::default() })
}

/// `value` as the fraction with the smallest denominator that is within a millionth.
fn fraction(value: f64) -> Option<Rational> {
    let value = positive(Some(value)).filter(|value| *value < 1e6)?;
    let near = |denom: u32| {
        let num = (value * f64::from(denom)).round();
        (num >= 1.0 && (num / f64::from(denom) - value).abs() < 1e-6)
            .then_some(Rational { num: num as u32, denom })
    };
    (1..=1000).find_map(near)
}

fn tracker(sample: &Sample, message: &mut Message) -> Option<Tracker> {
    let status = match sample.status {
        Status::Unknown => None,
        Status::Good => Some("Good"),
        Status::Caution => Some("Caution"),
        Status::Bad => Some("Bad"),
        Status::Lost => Some("Lost"),
    };
    let status = status.map(|status| message.put_text(status));
    let tracker = Tracker { status, recording: sample.recording, ..Tracker::default() };
    (status.is_some() || sample.recording.is_some()).then_some(tracker)
}

fn timing(sample: &Sample) -> Timing {
    let timestamp = sample.sampled.and_then(|at| {
        let seconds = u64::try_from(at.nanos().div_euclid(1_000_000_000)).ok()?;
        Some(Timestamp { seconds, nanoseconds: at.nanos().rem_euclid(1_000_000_000) as u32 })
    });
    Timing {
        mode: Some(if timestamp.is_some() { Mode::Internal } else { Mode::External }),
        sample_timestamp: timestamp,
        sequence_number: sample.sequence,
        // A tracker that only says that it is locked calls that genlock. PTP details are all or nothing in the
        // standard, and a sample does not keep all.
        synchronization: sample.genlocked.map(|locked| Synchronization {
            locked,
            source: match sample.clocking.source {
                None | Some(ClockSource::Genlock) => SyncSource::Genlock,
                Some(ClockSource::VideoIn) => SyncSource::VideoIn,
                Some(ClockSource::Ptp) => SyncSource::Ptp,
                Some(ClockSource::Ntp) => SyncSource::Ntp,
            },
            frequency: None,
            offsets: sample.clocking.offsets.map(|offsets| SyncOffsets {
                translation: Some(offsets.translation_nanos as f64 * 1e-9),
                rotation: Some(offsets.rotation_nanos as f64 * 1e-9),
                lens_encoders: Some(offsets.lens_nanos as f64 * 1e-9),
            }),
            present: None,
            ptp: None,
        }),
        timecode: sample.timecode.and_then(timecode),
        ..Timing::default()
    }
}

/// The standard counts to 119 frames a second and has fractions of 31 bits.
fn timecode(label: Timecode) -> Option<TimecodeLabel> {
    let rate = label.rate();
    let fits = label.frames() < 120 && rate.numerator() < 1 << 31;
    fits.then(|| TimecodeLabel {
        hours: label.hours(),
        minutes: label.minutes(),
        seconds: label.seconds(),
        frames: label.frames(),
        frame_rate: Rational { num: rate.numerator(), denom: rate.denominator() },
        sub_frame: None,
        drop_frame: label.is_drop_frame().then_some(true),
    })
}

fn lens(state: &LensState, message: &mut Message) -> Option<Lens> {
    if let Some(model) = state.distortion.and_then(|distortion| model(&distortion, message)) {
        message.distortion.push(model);
    }
    let lens = Lens {
        custom: None,
        distortion_offset: pair(state.distortion_offset_mm),
        encoders: state.encoders.and_then(encoders),
        entrance_pupil_offset: state.entrance_pupil_m.filter(|value| value.is_finite()),
        exposure_falloff: None,
        f_stop: positive(state.f_stop),
        pinhole_focal_length: positive(state.focal_length_mm),
        focus_distance: positive(state.focus_distance_m),
        projection_offset: pair(state.projection_offset_mm),
        raw_encoders: state.raw_encoders.and_then(raw_encoders),
        t_stop: positive(state.t_stop),
    };
    let said = lens.distortion_offset.is_some()
        || lens.encoders.is_some()
        || lens.entrance_pupil_offset.is_some()
        || lens.f_stop.is_some()
        || lens.pinhole_focal_length.is_some()
        || lens.focus_distance.is_some()
        || lens.projection_offset.is_some()
        || lens.raw_encoders.is_some()
        || lens.t_stop.is_some()
        || !message.distortion.is_empty();
    said.then_some(lens)
}

fn encoders(Encoders { focus, iris, zoom }: Encoders) -> Option<[Option<f64>; 3]> {
    let values = [focus, iris, zoom].map(|value| value.filter(|value| (0.0..=1.0).contains(value)));
    values.iter().any(Option::is_some).then_some(values)
}

fn raw_encoders(RawEncoders { focus, iris, zoom }: RawEncoders) -> Option<[Option<u32>; 3]> {
    let values = [focus, iris, zoom];
    values.iter().any(Option::is_some).then_some(values)
}

fn model(distortion: &Distortion, message: &mut Message) -> Option<message::Distortion> {
    let Distortion { direction, radial, tangential } = distortion;
    if !radial.iter().chain(tangential).all(|term| term.is_finite()) {
        return None;
    }
    // Terms that are zero at the end change nothing; the schema wants one at least.
    let used = radial.iter().rposition(|term| *term != 0.0).map_or(1, |last| last + 1);
    Some(message::Distortion {
        model: Some(message.put_text(match direction {
            DistortionDirection::DistortedToUndistorted => "Brown-Conrady D-U",
            DistortionDirection::UndistortedToDistorted => "Brown-Conrady U-D",
        })),
        radial: message.put_numbers(&radial[..used]),
        tangential: (*tangential != [0.0; 2]).then(|| message.put_numbers(tangential)),
        overscan: None,
    })
}

fn transform(pose: &Pose, message: &mut Message) -> Option<Transform> {
    let PanTiltRoll { pan, tilt, roll } = PanTiltRoll::from_quaternion(pose.rotation);
    let rotation = [pan, tilt, roll].map(cyclorama_space::Angle::degrees);
    let translation = pose.position.to_array();
    let finite = rotation.iter().chain(&translation).all(|value| value.is_finite());
    finite.then(|| Transform { translation, rotation, scale: None, id: Some(message.put_text("Camera")) })
}

/// The same sample always gets the same id. Its values count too: some trackers send neither time nor number.
fn sample_id(sample: &Sample, message: &mut Message) -> Text {
    let mut digest = cyclorama_content::Hasher::new();
    digest.update(b"cyclorama sample\0").update(sample.subject.as_bytes());
    for part in [
        Some(sample.arrived.nanos()),
        sample.sampled.map(cyclorama_time::SenderTime::nanos),
        sample.sequence.map(i64::from),
        sample.timecode.map(|label| label.frame_of_day().0),
    ] {
        digest.update(&[u8::from(part.is_some())]).update(&part.unwrap_or_default().to_le_bytes());
    }
    let pose = sample.pose.map(|pose| [pose.position.extend(0.0).to_array(), pose.rotation.to_array()]);
    for value in pose.unwrap_or_default().into_iter().flatten() {
        digest.update(&value.to_bits().to_le_bytes());
    }
    let rings = sample.lens.raw_encoders.unwrap_or_default();
    for count in [rings.focus, rings.iris, rings.zoom] {
        digest.update(&count.unwrap_or_default().to_le_bytes());
    }
    put_uuid(&digest.finish(), message)
}

/// The id of a source and the number of its stream. A subject that is an OpenTrackIO source keeps both.
fn source(subject: &str, message: &mut Message) -> (Text, u32) {
    let (id, number) = match subject.rsplit_once('#') {
        Some((id, number)) => (id, number.parse().ok()),
        None => (subject, Some(1)),
    };
    if let (Some(number), true) = (number, is_uuid_urn(id)) {
        return (message.put_text(id), number);
    }
    let mut digest = cyclorama_content::Hasher::new();
    digest.update(b"cyclorama source\0").update(subject.as_bytes());
    (put_uuid(&digest.finish(), message), 1)
}

fn is_uuid_urn(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// A version 8 UUID (RFC 9562) of a digest's first bytes.
fn put_uuid(digest: &Digest, message: &mut Message) -> Text {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let mut text = *b"urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (place, digit) in text.iter_mut().filter(|byte| **byte == b'x').zip(digits) {
        *place = b"0123456789abcdef"[usize::from(digit)];
    }
    message.put_text(std::str::from_utf8(&text).unwrap_or_default())
}

#[cfg(test)]
mod tests;
