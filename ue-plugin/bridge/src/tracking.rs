//! Trackers in the engine: a session listens on a port, and what it hears is read in four ways.
//!
//! `latest` is for game and render threads: no lock, no memory, no wait. A `Reader` evaluates a subject at any time on
//! the thread that owns it. A `Feed` gives every sample once, to a thread that may wait. A `Genlock` gives the beat.

mod board;
mod connection;
pub(crate) mod convert;
pub(crate) mod directory;
mod feed;
mod genlock;
mod hearing;
mod reader;
pub(crate) mod samples;
mod session;
pub(crate) mod shared;
pub(crate) mod slating;
mod wanted;

pub use ffi::{Details, GenlockOptions, Label, LensKind, Pose, Tick, TrackingConfig};

use cyclorama_time::Clock as _;

use crate::{Status, failure::Failure, guard, time};
use feed::Feed;
use genlock::Genlock;
use reader::Reader;
use session::Tracking;

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// Where to listen, and to what.
    #[derive(Clone, Debug, Default)]
    struct TrackingConfig {
        /// f4, freed, opentrackio or psn.
        protocol: String,
        /// Address and port, or a port alone, or nothing: the protocol's own port on every interface.
        bind: String,
        /// Multicast group to join; nothing for none.
        multicast: String,
        /// Address, number or name of the network card; nothing for the system's choice.
        network_interface: String,
        /// Whose FreeD it is; nothing for the generic one.
        vendor: String,
        /// Only this subject; nothing for all.
        subject: String,
        /// File of a calibrated lens; nothing for none.
        lens_file: String,
        /// How far ahead samples are foretold, microseconds; 0 for as they were measured.
        horizon_us: u32,
        /// Samples no camera could have made are used too; else they are kept out and told as faults.
        keep_outliers: bool,
    }

    /// Where a subject is, in Unreal's axes. 72 bytes.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Pose {
        /// The moment it is for, stage time, nanoseconds.
        at_ns: i64,
        /// Forward, cm.
        x: f64,
        /// Right, cm.
        y: f64,
        /// Up, cm.
        z: f64,
        /// Quaternion, as `FQuat` has it.
        qx: f64,
        /// As above.
        qy: f64,
        /// As above.
        qz: f64,
        /// As above.
        qw: f64,
        /// Which subject: `subject_name` has its name.
        subject: u32,
        /// Sum of `PoseFlag`.
        flags: u32,
    }

    /// What the flags of a pose mean.
    #[repr(u32)]
    enum PoseFlag {
        /// None of them.
        Plain = 0,
        /// Held: not to be trusted.
        Stale = 1,
        /// Foretold.
        Predicted = 2,
    }

    /// Which lens model the parameters belong to.
    #[repr(u32)]
    #[derive(Debug)]
    enum LensKind {
        /// No lens is known.
        Unknown,
        /// k1, k2, k3, p1, p2.
        Spherical,
        /// k1 to k6, p1, p2, undistorted to distorted.
        BrownConradyUndistortedToDistorted,
        /// k1 to k6, p1, p2, distorted to undistorted.
        BrownConradyDistortedToUndistorted,
    }

    /// Which of the details are known.
    #[repr(u32)]
    enum Known {
        /// None.
        Nothing = 0,
        /// Focal length.
        FocalLength = 1,
        /// Field of view.
        FieldOfView = 2,
        /// Aspect ratio.
        AspectRatio = 4,
        /// Aperture.
        Aperture = 8,
        /// Focus distance.
        FocusDistance = 16,
        /// Size of the sensor.
        Sensor = 32,
        /// Timecode.
        Timecode = 64,
        /// Lens model, its parameters and centres.
        LensModel = 128,
    }

    /// What comes with a pose. 232 bytes. What is not known is 0.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Details {
        /// When the sample was taken, stage time, nanoseconds.
        sampled_ns: i64,
        /// When its packet arrived.
        arrived_ns: i64,
        /// When it was there to be read.
        ready_ns: i64,
        /// Timecode: frames since midnight.
        timecode_frame: i64,
        /// mm.
        focal_length_mm: f64,
        /// Horizontal, degrees.
        field_of_view_deg: f64,
        /// Width to height of the picture as shown.
        aspect_ratio: f64,
        /// f-number.
        aperture: f64,
        /// cm.
        focus_distance_cm: f64,
        /// mm, as shown: the squeeze is undone.
        sensor_width_mm: f64,
        /// mm.
        sensor_height_mm: f64,
        /// Focal length over the sensor's width.
        fx: f64,
        /// Focal length over the sensor's height.
        fy: f64,
        /// Principal point, 0 to 1 from the left.
        cx: f64,
        /// Principal point, 0 to 1 from the top.
        cy: f64,
        /// 0 (held) to 1 (measured and good).
        confidence: f64,
        /// How much larger the picture should be drawn.
        overscan: f64,
        /// Parameters of the lens model.
        distortion: [f64; 8],
        /// Frames per second of the timecode.
        rate_numerator: u32,
        /// Its denominator.
        rate_denominator: u32,
        /// Sum of `Known`.
        known: u32,
        /// As in the pose.
        subject: u32,
        /// How many parameters the lens model has.
        distortion_count: u32,
        /// Which lens model.
        lens: LensKind,
        /// The tracker's own counter.
        sequence: u32,
        /// 1 when the timecode is drop-frame.
        drop_frame: u32,
    }

    /// The beat of an engine.
    #[derive(Clone, Copy, Debug, Default)]
    struct GenlockOptions {
        /// Frames per second.
        rate_numerator: u32,
        /// Its denominator.
        rate_denominator: u32,
        /// Frames begin with the samples of the trackers; else with the house's time (ST 2059).
        follow_tracker: bool,
        /// Frames begin so much later, microseconds.
        shift_us: i32,
    }

    /// A frame's begin.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Tick {
        /// Its number.
        frame: i64,
        /// When it begins, stage time, nanoseconds.
        begins_ns: i64,
        /// Frames that were passed over because nobody waited.
        skipped: i64,
    }

    /// A timecode.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Label {
        /// Frames since midnight.
        frame: i64,
        /// Frames per second.
        rate_numerator: u32,
        /// Its denominator.
        rate_denominator: u32,
        /// 1 when it is drop-frame.
        drop_frame: u32,
        /// Which subject says it.
        subject: u32,
    }

    extern "Rust" {
        /// A session: one port, all its subjects.
        type Tracking;
        /// Every sample once. Its owner is one thread.
        type Feed;
        /// A subject at any time. Its owner is one thread.
        type Reader;
        /// The beat. Its owner is one thread.
        type Genlock;

        /// Begins to listen. The handle's `state` says whether it does; where it cannot, it tries again every 2 s until
        /// it can, unless what it was asked can never be.
        fn tracking_start(config: &TrackingConfig) -> Box<Tracking>;
        /// As above from one line of text: `protocol=freed; bind=0.0.0.0:40000; vendor=sony; horizon=80`. Names are
        /// protocol, bind, multicast, interface, vendor, subject, lens, horizon (ms) and outliers (drop or keep).
        fn tracking_open(connection: &str) -> Box<Tracking>;
        /// Ends it; feeds wake. Again changes nothing. Within half a second, usually a fiftieth.
        fn stop(self: &Tracking) -> Status;
        /// `Ok` while it listens, `Cancelled` once it was stopped, else why it does not now.
        fn state(self: &Tracking) -> Status;
        /// The sentence to that.
        fn state_text(self: &Tracking) -> String;
        /// It does not listen now, and tries again by itself.
        fn tries_again(self: &Tracking) -> bool;
        /// The UDP port it listens on; 0 while it does not.
        fn port(self: &Tracking) -> u16;
        /// Its number, by which slate and sync record find it; never 0.
        fn number(self: &Tracking) -> u64;
        /// Subjects heard so far; their numbers are below this and never change.
        fn subject_count(self: &Tracking) -> u32;
        /// The name of a subject.
        fn subject_name(self: &Tracking, subject: u32) -> String;
        /// How it is doing: one JSON object for people.
        fn health_json(self: &Tracking) -> String;
        /// The newest sample of a subject, foretold where the session foretells. For any thread: no lock, no memory.
        fn latest(self: &Tracking, subject: u32, pose: &mut Pose) -> Status;
        /// What came with it.
        fn latest_details(self: &Tracking, subject: u32, details: &mut Details) -> Status;

        /// The timecode of now, counted on from the newest label of any subject. `Timeout` when the last came longer
        /// ago than `hold_ns`, `NotFound` when none ever came.
        fn timecode_now(self: &Tracking, hold_ns: i64, label: &mut Label) -> Status;

        /// A feed that begins now.
        fn feed(self: &Tracking) -> Box<Feed>;
        /// Waits for samples that were not given yet and gives the oldest; how many. None: time ran out, or the
        /// session ended.
        fn wait_next(self: &mut Feed, timeout_us: u32, poses: &mut [Pose], details: &mut [Details]) -> u32;
        /// As above without the wait and without details.
        fn batch(self: &mut Feed, poses: &mut [Pose]) -> u32;
        /// Whether samples may still come.
        fn feed_state(self: &Feed) -> Status;
        /// Samples that were dropped because nobody took them.
        fn feed_dropped(self: &Feed) -> u64;

        /// A reader of a subject.
        fn reader(self: &Tracking, subject: u32) -> Box<Reader>;
        /// The subject at a time: between samples, or a little past the newest. No lock and no wait.
        fn sample_at(self: &mut Reader, at_ns: i64, pose: &mut Pose, details: &mut Details) -> Status;

        /// The beat of this session.
        fn genlock(self: &Tracking, options: &GenlockOptions) -> Box<Genlock>;
        /// Waits for the next frame's begin. `Timeout` when it does not come in time.
        fn wait_tick(self: &mut Genlock, timeout_us: u32, tick: &mut Tick) -> Status;
    }
}

fn tracking_start(config: &TrackingConfig) -> Box<Tracking> {
    let failed = |failure: Failure| Box::new(Tracking::failed(failure));
    guard::value("tracking_start", failed, || Ok(Box::new(Tracking::start(config)?)))
}

fn tracking_open(connection: &str) -> Box<Tracking> {
    let failed = |failure: Failure| Box::new(Tracking::failed(failure));
    guard::value("tracking_open", failed, || Ok(Box::new(Tracking::start(&connection::parse(connection)?)?)))
}

/// Whether a session of this line could be begun; opens nothing.
pub(crate) fn check_connection(connection: &str) -> Result<(), Failure> {
    wanted::Wanted::read(&connection::parse(connection)?).map(drop)
}

impl Tracking {
    fn stop(&self) -> Status {
        guard::status("stop", || self.end())
    }

    fn state(&self) -> Status {
        guard::value("state", |failure| failure.status, || Ok(self.standing().0))
    }

    fn state_text(&self) -> String {
        guard::value("state_text", |failure| failure.text, || Ok(self.standing().1))
    }

    fn tries_again(&self) -> bool {
        guard::value("tries_again", |_| false, || Ok(self.is_tried_again()))
    }

    fn port(&self) -> u16 {
        guard::value("port", |_| 0, || Ok(self.heard_at().map_or(0, |address| address.port())))
    }

    fn number(&self) -> u64 {
        guard::value("number", |_| 0, || Ok(self.session_number()))
    }

    fn subject_count(&self) -> u32 {
        guard::value("subject_count", |_| 0, || Ok(self.shared().board().count()))
    }

    fn subject_name(&self, subject: u32) -> String {
        guard::value("subject_name", |_| String::new(), || Ok(self.shared().name(subject)))
    }

    fn health_json(&self) -> String {
        guard::value("health_json", |_| "{}".to_owned(), || Ok(self.shared().health()))
    }

    fn latest(&self, subject: u32, pose: &mut Pose) -> Status {
        guard::status("latest", || {
            *pose = self.shared().board().pose(subject).ok_or(Status::NotFound)?;
            Ok(())
        })
    }

    fn latest_details(&self, subject: u32, details: &mut Details) -> Status {
        guard::status("latest_details", || {
            *details = self.shared().board().details(subject).ok_or(Status::NotFound)?;
            Ok(())
        })
    }

    fn timecode_now(&self, hold_ns: i64, label: &mut Label) -> Status {
        guard::status("timecode_now", || {
            let now = time::clock().now();
            let (spoken, subject) = convert::label_at(self.shared().board(), now, now, hold_ns)?;
            *label = convert::label(spoken, subject);
            Ok(())
        })
    }

    fn feed(&self) -> Box<Feed> {
        guard::value("feed", |_| Box::new(Feed::ended()), || Ok(Box::new(self.shared().feed())))
    }

    fn reader(&self, subject: u32) -> Box<Reader> {
        guard::value("reader", |_| Box::new(Reader::ended()), || Ok(Box::new(self.shared().reader(subject))))
    }

    fn genlock(&self, options: &GenlockOptions) -> Box<Genlock> {
        guard::value(
            "genlock",
            |failure| Box::new(Genlock::failed(failure.status)),
            || Ok(Box::new(Genlock::new(self.shared(), options)?)),
        )
    }
}

impl Feed {
    fn wait_next(&mut self, timeout_us: u32, poses: &mut [Pose], details: &mut [Details]) -> u32 {
        guard::value("wait_next", |_| 0, || Ok(self.wait(timeout_us, poses, details)))
    }

    fn batch(&mut self, poses: &mut [Pose]) -> u32 {
        guard::value("batch", |_| 0, || Ok(self.take(poses)))
    }

    fn feed_state(&self) -> Status {
        guard::value("feed_state", |failure| failure.status, || Ok(self.standing()))
    }

    fn feed_dropped(&self) -> u64 {
        guard::value("feed_dropped", |_| 0, || Ok(self.dropped()))
    }
}

impl Reader {
    fn sample_at(&mut self, at_ns: i64, pose: &mut Pose, details: &mut Details) -> Status {
        guard::status("sample_at", || self.at(at_ns, pose, details))
    }
}

impl Genlock {
    fn wait_tick(&mut self, timeout_us: u32, tick: &mut Tick) -> Status {
        guard::status("wait_tick", || {
            *tick = self.wait(timeout_us)?;
            Ok(())
        })
    }
}

/// For tests of other domains.
#[cfg(test)]
pub(crate) use session::Tracking as TrackingForTests;

/// As above.
#[cfg(test)]
pub(crate) fn open_for_tests(connection: &str) -> Box<Tracking> {
    tracking_open(connection)
}

#[cfg(test)]
mod tests;
