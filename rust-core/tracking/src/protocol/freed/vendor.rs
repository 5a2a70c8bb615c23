//! What each vendor means by FreeD's lens counts and spare field.
//!
//! The ranges are what vendors document; a rig may differ, so they are data that a user can replace, never learnt
//! from traffic.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Whose dialect of FreeD a sender speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// 16-bit counts, spare unused.
    #[default]
    Generic,
    /// 12-bit counts, iris in the spare field.
    Panasonic,
    /// F-number and frame counter in the spare field.
    Sony,
    /// Tracking quality in the spare field.
    MoSys,
    /// 24-bit counts.
    Stype,
    /// 24-bit counts.
    Ncam,
    /// Focal length and focus distance instead of counts; F-number and counter in the spare field.
    Zcam,
    /// Counts centred at 0x80000.
    Vizrt,
}

/// Lens counts at the ends of the rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ranges {
    /// Zoom counts at the wide and the tele end.
    pub zoom: [u32; 2],
    /// Focus counts at the near and the far end.
    pub focus: [u32; 2],
    /// Iris counts closed and open, where the vendor sends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iris: Option<[u32; 2]>,
}

/// The name is no vendor we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a FreeD vendor; use {names}", names = Vendor::ALL.map(Vendor::name).join(", "))]
pub struct UnknownVendor(pub String);

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Generic,
        Self::Panasonic,
        Self::Sony,
        Self::MoSys,
        Self::Stype,
        Self::Ncam,
        Self::Zcam,
        Self::Vizrt,
    ];

    /// The name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Panasonic => "panasonic",
            Self::Sony => "sony",
            Self::MoSys => "mosys",
            Self::Stype => "stype",
            Self::Ncam => "ncam",
            Self::Zcam => "zcam",
            Self::Vizrt => "vizrt",
        }
    }

    /// The UDP port its senders use by default.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Generic | Self::Vizrt => 40000,
            Self::Panasonic => 1111,
            Self::Sony => 52380,
            Self::MoSys => 8001,
            Self::Stype | Self::Ncam => 6301,
            Self::Zcam => 5001,
        }
    }

    /// Counts at the ends of the lens rings; none for a vendor that sends physical values.
    pub const fn ranges(self) -> Option<Ranges> {
        const fn both(range: [u32; 2]) -> Ranges {
            Ranges { zoom: range, focus: range, iris: None }
        }
        Some(match self {
            Self::Generic | Self::MoSys => both([0, 0xFFFF]),
            Self::Panasonic => Ranges { iris: Some([0x555, 0xFFF]), ..both([0x555, 0xFFF]) },
            Self::Sony => Ranges { zoom: [0, 0x7AC0], focus: [0x1000, 0xF000], iris: None },
            Self::Stype | Self::Ncam => both([0, 0x00FF_FFFF]),
            Self::Vizrt => both([VIZRT_CENTRE, VIZRT_CENTRE + 0xFFFF]),
            Self::Zcam => return None,
        })
    }

    /// The 4-bit counter in the spare field.
    pub fn sequence(self, spare: u16) -> Option<u8> {
        matches!(self, Self::Sony | Self::Zcam).then_some((spare >> 12) as u8)
    }

    /// The F-number in the spare field; zero means that the camera does not know it.
    pub fn f_number(self, spare: u16) -> Option<f64> {
        let hundredths = spare & 0x0FFF;
        (matches!(self, Self::Sony | Self::Zcam) && hundredths != 0).then(|| f64::from(hundredths) / 100.0)
    }

    /// The iris count in the spare field.
    pub fn iris(self, spare: u16) -> Option<u32> {
        matches!(self, Self::Panasonic).then(|| u32::from(spare))
    }

    /// The tracking quality in the spare field: 0 undefined, 1 good, 2 caution, 3 bad.
    pub fn quality(self, spare: u16) -> Option<u8> {
        matches!(self, Self::MoSys).then_some((spare & 0xFF) as u8)
    }
}

impl Ranges {
    /// Zoom position of a count, clamped to 0 (wide) .. 1 (tele).
    pub fn zoom_position(&self, count: u32) -> f64 {
        position(count, self.zoom)
    }

    /// Focus position of a count, clamped to 0 (far) .. 1 (near).
    pub fn focus_position(&self, count: u32) -> f64 {
        1.0 - position(count, self.focus)
    }

    /// Iris position of a count, clamped to 0 (open) .. 1 (closed), where the vendor sends one.
    pub fn iris_position(&self, count: u32) -> Option<f64> {
        self.iris.map(|range| 1.0 - position(count, range))
    }
}

/// Where `count` lies between the ends of `range`, which may run either way; an empty range is all at 0.
fn position(count: u32, [from, to]: [u32; 2]) -> f64 {
    let span = f64::from(to) - f64::from(from);
    if span == 0.0 { 0.0 } else { ((f64::from(count) - f64::from(from)) / span).clamp(0.0, 1.0) }
}

/// Encoders behind a Vizrt reader count from here, so that they can run below their start.
const VIZRT_CENTRE: u32 = 0x8_0000;

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Vendor {
    type Err = UnknownVendor;

    fn from_str(text: &str) -> Result<Self, UnknownVendor> {
        Self::ALL
            .into_iter()
            .find(|vendor| vendor.name() == text)
            .ok_or_else(|| UnknownVendor(text.to_owned()))
    }
}
