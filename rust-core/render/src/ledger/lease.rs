//! Leases: who renders a range, and when somebody else may take it over, by [`cyclorama_assets::lease`].

use std::time::Duration;

use cyclorama_assets::{ETag, lease};
use cyclorama_time::StageTime;

use super::LeaseRecord;

/// A range this worker holds. Lost when a heartbeat says so.
#[derive(Debug)]
pub struct Lease {
    pub(super) record: LeaseRecord,
    pub(super) etag: ETag,
}

impl Lease {
    /// Index of the range.
    pub fn range(&self) -> u32 {
        self.record.range
    }

    /// Which holding of the range this is, from 1.
    pub fn epoch(&self) -> u64 {
        self.record.epoch
    }

    /// Nobody held the range before.
    pub fn is_first(&self) -> bool {
        self.record.epoch == 1
    }
}

/// How an attempt to lease a range ended.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours.
    Held(Lease),
    /// Somebody else holds it, or was faster.
    Busy,
    /// The range is finished.
    Done,
}

/// What one observer has seen of the ranges' leases.
#[derive(Debug)]
pub struct LeaseWatch {
    duration: Duration,
    watch: lease::LeaseWatch<u32>,
}

impl LeaseWatch {
    /// An observer that lets a lease expire after `duration` without a heartbeat.
    pub fn new(duration: Duration) -> Self {
        Self { duration, watch: lease::LeaseWatch::new() }
    }

    /// After how long without a heartbeat a lease expires.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Notes that `range` has the version `etag` at `now`; true when it had it for the whole duration.
    pub fn is_expired(&mut self, range: u32, etag: &ETag, now: StageTime) -> bool {
        self.watch.unchanged_for(range, etag, now) >= self.duration
    }

    pub(super) fn forget(&mut self, range: u32) {
        self.watch.forget(&range);
    }
}
