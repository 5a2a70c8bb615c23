//! The `static` block.

use super::{Object, Sink};
use crate::protocol::opentrackio::message::{Message, Static, StaticCamera, StaticLens, StaticTracker};

pub(super) fn statics<S: Sink>(sink: &mut S, message: &Message, statics: &Static) {
    Object::new(sink)
        .rational("duration", statics.duration)
        .put("camera", statics.camera.as_ref(), |sink, value| camera(sink, message, value))
        .put("lens", statics.lens.as_ref(), |sink, value| lens(sink, message, value))
        .put("tracker", statics.tracker.as_ref(), |sink, value| tracker(sink, message, value))
        .end();
}

fn camera<S: Sink>(sink: &mut S, message: &Message, camera: &StaticCamera) {
    let dimensions = camera.active_sensor_physical_dimensions.map(|size| [size.height, size.width].map(Some));
    Object::new(sink)
        .rational("captureFrameRate", camera.capture_frame_rate)
        .numbers("activeSensorPhysicalDimensions", ["height", "width"], dimensions)
        .put("activeSensorResolution", camera.active_sensor_resolution, |sink, size| {
            Object::new(sink).integer("height", Some(size.height)).integer("width", Some(size.width)).end();
        })
        .text("make", camera.make, message)
        .text("model", camera.model, message)
        .text("serialNumber", camera.serial_number, message)
        .text("firmwareVersion", camera.firmware_version, message)
        .text("label", camera.label, message)
        .rational("anamorphicSqueeze", camera.anamorphic_squeeze)
        .integer("isoSpeed", camera.iso_speed)
        .text("fdlLink", camera.fdl_link, message)
        .number("shutterAngle", camera.shutter_angle)
        .end();
}

fn lens<S: Sink>(sink: &mut S, message: &Message, lens: &StaticLens) {
    Object::new(sink)
        .number("distortionOverscanMax", lens.distortion_overscan_max)
        .number("undistortionOverscanMax", lens.undistortion_overscan_max)
        .text("make", lens.make, message)
        .text("model", lens.model, message)
        .text("serialNumber", lens.serial_number, message)
        .text("firmwareVersion", lens.firmware_version, message)
        .number("nominalFocalLength", lens.nominal_focal_length)
        .texts("calibrationHistory", lens.calibration_history, message)
        .end();
}

fn tracker<S: Sink>(sink: &mut S, message: &Message, tracker: &StaticTracker) {
    Object::new(sink)
        .text("make", tracker.make, message)
        .text("model", tracker.model, message)
        .text("serialNumber", tracker.serial_number, message)
        .text("firmwareVersion", tracker.firmware_version, message)
        .end();
}
