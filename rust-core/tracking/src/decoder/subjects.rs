//! Names of tracked things, made once each.

use std::{collections::HashMap, sync::Arc};

/// Subjects of one stream, by their number on the wire. Bounded.
#[derive(Debug)]
pub(super) struct Subjects {
    prefix: &'static str,
    /// Those of low numbers, which are all that most stages have.
    low: Vec<Option<Arc<str>>>,
    by_number: HashMap<u32, Arc<str>>,
}

impl Subjects {
    /// More than any stage has; what comes after is refused.
    pub(super) const MOST: usize = 4096;

    /// Numbers below this are found without a search.
    const LOW: usize = 256;

    pub(super) fn new(prefix: &'static str) -> Self {
        Self { prefix, low: vec![None; Self::LOW], by_number: HashMap::new() }
    }

    /// `prefix:number`, or nothing when there are too many already.
    pub(super) fn name(&mut self, number: u32) -> Option<Arc<str>> {
        let make = || format!("{}:{number}", self.prefix).into();
        if let Some(low) = self.low.get_mut(number as usize) {
            return Some(low.get_or_insert_with(make).clone());
        }
        if let Some(known) = self.by_number.get(&number) {
            return Some(known.clone());
        }
        if self.by_number.len() >= Self::MOST - Self::LOW {
            return None;
        }
        let name: Arc<str> = make();
        self.by_number.insert(number, name.clone());
        Some(name)
    }
}
