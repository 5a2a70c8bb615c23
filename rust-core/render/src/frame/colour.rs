//! Colour spaces that files may be in, by the names of the Color Interop Forum: linear light, other primaries.
//!
//! In memory every picture is linear Rec.709; here is the one place where it becomes another space, and comes back, when a
//! file is written and read. Matrices are worked out from the primaries, with Bradford's adaptation where whites differ.

use glam::{DMat3, DVec2, DVec3};

/// A linear space: its name in files and its primaries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColourSpace {
    /// As headers name it.
    pub name: &'static str,
    /// What people also call it.
    also: &'static str,
    /// What OCIO configurations call it, in lower case.
    in_ocio: &'static [&'static str],
    /// Red, green, blue and white, CIE 1931 x and y.
    pub(super) primaries: [[f64; 2]; 4],
}

const D65: [f64; 2] = [0.3127, 0.3290];
/// The white of ACES, near D60.
const ACES_WHITE: [f64; 2] = [0.32168, 0.33767];

const KNOWN: [ColourSpace; 5] = [
    ColourSpace {
        name: super::COLOUR_SPACE,
        also: "rec709",
        in_ocio: &[
            "linear rec.709 (srgb)",
            "lin_rec709",
            "lin_rec709_srgb",
            "lin_srgb",
            "utility - linear - rec.709",
            "utility - linear - srgb",
        ],
        primaries: [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06], D65],
    },
    ColourSpace {
        name: "lin_ap1_scene",
        also: "acescg",
        in_ocio: &["acescg", "lin_ap1", "aces - acescg"],
        primaries: [[0.713, 0.293], [0.165, 0.830], [0.128, 0.044], ACES_WHITE],
    },
    ColourSpace {
        name: "lin_ap0_scene",
        also: "aces2065-1",
        in_ocio: &["aces2065-1", "aces2065_1", "lin_ap0", "aces - aces2065-1"],
        primaries: [[0.7347, 0.2653], [0.0, 1.0], [0.0001, -0.0770], ACES_WHITE],
    },
    ColourSpace {
        name: "lin_rec2020_scene",
        also: "rec2020",
        in_ocio: &["linear rec.2020", "lin_rec2020", "utility - linear - rec.2020"],
        primaries: [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046], D65],
    },
    ColourSpace {
        name: "lin_p3d65_scene",
        also: "p3d65",
        in_ocio: &["linear p3-d65", "lin_p3d65", "lin_displayp3", "utility - linear - p3-d65"],
        primaries: [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060], D65],
    },
];

impl Default for ColourSpace {
    fn default() -> Self {
        let [rec709, ..] = KNOWN;
        rec709
    }
}

impl ColourSpace {
    /// The space that headers, or people, call `name`.
    pub fn named(name: &str) -> Option<Self> {
        KNOWN.into_iter().find(|space| space.name == name || space.also.eq_ignore_ascii_case(name))
    }

    /// The space that OCIO configurations call `name`, in whatever case. Only names that mean linear light: some that people use for it mean an
    /// encoded picture there.
    pub fn of_ocio(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        KNOWN.into_iter().find(|space| space.name == lower || space.in_ocio.contains(&lower.as_str()))
    }

    /// All names there are, for people: `lin_ap1_scene (acescg)` and so on.
    pub fn names() -> String {
        KNOWN.map(|space| format!("{} ({})", space.name, space.also)).join(", ")
    }

    /// From linear Rec.709 to here; `None` when that is the same.
    pub(super) fn matrix(&self) -> Option<DMat3> {
        let [rec709, ..] = KNOWN;
        let [.., from] = rec709.primaries;
        let [.., to] = self.primaries;
        (*self != rec709).then(|| self.to_xyz().inverse() * adapted(from, to) * rec709.to_xyz())
    }

    /// From red, green and blue to CIE XYZ; equal parts are the white, whose Y is 1.
    fn to_xyz(self) -> DMat3 {
        let [red, green, blue, white] = self.primaries.map(xyz);
        let columns = DMat3::from_cols(red, green, blue);
        columns * DMat3::from_diagonal(columns.inverse() * white)
    }
}

/// A colour of Y 1.
fn xyz(chromaticity: [f64; 2]) -> DVec3 {
    let at = DVec2::from_array(chromaticity);
    DVec3::new(at.x / at.y, 1.0, (1.0 - at.x - at.y) / at.y)
}

/// What looks under one white as it looked under another, by Bradford's cone responses.
fn adapted(from: [f64; 2], to: [f64; 2]) -> DMat3 {
    let cones = DMat3::from_cols(
        DVec3::new(0.8951, -0.7502, 0.0389),
        DVec3::new(0.2664, 1.7135, -0.0685),
        DVec3::new(-0.1614, 0.0367, 1.0296),
    );
    let scale = (cones * xyz(to)) / (cones * xyz(from));
    cones.inverse() * DMat3::from_diagonal(scale) * cones
}

/// Each pixel times `matrix`.
pub(super) fn apply(matrix: DMat3, pixels: &mut [[f32; 3]]) {
    for pixel in pixels {
        let colour = matrix * DVec3::from_array(pixel.map(f64::from));
        *pixel = colour.to_array().map(|value| value as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_known_by_their_name_and_by_what_people_call_them() {
        for (said, name) in
            [("lin_ap1_scene", "lin_ap1_scene"), ("ACEScg", "lin_ap1_scene"), ("ACES2065-1", "lin_ap0_scene")]
        {
            assert_eq!(ColourSpace::named(said).map(|space| space.name), Some(name));
        }
        assert_eq!(ColourSpace::named("srgb_texture"), None);
        assert_eq!(ColourSpace::named(super::super::COLOUR_SPACE).and_then(|space| space.matrix()), None);
    }

    #[test]
    fn red_of_rec709_in_acescg_is_as_published_and_white_stays_white() {
        let matrix = ColourSpace::named("acescg").and_then(|space| space.matrix()).expect("another space");
        // The first column of the matrix in the configurations of ACES 1.2: 0.613097, 0.070194, 0.020616.
        let red = matrix * DVec3::X;
        assert!((red - DVec3::new(0.613_097, 0.070_194, 0.020_616)).abs().max_element() < 2e-5, "{red}");
        for space in KNOWN {
            let white = space.matrix().unwrap_or(DMat3::IDENTITY) * DVec3::ONE;
            assert!((white - DVec3::ONE).abs().max_element() < 1e-9, "{}: {white}", space.name);
        }
    }

    #[test]
    fn there_and_back_is_the_same_colour() {
        for space in KNOWN.iter().skip(1) {
            let there = space.matrix().expect("another space");
            let mut pixels = [[0.25, 0.5, 4.0], [0.0, 0.0, 0.0]];
            apply(there, &mut pixels);
            assert!((pixels[0][0] - 0.25).abs() > 0.01, "{} is another space", space.name);
            apply(there.inverse(), &mut pixels);
            assert!((pixels[0][0] - 0.25).abs() < 1e-6 && (pixels[0][2] - 4.0).abs() < 1e-5, "{pixels:?}");
            assert_eq!(pixels[1], [0.0; 3]);
        }
    }
}
