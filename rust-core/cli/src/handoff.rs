//! Closed takes go to the production's store by themselves.
//!
//! A take lies under the digest of its content, so handing it over twice changes nothing; an entry in a listing
//! names it, and its notes follow one by one. Nothing in the store is ever overwritten. What a killed run left in
//! the folder goes with the next one. [`fetch()`] is the way back.

mod fetch;
mod hand;
mod worker;

pub(crate) use fetch::{Fetched, entries, fetch, has_takes, notes};
pub(crate) use hand::{HandError, Handed, LISTING, hand_over};
pub(crate) use worker::{HandOff, closed_takes, takes_in};

#[cfg(test)]
mod tests;
