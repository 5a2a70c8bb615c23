//! Typed reading of attributes: numbers, lengths, colours, texts, transforms, each error with its line.

use std::str::FromStr;

use cyclorama_space::{Angle, DMat3, DQuat, DVec3};

use super::{
    UsdaError,
    number::metres_of,
    syntax::{Attribute, Prim, Value},
};
use crate::scene::Placement;

impl<'a> Prim<'a> {
    /// The attribute of that full name.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// A text or token.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.attribute(name)?.first()? {
            Value::Text(text) => Some(unescaped(text)),
            _ => None,
        }
    }

    /// The path a relationship points to.
    pub(super) fn target(&self, name: &str) -> Option<&'a str> {
        match self.attribute(name)?.first()? {
            Value::Path(path) => Some(path),
            Value::List(list) => {
                list.iter().find_map(|value| if let Value::Path(path) = value { Some(*path) } else { None })
            }
            _ => None,
        }
    }

    /// All numbers of an attribute's value, whatever tuples and lists they stand in.
    pub(super) fn numbers<T: FromStr>(&self, name: &str) -> Result<Option<Vec<T>>, UsdaError> {
        let Some(attribute) = self.attribute(name) else { return Ok(None) };
        let Some(value) = attribute.first() else { return Ok(None) };
        let numbers = flat(value).and_then(|words| words.into_iter().map(|word| word.parse().ok()).collect());
        numbers.map(Some).ok_or_else(|| self.wrong(attribute, "numbers are expected"))
    }

    /// Exactly `N` numbers.
    pub(super) fn tuple<T: FromStr, const N: usize>(&self, name: &str) -> Result<Option<[T; N]>, UsdaError> {
        let Some(numbers) = self.numbers(name)? else { return Ok(None) };
        let tuple = numbers.try_into().ok();
        tuple.map(Some).ok_or_else(|| self.wrong_named(name, "it has another count of numbers"))
    }

    /// One number.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, UsdaError> {
        Ok(self.tuple::<T, 1>(name)?.map(|[value]| value))
    }

    /// One length, m.
    pub(super) fn length(&self, name: &str, unit: f64) -> Result<Option<f64>, UsdaError> {
        let lengths = self.lengths(name, unit)?;
        match lengths.as_deref() {
            None => Ok(None),
            Some(&[length]) => Ok(Some(length)),
            Some(_) => Err(self.wrong_named(name, "one length is expected")),
        }
    }

    /// All lengths of an attribute's value, m.
    pub(super) fn lengths(&self, name: &str, unit: f64) -> Result<Option<Vec<f64>>, UsdaError> {
        let Some(attribute) = self.attribute(name) else { return Ok(None) };
        let Some(value) = attribute.first() else { return Ok(None) };
        let lengths =
            flat(value).and_then(|words| words.into_iter().map(|word| finite_metres(word, unit)).collect());
        lengths.map(Some).ok_or_else(|| self.wrong(attribute, "lengths are expected"))
    }

    pub(super) fn wrong(&self, attribute: &Attribute<'_>, why: &'static str) -> UsdaError {
        UsdaError::Value {
            line: attribute.line,
            prim: self.name.to_owned(),
            attribute: attribute.name.to_owned(),
            why,
        }
    }

    pub(super) fn wrong_named(&self, name: &str, why: &'static str) -> UsdaError {
        let line = self.attribute(name).map_or(self.line, |attribute| attribute.line);
        UsdaError::Value { line, prim: self.name.to_owned(), attribute: name.to_owned(), why }
    }
}

impl<'a> Attribute<'a> {
    /// The default, or the first sample.
    pub(super) fn first(&self) -> Option<&Value<'a>> {
        self.value.as_ref().or_else(|| self.samples.first().map(|(_, value)| value))
    }

    /// The sample exactly at `time`, or the value that never changes.
    pub(super) fn exactly(&self, time: f64) -> Option<&Value<'a>> {
        if self.samples.is_empty() {
            return self.value.as_ref();
        }
        let index = self.samples.binary_search_by(|(at, _)| at.total_cmp(&time)).ok()?;
        self.samples.get(index).map(|(_, value)| value)
    }

    /// Numbers at `time`; between samples each runs straight.
    fn between<'s>(
        &'s self,
        time: f64,
        read: impl Fn(&'s Value<'a>) -> Option<Vec<f64>>,
    ) -> Option<Vec<f64>> {
        let after = self.samples.partition_point(|(at, _)| *at <= time);
        let before = after.checked_sub(1).and_then(|index| self.samples.get(index));
        match (before, self.samples.get(after)) {
            (None, None) => read(self.value.as_ref()?),
            (Some((_, value)), None) | (None, Some((_, value))) => read(value),
            (Some((from, a)), Some((to, b))) => {
                let (a, b) = (read(a)?, read(b)?);
                let part = (time - from) / (to - from);
                Some(a.iter().zip(&b).map(|(a, b)| a + (b - a) * part).collect())
            }
        }
    }
}

/// The names of a prim's transform operations, outermost first.
pub(super) fn order(prim: &Prim<'_>) -> Vec<String> {
    match prim.attribute("xformOpOrder").and_then(Attribute::first) {
        Some(Value::List(list)) => list
            .iter()
            .filter_map(|value| if let Value::Text(text) = value { Some((*text).to_owned()) } else { None })
            .collect(),
        _ => Vec::new(),
    }
}

/// Every time at which an operation of the prim has a sample.
pub(super) fn times(prim: &Prim<'_>) -> Vec<f64> {
    let operations = order(prim);
    let sampled = operations.iter().filter_map(|name| prim.attribute(name));
    sampled.flat_map(|attribute| attribute.samples.iter().map(|(time, _)| *time)).collect()
}

/// The prim's own placement at a time.
pub(super) fn local(prim: &Prim<'_>, time: f64, unit: f64) -> Result<Placement, UsdaError> {
    let mut whole: Option<Placement> = None;
    for name in order(prim) {
        let Some(attribute) = prim.attribute(&name) else { continue };
        let step = operation(attribute, &name, time, unit)
            .ok_or_else(|| prim.wrong(attribute, "this transform is not understood"))?;
        whole = Some(whole.map_or(step, |outer| outer.then_inner(&step)));
    }
    Ok(whole.unwrap_or(Placement::IDENTITY))
}

fn operation(attribute: &Attribute<'_>, name: &str, time: f64, unit: f64) -> Option<Placement> {
    let kind = name.strip_prefix("xformOp:")?;
    let kind = kind.split(':').next().unwrap_or(kind);
    let plain = |value: &Value<'_>| -> Option<Vec<f64>> {
        flat(value)?
            .into_iter()
            .map(|word| word.parse::<f64>().ok().filter(|number| number.is_finite()))
            .collect()
    };
    let linear = |linear: DMat3| Some(Placement { linear, translation: DVec3::ZERO });
    match kind {
        "translate" => {
            let metres = attribute.between(time, |value| {
                flat(value)?.into_iter().map(|word| finite_metres(word, unit)).collect()
            })?;
            Some(Placement::at(DVec3::from_array(metres.try_into().ok()?)))
        }
        "transform" => {
            let numbers = attribute.between(time, |value| matrix_numbers(value, unit))?;
            let n: [f64; 16] = numbers.try_into().ok()?;
            let row = |index: usize| DVec3::new(n[4 * index], n[4 * index + 1], n[4 * index + 2]);
            Some(Placement { linear: DMat3::from_cols(row(0), row(1), row(2)), translation: row(3) })
        }
        "scale" => {
            let scale: [f64; 3] = attribute.between(time, plain)?.try_into().ok()?;
            linear(DMat3::from_diagonal(DVec3::from_array(scale)))
        }
        "orient" => {
            let [w, x, y, z]: [f64; 4] = attribute.between(time, plain)?.try_into().ok()?;
            let rotation = DQuat::from_xyzw(x, y, z, w);
            (rotation.length_squared() > 1e-12)
                .then(|| rotation.normalize())
                .and_then(|r| linear(DMat3::from_quat(r)))
        }
        _ => {
            let axes = kind.strip_prefix("rotate")?;
            let angles = attribute.between(time, plain)?;
            if axes.len() == 1 {
                return linear(about(axes.chars().next()?, *angles.first()?)?);
            }
            // rotateXYZ turns about X first; angles are always given as X, Y, Z.
            let mut whole = DMat3::IDENTITY;
            for axis in axes.chars() {
                let angle = *angles.get("XYZ".find(axis)?)?;
                whole = about(axis, angle)? * whole;
            }
            linear(whole)
        }
    }
}

/// Sixteen numbers, the last row's being lengths.
fn matrix_numbers(value: &Value<'_>, unit: f64) -> Option<Vec<f64>> {
    let words = flat(value)?;
    let number = |(index, word): (usize, &str)| {
        if (12..15).contains(&index) {
            finite_metres(word, unit)
        } else {
            word.parse().ok().filter(|n: &f64| n.is_finite())
        }
    };
    words.into_iter().enumerate().map(number).collect()
}

fn about(axis: char, degrees: f64) -> Option<DMat3> {
    let (s, c) = Angle::from_degrees(degrees).sin_cos();
    let (x, y, z) = (DVec3::X, DVec3::Y, DVec3::Z);
    Some(match axis {
        'X' => DMat3::from_cols(x, DVec3::new(0.0, c, s), DVec3::new(0.0, -s, c)),
        'Y' => DMat3::from_cols(DVec3::new(c, 0.0, -s), y, DVec3::new(s, 0.0, c)),
        'Z' => DMat3::from_cols(DVec3::new(c, s, 0.0), DVec3::new(-s, c, 0.0), z),
        _ => return None,
    })
}

fn finite_metres(word: &str, unit: f64) -> Option<f64> {
    metres_of(word, unit).filter(|metres| metres.is_finite())
}

/// The numbers of a value in order, whatever tuples and lists they stand in; `None` when something else is among
/// them.
pub(super) fn flat<'a>(value: &Value<'a>) -> Option<Vec<&'a str>> {
    fn collect<'a>(value: &Value<'a>, words: &mut Vec<&'a str>) -> Option<()> {
        match value {
            Value::Number(word) => words.push(word),
            Value::List(list) => list.iter().try_for_each(|value| collect(value, words))?,
            _ => return None,
        }
        Some(())
    }
    let mut words = Vec::new();
    collect(value, &mut words)?;
    Some(words)
}

/// A string without its escapes.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
