//! Round trips, hand-worked values, and what happens at the edge of a model.

mod anamorphic;
mod openlensio;
mod tables;
