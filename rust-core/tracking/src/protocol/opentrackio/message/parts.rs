//! The parts of an OpenTrackIO sample, named as in the standard. Plain values; absent means not said.

use super::{List, Text};

/// A fraction of two whole numbers above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rational {
    /// Above the line, 1 to 2^31 - 1.
    pub num: u32,
    /// Below the line, 1 to 2^32 - 1.
    pub denom: u32,
}

/// What changes rarely; producers repeat it every few seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Static {
    /// Length of the clip, s.
    pub duration: Option<Rational>,
    /// The camera.
    pub camera: Option<StaticCamera>,
    /// The lens.
    pub lens: Option<StaticLens>,
    /// The tracker.
    pub tracker: Option<StaticTracker>,
}

/// The camera, as far as it does not change.
#[derive(Clone, Copy, Debug, Default)]
pub struct StaticCamera {
    /// Frames per second.
    pub capture_frame_rate: Option<Rational>,
    /// Active sensor, mm.
    pub active_sensor_physical_dimensions: Option<Dimensions>,
    /// Active sensor, photosites.
    pub active_sensor_resolution: Option<Resolution>,
    /// Manufacturer.
    pub make: Option<Text>,
    /// Model.
    pub model: Option<Text>,
    /// Serial number.
    pub serial_number: Option<Text>,
    /// Firmware.
    pub firmware_version: Option<Text>,
    /// What the crew calls it.
    pub label: Option<Text>,
    /// Height to width of a square as the sensor sees it.
    pub anamorphic_squeeze: Option<Rational>,
    /// ISO 12232 arithmetic speed, at least 1.
    pub iso_speed: Option<u32>,
    /// `urn:uuid` of the framing decision list.
    pub fdl_link: Option<Text>,
    /// Degrees, 0 to 360.
    pub shutter_angle: Option<f64>,
}

/// Height and width in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dimensions {
    /// mm, not negative.
    pub height: f64,
    /// mm, not negative.
    pub width: f64,
}

/// Height and width in photosites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

/// The lens, as far as it does not change.
#[derive(Clone, Copy, Debug, Default)]
pub struct StaticLens {
    /// Largest overscan of distortion, at least 1.
    pub distortion_overscan_max: Option<f64>,
    /// Largest overscan of undistortion, at least 1.
    pub undistortion_overscan_max: Option<f64>,
    /// Manufacturer.
    pub make: Option<Text>,
    /// Model.
    pub model: Option<Text>,
    /// Serial number.
    pub serial_number: Option<Text>,
    /// Firmware.
    pub firmware_version: Option<Text>,
    /// Engraved focal length of a prime, mm.
    pub nominal_focal_length: Option<f64>,
    /// Calibrations so far; texts.
    pub calibration_history: Option<List>,
}

/// The tracker, as far as it does not change.
#[derive(Clone, Copy, Debug, Default)]
pub struct StaticTracker {
    /// Manufacturer.
    pub make: Option<Text>,
    /// Model.
    pub model: Option<Text>,
    /// Serial number.
    pub serial_number: Option<Text>,
    /// Firmware.
    pub firmware_version: Option<Text>,
}

/// State of the tracking system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracker {
    /// Free text.
    pub notes: Option<Text>,
    /// It is recording.
    pub recording: Option<bool>,
    /// The slate.
    pub slate: Option<Text>,
    /// Its opinion of itself, free text.
    pub status: Option<Text>,
}

/// When the sample was taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Whether the sample or its transport carries the time.
    pub mode: Option<Mode>,
    /// When it was recorded.
    pub recorded_timestamp: Option<Timestamp>,
    /// Samples per second.
    pub sample_rate: Option<Rational>,
    /// When it was taken.
    pub sample_timestamp: Option<Timestamp>,
    /// Counts samples, wraps.
    pub sequence_number: Option<u32>,
    /// What the tracker is locked to.
    pub synchronization: Option<Synchronization>,
    /// SMPTE timecode.
    pub timecode: Option<TimecodeLabel>,
}

/// Where the time of a sample comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The sample carries a timestamp.
    Internal,
    /// The transport carries the time.
    External,
}

/// PTP time (TAI since 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// 48 bits.
    pub seconds: u64,
    /// Within the second.
    pub nanoseconds: u32,
}

/// Timecode fields as sent; not every combination is a label that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimecodeLabel {
    /// 0-23.
    pub hours: u8,
    /// 0-59.
    pub minutes: u8,
    /// 0-59.
    pub seconds: u8,
    /// 0-119.
    pub frames: u8,
    /// The rate it counts at.
    pub frame_rate: Rational,
    /// Part of the frame, from 0.
    pub sub_frame: Option<u32>,
    /// Counts drop-frame.
    pub drop_frame: Option<bool>,
}

/// What the tracker is locked to.
#[derive(Clone, Copy, Debug)]
pub struct Synchronization {
    /// It is locked.
    pub locked: bool,
    /// To what.
    pub source: SyncSource,
    /// Frequency of the signal, Hz.
    pub frequency: Option<Rational>,
    /// How far samples are from the signal.
    pub offsets: Option<SyncOffsets>,
    /// The signal is there.
    pub present: Option<bool>,
    /// PTP details.
    pub ptp: Option<Ptp>,
}

/// A synchronization source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncSource {
    /// Black burst or tri-level.
    Genlock,
    /// A video signal.
    VideoIn,
    /// A PTP leader.
    Ptp,
    /// An NTP server.
    Ntp,
}

/// Seconds between the synchronization and each kind of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SyncOffsets {
    /// Position, s.
    pub translation: Option<f64>,
    /// Rotation, s.
    pub rotation: Option<f64>,
    /// Lens encoders, s.
    pub lens_encoders: Option<f64>,
}

/// PTP details; all but two fields are required by the standard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ptp {
    /// Profile.
    pub profile: Option<PtpProfile>,
    /// 0-127.
    pub domain: Option<u8>,
    /// Six pairs of hex digits.
    pub leader_identity: Option<Text>,
    /// Priorities 1 and 2 of the leader.
    pub leader_priorities: Option<[u8; 2]>,
    /// s, not negative.
    pub leader_accuracy: Option<f64>,
    /// Where the leader has its time from.
    pub leader_time_source: Option<LeaderTimeSource>,
    /// s, not negative.
    pub mean_path_delay: Option<f64>,
    /// VLAN of the PTP traffic.
    pub vlan: Option<u32>,
}

/// A PTP profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PtpProfile {
    /// IEEE Std 1588-2019.
    Ieee1588,
    /// IEEE Std 802.1AS-2020.
    Ieee8021As,
    /// SMPTE ST2059-2:2021.
    SmpteSt2059,
}

/// Where a PTP leader has its time from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaderTimeSource {
    /// Satellites.
    Gnss,
    /// An atomic clock.
    AtomicClock,
    /// NTP.
    Ntp,
}

/// Lens state; its distortion models stand in [`super::Message::distortion`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Lens {
    /// Further coefficients; numbers.
    pub custom: Option<List>,
    /// Centre of distortion, mm, x right, y down.
    pub distortion_offset: Option<[f64; 2]>,
    /// Normalised focus, iris, zoom, 0 to 1; at least one is there.
    pub encoders: Option<[Option<f64>; 3]>,
    /// Entrance pupil ahead of the image plane, m.
    pub entrance_pupil_offset: Option<f64>,
    /// Vignetting a1, a2, a3; a1 is always there.
    pub exposure_falloff: Option<[Option<f64>; 3]>,
    /// f-number, above 0.
    pub f_stop: Option<f64>,
    /// mm, above 0.
    pub pinhole_focal_length: Option<f64>,
    /// m, above 0.
    pub focus_distance: Option<f64>,
    /// Centre of projection, mm, x right, y down.
    pub projection_offset: Option<[f64; 2]>,
    /// Counts of focus, iris, zoom; at least one is there.
    pub raw_encoders: Option<[Option<u32>; 3]>,
    /// T-number, above 0.
    pub t_stop: Option<f64>,
}

/// One distortion model.
#[derive(Clone, Copy, Debug)]
pub struct Distortion {
    /// Name; "Brown-Conrady D-U" when absent.
    pub model: Option<Text>,
    /// k1, k2, ...; at least one number.
    pub radial: List,
    /// p1, p2, ...; numbers.
    pub tangential: Option<List>,
    /// At least 1.
    pub overscan: Option<f64>,
}

/// Protocol name and version.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// "OpenTrackIO".
    pub name: Text,
    /// Three digits.
    pub version: [u8; 3],
}

/// Where the stage stands on Earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalStage {
    /// East, m.
    pub e: f64,
    /// North, m.
    pub n: f64,
    /// Up, m.
    pub u: f64,
    /// Latitude of the origin, degrees.
    pub lat0: f64,
    /// Longitude of the origin, degrees.
    pub lon0: f64,
    /// Height of the origin, m.
    pub h0: f64,
}

/// One link of the chain from the stage to the sensor.
#[derive(Clone, Copy, Debug)]
pub struct Transform {
    /// x, y, z, m.
    pub translation: [f64; 3],
    /// Pan, tilt, roll, degrees.
    pub rotation: [f64; 3],
    /// x, y, z.
    pub scale: Option<[f64; 3]>,
    /// Name.
    pub id: Option<Text>,
}
