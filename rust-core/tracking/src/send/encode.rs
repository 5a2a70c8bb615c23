//! Samples in the language of any protocol: the inverse of the decoder, for rehearsals and other programs.
//!
//! Says what the protocol can say and leaves the rest out. A sample without a pose is sent only where the
//! protocol has a way to say "lost".

use cyclorama_space::{Angle, DistortionDirection, LensState, convert};
use cyclorama_time::FrameRate;

use crate::{
    DecodeOptions, Protocol, Sample, Status,
    protocol::{
        f4::{self, Axis, AxisId, TimecodeField, TrackingState},
        freed::{self, Vendor},
        opentrackio::{Encoding, export::Exporter, packet::Packetizer},
        psn,
    },
};

/// Writes samples as datagrams of one protocol.
#[derive(Debug)]
pub struct Encoder {
    protocol: Protocol,
    options: DecodeOptions,
    count: u32,
    axes: Vec<Axis>,
    buffer: Vec<u8>,
    exporter: Exporter,
    packetizer: Packetizer,
    encoding: Encoding,
}

/// Payload that crosses Ethernet in one piece.
const ETHERNET: usize = 1472;

impl Encoder {
    /// An encoder whose datagrams a decoder with `options` reads back.
    pub fn new(protocol: Protocol, options: DecodeOptions) -> Self {
        Self {
            protocol,
            options,
            count: 0,
            axes: Vec::new(),
            buffer: Vec::new(),
            exporter: Exporter::default(),
            packetizer: Packetizer::new(ETHERNET, 0),
            encoding: Encoding::Json,
        }
    }

    /// Writes OpenTrackIO payloads in `encoding`; JSON otherwise. Other protocols have only one way.
    #[must_use]
    pub fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Hands the datagrams of `sample` to `send`, none if the protocol cannot say it.
    pub fn encode(&mut self, sample: &Sample, mut send: impl FnMut(&[u8])) {
        self.buffer.clear();
        let written = match self.protocol {
            Protocol::F4 => self.f4(sample),
            Protocol::FreeD => self.freed(sample),
            Protocol::Psn => self.psn(sample),
            Protocol::OpenTrackIO => {
                let payload = self.exporter.payload(sample, self.encoding);
                self.packetizer.packets(self.encoding, payload, &mut self.buffer, &mut send);
                None
            }
        };
        self.count = self.count.wrapping_add(1);
        if written.is_some() {
            send(&self.buffer);
        }
    }

    fn f4(&mut self, sample: &Sample) -> Option<()> {
        self.axes.clear();
        let mut put = |axis| self.axes.push(axis);
        if let Some(pose) = &sample.pose {
            let reading = convert::f4::from_stage(pose);
            let angles =
                [(AxisId::Pan, reading.pan), (AxisId::Tilt, reading.tilt), (AxisId::Roll, reading.roll)];
            for (id, angle) in angles {
                put(Axis::thousandths(id, scaled(angle.degrees(), 1000.0)));
            }
            for (id, cm) in [AxisId::X, AxisId::Y, AxisId::Height].into_iter().zip(reading.position_cm) {
                put(Axis::thousandths(id, scaled(cm, 1000.0)));
            }
        }
        let lens = &sample.lens;
        if let Some(focal) = lens.focal_length_mm {
            let px = convert::f4::focal_px(focal, self.options.sensor_width_mm) as f32;
            put(Axis::float(AxisId::FocalX, px));
            put(Axis::float(AxisId::FocalY, px));
        }
        let pixels = |mm: f64| mm * convert::f4::IMAGE_WIDTH_PX / self.options.sensor_width_mm;
        let centre = lens.projection_offset_mm;
        let [k1, k2] = f4_terms(lens).map_or([None; 2], |terms| terms.map(Some));
        let floats = [
            (AxisId::CentreX, centre.map(|[x, _]| pixels(x))),
            (AxisId::CentreY, centre.map(|[_, y]| pixels(y))),
            (AxisId::K1, k1),
            (AxisId::K2, k2),
            (AxisId::EntrancePupil, lens.entrance_pupil_m),
            (AxisId::InverseFocusDistance, lens.focus_distance_m.map(f64::recip)),
            (AxisId::Aperture, lens.f_stop),
        ];
        for (id, value) in floats {
            if let Some(value) = value {
                put(Axis::float(id, value as f32));
            }
        }
        let raw = lens.raw_encoders.unwrap_or_default();
        let turns = lens.encoders.unwrap_or_default();
        let rings = [
            (AxisId::Focus, raw.focus, turns.focus),
            (AxisId::Zoom, raw.zoom, turns.zoom),
            (AxisId::Iris, raw.iris, turns.iris),
        ];
        for (id, raw, turn) in rings {
            let counted = turn.map(|turn| scaled(turn, 65536.0).clamp(0, 65535) as u16);
            if let Some(count) = counted.or(raw.and_then(|raw| raw.try_into().ok())) {
                put(Axis::count(id, count));
            }
        }
        if let Some(field) = sample.timecode.and_then(timecode_field) {
            put(Axis::timecode(field));
        }
        put(Axis::tracking_state(tracking_state(sample)));
        let counter = sample.sequence.unwrap_or(self.count) & 0x0F;
        let flag = |said: Option<bool>, bit: u32| u32::from(said == Some(true)) << bit;
        let status = counter | flag(sample.recording, 4) | flag(sample.genlocked, 5);
        f4::encode(number_of(&sample.subject) as u8, status as u8, &self.axes, &mut self.buffer).ok()
    }

    fn freed(&mut self, sample: &Sample) -> Option<()> {
        let reading =
            convert::freed::from_stage(sample.pose.as_ref().filter(|_| sample.status != Status::Lost)?);
        let degrees = |angle: Angle| scaled(angle.degrees(), freed::Packet::PER_DEGREE);
        let (zoom, focus) = self.freed_lens(&sample.lens);
        let packet = freed::Packet {
            camera: number_of(&sample.subject) as u8,
            rotation: [reading.pan, reading.tilt, reading.roll].map(degrees),
            position: reading.position_mm.map(|mm| scaled(mm, freed::Packet::PER_MILLIMETRE)),
            zoom,
            focus,
            spare: self.freed_spare(sample),
        };
        self.buffer.extend(packet.encode());
        Some(())
    }

    /// Zoom and focus as the vendor counts them.
    fn freed_lens(&self, lens: &LensState) -> (u32, u32) {
        let count = |value: f64| value.round().clamp(0.0, 16_777_215.0) as u32;
        if self.options.vendor == Vendor::Zcam {
            let focal = lens.focal_length_mm.map_or(0.0, |mm| mm * 100.0);
            let distance = lens.focus_distance_m.map_or(0.0, |m| m * 10_000.0);
            return (count(focal), count(distance));
        }
        let turns = lens.encoders.unwrap_or_default();
        let raw = lens.raw_encoders.unwrap_or_default();
        let Some(ranges) = self.options.lens_ranges.or(self.options.vendor.ranges()) else {
            return (raw.zoom.unwrap_or(0), raw.focus.unwrap_or(0));
        };
        let between = |[from, to]: [u32; 2], turn: f64| {
            count(f64::from(from) + (f64::from(to) - f64::from(from)) * turn)
        };
        (
            turns.zoom.map_or(raw.zoom.unwrap_or(0), |turn| between(ranges.zoom, turn)),
            // The vendor's range runs from near to far, ours from far to near.
            turns.focus.map_or(raw.focus.unwrap_or(0), |turn| between(ranges.focus, 1.0 - turn)),
        )
    }

    fn freed_spare(&self, sample: &Sample) -> u16 {
        match self.options.vendor {
            Vendor::Sony | Vendor::Zcam => {
                let stop = sample.lens.f_stop.map_or(0, |stop| scaled(stop, 100.0).clamp(0, 0x0FFF) as u16);
                (self.count as u16) << 12 | stop
            }
            Vendor::MoSys => match sample.status {
                Status::Unknown => 0,
                Status::Good => 1,
                Status::Caution => 2,
                Status::Bad | Status::Lost => 3,
            },
            _ => 0,
        }
    }

    fn psn(&mut self, sample: &Sample) -> Option<()> {
        let time = sample.sampled.map_or(sample.arrived.nanos(), cyclorama_time::SenderTime::nanos);
        let micros = (time / 1000).max(0).unsigned_abs();
        let header = psn::Header {
            timestamp_us: micros,
            version: [2, 3],
            frame_id: self.count as u8,
            frame_packets: 1,
            tail: &[],
        };
        let placed = sample.pose.map(|pose| convert::psn::from_stage(&pose, self.options.psn.sense));
        let single = |vector: [f64; 3]| vector.map(|value| value as f32);
        let tracker = psn::Tracker {
            id: number_of(&sample.subject) as u16,
            position: placed.map(|(position, _)| single(position)),
            orientation: placed.map(|(_, orientation)| single(orientation)),
            validity: Some(match sample.status {
                Status::Lost => 0.0,
                Status::Bad => 0.25,
                Status::Caution => 0.75,
                Status::Good | Status::Unknown => 1.0,
            }),
            timestamp_us: Some(micros),
            ..psn::Tracker::default()
        };
        psn::encode_data(&header, &[tracker], &mut self.buffer).ok()
    }
}

/// F4's two distortion terms, of the image divided by the focal length, where the lens has such.
fn f4_terms(lens: &LensState) -> Option<[f64; 2]> {
    let (distortion, focal) = (lens.distortion?, lens.focal_length_mm?);
    let square = focal * focal;
    (distortion.direction == DistortionDirection::UndistortedToDistorted)
        .then(|| [distortion.radial[0] * square, distortion.radial[2] * square * square])
}

/// `value` in wire units, rounded, as far as 24 bits go.
fn scaled(value: f64, units: f64) -> i32 {
    (value * units).round().clamp(-8_388_608.0, 8_388_607.0) as i32
}

/// The camera or tracker number in a subject such as `f4:1`; 1 where there is none.
fn number_of(subject: &str) -> u32 {
    subject.rsplit(':').next().and_then(|number| number.parse().ok()).filter(|n| *n <= 0xFFFF).unwrap_or(1)
}

fn timecode_field(label: cyclorama_time::Timecode) -> Option<TimecodeField> {
    let rate = match label.rate() {
        FrameRate::FPS_24 => 0,
        FrameRate::FPS_25 => 1,
        FrameRate::FPS_30 => 2,
        _ => return None,
    };
    let (hours, minutes, seconds, frames) = (label.hours(), label.minutes(), label.seconds(), label.frames());
    Some(TimecodeField { rate, hours, minutes, seconds, frames })
}

fn tracking_state(sample: &Sample) -> TrackingState {
    match (sample.status, &sample.pose) {
        (Status::Lost, _) | (_, None) => TrackingState::OpticalLost,
        (Status::Unknown, _) => TrackingState::Undefined,
        (Status::Good, _) => TrackingState::OpticalGood,
        (Status::Caution, _) => TrackingState::OpticalAcceptable,
        (Status::Bad, _) => TrackingState::OpticalUnreliable,
    }
}
