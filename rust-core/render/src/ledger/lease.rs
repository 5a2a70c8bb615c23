//! Leases: who renders a range, and when somebody else may take it over, by [`cyclorama_assets::lease`].

use std::time::Duration;

use cyclorama_assets::{ETag, lease};
use cyclorama_time::StageTime;

use super::{HolderPace, LeaseName, LeaseRecord};

/// A range, or a part of one, that this worker holds. Lost when a heartbeat says so.
#[derive(Debug)]
pub struct Lease {
    pub(super) record: LeaseRecord,
    pub(super) etag: ETag,
    /// Who held it before, where that worker was lost.
    pub(super) lost: Option<String>,
}

impl Lease {
    /// Which lease.
    pub fn name(&self) -> LeaseName {
        LeaseName { range: self.record.range, from: self.record.from }
    }

    /// Which holding of it this is, from 1.
    pub fn epoch(&self) -> u64 {
        self.record.epoch
    }

    /// What the next heartbeat says of how we get on.
    pub fn tell(&mut self, pace: Option<HolderPace>) {
        self.record.pace = pace;
    }

    /// From the next heartbeat on it says that we were asked to stop.
    pub fn leave(&mut self) {
        self.record.leaving = true;
    }

    /// Who held it before us, where that worker neither gave it back nor was about to.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// Nobody can have drawn any of its frames before: it is a whole range that nobody held.
    pub fn is_untouched(&self) -> bool {
        self.record.epoch == 1 && self.record.from.is_none()
    }
}

/// How an attempt to lease a range ended.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours.
    Held(Lease),
    /// Somebody else holds it, or was faster.
    Busy,
    /// It says that all of its frames are settled.
    Done,
}

/// What one observer has seen of a job's leases.
#[derive(Debug)]
pub struct LeaseWatch {
    duration: Duration,
    watch: lease::LeaseWatch<LeaseName>,
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

    /// Notes that a lease has the version `etag` at `now`; true when it had it for the whole duration.
    pub fn is_expired(&mut self, name: LeaseName, etag: &ETag, now: StageTime) -> bool {
        self.watch.unchanged_for(name, etag, now) >= self.duration
    }

    pub(super) fn forget(&mut self, name: LeaseName) {
        self.watch.forget(&name);
    }
}
