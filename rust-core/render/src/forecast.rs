//! What a render will take: time and money with an interval, from frames that were measured.
//!
//! Pure: records, prices, a moment and a seed come in, figures go out. [`History`] is what was measured, [`forecast`] draws
//! the rest of a job from it many times, [`Prices`] is a table its owner keeps, [`Hours`] says when work may be done, and
//! [`spot`] simulates cheap machines that are taken away, against a deadline.

mod history;
mod hours;
mod prices;
mod simulate;
pub mod spot;

pub use history::History;
pub use hours::{Hours, NoHours, OffPeak};
pub use prices::{Machine, Prices, PricesError};
pub use simulate::{Forecast, Interval, Work, forecast};
