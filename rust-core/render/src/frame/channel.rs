//! Channels beside red, green and blue: numbers with a name, kept as they are written.

use exr::image::FlatSamples;
use half::f16;

/// The name of the channel that says how much of a pixel is covered.
pub const ALPHA: &str = "A";

/// A channel of a picture: its name in the file, and a number for each pixel, rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub(super) name: String,
    pub(super) samples: FlatSamples,
}

/// A number that cannot be, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fault {
    /// The first one.
    pub(crate) value: f32,
    /// The index of its pixel.
    pub(crate) pixel: usize,
    /// How many there are.
    pub(crate) count: usize,
}

impl Channel {
    /// A channel of 32-bit floats.
    pub fn single(name: impl Into<String>, values: Vec<f32>) -> Self {
        Self { name: name.into(), samples: FlatSamples::F32(values) }
    }

    /// A channel of 16-bit floats, the nearest to these values.
    pub fn half(name: impl Into<String>, values: impl IntoIterator<Item = f32>) -> Self {
        let samples = FlatSamples::F16(values.into_iter().map(f16::from_f32).collect());
        Self { name: name.into(), samples }
    }

    /// Its name, as in `N.X`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of each pixel.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        self.samples.values_as_f32()
    }

    /// What is no number in it, or what is infinite as well.
    pub(crate) fn fault(&self, infinite_too: bool) -> Option<Fault> {
        match &self.samples {
            FlatSamples::F16(values) if infinite_too => {
                fault(values, |value| !value.is_finite(), f16::to_f32)
            }
            FlatSamples::F16(values) => fault(values, f16::is_nan, f16::to_f32),
            FlatSamples::F32(values) if infinite_too => {
                fault(values, |value| !value.is_finite(), |value| value)
            }
            FlatSamples::F32(values) => fault(values, f32::is_nan, |value| value),
            // Whole numbers all are.
            FlatSamples::U32(_) => None,
        }
    }
}

/// Counts first: that goes many at a time, and nearly always it is all there is to do.
pub(crate) fn fault<T: Copy>(values: &[T], is_bad: fn(T) -> bool, number: fn(T) -> f32) -> Option<Fault> {
    let count = values.iter().filter(|value| is_bad(**value)).count();
    if count == 0 {
        return None;
    }
    let pixel = values.iter().position(|value| is_bad(*value))?;
    Some(Fault { value: number(values[pixel]), pixel, count })
}
