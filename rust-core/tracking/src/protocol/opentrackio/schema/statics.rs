//! The `static` block.

use super::{Context, integer, object, positive, rational, texts, within};
use crate::protocol::opentrackio::{
    message::{Dimensions, Resolution, Static, StaticCamera, StaticLens, StaticTracker},
    source::{Read, Source},
};

pub(super) fn statics<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Static> {
    let mut statics = Static::default();
    object!(source, {
        b"duration" => { let value = rational(source, cx)?; cx.take(&mut statics.duration, value); },
        b"camera" => { let value = camera(source, cx)?; cx.take(&mut statics.camera, value); },
        b"lens" => { let value = lens(source, cx)?; cx.take(&mut statics.lens, value); },
        b"tracker" => { let value = tracker(source, cx)?; cx.take(&mut statics.tracker, value); },
    });
    Ok(Some(statics))
}

fn camera<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<StaticCamera> {
    let mut camera = StaticCamera::default();
    object!(source, {
        b"captureFrameRate" => { let value = rational(source, cx)?; cx.take(&mut camera.capture_frame_rate, value); },
        b"activeSensorPhysicalDimensions" => {
            let value = dimensions(source, cx)?;
            cx.take(&mut camera.active_sensor_physical_dimensions, value);
        },
        b"activeSensorResolution" => {
            let value = resolution(source, cx)?;
            cx.take(&mut camera.active_sensor_resolution, value);
        },
        b"make" => { let value = source.text(cx.pools)?; cx.take(&mut camera.make, value); },
        b"model" => { let value = source.text(cx.pools)?; cx.take(&mut camera.model, value); },
        b"serialNumber" => { let value = source.text(cx.pools)?; cx.take(&mut camera.serial_number, value); },
        b"firmwareVersion" => { let value = source.text(cx.pools)?; cx.take(&mut camera.firmware_version, value); },
        b"label" => { let value = source.text(cx.pools)?; cx.take(&mut camera.label, value); },
        b"anamorphicSqueeze" => { let value = rational(source, cx)?; cx.take(&mut camera.anamorphic_squeeze, value); },
        b"isoSpeed" => {
            let value = integer(source)?.filter(|&speed| speed > 0);
            cx.take(&mut camera.iso_speed, value);
        },
        b"fdlLink" => { let value = source.text(cx.pools)?; cx.take(&mut camera.fdl_link, value); },
        b"shutterAngle" => { let value = within(source, 0.0..=360.0)?; cx.take(&mut camera.shutter_angle, value); },
    });
    Ok(Some(camera))
}

fn dimensions<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Dimensions> {
    let (mut height, mut width) = (None, None);
    object!(source, {
        b"height" => { let value = within(source, 0.0..=f64::MAX)?; cx.take(&mut height, value); },
        b"width" => { let value = within(source, 0.0..=f64::MAX)?; cx.take(&mut width, value); },
    });
    Ok(height.zip(width).map(|(height, width)| Dimensions { height, width }))
}

fn resolution<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Resolution> {
    let (mut height, mut width) = (None, None);
    object!(source, {
        b"height" => { let value = integer(source)?; cx.take(&mut height, value); },
        b"width" => { let value = integer(source)?; cx.take(&mut width, value); },
    });
    let fits = |value: &(u32, u32)| value.0 < 1 << 31 && value.1 < 1 << 31;
    Ok(height.zip(width).filter(fits).map(|(height, width)| Resolution { height, width }))
}

fn lens<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<StaticLens> {
    let mut lens = StaticLens::default();
    object!(source, {
        b"distortionOverscanMax" => {
            let value = within(source, 1.0..=f64::MAX)?;
            cx.take(&mut lens.distortion_overscan_max, value);
        },
        b"undistortionOverscanMax" => {
            let value = within(source, 1.0..=f64::MAX)?;
            cx.take(&mut lens.undistortion_overscan_max, value);
        },
        b"make" => { let value = source.text(cx.pools)?; cx.take(&mut lens.make, value); },
        b"model" => { let value = source.text(cx.pools)?; cx.take(&mut lens.model, value); },
        b"serialNumber" => { let value = source.text(cx.pools)?; cx.take(&mut lens.serial_number, value); },
        b"firmwareVersion" => { let value = source.text(cx.pools)?; cx.take(&mut lens.firmware_version, value); },
        b"nominalFocalLength" => { let value = positive(source)?; cx.take(&mut lens.nominal_focal_length, value); },
        b"calibrationHistory" => { let value = texts(source, cx)?; cx.take(&mut lens.calibration_history, value); },
    });
    Ok(Some(lens))
}

fn tracker<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<StaticTracker> {
    let mut tracker = StaticTracker::default();
    object!(source, {
        b"make" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.make, value); },
        b"model" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.model, value); },
        b"serialNumber" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.serial_number, value); },
        b"firmwareVersion" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.firmware_version, value); },
    });
    Ok(Some(tracker))
}
