//! Calibrated lenses: from the rings' positions to what the lens does.
//!
//! A [`Document`] is what a lens file says; a [`LensFile`] is one that has been checked and can be applied to tracker
//! samples. Rings are placed by an explicit range (the vendor's, or one that was learnt once and saved), never by
//! what happened to be seen so far. Nothing here opens files; the format is in `docs/formats/lens.md`.

mod check;
mod curve;
mod document;
mod file;
mod opencv;
mod openlensio;
mod range;
mod table;
mod ulens;

pub use check::{Finding, Severity, Usage, check};
pub use curve::{Curve, Scale};
pub use document::{Distance, Document, SCHEMA};
pub use file::{Applied, Calibrated, LensFile, Placed};
pub use openlensio::open_lens_io;
pub use range::{EncoderRanges, LEAST_TURN, RANGES_SCHEMA, RangeLearner, Ring};
pub use table::Table;
pub use ulens::{Exported, Imported};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_space::optics::OpticsError;

/// What is wrong with a lens file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LensError {
    /// The text is no JSON, or not of this form; the source names line and column.
    #[error("the text is no lens file")]
    Json(#[source] serde_json::Error),
    /// The file is of another kind or a later version.
    #[error("the file says it is `{found}`, not `{expected}`")]
    Schema {
        /// What it says.
        found: String,
        /// What can be read.
        expected: &'static str,
    },
    /// A line of a table is wrong.
    #[error("table {table}, line {line}: {problem}")]
    Line {
        /// The table's name in the file.
        table: &'static str,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A whole table is wrong.
    #[error("table {table}: {problem}")]
    Table {
        /// The table's name in the file.
        table: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A single value is wrong.
    #[error("{field}: {problem}")]
    Field {
        /// The field's name in the file.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The numbers make no lens.
    #[error("the numbers make no lens")]
    Optics(#[from] OpticsError),
}

/// What can be wrong with numbers in a lens file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Too few or too many numbers.
    #[error("{found} numbers where {expected} belong")]
    Columns {
        /// As the table's head says.
        expected: usize,
        /// In this line.
        found: usize,
    },
    /// Not a number.
    #[error("`{0}` is no number")]
    NotANumber(String),
    /// A number that cannot be.
    #[error("{0} is out of range")]
    Range(f64),
    /// Encoder positions must rise from line to line.
    #[error("the encoder position {0} does not lie after the one before it")]
    NotRising(f64),
    /// Two lines for one place.
    #[error("there is already a line for focus {0}, zoom {1}")]
    Twice(f64, f64),
    /// The values turn round, so one value would belong to two ring positions.
    #[error("the value {0} turns back; values must only rise or only fall with the encoder")]
    NotMonotone(f64),
    /// Not what the field takes.
    #[error("`{0}` is not known here")]
    Unknown(String),
    /// Nothing there where something must be.
    #[error("missing")]
    Missing,
}

impl Classify for LensError {
    fn kind(&self) -> Kind {
        match self {
            Self::Json(_) | Self::Schema { .. } => Kind::User,
            _ => Kind::Integrity,
        }
    }
}

#[cfg(test)]
mod tests;
