//! Measured delays, kept per camera and mode in a small TOML file.

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use super::Delay;

/// One kept measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayEntry {
    /// The camera, as people call it.
    pub camera: String,
    /// What the delay depends on besides: resolution, frame rate, shutter, processing.
    pub mode: String,
    /// See [`Delay::delay_ms`].
    pub delay_ms: f64,
    /// See [`Delay::uncertainty_ms`].
    pub uncertainty_ms: f64,
    /// See [`Delay::quality`].
    pub quality: f64,
    /// See [`Delay::frame_rate`].
    pub frame_rate: f64,
    /// When, UTC, RFC 3339.
    pub measured: String,
}

/// All that were measured, one for each camera and mode.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayBook {
    #[serde(default, rename = "delay")]
    entries: Vec<DelayEntry>,
}

/// The file is no book of delays.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct DelayBookError(String);

impl Classify for DelayBookError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl DelayBook {
    /// Reads a book.
    ///
    /// # Errors
    /// When the text is none; the message names the line.
    pub fn from_toml(text: &str) -> Result<Self, DelayBookError> {
        toml::from_str(text).map_err(|error| DelayBookError(error.to_string()))
    }

    /// The book as a file.
    pub fn to_toml(&self) -> String {
        let body = toml::to_string(self).expect("texts and numbers are TOML");
        format!("# How much later than the tracking the picture comes, per camera and mode.\n{body}")
    }

    /// Keeps a measurement, in place of an older one of the same camera and mode.
    pub fn keep(&mut self, camera: &str, mode: &str, delay: &Delay, measured: String) {
        self.entries.retain(|entry| (entry.camera.as_str(), entry.mode.as_str()) != (camera, mode));
        self.entries.push(DelayEntry {
            camera: camera.to_owned(),
            mode: mode.to_owned(),
            delay_ms: delay.delay_ms,
            uncertainty_ms: delay.uncertainty_ms,
            quality: delay.quality,
            frame_rate: delay.frame_rate,
            measured,
        });
    }

    /// The measurement of a camera in a mode.
    pub fn find(&self, camera: &str, mode: &str) -> Option<&DelayEntry> {
        self.entries.iter().find(|entry| entry.camera == camera && entry.mode == mode)
    }

    /// All of them, oldest first.
    pub fn entries(&self) -> &[DelayEntry] {
        &self.entries
    }
}
