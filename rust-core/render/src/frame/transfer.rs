//! Transfer functions: from light to a PNG's samples and back, each in one place.
//!
//! A PNG says how its samples were made, and what says nothing is taken for sRGB, as browsers and viewers do. Light is linear
//! Rec.709, 0 to 1.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::FrameError;
use super::png_frame::PngDepth;

/// How light became samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Transfer {
    /// IEC 61966-2-1.
    Srgb,
    /// A sample is light to the power of one over this.
    Power(f64),
    /// ITU-R BT.709 and BT.2020: what cameras do.
    Bt709,
}

impl Transfer {
    /// What the PNG says. Of several words the first counts, as PNG's third edition orders them: `cICP`, `sRGB`, `gAMA`. An ICC
    /// profile (`iCCP`) is passed over.
    ///
    /// # Errors
    /// [`FrameError::Colours`] when `cICP` names primaries other than Rec.709's, a transfer function that has no place for white (PQ, HLG), or
    /// samples of video range.
    pub(super) fn told_by(info: &png::Info<'_>) -> Result<Self, FrameError> {
        if let Some(points) = info.coding_independent_code_points {
            let (primaries, transfer) = (points.color_primaries, points.transfer_function);
            if !matches!(primaries, REC709 | UNSPECIFIED) {
                return Err(FrameError::Colours(format!(
                    "colour primaries {primaries} (1, Rec.709, are read)"
                )));
            }
            if !points.is_video_full_range_image {
                return Err(FrameError::Colours("samples of video range".to_owned()));
            }
            return of_h273(transfer).ok_or_else(|| {
                FrameError::Colours(format!(
                    "transfer function {transfer} (13, sRGB, is read, and 1, 4, 5, 6, 8, 14, 15)"
                ))
            });
        }
        Ok(match (info.srgb, info.gama_chunk) {
            (None, Some(gamma)) => {
                Self::Power(1.0 / f64::from(gamma.into_value()).clamp(LEAST_GAMMA, 1.0 / LEAST_GAMMA))
            }
            _ => Self::Srgb,
        })
    }

    /// The light of a sample, both 0 to 1.
    fn light(self, sample: f64) -> f64 {
        match self {
            Self::Srgb if sample <= 0.040_45 => sample / 12.92,
            Self::Srgb => libm::pow((sample + 0.055) / 1.055, 2.4),
            Self::Power(exponent) => libm::pow(sample, exponent),
            Self::Bt709 if sample < 0.081 => sample / 4.5,
            Self::Bt709 => libm::pow((sample + 0.099) / 1.099, 1.0 / 0.45),
        }
    }

    /// The light of each sample that there can be, by its number.
    pub(super) fn table(self, depth: PngDepth) -> Cow<'static, [f32]> {
        static SRGB: [OnceLock<Vec<f32>>; 2] = [const { OnceLock::new() }; 2];
        let most = depth.most();
        let made =
            || (0..=most).map(|sample| self.light(f64::from(sample) / f64::from(most)) as f32).collect();
        match self {
            Self::Srgb => Cow::Borrowed(SRGB[usize::from(depth == PngDepth::Sixteen)].get_or_init(made)),
            _ => Cow::Owned(made()),
        }
    }
}

/// Linear light to an sRGB sample of 0 to 1: clipped to that; NaN stays NaN.
pub(super) fn srgb(linear: f32) -> f32 {
    let linear = linear.clamp(0.0, 1.0);
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * libm::powf(linear, 1.0 / 2.4) - 0.055 }
}

/// A `gAMA` beyond this, or one over it, is no picture's.
const LEAST_GAMMA: f64 = 0.1;

/// Code points of ITU-T H.273, which `cICP` has.
const REC709: u8 = 1;
const UNSPECIFIED: u8 = 2;

fn of_h273(transfer: u8) -> Option<Transfer> {
    match transfer {
        UNSPECIFIED | 13 => Some(Transfer::Srgb),
        1 | 6 | 14 | 15 => Some(Transfer::Bt709),
        4 => Some(Transfer::Power(2.2)),
        5 => Some(Transfer::Power(2.8)),
        8 => Some(Transfer::Power(1.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_gives_the_light_that_its_standard_says() {
        for (transfer, sample, light) in [
            (Transfer::Srgb, 0.5, 0.214_041),
            (Transfer::Srgb, 0.04, 0.003_096),
            (Transfer::Power(2.2), 0.5, 0.217_638),
            (Transfer::Power(1.0), 0.5, 0.5),
            (Transfer::Bt709, 0.5, 0.259_589),
            (Transfer::Bt709, 0.045, 0.01),
        ] {
            let found = transfer.light(sample);
            assert!((found - light).abs() < 1e-6, "{transfer:?} of {sample}: {found}");
            assert_eq!((transfer.light(0.0), transfer.light(1.0)), (0.0, 1.0), "{transfer:?}");
        }
    }

    #[test]
    fn every_sample_comes_back_from_its_light() {
        for depth in [PngDepth::Eight, PngDepth::Sixteen] {
            let table = Transfer::Srgb.table(depth);
            for (sample, light) in table.iter().enumerate() {
                assert_eq!(depth.sample(*light) as usize, sample);
            }
            assert_eq!(table.len(), depth.most() as usize + 1);
        }
    }
}
