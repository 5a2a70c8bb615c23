//! FreeD messages as samples: the vendor's dialect and the stage's units.

use cyclorama_space::{Angle, Encoders, LensState, RawEncoders, convert};

use super::{Arrival, DecodeOptions, subjects::Subjects};
use crate::{
    Clocking, Sample, Status,
    protocol::freed::{Packet, Ranges, Vendor},
};

/// What is kept of a FreeD stream: its subjects, and how to read it.
#[derive(Debug)]
pub(super) struct Stream {
    subjects: Subjects,
    vendor: Vendor,
    ranges: Option<Ranges>,
}

impl Stream {
    pub(super) fn new(options: &DecodeOptions) -> Self {
        let ranges = options.lens_ranges.or(options.vendor.ranges());
        Self { subjects: Subjects::new("freed"), vendor: options.vendor, ranges }
    }

    pub(super) fn message(&mut self, arrival: &mut Arrival<'_>, message: &[u8]) {
        match Packet::decode(message) {
            Ok(packet) => self.packet(arrival, &packet),
            Err(cause) => arrival.summary.reject(cause.cause()),
        }
    }

    pub(super) fn packet(&mut self, arrival: &mut Arrival<'_>, packet: &Packet) {
        let Some(subject) = self.subjects.name(u32::from(packet.camera)) else {
            return arrival.summary.reject("too-many-subjects");
        };
        arrival.summary.accepted += 1;
        let degrees = packet.rotation.map(|raw| Angle::from_degrees(f64::from(raw) / Packet::PER_DEGREE));
        let reading = convert::freed::Reading {
            position_mm: packet.position.map(|raw| f64::from(raw) / Packet::PER_MILLIMETRE),
            pan: degrees[0],
            tilt: degrees[1],
            roll: degrees[2],
        };
        arrival.out.push(Sample {
            subject,
            arrived: arrival.arrived,
            sampled: None,
            sequence: self.vendor.sequence(packet.spare).map(u32::from),
            timecode: None,
            pose: Some(convert::freed::to_stage(&reading)),
            lens: self.lens(packet),
            status: self.vendor.quality(packet.spare).map_or(Status::Unknown, status),
            recording: None,
            genlocked: None,
            clocking: Clocking::default(),
        });
    }

    fn lens(&self, packet: &Packet) -> LensState {
        let iris = self.vendor.iris(packet.spare);
        let mut lens = LensState {
            f_stop: self.vendor.f_number(packet.spare),
            raw_encoders: Some(RawEncoders { focus: Some(packet.focus), iris, zoom: Some(packet.zoom) }),
            encoders: self.ranges.map(|ranges| Encoders {
                focus: Some(ranges.focus_position(packet.focus)),
                iris: iris.and_then(|count| ranges.iris_position(count)),
                zoom: Some(ranges.zoom_position(packet.zoom)),
            }),
            ..LensState::default()
        };
        if self.vendor == Vendor::Zcam {
            lens.focal_length_mm = (packet.zoom != 0).then(|| f64::from(packet.zoom) / 100.0);
            lens.focus_distance_m = (packet.focus != 0).then(|| f64::from(packet.focus) / 10_000.0);
        }
        lens
    }
}

fn status(quality: u8) -> Status {
    match quality {
        1 => Status::Good,
        2 => Status::Caution,
        3 => Status::Bad,
        _ => Status::Unknown,
    }
}
