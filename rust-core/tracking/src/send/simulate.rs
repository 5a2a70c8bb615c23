//! Simulated cameras: smooth moves as a stage knows them, the same for the same time everywhere.

use std::{fmt, str::FromStr};

use cyclorama_space::{DVec3, Encoders, LensState, PanTiltRoll, Pose, SensorSize};
use cyclorama_time::{FrameNumber, FrameRate, StageTime, Timecode};

use super::{Encoder, Script};
use crate::{Clocking, Sample, Status};

/// A camera move, repeating after [`Move::SECONDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A crane rises and swings round the middle of the stage, looking at it.
    Crane,
    /// An operator walks on the spot: sway, steps and breath.
    Handheld,
    /// A dolly runs along its rails and back, with a slow zoom.
    Dolly,
    /// Still, then a whip pan, then still: what shows every delay.
    Whip,
}

/// The name is no move we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no simulated move; use crane, handheld, dolly or whip")]
pub struct UnknownMove(pub String);

impl Move {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crane, Self::Handheld, Self::Dolly, Self::Whip];
    /// Seconds after which a move is back at its start.
    pub const SECONDS: f64 = 20.0;

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crane => "crane",
            Self::Handheld => "handheld",
            Self::Dolly => "dolly",
            Self::Whip => "whip",
        }
    }

    /// Where the camera is at `seconds`.
    pub fn pose(self, seconds: f64) -> Pose {
        // One turn of the whole move, and its harmonics, so that the end meets the start.
        let wave = |times: f64| libm::sincos(std::f64::consts::TAU * times * seconds / Self::SECONDS);
        let (sin, cos) = wave(1.0);
        match self {
            Self::Crane => {
                let (height, swing) = (2.2 - 1.2 * cos, 0.9 * sin);
                let position = DVec3::new(5.0 * libm::sin(swing), -5.0 * libm::cos(swing), height);
                look_at(position, DVec3::new(0.0, 0.0, 1.2))
            }
            Self::Handheld => {
                let (sway, step, breath) = (wave(7.0).0, wave(37.0).0, wave(5.0).1);
                let position = DVec3::new(0.03 * sway, -3.0 + 0.02 * wave(11.0).0, 1.6 + 0.01 * step);
                let angles = (1.2 * sway + 0.15 * step, 0.6 * breath + 0.2 * wave(39.0).1, 0.5 * wave(9.0).0);
                Pose::new(position, PanTiltRoll::from_degrees(angles.0, angles.1, angles.2))
            }
            Self::Dolly => {
                Pose::new(DVec3::new(-2.0 * cos, -4.0, 1.5), PanTiltRoll::from_degrees(12.0 * cos, -2.0, 0.0))
            }
            Self::Whip => {
                // Two whips of half a second, a quarter and three quarters into the move.
                let at = seconds.rem_euclid(Self::SECONDS);
                let pan = 60.0 * (eased((at - 5.0) / 0.5) - eased((at - 15.0) / 0.5)) - 30.0;
                Pose::new(DVec3::new(0.0, -3.5, 1.6), PanTiltRoll::from_degrees(pan, 0.0, 0.0))
            }
        }
    }

    /// The lens at `seconds`: a 36 x 20.25 mm sensor; the dolly zooms from 24 to 70 mm.
    pub fn lens(self, seconds: f64) -> LensState {
        let zoom = match self {
            Self::Dolly => 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * seconds / Self::SECONDS),
            _ => 0.25,
        };
        LensState {
            focal_length_mm: Some(24.0 + 46.0 * zoom),
            sensor: Some(SensorSize { width_mm: 36.0, height_mm: 20.25 }),
            focus_distance_m: Some(4.0),
            f_stop: Some(2.8),
            encoders: Some(Encoders { focus: Some(0.25), iris: Some(0.0), zoom: Some(zoom) }),
            ..LensState::default()
        }
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Move {
    type Err = UnknownMove;

    fn from_str(text: &str) -> Result<Self, UnknownMove> {
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or_else(|| UnknownMove(text.to_owned()))
    }
}

/// A simulated camera with its rate and first timecode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulation {
    /// How it moves.
    pub motion: Move,
    /// Samples per second.
    pub rate: FrameRate,
    /// Timecode of its first sample; labels count whole frames of its rate.
    pub first_timecode: Option<Timecode>,
    /// Its camera number.
    pub camera: u8,
}

impl Simulation {
    /// Camera 1, from one o'clock on.
    pub fn new(motion: Move, rate: FrameRate) -> Self {
        let first_timecode = Timecode::new(1, 0, 0, 0, rate, false).ok();
        Self { motion, rate, first_timecode, camera: 1 }
    }

    /// Sample `frame`.
    pub fn sample(&self, frame: i64) -> Sample {
        let nanos = self.rate.nanos_at(FrameNumber(frame));
        let seconds = nanos as f64 * 1e-9;
        Sample {
            subject: format!("simulated:{}", self.camera).into(),
            arrived: StageTime::from_nanos(nanos),
            sampled: None,
            sequence: Some(frame as u32),
            timecode: self.first_timecode.map(|first| first.plus_frames(frame)),
            pose: Some(self.motion.pose(seconds)),
            lens: self.motion.lens(seconds),
            status: Status::Good,
            recording: Some(false),
            genlocked: Some(true),
            clocking: Clocking::default(),
        }
    }

    /// `frames` samples as datagrams.
    pub fn script(&self, frames: i64, encoder: &mut Encoder) -> Script {
        let samples: Vec<_> = (0..frames.max(0)).map(|frame| self.sample(frame)).collect();
        let script = Script::from_samples(&samples, encoder);
        Script { length_nanos: self.rate.nanos_at(FrameNumber(frames.max(0))), ..script }
    }

    /// Samples in one whole move.
    pub fn frames_of_move(&self) -> i64 {
        self.rate.frame_at((Move::SECONDS * 1e9) as i64).0
    }
}

/// From 0 to 1 with no jump in speed or acceleration.
fn eased(at: f64) -> f64 {
    let at = at.clamp(0.0, 1.0);
    at * at * at * (at * (6.0 * at - 15.0) + 10.0)
}

/// A level camera at `position` that looks at `target`.
fn look_at(position: DVec3, target: DVec3) -> Pose {
    let way = target - position;
    let pan = libm::atan2(-way.x, way.y).to_degrees();
    let tilt = libm::atan2(way.z, libm::sqrt(way.x * way.x + way.y * way.y)).to_degrees();
    Pose::new(position, PanTiltRoll::from_degrees(pan, tilt, 0.0))
}
