//! What was measured: seconds a frame, between two ranges, and until a worker's first frame begins.

use std::collections::BTreeMap;

use cyclorama_time::UtcTime;

use crate::ledger::FrameRecord;

/// Measured seconds, each list in no order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// From one frame's delivery to the next of the same worker: drawing, checking and committing.
    pub frames: Vec<f64>,
    /// From a worker's last commit in a range to the beginning of its first frame in the next.
    pub changes: Vec<f64>,
    /// From the job's creation to the beginning of each worker's first frame.
    pub starts: Vec<f64>,
}

/// A start longer than this is a job that waited for somebody, not a machine that started, s.
const LONGEST_START: f64 = 3600.0;

impl History {
    /// What a job's records say; `created` is when it was asked for.
    pub fn of(records: &[FrameRecord], created: UtcTime) -> Self {
        let mut workers: BTreeMap<&str, Vec<&FrameRecord>> = BTreeMap::new();
        for record in records {
            workers.entry(&record.worker).or_default().push(record);
        }
        let mut history = Self::default();
        for mut drawn in workers.into_values() {
            drawn.sort_by_key(|record| record.committed);
            let seconds = |record: &FrameRecord| record.frame.render_seconds;
            history.frames.extend(drawn.iter().map(|record| seconds(record)));
            let start = drawn.first().map(|first| since(created, first.committed) - seconds(first));
            history.starts.extend(start.filter(|start| (0.0..LONGEST_START).contains(start)));
            for pair in drawn.windows(2) {
                if (pair[0].range, pair[0].epoch) != (pair[1].range, pair[1].epoch) {
                    let gap = since(pair[0].committed, pair[1].committed) - seconds(pair[1]);
                    // A worker that waited for its hours has the same name after them.
                    history.changes.extend(Some(gap.max(0.0)).filter(|gap| *gap < LONGEST_START));
                }
            }
        }
        history.frames.retain(|seconds| seconds.is_finite() && *seconds >= 0.0);
        history
    }

    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.frames.extend(other.frames);
        self.changes.extend(other.changes);
        self.starts.extend(other.starts);
    }
}

fn since(from: UtcTime, to: UtcTime) -> f64 {
    to.nanos_since(from) as f64 * 1e-9
}
