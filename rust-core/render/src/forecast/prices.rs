//! A price table that its owner keeps as a TOML file. No price is built in: they change, and differ from house to house.

use std::collections::BTreeMap;

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use super::OffPeak;

/// The table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prices {
    /// What it counts in, as in `EUR`.
    pub currency: String,
    /// Kinds of machine, by the name they are asked for with.
    pub machine: BTreeMap<String, Machine>,
    /// Hours with prices of their own, or for work that may wait.
    #[serde(default)]
    pub off_peak: Option<OffPeak>,
}

/// One kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Machine {
    /// Price of an hour.
    pub hour: f64,
    /// Price of an hour while it may be taken away at any moment.
    #[serde(default)]
    pub spot_hour: Option<f64>,
    /// Price of an hour in off-peak hours.
    #[serde(default)]
    pub off_peak_hour: Option<f64>,
    /// Seconds it costs before its first frame begins; measured where it is not said.
    #[serde(default)]
    pub start_seconds: Option<f64>,
    /// How much faster it is than the machines that were measured.
    #[serde(default = "one")]
    pub speed: f64,
}

fn one() -> f64 {
    1.0
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PricesError {
    /// No TOML, or other names than there are.
    #[error("read the prices")]
    Syntax(#[from] Box<toml::de::Error>),
    /// A number that is no price, time or speed.
    #[error("the prices' `{machine}.{field}` must be {wanted}")]
    Number {
        /// Which machine.
        machine: String,
        /// Which of its numbers.
        field: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// There is no such machine.
    #[error("the prices have no machine `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// More than one, and nobody said which.
    #[error("the prices have several machines")]
    Which {
        /// What there is.
        known: String,
    },
}

impl Classify for PricesError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { known, .. } | Self::Which { known } => {
                Some(format!("name one with --machine: {known}"))
            }
            _ => None,
        }
    }
}

impl Prices {
    /// The table in a TOML text.
    ///
    /// # Errors
    /// [`PricesError`].
    pub fn parse(text: &str) -> Result<Self, PricesError> {
        let prices: Self = toml::from_str(text).map_err(Box::new)?;
        for (name, machine) in &prices.machine {
            let price = "0 or more";
            let numbers = [
                ("hour", Some(machine.hour), price),
                ("spot-hour", machine.spot_hour, price),
                ("off-peak-hour", machine.off_peak_hour, price),
                ("start-seconds", machine.start_seconds, price),
                ("speed", Some(machine.speed), "above 0"),
            ];
            for (field, value, wanted) in numbers {
                let fits =
                    |value: f64| value.is_finite() && (value > 0.0 || (value == 0.0 && wanted == price));
                if value.is_some_and(|value| !fits(value)) {
                    return Err(PricesError::Number { machine: name.clone(), field, wanted });
                }
            }
        }
        Ok(prices)
    }

    /// The machine of this name; the only one when none is named.
    ///
    /// # Errors
    /// [`PricesError::Unknown`] or [`PricesError::Which`].
    pub fn machine(&self, name: Option<&str>) -> Result<(&str, Machine), PricesError> {
        let known = || self.machine.keys().cloned().collect::<Vec<_>>().join(", ");
        let found = match name {
            Some(name) => self.machine.get_key_value(name),
            None if self.machine.len() == 1 => self.machine.first_key_value(),
            None => return Err(PricesError::Which { known: known() }),
        };
        let unknown = || PricesError::Unknown { name: name.unwrap_or_default().to_owned(), known: known() };
        found.map(|(name, machine)| (name.as_str(), *machine)).ok_or_else(unknown)
    }
}
