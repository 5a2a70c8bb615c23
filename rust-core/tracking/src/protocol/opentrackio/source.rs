//! What the schema needs of a reader, so that it is written once for JSON and CBOR.
//!
//! Each reading method takes exactly one value. A value of another kind is skipped and `None` comes back;
//! bytes that are not well formed end the whole message with [`Malformed`].

use cyclorama_outcome::{Classify, Kind};

use super::message::{Custom, Pools, Text};

/// The bytes are not well-formed JSON or CBOR, or not an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct Malformed {
    /// What was found.
    pub what: &'static str,
    /// Bytes into the payload.
    pub at: usize,
}

impl Classify for Malformed {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

/// One value read: `None` when it is of the wrong kind.
pub(super) type Read<T> = Result<Option<T>, Malformed>;

/// A reader that walks once over a payload.
pub(super) trait Source<'a> {
    /// What a reader remembers of an object or array it is in.
    type Level;

    /// Enters an object.
    fn object(&mut self) -> Read<Self::Level>;
    /// The next key, or the end of the object. Keys that cannot be ours may come back as empty.
    fn key(&mut self, level: &mut Self::Level) -> Read<&'a [u8]>;
    /// Enters an array.
    fn array(&mut self) -> Read<Self::Level>;
    /// Whether another element follows; otherwise the array has ended.
    fn element(&mut self, level: &mut Self::Level) -> Result<bool, Malformed>;
    /// A finite number.
    fn number(&mut self) -> Read<f64>;
    /// A whole number from 0, however it is written.
    fn integer(&mut self) -> Read<u64>;
    /// A truth value.
    fn boolean(&mut self) -> Read<bool>;
    /// Text, stored in `pools`.
    fn text(&mut self, pools: &mut Pools) -> Read<Text>;
    /// Any value, passed over.
    fn skip(&mut self) -> Result<(), Malformed>;
    /// Any value, its bytes stored in `pools`.
    fn raw(&mut self, pools: &mut Pools) -> Result<Custom, Malformed>;
}

/// Names the schema knows; only for keys that were written in pieces or with escapes.
pub(super) fn known_key(name: &[u8]) -> &'static [u8] {
    KEYS.iter().find(|key| key.as_bytes() == name).map_or(b"", |key| key.as_bytes())
}

/// Longer names are not ours.
pub(super) const LONGEST_KEY: usize = 32;

const KEYS: &[&str] = &[
    "static",
    "duration",
    "num",
    "denom",
    "camera",
    "captureFrameRate",
    "activeSensorPhysicalDimensions",
    "height",
    "width",
    "activeSensorResolution",
    "make",
    "model",
    "serialNumber",
    "firmwareVersion",
    "label",
    "anamorphicSqueeze",
    "isoSpeed",
    "fdlLink",
    "shutterAngle",
    "lens",
    "distortionOverscanMax",
    "undistortionOverscanMax",
    "nominalFocalLength",
    "calibrationHistory",
    "tracker",
    "notes",
    "recording",
    "slate",
    "status",
    "timing",
    "mode",
    "recordedTimestamp",
    "seconds",
    "nanoseconds",
    "sampleRate",
    "sampleTimestamp",
    "sequenceNumber",
    "synchronization",
    "locked",
    "source",
    "frequency",
    "offsets",
    "translation",
    "rotation",
    "lensEncoders",
    "present",
    "ptp",
    "profile",
    "domain",
    "leaderIdentity",
    "leaderPriorities",
    "priority1",
    "priority2",
    "leaderAccuracy",
    "leaderTimeSource",
    "meanPathDelay",
    "vlan",
    "timecode",
    "hours",
    "minutes",
    "frames",
    "frameRate",
    "subFrame",
    "dropFrame",
    "custom",
    "distortion",
    "radial",
    "tangential",
    "overscan",
    "distortionOffset",
    "x",
    "y",
    "z",
    "encoders",
    "focus",
    "iris",
    "zoom",
    "entrancePupilOffset",
    "exposureFalloff",
    "a1",
    "a2",
    "a3",
    "fStop",
    "pinholeFocalLength",
    "focusDistance",
    "projectionOffset",
    "rawEncoders",
    "tStop",
    "protocol",
    "name",
    "version",
    "sampleId",
    "sourceId",
    "sourceNumber",
    "relatedSampleIds",
    "globalStage",
    "E",
    "N",
    "U",
    "lat0",
    "lon0",
    "h0",
    "transforms",
    "pan",
    "tilt",
    "roll",
    "scale",
    "id",
];

/// `value` as a whole number, when it is one that `f64` holds exactly.
pub(super) fn whole(value: f64) -> Option<u64> {
    let fits = (0.0..9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0;
    fits.then_some(value as u64)
}
