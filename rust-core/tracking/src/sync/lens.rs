//! The lens of a subject, field by field: which follow is one bit each.

use cyclorama_space::{Distortion, DistortionDirection, Encoders, LensState, RawEncoders, SensorSize};

use super::{
    SyncError,
    wire::{Wire, floats},
};

/// Which lens fields follow is one bit each, in the order below.
pub(super) fn encode(out: &mut Vec<u8>, lens: &LensState) {
    // Taken apart by name, so that a new field cannot be forgotten here.
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
    } = lens;
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    let mut present = 0u16;
    let singles = [focal_length_mm, anamorphic_squeeze, focus_distance_m, f_stop, t_stop, entrance_pupil_m];
    for (bit, value) in singles.into_iter().enumerate() {
        if let Some(value) = value {
            present |= 1 << bit;
            floats(out, &[*value]);
        }
    }
    let sensor = sensor.map(|size| [size.width_mm, size.height_mm]);
    for (bit, pair) in [sensor, *projection_offset_mm, *distortion_offset_mm].iter().enumerate() {
        if let Some(pair) = pair {
            present |= 1 << (6 + bit);
            floats(out, pair);
        }
    }
    if let Some(Encoders { focus, iris, zoom }) = encoders {
        present |= 1 << 9;
        let all = [focus, iris, zoom];
        out.push(which(all.map(Option::is_some)));
        all.into_iter().flatten().for_each(|value| floats(out, &[*value]));
    }
    if let Some(RawEncoders { focus, iris, zoom }) = raw_encoders {
        present |= 1 << 10;
        let all = [focus, iris, zoom];
        out.push(which(all.map(Option::is_some)));
        all.into_iter().flatten().for_each(|count| out.extend_from_slice(&count.to_le_bytes()));
    }
    if let Some(Distortion { direction, radial, tangential }) = distortion {
        present |= 1 << 11;
        out.push(u8::from(*direction == DistortionDirection::UndistortedToDistorted));
        floats(out, radial);
        floats(out, tangential);
    }
    out[at..at + 2].copy_from_slice(&present.to_le_bytes());
}

pub(super) fn decode(wire: &mut Wire<'_>) -> Result<LensState, SyncError> {
    let present = u16::from_le_bytes(wire.array()?);
    if present >> 12 != 0 {
        return Err(SyncError::Foreign);
    }
    let has = |bit: u16| present & 1 << bit != 0;
    let mut lens = LensState::default();
    let singles = [
        &mut lens.focal_length_mm,
        &mut lens.anamorphic_squeeze,
        &mut lens.focus_distance_m,
        &mut lens.f_stop,
        &mut lens.t_stop,
        &mut lens.entrance_pupil_m,
    ];
    for (bit, single) in (0..).zip(singles) {
        if has(bit) {
            let [value] = wire.floats()?;
            *single = Some(value);
        }
    }
    if has(6) {
        let [width_mm, height_mm] = wire.floats()?;
        lens.sensor = Some(SensorSize { width_mm, height_mm });
    }
    for (bit, pair) in [(7, &mut lens.projection_offset_mm), (8, &mut lens.distortion_offset_mm)] {
        if has(bit) {
            *pair = Some(wire.floats()?);
        }
    }
    if has(9) {
        let mut encoders = Encoders::default();
        let [said] = wire.array()?;
        for (bit, value) in
            [&mut encoders.focus, &mut encoders.iris, &mut encoders.zoom].into_iter().enumerate()
        {
            if said & 1 << bit != 0 {
                *value = Some(wire.floats::<1>()?[0]);
            }
        }
        lens.encoders = Some(encoders);
    }
    if has(10) {
        let mut counts = RawEncoders::default();
        let [said] = wire.array()?;
        for (bit, count) in [&mut counts.focus, &mut counts.iris, &mut counts.zoom].into_iter().enumerate() {
            if said & 1 << bit != 0 {
                *count = Some(u32::from_le_bytes(wire.array()?));
            }
        }
        lens.raw_encoders = Some(counts);
    }
    if has(11) {
        let direction = match wire.array()? {
            [0] => DistortionDirection::DistortedToUndistorted,
            [1] => DistortionDirection::UndistortedToDistorted,
            _ => return Err(SyncError::Foreign),
        };
        lens.distortion = Some(Distortion { direction, radial: wire.floats()?, tangential: wire.floats()? });
    }
    Ok(lens)
}

fn which(present: [bool; 3]) -> u8 {
    present.iter().enumerate().fold(0, |bits, (bit, present)| bits | u8::from(*present) << bit)
}
