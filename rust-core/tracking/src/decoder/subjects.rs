//! Names of tracked things, made once each.

use std::{collections::HashMap, sync::Arc};

/// Subjects of one stream, by their number on the wire. Bounded.
#[derive(Debug)]
pub(super) struct Subjects {
    prefix: &'static str,
    by_number: HashMap<u32, Arc<str>>,
}

impl Subjects {
    /// More than any stage has; what comes after is refused.
    pub(super) const MOST: usize = 4096;

    pub(super) fn new(prefix: &'static str) -> Self {
        Self { prefix, by_number: HashMap::new() }
    }

    /// `prefix:number`, or nothing when there are too many already.
    pub(super) fn name(&mut self, number: u32) -> Option<Arc<str>> {
        if let Some(known) = self.by_number.get(&number) {
            return Some(known.clone());
        }
        if self.by_number.len() >= Self::MOST {
            return None;
        }
        let name: Arc<str> = format!("{}:{number}", self.prefix).into();
        self.by_number.insert(number, name.clone());
        Some(name)
    }
}
