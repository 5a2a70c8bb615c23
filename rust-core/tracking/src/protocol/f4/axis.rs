//! The blocks of an F4 packet: what each id means and how its four bytes read.

use super::super::wire::{s24, to_24};

/// One axis block as it stands on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Axis {
    /// What it carries; unknown ids are kept.
    pub id: u8,
    /// Its four bytes.
    pub data: [u8; 4],
}

/// The axes we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AxisId {
    /// Degrees / 1000, positive to the left.
    Pan = 0x01,
    /// Degrees / 1000, positive up.
    Tilt = 0x02,
    /// Focus encoder, 16-bit count.
    Focus = 0x03,
    /// Zoom encoder, 16-bit count.
    Zoom = 0x04,
    /// Right, cm / 1000.
    X = 0x05,
    /// Forward, cm / 1000.
    Y = 0x06,
    /// Up, cm / 1000.
    Height = 0x07,
    /// Iris encoder, 16-bit count.
    Iris = 0x0D,
    /// Degrees / 1000, positive clockwise from behind.
    Roll = 0x13,
    /// Entrance pupil ahead of the sensor, m.
    EntrancePupil = 0x50,
    /// First radial distortion term, of the image divided by the focal length.
    K1 = 0x51,
    /// Second radial distortion term.
    K2 = 0x52,
    /// Horizontal focal length, pixels of a 1920 wide image.
    FocalX = 0x53,
    /// Image centre to the right of the sensor's, pixels.
    CentreX = 0x54,
    /// Image centre below the sensor's, pixels.
    CentreY = 0x55,
    /// Horizontal focal length of the undistorted view, pixels. Believed, not documented.
    UndistortedFocalX = 0x56,
    /// One over the focus distance, 1/m.
    InverseFocusDistance = 0x57,
    /// Vertical focal length, pixels.
    FocalY = 0x58,
    /// Vertical focal length of the undistorted view, pixels. Believed, not documented.
    UndistortedFocalY = 0x59,
    /// f-number.
    Aperture = 0x60,
    /// Timecode.
    Timecode = 0xF8,
    /// What the tracker thinks of its tracking.
    TrackingState = 0xF9,
}

/// A timecode block: fields as sent, not yet known to be a label that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimecodeField {
    /// 0: 24, 1: 25, 2: 30 frames per second; 3 is none of them.
    pub rate: u8,
    /// 6 bits.
    pub hours: u8,
    /// 6 bits.
    pub minutes: u8,
    /// 6 bits.
    pub seconds: u8,
    /// 6 bits.
    pub frames: u8,
}

/// What a Mo-Sys tracker says of its tracking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say what the vendor says, no more is documented")]
pub enum TrackingState {
    Undefined = 0,
    Tracking = 1,
    OpticalGood = 2,
    OpticalAcceptable = 3,
    OpticalUnreliable = 4,
    OpticalUnstable = 5,
    OpticalLost = 6,
    TooFewStars = 7,
    Searching = 8,
    Busy = 9,
    LoadingMap = 10,
    NoMap = 11,
    Test = 12,
    MechanicalEncodersOnly = 13,
    IoError = 14,
    InternalError = 15,
}

impl Axis {
    /// A block of thousandths (degrees or cm). Values wider than 24 bits lose their high bits.
    pub fn thousandths(id: AxisId, value: i32) -> Self {
        let [high, middle, low] = to_24(value.cast_unsigned());
        Self { id: id as u8, data: [0, high, middle, low] }
    }

    /// A block with an encoder count.
    pub fn count(id: AxisId, value: u16) -> Self {
        let [high, low] = value.to_be_bytes();
        Self { id: id as u8, data: [0, 0, high, low] }
    }

    /// A block with a single-precision value.
    pub fn float(id: AxisId, value: f32) -> Self {
        Self { id: id as u8, data: value.to_be_bytes() }
    }

    /// A timecode block.
    pub fn timecode(field: TimecodeField) -> Self {
        let TimecodeField { rate, hours, minutes, seconds, frames } = field;
        let data = [
            (rate & 3) << 5,
            (hours << 2) | ((minutes >> 4) & 3),
            (minutes << 4) | ((seconds >> 2) & 15),
            (seconds << 6) | (frames & 63),
        ];
        Self { id: AxisId::Timecode as u8, data }
    }

    /// A tracking state block.
    pub fn tracking_state(state: TrackingState) -> Self {
        Self { id: AxisId::TrackingState as u8, data: [0, 0, (state as u8) << 4, 0] }
    }

    /// The block as thousandths of its unit, 24 bits signed.
    pub fn as_thousandths(&self) -> i32 {
        let [_, high, middle, low] = self.data;
        s24([high, middle, low])
    }

    /// The block as an encoder count.
    pub fn as_count(&self) -> u16 {
        u16::from_be_bytes([self.data[2], self.data[3]])
    }

    /// The block as a single-precision value; any bits, so it may be no number.
    pub fn as_float(&self) -> f32 {
        f32::from_be_bytes(self.data)
    }

    /// The block as timecode fields.
    pub fn as_timecode(&self) -> TimecodeField {
        let [b0, b1, b2, b3] = self.data;
        TimecodeField {
            rate: (b0 >> 5) & 3,
            hours: b1 >> 2,
            minutes: ((b1 & 3) << 4) | (b2 >> 4),
            seconds: ((b2 & 15) << 2) | (b3 >> 6),
            frames: b3 & 63,
        }
    }

    /// The block as a tracking state.
    pub fn as_tracking_state(&self) -> TrackingState {
        TrackingState::ALL[usize::from(self.data[2] >> 4)]
    }
}

impl AxisId {
    /// The axis of an id byte, if we know it.
    pub fn from_byte(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| *axis as u8 == id)
    }

    /// All of them, in the order of their ids.
    pub const ALL: [Self; 22] = [
        Self::Pan,
        Self::Tilt,
        Self::Focus,
        Self::Zoom,
        Self::X,
        Self::Y,
        Self::Height,
        Self::Iris,
        Self::Roll,
        Self::EntrancePupil,
        Self::K1,
        Self::K2,
        Self::FocalX,
        Self::CentreX,
        Self::CentreY,
        Self::UndistortedFocalX,
        Self::InverseFocusDistance,
        Self::FocalY,
        Self::UndistortedFocalY,
        Self::Aperture,
        Self::Timecode,
        Self::TrackingState,
    ];
}

impl TrackingState {
    /// All of them, by their number.
    pub const ALL: [Self; 16] = [
        Self::Undefined,
        Self::Tracking,
        Self::OpticalGood,
        Self::OpticalAcceptable,
        Self::OpticalUnreliable,
        Self::OpticalUnstable,
        Self::OpticalLost,
        Self::TooFewStars,
        Self::Searching,
        Self::Busy,
        Self::LoadingMap,
        Self::NoMap,
        Self::Test,
        Self::MechanicalEncodersOnly,
        Self::IoError,
        Self::InternalError,
    ];
}
