//! What an OpenTrackIO sample may hold: keys, kinds and ranges of versions 0.9.3 to 1.0.1.
//!
//! Unknown keys are passed over. A known field with a wrong value is dropped and noted, and the rest of the sample is
//! used; where a field is only right as a whole (a pose, a timecode), the whole is dropped. No value is repaired.

mod lens;
mod statics;
mod timing;

use super::{
    message::{GlobalStage, List, Message, Notes, Pools, Rational, Tracker, Transform, Version},
    source::{Malformed, Read, Source},
};

/// Transforms and distortion models of one sample at most. Real ones have a handful.
const MOST_PARTS: usize = 256;

/// What is filled while reading, apart from the part being read.
pub(super) struct Context<'m> {
    pub(super) pools: &'m mut Pools,
    pub(super) notes: &'m mut Notes,
}

/// Reads an object key by key; leaves the enclosing function when the value is no object.
macro_rules! object {
    ($source:ident, { $($key:literal => $body:expr),+ $(,)? }) => {
        let Some(mut level) = $source.object()? else { return Ok(None) };
        while let Some(key) = $source.key(&mut level)? {
            match key {
                $($key => $body,)+
                _ => $source.skip()?,
            }
        }
    };
}

/// An object of three numbers that may each be absent. One wrong number spoils all three.
macro_rules! numbers {
    ($name:ident: $($key:literal)+, $count:literal) => {
        pub(super) fn $name<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<[Option<f64>; $count]> {
            let mut values = [None; $count];
            let mut spoilt = false;
            let Some(mut level) = source.object()? else { return Ok(None) };
            while let Some(key) = source.key(&mut level)? {
                let mut index = 0;
                $(if key == $key { spoilt |= !cx.take(&mut values[index], source.number()?); continue; } index += 1;)+
                let _ = index;
                source.skip()?;
            }
            Ok((!spoilt).then_some(values))
        }
    };
}
pub(super) use {numbers, object};

numbers!(xyz: b"x" b"y" b"z", 3);
numbers!(xy: b"x" b"y", 2);
numbers!(pan_tilt_roll: b"pan" b"tilt" b"roll", 3);

impl Context<'_> {
    /// Puts a value that was read into its slot; `false` when it was wrong and so is dropped.
    #[inline(always)]
    pub(super) fn take<T>(&mut self, slot: &mut Option<T>, value: Option<T>) -> bool {
        self.notes.duplicate_keys += u32::from(slot.is_some());
        self.notes.wrong_fields += u32::from(value.is_none());
        *slot = value;
        slot.is_some()
    }
}

/// Reads a whole message into `message`, which is empty. The value must be an object.
pub(super) fn message<'a, S: Source<'a>>(source: &mut S, message: &mut Message) -> Read<()> {
    let Message { pools, notes, transforms, distortion, .. } = message;
    let cx = &mut Context { pools, notes };
    object!(source, {
        b"static" => { let value = statics::statics(source, cx)?; cx.take(&mut message.statics, value); },
        b"tracker" => { let value = tracker(source, cx)?; cx.take(&mut message.tracker, value); },
        b"timing" => { let value = timing::timing(source, cx)?; cx.take(&mut message.timing, value); },
        b"lens" => {
            distortion.clear();
            let value = lens::lens(source, cx, distortion)?;
            cx.take(&mut message.lens, value);
        },
        b"protocol" => { let value = version(source, cx)?; cx.take(&mut message.protocol, value); },
        b"sampleId" => { let value = source.text(cx.pools)?; cx.take(&mut message.sample_id, value); },
        b"sourceId" => { let value = source.text(cx.pools)?; cx.take(&mut message.source_id, value); },
        b"sourceNumber" => { let value = integer(source)?; cx.take(&mut message.source_number, value); },
        b"relatedSampleIds" => {
            let value = texts(source, cx)?;
            cx.take(&mut message.related_sample_ids, value);
        },
        b"globalStage" => { let value = global_stage(source, cx)?; cx.take(&mut message.global_stage, value); },
        b"transforms" => chain(source, cx, transforms)?,
        b"custom" => { let value = source.raw(cx.pools)?; cx.take(&mut message.custom, Some(value)); },
    });
    Ok(Some(()))
}

fn tracker<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Tracker> {
    let mut tracker = Tracker::default();
    object!(source, {
        b"notes" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.notes, value); },
        b"recording" => { let value = source.boolean()?; cx.take(&mut tracker.recording, value); },
        b"slate" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.slate, value); },
        b"status" => { let value = source.text(cx.pools)?; cx.take(&mut tracker.status, value); },
    });
    Ok(Some(tracker))
}

fn version<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Version> {
    let (mut name, mut version) = (None, None);
    object!(source, {
        b"name" => { let value = source.text(cx.pools)?; cx.take(&mut name, value); },
        b"version" => { let value = digits(source)?; cx.take(&mut version, value); },
    });
    Ok(name.zip(version).map(|(name, version)| Version { name, version }))
}

fn digits<'a, S: Source<'a>>(source: &mut S) -> Read<[u8; 3]> {
    let Some(mut level) = source.array()? else { return Ok(None) };
    let mut digits = [None; 3];
    let mut count = 0;
    while source.element(&mut level)? {
        let digit = integer::<_, u8>(source)?;
        if let Some(slot) = digits.get_mut(count) {
            *slot = digit;
        }
        count += 1;
    }
    let [Some(major), Some(minor), Some(patch)] = digits else { return Ok(None) };
    Ok((count == 3).then_some([major, minor, patch]))
}

fn global_stage<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<GlobalStage> {
    numbers!(values: b"E" b"N" b"U" b"lat0" b"lon0" b"h0", 6);
    let values = values(source, cx)?;
    let Some([Some(e), Some(n), Some(u), Some(lat0), Some(lon0), Some(h0)]) = values else { return Ok(None) };
    Ok(Some(GlobalStage { e, n, u, lat0, lon0, h0 }))
}

/// The whole chain counts or none of it: a pose without one of its links would be a wrong pose.
fn chain<'a, S: Source<'a>>(
    source: &mut S,
    cx: &mut Context<'_>,
    transforms: &mut Vec<Transform>,
) -> Result<(), Malformed> {
    cx.notes.duplicate_keys += u32::from(!transforms.is_empty());
    transforms.clear();
    let mut whole = false;
    if let Some(mut level) = source.array()? {
        whole = true;
        while source.element(&mut level)? {
            match transform(source, cx)? {
                Some(transform) if transforms.len() < MOST_PARTS => transforms.push(transform),
                _ => whole = false,
            }
        }
    }
    if !whole || transforms.is_empty() {
        transforms.clear();
        cx.notes.wrong_fields += 1;
    }
    Ok(())
}

fn transform<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Transform> {
    let (mut translation, mut rotation, mut scale, mut id) = (None, None, None, None);
    let mut whole = true;
    object!(source, {
        b"translation" => { let value = xyz(source, cx)?; whole &= cx.take(&mut translation, value); },
        b"rotation" => { let value = pan_tilt_roll(source, cx)?; whole &= cx.take(&mut rotation, value); },
        b"scale" => { let value = xyz(source, cx)?; whole &= cx.take(&mut scale, value); },
        b"id" => { let value = source.text(cx.pools)?; cx.take(&mut id, value); },
    });
    // A component that is not there is zero (one for scale); one that is wrong spoils the chain.
    let or = |values: [Option<f64>; 3], absent: f64| values.map(|value| value.unwrap_or(absent));
    Ok(whole.then(|| Transform {
        translation: or(translation.unwrap_or_default(), 0.0),
        rotation: or(rotation.unwrap_or_default(), 0.0),
        scale: scale.map(|scale| or(scale, 1.0)),
        id,
    }))
}

/// A list of numbers; one wrong entry spoils it.
pub(super) fn number_list<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<List> {
    let Some(mut level) = source.array()? else { return Ok(None) };
    let start = cx.pools.numbers.len();
    let mut whole = true;
    while source.element(&mut level)? {
        match source.number()? {
            Some(value) => cx.pools.numbers.push(value),
            None => whole = false,
        }
    }
    Ok(whole.then(|| cx.pools.numbers_since(start)))
}

/// A list of texts; one wrong entry spoils it.
pub(super) fn texts<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<List> {
    let Some(mut level) = source.array()? else { return Ok(None) };
    let start = cx.pools.texts.len();
    let mut whole = true;
    while source.element(&mut level)? {
        match source.text(cx.pools)? {
            Some(text) => cx.pools.texts.push(text),
            None => whole = false,
        }
    }
    Ok(whole.then(|| cx.pools.texts_since(start)))
}

/// A fraction above zero.
pub(super) fn rational<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Rational> {
    let (mut num, mut denom) = (None, None);
    object!(source, {
        b"num" => { let value = integer(source)?; cx.take(&mut num, value); },
        b"denom" => { let value = integer(source)?; cx.take(&mut denom, value); },
    });
    let fraction = num.zip(denom).filter(|&(num, denom)| (1..1 << 31).contains(&num) && denom > 0);
    Ok(fraction.map(|(num, denom)| Rational { num, denom }))
}

/// A whole number that fits `T`.
#[inline(always)]
pub(super) fn integer<'a, S: Source<'a>, T: TryFrom<u64>>(source: &mut S) -> Read<T> {
    Ok(source.integer()?.and_then(|value| T::try_from(value).ok()))
}

/// A number within `range`.
#[inline(always)]
pub(super) fn within<'a, S: Source<'a>>(source: &mut S, range: std::ops::RangeInclusive<f64>) -> Read<f64> {
    Ok(source.number()?.filter(|value| range.contains(value)))
}

/// A number above zero.
#[inline(always)]
pub(super) fn positive<'a, S: Source<'a>>(source: &mut S) -> Read<f64> {
    Ok(source.number()?.filter(|&value| value > 0.0))
}
