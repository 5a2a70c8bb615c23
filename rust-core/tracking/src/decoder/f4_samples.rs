//! F4 packets as samples: axes gathered, brought to the stage's units.

use cyclorama_space::{
    Angle, Distortion, DistortionDirection, Encoders, LensState, RawEncoders, SensorSize,
    convert::f4 as table,
};
use cyclorama_time::{FrameRate, Timecode};

use super::{Arrival, DecodeOptions, Summary, subjects::Subjects};
use crate::{
    Clocking, Sample, Status,
    protocol::f4::{Axis, AxisId, Packet, TimecodeField, TrackingState},
};

/// What is kept of an F4 stream: its subjects.
#[derive(Debug)]
pub(super) struct Stream {
    subjects: Subjects,
}

/// What the axes of one packet say.
#[derive(Default)]
struct Gathered {
    reading: table::Reading,
    has_pose: bool,
    lens: LensState,
    encoders: RawEncoders,
    focal_px: Option<f64>,
    centre_px: [Option<f64>; 2],
    radial: [Option<f64>; 2],
    timecode: Option<Timecode>,
    state: Option<TrackingState>,
}

impl Stream {
    pub(super) fn new() -> Self {
        Self { subjects: Subjects::new("f4") }
    }

    pub(super) fn message(&mut self, arrival: &mut Arrival<'_>, options: &DecodeOptions, message: &[u8]) {
        let packet = match Packet::decode(message) {
            Ok(packet) => packet,
            Err(cause) => return arrival.summary.reject(cause.cause()),
        };
        let Some(subject) = self.subjects.name(u32::from(packet.camera())) else {
            return arrival.summary.reject("too-many-subjects");
        };
        arrival.summary.accepted += 1;
        let mut said = Gathered::default();
        for axis in packet.axes() {
            said.take(&axis, arrival.summary);
        }
        let status = said.state.map_or(Status::Unknown, status);
        arrival.out.push(Sample {
            subject,
            arrived: arrival.arrived,
            sampled: None,
            sequence: Some(u32::from(packet.frame_counter())),
            timecode: said.timecode,
            pose: (said.has_pose && status != Status::Lost).then(|| table::to_stage(&said.reading)),
            lens: said.lens(options.sensor_width_mm),
            status,
            recording: Some(packet.recording()),
            genlocked: Some(packet.genlocked()),
            clocking: Clocking::default(),
        });
    }
}

impl Gathered {
    fn take(&mut self, axis: &Axis, summary: &mut Summary) {
        let Some(id) = AxisId::from_byte(axis.id) else {
            return summary.ignore("unknown-axis");
        };
        let thousandths = || f64::from(axis.as_thousandths()) / 1000.0;
        let degrees = || Angle::from_degrees(thousandths());
        let count = || Some(u32::from(axis.as_count()));
        let mut number = |sound: fn(f64) -> bool| {
            let value = f64::from(axis.as_float());
            let sound = value.is_finite() && sound(value);
            if !sound {
                summary.ignore("bad-field");
            }
            sound.then_some(value)
        };
        let any = |_| true;
        match id {
            AxisId::Pan => self.reading.pan = degrees(),
            AxisId::Tilt => self.reading.tilt = degrees(),
            AxisId::Roll => self.reading.roll = degrees(),
            AxisId::X => self.reading.position_cm[0] = thousandths(),
            AxisId::Y => self.reading.position_cm[1] = thousandths(),
            AxisId::Height => self.reading.position_cm[2] = thousandths(),
            AxisId::Focus => self.encoders.focus = count(),
            AxisId::Zoom => self.encoders.zoom = count(),
            AxisId::Iris => self.encoders.iris = count(),
            AxisId::EntrancePupil => self.lens.entrance_pupil_m = number(any),
            AxisId::K1 => self.radial[0] = number(any),
            AxisId::K2 => self.radial[1] = number(any),
            AxisId::FocalX => self.focal_px = number(|value| value > 0.0),
            AxisId::CentreX => self.centre_px[0] = number(any),
            AxisId::CentreY => self.centre_px[1] = number(any),
            AxisId::InverseFocusDistance => {
                self.lens.focus_distance_m = number(|value| value >= 0.0).map(f64::recip);
            }
            // Zero stands for an aperture that is not known.
            AxisId::Aperture => self.lens.f_stop = number(|value| value >= 0.0).filter(|stop| *stop > 0.0),
            AxisId::FocalY | AxisId::UndistortedFocalX | AxisId::UndistortedFocalY => {}
            AxisId::Timecode => {
                self.timecode = timecode(axis.as_timecode());
                if self.timecode.is_none() {
                    summary.ignore("bad-timecode");
                }
            }
            AxisId::TrackingState => self.state = Some(axis.as_tracking_state()),
        }
        self.has_pose |=
            matches!(id, AxisId::Pan | AxisId::Tilt | AxisId::Roll | AxisId::X | AxisId::Y | AxisId::Height);
    }

    fn lens(&self, sensor_width_mm: f64) -> LensState {
        let mut lens = self.lens;
        if self.encoders != RawEncoders::default() {
            let position = |count: Option<u32>| count.map(|count| f64::from(count) / ENCODER_STEPS);
            let RawEncoders { focus, iris, zoom } = self.encoders;
            lens.raw_encoders = Some(self.encoders);
            lens.encoders =
                Some(Encoders { focus: position(focus), iris: position(iris), zoom: position(zoom) });
        }
        if let Some(focal_px) = self.focal_px {
            let focal_mm = table::focal_length_mm(focal_px, sensor_width_mm);
            lens.focal_length_mm = Some(focal_mm);
            lens.sensor =
                Some(SensorSize { width_mm: sensor_width_mm, height_mm: sensor_width_mm * IMAGE_SHAPE });
            if let [Some(k1), k2] = self.radial {
                lens.distortion = Some(distortion(k1, k2.unwrap_or(0.0), focal_mm));
            }
        }
        if let [Some(x), Some(y)] = self.centre_px {
            lens.projection_offset_mm = Some([x, y].map(|px| px * sensor_width_mm / table::IMAGE_WIDTH_PX));
        }
        lens
    }
}

/// F4's terms are of the image divided by the focal length, from the undistorted point to the distorted; ours of
/// millimetres, alternating numerator and denominator.
fn distortion(k1: f64, k2: f64, focal_mm: f64) -> Distortion {
    let square = focal_mm * focal_mm;
    Distortion {
        direction: DistortionDirection::UndistortedToDistorted,
        radial: [k1 / square, 0.0, k2 / (square * square), 0.0, 0.0, 0.0],
        tangential: [0.0; 2],
    }
}

/// The label, if it exists.
fn timecode(field: TimecodeField) -> Option<Timecode> {
    let rate = match field.rate {
        0 => FrameRate::FPS_24,
        1 => FrameRate::FPS_25,
        2 => FrameRate::FPS_30,
        _ => return None,
    };
    Timecode::new(field.hours, field.minutes, field.seconds, field.frames, rate, false).ok()
}

fn status(state: TrackingState) -> Status {
    match state {
        TrackingState::Undefined => Status::Unknown,
        TrackingState::Tracking | TrackingState::OpticalGood => Status::Good,
        TrackingState::OpticalAcceptable | TrackingState::Test | TrackingState::MechanicalEncodersOnly => {
            Status::Caution
        }
        TrackingState::OpticalUnreliable | TrackingState::OpticalUnstable => Status::Bad,
        TrackingState::OpticalLost
        | TrackingState::TooFewStars
        | TrackingState::Searching
        | TrackingState::Busy
        | TrackingState::LoadingMap
        | TrackingState::NoMap
        | TrackingState::IoError
        | TrackingState::InternalError => Status::Lost,
    }
}

/// Counts of an encoder over its whole way.
const ENCODER_STEPS: f64 = 65536.0;

/// Height of F4's 1920 x 1080 image over its width.
const IMAGE_SHAPE: f64 = 1080.0 / 1920.0;
