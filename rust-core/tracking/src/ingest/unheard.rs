//! Subjects that a lens or an alignment is meant for by name, and that nobody hears of: a name with a slip in it.

use std::collections::VecDeque;
use std::sync::Arc;

use cyclorama_time::StageTime;

use crate::{
    calibration::Calibration,
    stream::{Fault, FaultCause},
};

/// Once something is heard, the others have so long to be heard too, nanoseconds.
const PATIENCE_NANOS: i64 = 5_000_000_000;

/// See the module. Each is told once.
#[derive(Debug, Default)]
pub(super) struct Unheard {
    waiting: VecDeque<Arc<str>>,
    since: Option<StageTime>,
}

impl Unheard {
    pub(super) fn new(calibration: &Calibration) -> Self {
        Self { waiting: calibration.named().into_iter().map(Arc::from).collect(), since: None }
    }

    /// Something is heard.
    pub(super) fn heard(&mut self, at: StageTime) {
        self.since.get_or_insert(at);
    }

    /// The next that was not heard in time, or with `over` until now. Where nothing at all was heard there is none.
    pub(super) fn poll(
        &mut self,
        now: StageTime,
        over: bool,
        is_known: impl Fn(&str) -> bool,
    ) -> Option<Fault> {
        let since = self.since?;
        if !over && now.nanos_since(since) < PATIENCE_NANOS {
            return None;
        }
        while let Some(subject) = self.waiting.pop_front() {
            if !is_known(&subject) {
                let cause = FaultCause::Unheard;
                return Some(Fault { cause, count: 1, at: now, subject: Some(subject), source: None });
            }
        }
        None
    }
}
