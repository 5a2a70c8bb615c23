//! The same content as derived serde structs that borrow their text: what a careful Rust program would write.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by nobody: the cost of filling it is what is measured")]
pub(crate) struct Sample<'a> {
    #[serde(borrow, rename = "static")]
    statics: Option<Static<'a>>,
    #[serde(borrow)]
    tracker: Option<Tracker<'a>>,
    #[serde(borrow)]
    timing: Option<Timing<'a>>,
    #[serde(borrow)]
    lens: Option<Lens<'a>>,
    #[serde(borrow)]
    protocol: Option<Protocol<'a>>,
    sample_id: Option<&'a str>,
    source_id: Option<&'a str>,
    source_number: Option<u32>,
    #[serde(borrow)]
    related_sample_ids: Option<Vec<&'a str>>,
    global_stage: Option<GlobalStage>,
    #[serde(borrow)]
    transforms: Option<Vec<Transform<'a>>>,
    custom: Option<serde::de::IgnoredAny>,
}

impl Sample<'_> {
    /// Keeps the whole of it alive, so that none of the work can be left out.
    pub(crate) fn looked_at(&self) -> bool {
        std::hint::black_box(self).transforms.is_some()
    }
}

macro_rules! parts {
    ($($name:ident$(<$life:lifetime>)? { $($(#[$attribute:meta])* $field:ident: $kind:ty),+ $(,)? })+) => {
        $(
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            #[expect(dead_code, reason = "read by nobody: the cost of filling it is what is measured")]
            struct $name$(<$life>)? { $($(#[$attribute])* $field: $kind),+ }
        )+
    };
}

parts! {
    Rational { num: u32, denom: u32 }
    Static<'a> {
        duration: Option<Rational>,
        #[serde(borrow)] camera: Option<StaticCamera<'a>>,
        #[serde(borrow)] lens: Option<StaticLens<'a>>,
        #[serde(borrow)] tracker: Option<StaticTracker<'a>>,
    }
    Dimensions { height: f64, width: f64 }
    Resolution { height: u32, width: u32 }
    StaticCamera<'a> {
        capture_frame_rate: Option<Rational>,
        active_sensor_physical_dimensions: Option<Dimensions>,
        active_sensor_resolution: Option<Resolution>,
        make: Option<&'a str>,
        model: Option<&'a str>,
        serial_number: Option<&'a str>,
        firmware_version: Option<&'a str>,
        label: Option<&'a str>,
        anamorphic_squeeze: Option<Rational>,
        iso_speed: Option<u32>,
        fdl_link: Option<&'a str>,
        shutter_angle: Option<f64>,
    }
    StaticLens<'a> {
        distortion_overscan_max: Option<f64>,
        undistortion_overscan_max: Option<f64>,
        make: Option<&'a str>,
        model: Option<&'a str>,
        serial_number: Option<&'a str>,
        firmware_version: Option<&'a str>,
        nominal_focal_length: Option<f64>,
        #[serde(borrow)] calibration_history: Option<Vec<&'a str>>,
    }
    StaticTracker<'a> {
        make: Option<&'a str>,
        model: Option<&'a str>,
        serial_number: Option<&'a str>,
        firmware_version: Option<&'a str>,
    }
    Tracker<'a> {
        notes: Option<&'a str>,
        recording: Option<bool>,
        slate: Option<&'a str>,
        status: Option<&'a str>,
    }
    Timestamp { seconds: u64, nanoseconds: u32 }
    Timing<'a> {
        mode: Option<Mode>,
        recorded_timestamp: Option<Timestamp>,
        sample_rate: Option<Rational>,
        sample_timestamp: Option<Timestamp>,
        sequence_number: Option<u32>,
        #[serde(borrow)] synchronization: Option<Synchronization<'a>>,
        timecode: Option<Timecode>,
    }
    Timecode {
        hours: u8,
        minutes: u8,
        seconds: u8,
        frames: u8,
        frame_rate: Rational,
        sub_frame: Option<u32>,
        drop_frame: Option<bool>,
    }
    Synchronization<'a> {
        locked: bool,
        source: Source,
        frequency: Option<Rational>,
        offsets: Option<Offsets>,
        present: Option<bool>,
        #[serde(borrow)] ptp: Option<Ptp<'a>>,
    }
    Offsets { translation: Option<f64>, rotation: Option<f64>, lens_encoders: Option<f64> }
    Ptp<'a> {
        profile: Option<&'a str>,
        domain: Option<u8>,
        leader_identity: Option<&'a str>,
        leader_priorities: Option<Priorities>,
        leader_accuracy: Option<f64>,
        leader_time_source: Option<&'a str>,
        mean_path_delay: Option<f64>,
        vlan: Option<u32>,
    }
    Priorities { priority1: u8, priority2: u8 }
    Lens<'a> {
        custom: Option<Vec<f64>>,
        #[serde(borrow)] distortion: Option<Vec<Distortion<'a>>>,
        distortion_offset: Option<Xy>,
        encoders: Option<Encoders>,
        entrance_pupil_offset: Option<f64>,
        exposure_falloff: Option<Falloff>,
        f_stop: Option<f64>,
        pinhole_focal_length: Option<f64>,
        focus_distance: Option<f64>,
        projection_offset: Option<Xy>,
        raw_encoders: Option<RawEncoders>,
        t_stop: Option<f64>,
    }
    Distortion<'a> {
        model: Option<&'a str>,
        radial: Vec<f64>,
        tangential: Option<Vec<f64>>,
        overscan: Option<f64>,
    }
    Xy { x: f64, y: f64 }
    Encoders { focus: Option<f64>, iris: Option<f64>, zoom: Option<f64> }
    RawEncoders { focus: Option<u32>, iris: Option<u32>, zoom: Option<u32> }
    Falloff { a1: f64, a2: Option<f64>, a3: Option<f64> }
    Protocol<'a> { name: &'a str, version: [u8; 3] }
    GlobalStage {
        #[serde(rename = "E")] e: f64,
        #[serde(rename = "N")] n: f64,
        #[serde(rename = "U")] u: f64,
        lat0: f64,
        lon0: f64,
        h0: f64,
    }
    Transform<'a> {
        translation: Xyz,
        rotation: PanTiltRoll,
        scale: Option<Xyz>,
        id: Option<&'a str>,
    }
    Xyz { x: f64, y: f64, z: f64 }
    PanTiltRoll { pan: f64, tilt: f64, roll: f64 }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Mode {
    Internal,
    External,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Source {
    Genlock,
    VideoIn,
    Ptp,
    Ntp,
}
