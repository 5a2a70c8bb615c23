//! Packets described in a file instead of code: dialects of PTZ heads and trackers that nobody standardised.
//!
//! A [`Descriptor`] says where each number lies in a message of fixed length, how it is written and what it means.
//! Its checksum is checked before anything is used; a message that does not match is refused by cause. Reading
//! never looks outside the message, whatever the file says: offsets are checked when the file is read.

mod checksum;
mod file;

use std::{collections::BTreeMap, sync::Arc};

use cyclorama_space::{DVec3, LensState, PanTiltRoll, Pose};
use cyclorama_time::StageTime;

use crate::{Clocking, Sample, Status, Summary};

pub use checksum::{Checksum, ChecksumKind};
pub use file::DescriptorError;

/// What a number in a message means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Number of the camera, part of the subject's name.
    Camera,
    /// The sender's counter.
    Sequence,
    /// Degrees, positive to the left.
    Pan,
    /// Degrees, positive up.
    Tilt,
    /// Degrees, positive clockwise from behind.
    Roll,
    /// Metres, to the right.
    X,
    /// Metres, forward.
    Y,
    /// Metres, up.
    Z,
    /// 0 (wide) to 1.
    Zoom,
    /// 0 (infinity) to 1.
    Focus,
    /// 0 (open) to 1.
    Iris,
    /// Millimetres.
    FocalLength,
    /// Metres.
    FocusDistance,
    /// F-number.
    FStop,
    /// Not 0: the tracker is lost.
    Lost,
    /// Not 0: it records.
    Recording,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Number {
    /// Whole, 0 or more.
    Unsigned,
    /// Whole, two's complement.
    #[default]
    Signed,
    /// IEEE 754, 4 or 8 bytes.
    Float,
}

/// One number of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    meaning: Meaning,
    offset: usize,
    width: usize,
    number: Number,
    little: bool,
    /// Bits that count, of a whole number; applied before the sign, shifted down to bit 0.
    mask: Option<u64>,
    scale: f64,
    add: f64,
}

/// How to read one kind of message.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    name: String,
    length: usize,
    /// Bytes that are always the same.
    constants: Vec<(usize, Vec<u8>)>,
    checksum: Option<Checksum>,
    fields: Vec<Field>,
}

impl Descriptor {
    /// Reads a descriptor file; `docs/protocols/descriptor.md` says what stands in it.
    ///
    /// # Errors
    /// [`DescriptorError`] with the line.
    pub fn from_toml(text: &str) -> Result<Self, DescriptorError> {
        file::read(text)
    }

    /// What the dialect is called; subjects are `name:camera`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of a message.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The numbers of one message by meaning.
    ///
    /// # Errors
    /// The cause for which it is refused.
    pub fn values(&self, message: &[u8]) -> Result<BTreeMap<Meaning, f64>, &'static str> {
        if message.len() != self.length {
            return Err("length");
        }
        let fits = |(offset, bytes): &(usize, Vec<u8>)| {
            message.get(*offset..).is_some_and(|rest| rest.starts_with(bytes))
        };
        if !self.constants.iter().all(fits) {
            return Err("other-message");
        }
        if !self.checksum.as_ref().is_none_or(|checksum| checksum.holds(message)) {
            return Err("bad-checksum");
        }
        let mut values = BTreeMap::new();
        for field in &self.fields {
            let value = field.read(message).ok_or("length")?;
            if !value.is_finite() {
                return Err("not-finite");
            }
            values.insert(field.meaning, value);
        }
        Ok(values)
    }
}

impl Field {
    fn read(&self, message: &[u8]) -> Option<f64> {
        let bytes = message.get(self.offset..self.offset.checked_add(self.width)?)?;
        let mut raw = 0u64;
        for index in 0..self.width {
            let byte = bytes[if self.little { self.width - 1 - index } else { index }];
            raw = raw << 8 | u64::from(byte);
        }
        let value = match self.number {
            Number::Float if self.width == 4 => f64::from(f32::from_bits(raw as u32)),
            Number::Float => f64::from_bits(raw),
            Number::Unsigned => self.masked(raw).0 as f64,
            Number::Signed => {
                let (raw, bits) = self.masked(raw);
                let unused = 64 - bits;
                ((raw << unused) as i64 >> unused) as f64
            }
        };
        Some(value * self.scale + self.add)
    }

    /// The bits that count, and how many there are (1 to 64).
    fn masked(&self, raw: u64) -> (u64, u32) {
        match self.mask.filter(|mask| *mask != 0) {
            Some(mask) => {
                let shift = mask.trailing_zeros();
                ((raw & mask) >> shift, 64 - (mask >> shift).leading_zeros())
            }
            None => (raw, 8 * self.width as u32),
        }
    }
}

/// Messages of one dialect to samples.
#[derive(Debug)]
pub struct Described {
    descriptor: Descriptor,
    subjects: BTreeMap<u32, Arc<str>>,
    summary: Summary,
}

/// Cameras told apart.
const MOST_CAMERAS: usize = 256;

impl Described {
    /// A stream that has heard nothing yet.
    pub fn new(descriptor: Descriptor) -> Self {
        Self { descriptor, subjects: BTreeMap::new(), summary: Summary::default() }
    }

    /// What became of the messages so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What it reads.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Takes one datagram, of one message or several, and appends their samples.
    pub fn datagram(&mut self, arrived: StageTime, bytes: &[u8], out: &mut Vec<Sample>) {
        if bytes.is_empty() || !bytes.len().is_multiple_of(self.descriptor.length) {
            return self.summary.reject("length");
        }
        for message in bytes.chunks_exact(self.descriptor.length) {
            match self.descriptor.values(message) {
                Ok(values) => match self.sample(arrived, &values) {
                    Some(sample) => {
                        self.summary.accepted += 1;
                        out.push(sample);
                    }
                    None => self.summary.reject("too-many-cameras"),
                },
                Err("other-message") => self.summary.ignore("other-message"),
                Err(cause) => self.summary.reject(cause),
            }
        }
    }

    fn sample(&mut self, arrived: StageTime, values: &BTreeMap<Meaning, f64>) -> Option<Sample> {
        let of = |meaning: Meaning| values.get(&meaning).copied();
        let subject = self.subject(of(Meaning::Camera).unwrap_or(1.0).clamp(0.0, 65_535.0) as u32)?;
        let lost = of(Meaning::Lost).is_some_and(|flag| flag != 0.0);
        let part = |meaning| of(meaning).unwrap_or(0.0);
        let placed = POSE.iter().any(|meaning| values.contains_key(meaning));
        let pose = Pose::new(
            DVec3::new(part(Meaning::X), part(Meaning::Y), part(Meaning::Z)),
            PanTiltRoll::from_degrees(part(Meaning::Pan), part(Meaning::Tilt), part(Meaning::Roll)),
        );
        let ring = |meaning| of(meaning).filter(|turn| (0.0..=1.0).contains(turn));
        let encoders = cyclorama_space::Encoders {
            focus: ring(Meaning::Focus),
            iris: ring(Meaning::Iris),
            zoom: ring(Meaning::Zoom),
        };
        let positive = |meaning| of(meaning).filter(|value| *value > 0.0);
        Some(Sample {
            subject,
            arrived,
            sampled: None,
            sequence: of(Meaning::Sequence).map(|number| number.clamp(0.0, f64::from(u32::MAX)) as u32),
            timecode: None,
            pose: (placed && !lost && pose.is_valid()).then_some(pose),
            lens: LensState {
                focal_length_mm: positive(Meaning::FocalLength),
                focus_distance_m: positive(Meaning::FocusDistance),
                f_stop: positive(Meaning::FStop),
                encoders: [encoders.focus, encoders.iris, encoders.zoom]
                    .iter()
                    .any(Option::is_some)
                    .then_some(encoders),
                ..LensState::default()
            },
            status: if lost { Status::Lost } else { Status::Unknown },
            recording: of(Meaning::Recording).map(|flag| flag != 0.0),
            genlocked: None,
            clocking: Clocking::default(),
        })
    }

    fn subject(&mut self, camera: u32) -> Option<Arc<str>> {
        if let Some(known) = self.subjects.get(&camera) {
            return Some(known.clone());
        }
        if self.subjects.len() >= MOST_CAMERAS {
            return None;
        }
        let name: Arc<str> = format!("{}:{camera}", self.descriptor.name).into();
        self.subjects.insert(camera, name.clone());
        Some(name)
    }
}

/// What makes a pose.
const POSE: [Meaning; 6] = [Meaning::Pan, Meaning::Tilt, Meaning::Roll, Meaning::X, Meaning::Y, Meaning::Z];

#[cfg(test)]
mod tests;
