//! The exact bits of samples, as one digest: the proof that a replay is the same.

use cyclorama_content::{Digest, Hasher};
use cyclorama_space::{Encoders, LensState, Pose, RawEncoders};
use cyclorama_time::Timecode;

use crate::{CameraFrame, CameraPath, Sample};

/// The digest of samples. Equal exactly when every field of every sample has the same bits.
pub fn digest(samples: &[Sample]) -> Digest {
    let mut bits = Bits::default();
    for sample in samples {
        bits.sample(sample);
    }
    bits.hasher.finish()
}

/// The digest of a path. Equal exactly when every field of every frame has the same bits.
pub fn path_digest(path: &CameraPath) -> Digest {
    let CameraPath { subject, rate, frames } = path;
    let mut bits = Bits::default();
    bits.text(subject);
    bits.word(u64::from(rate.numerator()));
    bits.word(u64::from(rate.denominator()));
    for CameraFrame { frame, timecode, pose, lens } in frames {
        bits.word(frame.0 as u64);
        bits.timecode(*timecode);
        bits.pose(pose);
        bits.lens(lens);
    }
    bits.hasher.finish()
}

#[derive(Default)]
struct Bits {
    hasher: Hasher,
}

// Every struct is taken apart by name, so that a new field cannot be forgotten here.
impl Bits {
    fn sample(&mut self, sample: &Sample) {
        let Sample {
            subject,
            arrived,
            sampled,
            sequence,
            timecode,
            pose,
            lens,
            status,
            recording,
            genlocked,
            // How it is clocked is not what is seen.
            clocking: _,
        } = sample;
        self.text(subject);
        self.word(arrived.nanos() as u64);
        self.option(sampled.map(|time| time.nanos() as u64));
        self.option(sequence.map(u64::from));
        self.timecode(*timecode);
        self.word(u64::from(pose.is_some()));
        if let Some(pose) = pose {
            self.pose(pose);
        }
        self.lens(lens);
        self.word(*status as u64);
        self.option(recording.map(u64::from));
        self.option(genlocked.map(u64::from));
    }

    fn pose(&mut self, pose: &Pose) {
        let Pose { position, rotation } = pose;
        self.floats(&position.to_array());
        self.floats(&rotation.to_array());
    }

    fn lens(&mut self, lens: &LensState) {
        let LensState {
            focal_length_mm,
            sensor,
            anamorphic_squeeze,
            focus_distance_m,
            f_stop,
            t_stop,
            entrance_pupil_m,
            encoders,
            raw_encoders,
            projection_offset_mm,
            distortion_offset_mm,
            distortion,
        } = *lens;
        let singles =
            [focal_length_mm, anamorphic_squeeze, focus_distance_m, f_stop, t_stop, entrance_pupil_m];
        for value in singles {
            self.option(value.map(f64::to_bits));
        }
        let sensor = sensor.map(|size| [size.width_mm, size.height_mm]);
        for pair in [sensor, projection_offset_mm, distortion_offset_mm] {
            self.word(u64::from(pair.is_some()));
            self.floats(pair.as_ref().map_or(&[], |pair| pair));
        }
        let Encoders { focus, iris, zoom } = encoders.unwrap_or_default();
        self.word(u64::from(encoders.is_some()));
        for value in [focus, iris, zoom] {
            self.option(value.map(f64::to_bits));
        }
        let RawEncoders { focus, iris, zoom } = raw_encoders.unwrap_or_default();
        self.word(u64::from(raw_encoders.is_some()));
        for value in [focus, iris, zoom] {
            self.option(value.map(u64::from));
        }
        self.word(distortion.map_or(0, |distortion| 1 + distortion.direction as u64));
        if let Some(distortion) = distortion {
            self.floats(&distortion.radial);
            self.floats(&distortion.tangential);
        }
    }

    fn timecode(&mut self, timecode: Option<Timecode>) {
        self.option(timecode.map(|label| label.frame_of_day().0 as u64));
        if let Some(label) = timecode {
            self.word(u64::from(label.rate().numerator()) << 32 | u64::from(label.rate().denominator()));
            self.word(u64::from(label.is_drop_frame()));
        }
    }

    fn text(&mut self, text: &str) {
        self.word(text.len() as u64);
        self.hasher.update(text.as_bytes());
    }

    fn floats(&mut self, values: &[f64]) {
        for value in values {
            self.word(value.to_bits());
        }
    }

    fn option(&mut self, value: Option<u64>) {
        self.word(u64::from(value.is_some()));
        self.word(value.unwrap_or_default());
    }

    fn word(&mut self, word: u64) {
        self.hasher.update(&word.to_le_bytes());
    }
}
