//! The `lens` block.

use super::{Object, Sink, each};
use crate::protocol::opentrackio::message::{Distortion, Lens, Message};

pub(super) fn lens<S: Sink>(sink: &mut S, message: &Message, lens: &Lens) {
    let pair = |values: Option<[f64; 2]>| values.map(|values| values.map(Some));
    let models = (!message.distortion.is_empty()).then_some(&message.distortion);
    Object::new(sink)
        .number_list("custom", lens.custom, message)
        .put("distortion", models, |sink, models| {
            each(sink, models.iter(), |sink, model| distortion(sink, message, model));
        })
        .numbers("distortionOffset", ["x", "y"], pair(lens.distortion_offset))
        .numbers("encoders", ["focus", "iris", "zoom"], lens.encoders)
        .number("entrancePupilOffset", lens.entrance_pupil_offset)
        .numbers("exposureFalloff", ["a1", "a2", "a3"], lens.exposure_falloff)
        .number("fStop", lens.f_stop)
        .number("pinholeFocalLength", lens.pinhole_focal_length)
        .number("focusDistance", lens.focus_distance)
        .numbers("projectionOffset", ["x", "y"], pair(lens.projection_offset))
        .put("rawEncoders", lens.raw_encoders, |sink, [focus, iris, zoom]| {
            Object::new(sink).integer("focus", focus).integer("iris", iris).integer("zoom", zoom).end();
        })
        .number("tStop", lens.t_stop)
        .end();
}

fn distortion<S: Sink>(sink: &mut S, message: &Message, distortion: &Distortion) {
    Object::new(sink)
        .text("model", distortion.model, message)
        .number_list("radial", Some(distortion.radial), message)
        .number_list("tangential", distortion.tangential, message)
        .number("overscan", distortion.overscan)
        .end();
}
