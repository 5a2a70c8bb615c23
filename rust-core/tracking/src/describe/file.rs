//! The descriptor file: TOML, checked line by line before it is believed.

use std::ops::Range;

use cyclorama_outcome::{Classify, Kind};
use serde::Deserialize;
use toml::Spanned;

use super::{Checksum, ChecksumKind, Descriptor, Field, Meaning, Number};

/// What is wrong with a descriptor file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct DescriptorError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl Classify for DescriptorError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

const SCHEMA: &str = "cyclorama.descriptor/1";

/// Messages longer than this are no tracking.
const LONGEST: usize = 1472;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Endian {
    #[default]
    Big,
    Little,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<String>,
    name: Spanned<String>,
    length: Spanned<usize>,
    #[serde(default)]
    endian: Endian,
    #[serde(default)]
    constant: Vec<Spanned<ConstantDoc>>,
    checksum: Option<Spanned<ChecksumDoc>>,
    field: Vec<Spanned<FieldDoc>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConstantDoc {
    offset: usize,
    bytes: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChecksumDoc {
    kind: ChecksumKind,
    offset: usize,
    #[serde(default)]
    from: usize,
    /// First byte after what it covers; the checksum itself when left out.
    to: Option<usize>,
    endian: Option<Endian>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldDoc {
    meaning: Meaning,
    offset: usize,
    width: usize,
    #[serde(default, rename = "type")]
    number: Number,
    endian: Option<Endian>,
    mask: Option<u64>,
    #[serde(default = "one")]
    scale: f64,
    #[serde(default)]
    add: f64,
}

fn one() -> f64 {
    1.0
}

/// Reads and checks a file.
pub(super) fn read(text: &str) -> Result<Descriptor, DescriptorError> {
    let at = |span: Range<usize>, what: String| DescriptorError { line: line_of(text, span.start), what };
    let file: File =
        toml::from_str(text).map_err(|error| at(error.span().unwrap_or(0..0), error.message().to_owned()))?;
    if file.schema.get_ref() != SCHEMA {
        return Err(at(file.schema.span(), format!("`schema` is not \"{SCHEMA}\"")));
    }
    let name = file.name.get_ref();
    if name.is_empty()
        || name.len() > 64
        || name.contains(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)))
    {
        return Err(at(file.name.span(), "`name` is 1 to 64 letters, digits, `-`, `_` or `.`".to_owned()));
    }
    let length = *file.length.get_ref();
    if !(1..=LONGEST).contains(&length) {
        return Err(at(file.length.span(), format!("`length` is 1 to {LONGEST} bytes")));
    }
    let inside = |offset: usize, width: usize, span: Range<usize>, what: &str| {
        let ends = offset.checked_add(width).is_some_and(|end| end <= length);
        if ends {
            Ok(())
        } else {
            Err(at(span, format!("{what} ends outside the message of {length} bytes")))
        }
    };
    for constant in &file.constant {
        inside(constant.get_ref().offset, constant.get_ref().bytes.len(), constant.span(), "the constant")?;
    }
    let checksum = file.checksum.as_ref().map(|doc| -> Result<Checksum, DescriptorError> {
        let ChecksumDoc { kind, offset, from, to, endian } = *doc.get_ref();
        inside(offset, kind.width(), doc.span(), "the checksum")?;
        let to = to.unwrap_or(offset);
        if from > to || to > length {
            return Err(at(doc.span(), "what the checksum covers is not within the message".to_owned()));
        }
        if from < offset + kind.width() && offset < to {
            return Err(at(doc.span(), "the checksum covers itself".to_owned()));
        }
        Ok(Checksum { kind, offset, from, to, little: endian.unwrap_or(file.endian) == Endian::Little })
    });
    let checksum = checksum.transpose()?;
    let mut fields: Vec<Field> = Vec::new();
    for doc in &file.field {
        let FieldDoc { meaning, offset, width, number, endian, mask, scale, add } = *doc.get_ref();
        inside(offset, width, doc.span(), "the field")?;
        let widths: &[usize] = if number == Number::Float { &[4, 8] } else { &[1, 2, 3, 4, 5, 6, 7, 8] };
        let wrong = if !widths.contains(&width) {
            Some(format!(
                "a {} field is not {width} bytes wide",
                if number == Number::Float { "float" } else { "whole" }
            ))
        } else if mask.is_some() && number == Number::Float {
            Some("a float has no mask".to_owned())
        } else if mask == Some(0) {
            Some("a mask of 0 leaves nothing".to_owned())
        } else if !scale.is_finite() || !add.is_finite() || scale == 0.0 {
            Some("`scale` and `add` are finite, `scale` is not 0".to_owned())
        } else if fields.iter().any(|field| field.meaning == meaning) {
            Some("this meaning is taken by another field".to_owned())
        } else {
            None
        };
        if let Some(what) = wrong {
            return Err(at(doc.span(), what));
        }
        let little = endian.unwrap_or(file.endian) == Endian::Little;
        fields.push(Field { meaning, offset, width, number, little, mask, scale, add });
    }
    let constants = file.constant.into_iter().map(Spanned::into_inner).map(|doc| (doc.offset, doc.bytes));
    Ok(Descriptor { name: file.name.into_inner(), length, constants: constants.collect(), checksum, fields })
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}
