//! The `lens` block.

use super::{Context, MOST_PARTS, integer, number_list, numbers, object, positive, within, xy};
use crate::protocol::opentrackio::{
    message::{Distortion, Lens},
    source::{Malformed, Read, Source},
};

numbers!(falloff: b"a1" b"a2" b"a3", 3);

pub(super) fn lens<'a, S: Source<'a>>(
    source: &mut S,
    cx: &mut Context<'_>,
    models: &mut Vec<Distortion>,
) -> Read<Lens> {
    let mut lens = Lens::default();
    object!(source, {
        b"custom" => { let value = number_list(source, cx)?; cx.take(&mut lens.custom, value); },
        b"distortion" => distortion(source, cx, models)?,
        b"distortionOffset" => { let value = offset(source, cx)?; cx.take(&mut lens.distortion_offset, value); },
        b"encoders" => { let value = encoders(source, cx)?; cx.take(&mut lens.encoders, value); },
        b"entrancePupilOffset" => {
            let value = source.number()?;
            cx.take(&mut lens.entrance_pupil_offset, value);
        },
        b"exposureFalloff" => {
            let value = falloff(source, cx)?.filter(|terms| terms[0].is_some());
            cx.take(&mut lens.exposure_falloff, value);
        },
        b"fStop" => { let value = positive(source)?; cx.take(&mut lens.f_stop, value); },
        b"pinholeFocalLength" => { let value = positive(source)?; cx.take(&mut lens.pinhole_focal_length, value); },
        b"focusDistance" => { let value = positive(source)?; cx.take(&mut lens.focus_distance, value); },
        b"projectionOffset" => { let value = offset(source, cx)?; cx.take(&mut lens.projection_offset, value); },
        b"rawEncoders" => { let value = raw_encoders(source, cx)?; cx.take(&mut lens.raw_encoders, value); },
        b"tStop" => { let value = positive(source)?; cx.take(&mut lens.t_stop, value); },
    });
    Ok(Some(lens))
}

fn offset<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<[f64; 2]> {
    Ok(xy(source, cx)?.and_then(|[x, y]| Some([x?, y?])))
}

/// An encoder that is out of range is dropped; the others stay.
fn encoders<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<[Option<f64>; 3]> {
    let [mut focus, mut iris, mut zoom] = [None; 3];
    object!(source, {
        b"focus" => { let value = within(source, 0.0..=1.0)?; cx.take(&mut focus, value); },
        b"iris" => { let value = within(source, 0.0..=1.0)?; cx.take(&mut iris, value); },
        b"zoom" => { let value = within(source, 0.0..=1.0)?; cx.take(&mut zoom, value); },
    });
    Ok(any([focus, iris, zoom]))
}

fn raw_encoders<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<[Option<u32>; 3]> {
    let [mut focus, mut iris, mut zoom] = [None; 3];
    object!(source, {
        b"focus" => { let value = integer(source)?; cx.take(&mut focus, value); },
        b"iris" => { let value = integer(source)?; cx.take(&mut iris, value); },
        b"zoom" => { let value = integer(source)?; cx.take(&mut zoom, value); },
    });
    Ok(any([focus, iris, zoom]))
}

fn any<T: Copy>(values: [Option<T>; 3]) -> Option<[Option<T>; 3]> {
    values.iter().any(Option::is_some).then_some(values)
}

/// A model that is wrong is left out; the others stay.
fn distortion<'a, S: Source<'a>>(
    source: &mut S,
    cx: &mut Context<'_>,
    models: &mut Vec<Distortion>,
) -> Result<(), Malformed> {
    cx.notes.duplicate_keys += u32::from(!models.is_empty());
    models.clear();
    let Some(mut level) = source.array()? else {
        cx.notes.wrong_fields += 1;
        return Ok(());
    };
    while source.element(&mut level)? {
        match model(source, cx)? {
            Some(model) if models.len() < MOST_PARTS => models.push(model),
            _ => cx.notes.wrong_fields += 1,
        }
    }
    Ok(())
}

fn model<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Distortion> {
    let (mut model, mut radial, mut tangential, mut overscan) = (None, None, None, None);
    let mut whole = true;
    object!(source, {
        b"model" => { let value = source.text(cx.pools)?; whole &= cx.take(&mut model, value); },
        b"radial" => { let value = terms(source, cx)?; whole &= cx.take(&mut radial, value); },
        b"tangential" => { let value = terms(source, cx)?; whole &= cx.take(&mut tangential, value); },
        b"overscan" => { let value = within(source, 1.0..=f64::MAX)?; cx.take(&mut overscan, value); },
    });
    Ok(radial.filter(|_| whole).map(|radial| Distortion { model, radial, tangential, overscan }))
}

fn terms<'a, S: Source<'a>>(
    source: &mut S,
    cx: &mut Context<'_>,
) -> Read<crate::protocol::opentrackio::message::List> {
    Ok(number_list(source, cx)?.filter(|list| !list.is_empty()))
}
